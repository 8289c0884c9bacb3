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
    does: "changes nothing here: it is always so; written for others that read the request",
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
  /** By the place of a source; absent or "": what it follows. */
  revisions: readonly string[];
  prune: "delete" | "keep";
  mode: "sync" | "dry-run";
  strategy: "hook" | "apply";
  force: "recreate" | "refuse";
  /** Options that were switched otherwise than the application has them. */
  options: Readonly<Partial<Record<OptionName, "true" | "false">>>;
  /** Tries after the first; undefined: as the application says. */
  retries: number | undefined;
  /** Pauses before those tries, by Go's durations; "": as the daemon has them. */
  pause: { first: string; factor: string; most: string };
  /** Why, for the history; "": nobody says so. */
  reason: string;
  /** `name=value`, one a line. */
  notes: string;
  /** Those alone, as `group/Kind/namespace/name`; undefined: all. */
  only: readonly string[] | undefined;
  /** How many deletions the person approved of. */
  confirm: number | undefined;
}

export const AS_WRITTEN: SyncChoice = {
  ...{ revisions: [], prune: "keep", mode: "sync", strategy: "hook", force: "refuse", options: {} },
  ...{ retries: undefined, only: undefined, confirm: undefined },
  ...{ pause: { first: "", factor: "", most: "" }, reason: "", notes: "" },
};

/** What a plan depends on: why somebody syncs, and how often it is tried, changes nothing of it. */
export function plannedOf(choice: SyncChoice): SyncChoice {
  const { retries, pause, reason, notes } = AS_WRITTEN;
  return { ...choice, retries, pause, reason, notes };
}

/** The revisions that were chosen, in words; "" where none was. */
export function chosenRevisions({ revisions }: Pick<SyncChoice, "revisions">): string {
  return revisions.filter((one) => one !== "").join(", ");
}

const DURATION = /^(\d+(\.\d*)?(ns|us|µs|ms|s|m|h))+$/;

/** What of a choice cannot be sent, as a sentence; undefined: all can. */
export function wrongOf({ pause, retries, notes }: SyncChoice): string | undefined {
  const { first, factor, most } = pause;
  if (retries !== undefined && retries > 0) {
    for (const text of [first, most])
      if (text !== "" && !DURATION.test(text))
        return `The pause ${text} is no duration: write 30s, 5m or 1h30m.`;
    if (factor !== "" && !(Number(factor) >= 1)) return "What pauses grow by is a number from 1.";
  }
  const bad = linesOf(notes).find((line) => !/^[^=\s][^=]*=/.test(line));
  return bad === undefined ? undefined : `The note "${bad}" has no name: write name=value, one a line.`;
}

function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** @returns the pairs of the notes, with the reason first */
function infosOf({ reason, notes }: Pick<SyncChoice, "reason" | "notes">): { name: string; value: string }[] {
  return [
    ...(reason.trim() === "" ? [] : [{ name: "reason", value: reason.trim() }]),
    ...linesOf(notes).map((line) => ({
      name: line.slice(0, line.indexOf("=")).trim(),
      value: line.slice(line.indexOf("=") + 1).trim(),
    })),
  ];
}

function retryOf({ retries, pause }: SyncChoice): object | undefined {
  if (retries === undefined) return undefined;
  const backoff = {
    ...(pause.first === "" ? {} : { duration: pause.first }),
    ...(pause.factor === "" ? {} : { factor: Number(pause.factor) }),
    ...(pause.most === "" ? {} : { maxDuration: pause.most }),
  };
  return { limit: retries, ...(retries === 0 || Object.keys(backoff).length === 0 ? {} : { backoff }) };
}

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
  const { prune, mode, strategy, force, options, only, confirm, revisions } = choice;
  const retryStrategy = retryOf(choice);
  const infos = infosOf(choice);
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
    ...(retryStrategy === undefined ? {} : { retryStrategy }),
    ...(infos.length === 0 ? {} : { infos }),
    ...(only === undefined ? {} : { resources: only.map(selectorOf) }),
    ...revisionsOf(app, revisions, commits),
  };
}

/** What was looked at is what is synced, whatever was committed since. */
function revisionsOf(app: Application, chosen: readonly string[], commits: readonly string[] = []): object {
  const sources = sourcesOf(app.spec);
  if (sources.length === 1) {
    const revision = commits[0] ?? chosen[0] ?? "";
    return revision === "" ? {} : { revision };
  }
  const all = commits.length === sources.length ? commits : chosen;
  const named = all.flatMap((revision, at) => (revision === "" ? [] : [{ revision, position: at + 1 }]));
  if (named.length === 0) return {};
  return {
    revisions: named.map(({ revision }) => revision),
    sourcePositions: named.map(({ position }) => position),
  };
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

/**
 * After `holdfast app sync APP`; undefined where the command line has no such option.
 *
 * @param sources how many the application has
 */
export function flagsOf(choice: SyncChoice, sources: number): string[] | undefined {
  const { prune, mode, strategy, force, options, retries, pause, only, confirm, revisions } = choice;
  const flags: string[] = [];
  for (const { option, ...rest } of OPTIONS) {
    const said = options[option];
    if (said === undefined) continue;
    if (said === "false" || !("flag" in rest)) return undefined;
    flags.push(rest.flag);
  }
  return [
    ...revisionFlags(revisions, sources),
    ...(prune === "delete" ? ["--prune"] : []),
    ...(confirm === undefined ? [] : ["--confirm", String(confirm)]),
    ...(mode === "dry-run" ? ["--dry-run"] : []),
    ...(strategy === "apply" ? ["--strategy", "apply"] : []),
    ...(force === "recreate" ? ["--force"] : []),
    ...flags,
    ...(retries === undefined ? [] : ["--retry-limit", String(retries)]),
    ...(retries !== undefined && retries > 0
      ? [
          ...(pause.first === "" ? [] : ["--retry-backoff-duration", pause.first]),
          ...(pause.factor === "" ? [] : ["--retry-backoff-factor", pause.factor]),
          ...(pause.most === "" ? [] : ["--retry-backoff-max-duration", pause.most]),
        ]
      : []),
    ...infosOf(choice).flatMap(({ name, value }) => ["--info", `${name}=${value}`]),
    ...(only ?? []).flatMap((id) => {
      const { group, kind, namespace, name } = selectorOf(id);
      return ["--resource", `${group}:${kind}:${namespace === "" ? "" : `${namespace}/`}${name}`];
    }),
  ];
}

function revisionFlags(revisions: readonly string[], sources: number): string[] {
  if (sources === 1) return revisions[0] ? ["--revision", revisions[0]] : [];
  return revisions.flatMap((revision, at) =>
    revision === "" ? [] : ["--revisions", revision, "--source-positions", String(at + 1)],
  );
}

/** What a review rests on: where it is another one by now, what was shown is of then. */
export function reviewedOf({ spec, status }: Application): string {
  const { sync, history = [], operationState, hold } = status ?? {};
  return JSON.stringify([
    ...[spec, sync?.revision, sync?.revisions, history.at(-1)?.id, hold?.deployment],
    ...[operationState?.startedAt, operationState?.phase],
  ]);
}
