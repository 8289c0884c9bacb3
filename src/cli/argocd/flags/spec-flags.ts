/** What flags of `argocd app create` and `app set` make of a spec, beside its sources. Pure. */
import type { ApplicationSpec } from "../../../core/model/application.ts";
import { defined } from "../../../lib/defined.ts";
import { CliError } from "../../cli-error.ts";
import { EXIT } from "../../exit-codes.ts";
import { changedSource, type SourceFlags, withSource } from "../../source-flags.ts";

export interface SpecFlags extends SourceFlags {
  project?: string;
  destServer?: string;
  destName?: string;
  destNamespace?: string;
  syncPolicy?: "automated" | "auto" | "automatic" | "none" | "manual";
  autoPrune?: boolean;
  selfHeal?: boolean;
  allowEmpty?: boolean;
  /** `Name=value`; `!Name=value` takes it out. */
  syncOption?: string[];
  syncRetryLimit?: number;
  syncRetryBackoffDuration?: string;
  syncRetryBackoffMaxDuration?: string;
  syncRetryBackoffFactor?: number;
  revisionHistoryLimit?: number;
  sourcePosition?: number;
}

/** @param types of its sources, as they were found */
export function changedSpec(
  spec: ApplicationSpec,
  flags: SpecFlags,
  types: readonly (string | undefined)[] = [],
): ApplicationSpec {
  const { project, destServer, destName, destNamespace, revisionHistoryLimit } = flags;
  const at = flags.sourcePosition;
  const next = {
    ...withSource(spec, at, (source) => changedSource(source, flags, types[(at ?? 1) - 1])),
    ...defined({ project, revisionHistoryLimit }),
  };
  if (destServer !== undefined && destName !== undefined)
    throw new CliError(EXIT.usage, "--dest-server and --dest-name are two ways to say the same.", [
      "Give one of them.",
    ]);
  const { server, name, ...place } = spec.destination;
  const cluster =
    destServer !== undefined || destName !== undefined
      ? defined({ server: destServer, name: destName })
      : defined({ server, name });
  next.destination = { ...place, ...cluster, ...defined({ namespace: destNamespace }) };
  const policy = changedPolicy(spec.syncPolicy, flags);
  if (policy !== undefined) next.syncPolicy = policy;
  return next;
}

function changedPolicy(
  policy: ApplicationSpec["syncPolicy"],
  flags: SpecFlags,
): ApplicationSpec["syncPolicy"] {
  const { syncPolicy, autoPrune, selfHeal, allowEmpty, syncOption } = flags;
  const { automated, syncOptions, retry, ...rest } = policy ?? {};
  const turnsOff = syncPolicy === "none" || syncPolicy === "manual";
  const turnsOn = syncPolicy !== undefined && !turnsOff;
  const set = defined({ prune: autoPrune, selfHeal, allowEmpty });
  const isSet = Object.keys(set).length > 0;
  if (isSet && (turnsOff || (!turnsOn && (automated ?? undefined) === undefined)))
    throw new CliError(
      EXIT.usage,
      "--auto-prune, --self-heal and --allow-empty are of automated syncs, which are off.",
      ["Give --sync-policy automated with it."],
    );
  // What was switched off with `enabled: false` is switched on by saying so.
  const { enabled: _, ...how } = automated ?? {};
  const kept = turnsOn ? how : (automated ?? undefined);
  const nowAutomated = turnsOff ? undefined : turnsOn || isSet ? { ...kept, ...set } : kept;
  const options = syncOption === undefined ? syncOptions : syncOption.reduce(withOption, syncOptions ?? []);
  const nowRetry = changedRetry(retry, flags);
  if (policy === undefined && nowAutomated === undefined && options === undefined && nowRetry === undefined)
    return undefined;
  return { ...rest, ...defined({ automated: nowAutomated, syncOptions: options, retry: nowRetry }) };
}

type Retry = NonNullable<ApplicationSpec["syncPolicy"]>["retry"];

function changedRetry(retry: Retry, flags: SpecFlags): Retry {
  const backoff = defined({
    duration: flags.syncRetryBackoffDuration,
    maxDuration: flags.syncRetryBackoffMaxDuration,
    factor: flags.syncRetryBackoffFactor,
  });
  const limit = flags.syncRetryLimit;
  if (limit === undefined && Object.keys(backoff).length === 0) return retry;
  return { ...retry, ...defined({ limit }), backoff: { ...retry?.backoff, ...backoff } };
}

function withOption(options: string[], said: string): string[] {
  if (said.startsWith("!")) return options.filter((option) => option !== said.slice(1));
  const [name] = said.split("=", 1);
  return options.includes(said)
    ? options
    : [...options.filter((option) => option.split("=", 1)[0] !== name), said];
}
