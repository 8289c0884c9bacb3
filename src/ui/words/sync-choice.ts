/** What can be chosen of a sync, as the request that it makes and as the command line. */
import { type Application, sourcesOf } from "../../core/model/application.ts";

/** Options that are words of `spec.syncPolicy.syncOptions`, each with what it does. */
export const OPTIONS = [
  {
    option: "ApplyOutOfSyncOnly",
    word: "Only what differs",
    does: "what is as in Git is not written again",
    flag: "--apply-out-of-sync-only",
  },
  {
    option: "ServerSideApply",
    word: "Server-side apply",
    does: "so it is here anyway; written for others that read the request",
    flag: "--server-side",
  },
  {
    option: "Replace",
    word: "Replace",
    does: "whole objects are written in place of the fields that Git sets: what others set in them is lost",
    flag: "--replace",
  },
  { option: "PruneLast", word: "Prune last", does: "what goes, goes after everything else is healthy" },
  {
    option: "CreateNamespace",
    word: "Create the namespace",
    does: "the namespace of its destination is made where it is missing",
  },
  { option: "Validate", word: "Validate", does: "objects that do not fit their kind's schema are refused" },
  {
    option: "SkipDryRunOnMissingResource",
    word: "Skip the dry run of unknown kinds",
    does: "where the definition of a kind comes with the sync or later",
  },
  {
    option: "FailOnSharedResource",
    word: "Fail on shared objects",
    does: "nothing is written where an object is another application's too",
  },
  {
    option: "RespectIgnoreDifferences",
    word: "Respect ignored differences",
    does: "fields that are left to others in the comparison are not written either",
  },
] as const;
export type OptionName = (typeof OPTIONS)[number]["option"];

export interface SyncChoice {
  /** Of the only source; "": what it follows. */
  revision: string;
  prune: "delete" | "keep";
  mode: "sync" | "dry-run";
  strategy: "hook" | "apply";
  force: "recreate" | "refuse";
  /** Options that were switched otherwise than the application has them. */
  options: Readonly<Partial<Record<OptionName, "true" | "false">>>;
  /** Tries after the first; undefined: as the application says. */
  retries: number | undefined;
  /** Those alone, as `group/Kind/namespace/name`; undefined: all. */
  only: readonly string[] | undefined;
  /** How many deletions the person approved of. */
  confirm: number | undefined;
}

export const AS_WRITTEN: SyncChoice = {
  ...{ revision: "", prune: "keep", mode: "sync", strategy: "hook", force: "refuse", options: {} },
  ...{ retries: undefined, only: undefined, confirm: undefined },
};

/** Whether an option holds, by what was switched, else by the application. */
export function isOn(app: Application, { options }: SyncChoice, option: OptionName): boolean {
  const said = options[option];
  if (said !== undefined) return said === "true";
  const own = app.spec.syncPolicy?.syncOptions ?? [];
  return own.includes(`${option}=true`) || (option === "Validate" && !own.includes("Validate=false"));
}

/** Switched back to what the application says it is no choice any more. */
export function switched(app: Application, choice: SyncChoice, option: OptionName): SyncChoice {
  const { [option]: _, ...others } = choice.options;
  const to = isOn(app, choice, option) ? "false" : "true";
  const asOwn = isOn(app, { ...choice, options: others }, option);
  return { ...choice, options: (to === "true") === asOwn ? others : { ...others, [option]: to } };
}

/** The body of a sync, and of its plan. @param commits those that the person saw; undefined: what is followed */
export function bodyOf(
  app: Application,
  choice: SyncChoice,
  commits?: readonly string[],
): Record<string, unknown> {
  const { prune, mode, strategy, force, options, retries, only, confirm, revision } = choice;
  const forced = force === "recreate";
  return {
    ...(prune === "delete" ? { prune: true } : {}),
    ...(mode === "dry-run" ? { dryRun: true } : {}),
    ...(confirm === undefined ? {} : { confirmPrune: confirm }),
    ...(strategy === "apply"
      ? { strategy: { apply: { force: forced } } }
      : forced
        ? { strategy: { hook: { force: true } } }
        : {}),
    ...(Object.keys(options).length === 0 ? {} : { syncOptions: { items: optionsOf(app, options) } }),
    ...(retries === undefined ? {} : { retryStrategy: { limit: retries } }),
    ...(only === undefined ? {} : { resources: only.map(selectorOf) }),
    ...revisionsOf(app, revision, commits),
  };
}

/** What was looked at is what is synced, whatever was committed since. */
function revisionsOf(app: Application, revision: string, commits: readonly string[] = []): object {
  const sources = sourcesOf(app.spec);
  if (commits.length === sources.length && commits.length > 1)
    return { revisions: commits, sourcePositions: commits.map((_, at) => at + 1) };
  const [only = revision] = commits;
  return only === "" || sources.length > 1 ? {} : { revision: only };
}

/** Options of a request stand in the place of the application's own, so that those are sent along. */
function optionsOf(app: Application, options: SyncChoice["options"]): string[] {
  const names = Object.keys(options).map((name) => `${name}=`);
  return [
    ...(app.spec.syncPolicy?.syncOptions ?? []).filter((one) => !names.some((name) => one.startsWith(name))),
    ...Object.entries(options).map(([name, value]) => `${name}=${value}`),
  ];
}

function selectorOf(id: string): { group: string; kind: string; namespace: string; name: string } {
  const [group = "", kind = "", namespace = "", name = ""] = id.split("/");
  return { group, kind, namespace, name };
}

/** After `holdfast app sync APP`; undefined where the command line has no such option. */
export function flagsOf(choice: SyncChoice): string[] | undefined {
  const { prune, mode, strategy, force, options, retries, only, confirm, revision } = choice;
  const flags: string[] = [];
  for (const { option, ...rest } of OPTIONS) {
    const said = options[option];
    if (said === undefined) continue;
    if (said === "false" || !("flag" in rest)) return undefined;
    flags.push(rest.flag);
  }
  return [
    ...(revision === "" ? [] : ["--revision", revision]),
    ...(prune === "delete" ? ["--prune"] : []),
    ...(confirm === undefined ? [] : ["--confirm", String(confirm)]),
    ...(mode === "dry-run" ? ["--dry-run"] : []),
    ...(strategy === "apply" ? ["--strategy", "apply"] : []),
    ...(force === "recreate" ? ["--force"] : []),
    ...flags,
    ...(retries === undefined ? [] : ["--retry-limit", String(retries)]),
    ...(only ?? []).flatMap((id) => {
      const { group, kind, namespace, name } = selectorOf(id);
      return ["--resource", `${group}:${kind}:${namespace === "" ? "" : `${namespace}/`}${name}`];
    }),
  ];
}

/** What a review rests on: where it is another one by now, what was shown is of then. */
export function reviewedOf({ spec, status }: Application): string {
  const { sync, history = [], operationState, hold } = status ?? {};
  return JSON.stringify([
    ...[spec, sync?.revision, sync?.revisions, history.at(-1)?.id, hold?.deployment],
    ...[operationState?.startedAt, operationState?.phase],
  ]);
}
