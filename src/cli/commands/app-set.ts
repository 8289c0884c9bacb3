import type { Application, ApplicationSpec } from "../../core/model/application.ts";
import { hasOption } from "../../core/model/application.ts";
import { defined } from "../../lib/defined.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { appPath } from "../app-path.ts";
import { CliError } from "../cli-error.ts";
import type { CliContext } from "../context.ts";
import { changedMeanwhile, isOvertaken } from "../editing/changed-meanwhile.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { printApplication } from "../print-object.ts";
import { oneApp, type SelectionOptions } from "../select-apps.ts";
import { changedSource, type SourceFlags } from "../source-flags.ts";
import { unlessValid, validation } from "../validation.ts";
import { nameOf } from "../words/app-words.ts";

/** What may be set; absent: as it is. */
export interface SpecChanges {
  project?: string;
  repo?: string;
  path?: string;
  revision?: string;
  /** `name=value` of Helm, in place of what there is of that name. */
  parameter?: string[];
  /** As Helm's own `--set`: several by commas. */
  helmSet?: string[];
  /** As `--set-string`: what looks like a number stays text. */
  helmSetString?: string[];
  /** Which of `sources` is meant; 1 is the first. */
  sourcePosition?: number;
  destServer?: string;
  destName?: string;
  destNamespace?: string;
  syncPolicy?: "automated" | "auto" | "none" | "manual";
  autoPrune?: boolean;
  selfHeal?: boolean;
  /** `Name=value` in place of what there is of that name; `!Name=value` takes it out. */
  syncOption?: string[];
}

export interface AppSetOptions extends Pick<SelectionOptions, "appNamespace">, SpecChanges {
  /** Default: sources that are changed are asked before it is written. */
  validate?: boolean;
  output?: "json" | "yaml" | "name";
}

/** Changes single fields of the spec of one that lives in the store; all others stay, the ones that nobody knows too. */
export async function appSet(context: CliContext, name: string, options: AppSetOptions): Promise<ExitCode> {
  const client = await context.client();
  const found = await oneApp(client, name, defined({ appNamespace: options.appNamespace }));
  const spec = changedSpec(found.spec, options, typesOf(found));
  if (equalJson(spec, found.spec)) {
    if (options.output !== undefined) printApplication(context, found, options.output);
    else context.print(`${context.out.symbols.done} ${nameOf(found)} is so already. Nothing was changed.`);
    return EXIT.done;
  }
  // Whoever wrote in between is not written over: what this one saw is a condition of it.
  const patch = [
    { op: "test", path: "/spec", value: found.spec },
    { op: "replace", path: "/spec", value: spec },
  ];
  const { path, query } = appPath(found);
  const app = await unlessValid(
    client.send<Application>("PATCH", path, {
      query: { ...query, validate: validation(options) },
      body: { patch: JSON.stringify(patch), patchType: "json", ...query },
    }),
  ).catch((cause: unknown) => {
    throw isOvertaken(cause) ? changedMeanwhile(`Application ${nameOf(found)}`, cause) : cause;
  });
  if (options.output !== undefined) printApplication(context, app, options.output);
  else
    context.print(
      `${context.out.symbols.done} ${nameOf(app)} was changed. What comes of it: holdfast app get ${nameOf(app)}`,
    );
  return EXIT.done;
}

function typesOf({ status }: Application): string[] {
  return status?.sourceTypes ?? (status?.sourceType === undefined ? [] : [status.sourceType]);
}

/**
 * @param types what its sources were found to be, in their order: `Helm`, `Kustomize` …
 * @throws {CliError} usage, where nothing is set, or something that is not there
 */
export function changedSpec(
  spec: ApplicationSpec,
  changes: SpecChanges,
  types: readonly string[] = [],
): ApplicationSpec {
  const { project, destServer, destName, destNamespace } = changes;
  const said: (keyof SpecChanges)[] = [
    ...(["project", "repo", "path", "revision", "destServer", "destName", "destNamespace"] as const),
    ...(["parameter", "helmSet", "helmSetString"] as const),
    ...(["syncPolicy", "autoPrune", "selfHeal", "syncOption"] as const),
  ];
  if (said.every((field) => changes[field] === undefined))
    throw new CliError(EXIT.usage, "Nothing is to be set.", [
      "Give --revision, --path, --repo, --parameter, --helm-set, --helm-set-string, --project, --dest-server, --dest-name, --dest-namespace, --sync-policy, --auto-prune, --self-heal or --sync-option.",
    ]);
  const next: ApplicationSpec = { ...sourcesSet(spec, changes, types), ...defined({ project }) };
  const { server, name, ...place } = spec.destination;
  const cluster =
    destServer !== undefined || destName !== undefined
      ? defined({ server: destServer, name: destName })
      : defined({ server, name });
  next.destination = { ...place, ...cluster, ...defined({ namespace: destNamespace }) };
  const syncPolicy = policySet(spec.syncPolicy, changes);
  if (syncPolicy !== undefined) next.syncPolicy = syncPolicy;
  return next;
}

function sourcesSet(
  spec: ApplicationSpec,
  { repo, path, revision, parameter, helmSet, helmSetString, sourcePosition }: SpecChanges,
  types: readonly string[],
): ApplicationSpec {
  const change: SourceFlags = defined({ repo, path, revision, parameter, helmSet, helmSetString });
  const { source, sources = [] } = spec;
  if (Object.keys(change).length === 0) return { ...spec };
  if (sources.length === 0) {
    if (source === undefined || (sourcePosition ?? 1) !== 1)
      throw new CliError(EXIT.usage, `There is no source ${sourcePosition ?? 1}.`, [
        "It has one source at most.",
      ]);
    return { ...spec, source: changedSource(source, change, types[0]) };
  }
  if (sourcePosition === undefined || sourcePosition < 1 || sourcePosition > sources.length)
    throw new CliError(EXIT.usage, "Which of its sources is meant?", [
      `Give --source-position, 1 to ${sources.length}.`,
    ]);
  return {
    ...spec,
    sources: sources.map((one, at) =>
      at === sourcePosition - 1 ? changedSource(one, change, types[at]) : one,
    ),
  };
}

function policySet(
  policy: ApplicationSpec["syncPolicy"],
  { syncPolicy, autoPrune, selfHeal, syncOption }: SpecChanges,
): ApplicationSpec["syncPolicy"] {
  const { automated, syncOptions, ...rest } = policy ?? {};
  const turnsOff = syncPolicy === "none" || syncPolicy === "manual";
  const turnsOn = syncPolicy === "automated" || syncPolicy === "auto";
  const set = defined({ prune: autoPrune, selfHeal });
  const isSet = Object.keys(set).length > 0;
  if (isSet && (turnsOff || (!turnsOn && (automated ?? undefined) === undefined)))
    throw new CliError(EXIT.usage, "--auto-prune and --self-heal are of automated syncs, which are off.", [
      "Give --sync-policy automated with it.",
    ]);
  // What was switched off with `enabled: false` is switched on by saying so.
  const { enabled, ...how } = automated ?? {};
  const kept = turnsOn ? how : (automated ?? undefined);
  const nowAutomated = turnsOff ? undefined : turnsOn || isSet ? { ...kept, ...set } : kept;
  const options = syncOption === undefined ? syncOptions : syncOption.reduce(withOption, syncOptions ?? []);
  if (policy === undefined && nowAutomated === undefined && options === undefined) return undefined;
  return { ...rest, ...defined({ automated: nowAutomated, syncOptions: options }) };
}

function withOption(options: string[], said: string): string[] {
  if (said.startsWith("!")) return options.filter((option) => option !== said.slice(1));
  if (hasOption(options, said)) return options;
  const [name] = said.split("=", 1);
  return [...options.filter((option) => option.split("=", 1)[0] !== name), said];
}
