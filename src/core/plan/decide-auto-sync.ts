import { defined } from "../../lib/defined.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { timestamp } from "../../lib/timestamp.ts";
import {
  type Application,
  type Condition,
  isAutomated,
  keyOfApp,
  type SyncStatusCode,
  sourcesOf,
} from "../model/application.ts";
import type { Difference } from "../model/comparison.ts";
import type { FailedSyncs } from "../model/failed-syncs.ts";
import type { Fight } from "../model/fight.ts";
import type { NamespaceIs } from "../model/namespace-metadata.ts";
import { parseRefKey, type RefKey, show } from "../model/object-ref.ts";
import type { Operation, OperationState, SyncRequest } from "../model/operation.ts";
import { type Contested, contestedNow, type FightSettings, isFoughtOver, sayWaits } from "./fights.ts";
import { type Drift, type Heal, healBackoffMs } from "./heal-backoff.ts";
import { AUTOMATED_RETRY, retryDelayMs } from "./retry-delay.ts";
import { selectorOf } from "./selection.ts";
import { failedAsShown, isWhole } from "./whole-sync.ts";

export interface AutoSyncInput {
  app: Application;
  syncStatus: SyncStatusCode;
  differences: readonly Difference[];
  /** Commits of the sources, in their order. */
  revisions: readonly string[];
  /** Deletions that a guard stops: no sync of ours would change them. */
  blocked: ReadonlySet<RefKey>;
  /** Objects without a difference that our entry does not own. */
  reown: ReadonlySet<RefKey>;
  namespaceIs?: NamespaceIs;
  lastOperation: OperationState | undefined;
  /** Default: what the last operation says of itself. */
  failing?: FailedSyncs;
  /** Earlier heals of an object, in their order. */
  healsOf?(key: RefKey): readonly Heal[];
  /** Which fields of an object drifted, and what is known of it; absent where nothing is. */
  driftOf?(key: RefKey): Omit<Drift, "key">;
  /** Objects that are fought over; `again`: it is time for one more try. */
  fightOf?(key: RefKey): { fight: Fight; again: "now" | "later" } | undefined;
  fights: FightSettings;
  /**
   * How long ago the last whole sync failed, in milliseconds by a clock that is never set; absent: as its times say by
   * `now`, which may have been set since.
   */
  sinceEndMs?: number;
  /** Milliseconds by a clock that is never set, as `Heal.at` counts. */
  ticks: number;
  /**
   * What is known of an earlier attempt at exactly this content: `delivered`, or `other` content was delivered last.
   * Absent: not known (nothing was tried since this is kept), and the last operation and the history tell by their revisions.
   */
  lastAttempt?: "delivered" | "other";
  /** Who ended a sync of what Git wants, where one did. */
  terminatedBy?: string;
  /** Default `run`. What a person went back to was asked for without: what they do, they did forwards. */
  hooks?: "run" | "left-out";
  /** Milliseconds since 1970. */
  now: number;
}

export type AutoSyncDecision =
  | {
      do: "nothing";
      because: string;
      againInMs?: number;
      condition?: Condition;
      /** Drifts that are left as they are from now on, because somebody else sets them again each time. */
      contested?: Contested[];
    }
  | { do: "sync"; because: string; operation: Operation & { sync: SyncRequest } }
  | {
      do: "self-heal";
      because: string;
      operation: Operation & { sync: SyncRequest };
      drifts: Drift[];
      againInMs?: number;
      contested?: Contested[];
    };

/**
 * Whether an application is synced without anybody asking. As Argo CD decides, but: a newer commit supersedes a retry
 * that waits, a failed revision is tried again for ever with a capped pause, and only heals that did not hold slow
 * the next one down.
 */
export function decideAutoSync(input: AutoSyncInput): AutoSyncDecision {
  const { app, lastOperation: last, revisions } = input;
  if (!isAutomated(app.spec)) return nothing("automated sync is off");
  if (app.metadata.deletionTimestamp !== undefined) return nothing("the application is being deleted");
  if (app.operation !== undefined) return nothing("an operation was asked for");
  if (input.syncStatus === "Unknown") return nothing("what Git wants, or what the cluster has, is not known");
  const attempted =
    input.lastAttempt === undefined ? wasAttempted(app, last, revisions) : input.lastAttempt === "delivered";
  if (last !== undefined && isRunning(last)) {
    if (last.finishedAt === undefined) return nothing("an operation is running");
    if (attempted) return nothing("the operation waits for its next try");
  }
  // Whoever ended a sync meant it: what ended as a mistake must not begin again in some seconds, with its prunes.
  if (input.terminatedBy !== undefined)
    return nothing(`${input.terminatedBy} ended the sync of this revision`);
  const drifts = driftsOf(input);
  const isBehind = input.namespaceIs === "behind";
  if (drifts.length === 0 && !isBehind)
    return nothing(
      input.syncStatus === "Synced"
        ? "nothing differs"
        : "what differs is not for an automated sync to change",
    );
  const [first] = drifts;
  const because =
    first === undefined
      ? "syncPolicy.managedNamespaceMetadata was edited"
      : `${show(parseRefKey(first.key))} differs${drifts.length === 1 ? "" : `, and ${drifts.length - 1} more`}`;
  const failing = input.failing ?? failedAsShown(last);
  if (isBehind && last !== undefined && !isRunning(last) && failing === undefined)
    return { do: "sync", because, operation: operationFor(input, AUTOMATED_RETRY) };
  if (!attempted) {
    if (input.syncStatus === "OutOfSync")
      return {
        do: "sync",
        because: `this revision was not synced yet: ${because}`,
        operation: operationFor(input, AUTOMATED_RETRY),
      };
    return heal(input, drifts, because);
  }
  if (failing !== undefined) return retry(input, failing);
  return heal(input, drifts, because);
}

/** Objects that a sync of ours would change. */
function driftsOf({ app, differences, blocked, reown, driftOf }: AutoSyncInput): Drift[] {
  const automated = app.spec.syncPolicy?.automated;
  return differences.flatMap((difference): Drift[] => {
    const { is, key } = difference;
    const drifted =
      is === "missing" ||
      is === "changed" ||
      (is === "same" && automated?.selfHeal === true && reown.has(key)) ||
      (is === "extra" &&
        automated?.prune === true &&
        difference.recorded &&
        !blocked.has(key) &&
        difference.live.object.metadata.deletionTimestamp === undefined);
    if (!drifted) return [];
    return [is === "changed" ? { fields: "", ...driftOf?.(key), key } : { key, fields: is }];
  });
}

function heal(input: AutoSyncInput, drifts: readonly Drift[], because: string): AutoSyncDecision {
  const { app } = input;
  if (app.spec.syncPolicy?.automated?.selfHeal !== true) return nothing(`self-heal is off: ${because}`);
  const paces = drifts.map((drift) => paceOf(drift, input));
  const ready = paces.flatMap((pace) => (pace.is === "now" ? [pace.drift] : []));
  const later = paces.flatMap((pace) => (pace.is === "later" ? [pace] : []));
  const rest = later.map(({ inMs }) => inMs);
  const contested = paces.flatMap((pace) => (pace.is === "contested" ? [pace.contested] : []));
  const again = {
    ...(rest.length === 0 ? {} : { againInMs: Math.min(...rest) }),
    ...(contested.length === 0 ? {} : { contested }),
  };
  if (ready.length === 0)
    return {
      ...nothing(
        rest.length === 0
          ? "others set what differs again after each heal"
          : "earlier heals of the same fields did not hold",
      ),
      ...again,
      ...defined({ condition: healsLater(later, input) }),
    };
  const operation = operationFor(input, AUTOMATED_RETRY);
  const resources = ready.map(({ key }) => selectorOf(parseRefKey(key)));
  return {
    do: "self-heal",
    because,
    operation: { ...operation, sync: { ...operation.sync, resources } },
    drifts: ready,
    ...again,
  };
}

/** When a drift is healed. `contested`: not any more, which is news; `left`: not any more, as is known. */
type Pace =
  | { is: "now"; drift: Drift }
  | { is: "later"; inMs: number; drift: Drift; heals: readonly Heal[] }
  | { is: "contested"; contested: Contested }
  | { is: "left" };

function paceOf(drift: Drift, { healsOf, fightOf, fights, ticks }: AutoSyncInput): Pace {
  const known = fightOf?.(drift.key);
  if (known !== undefined && isFoughtOver(drift, known.fight))
    return known.again === "now" ? { is: "now", drift } : { is: "left" };
  const heals = healsOf?.(drift.key) ?? [];
  const contested = contestedNow(drift, heals, known?.fight, fights, ticks);
  if (contested !== undefined) return { is: "contested", contested };
  const inMs = healBackoffMs(heals, drift, ticks);
  return inMs === 0 ? { is: "now", drift } : { is: "later", inMs, drift, heals };
}

/** Nobody is to take a pause between heals for self-heal that does not work. */
function healsLater(
  later: readonly Extract<Pace, { is: "later" }>[],
  { app, now }: AutoSyncInput,
): Condition | undefined {
  const [first] = [...later].sort((a, b) => a.inMs - b.inMs);
  if (first === undefined) return undefined;
  const more = later.length - 1;
  const others = more === 0 ? "" : ` ${more} more ${more === 1 ? "object waits" : "objects wait"} likewise.`;
  return {
    type: "SelfHealWarning",
    message: `${sayWaits(first.drift, first.heals)} Self-heal waits longer each time, and tries again at ${timestamp(now + first.inMs)}; at once: holdfast app sync ${keyOfApp(app)}.${others}`,
  };
}

/** One try at a time from here on: the pause between them stays at its cap. */
function retry(input: AutoSyncInput, { tries, message: why, endedAt }: FailedSyncs): AutoSyncDecision {
  const { app, revisions, now, sinceEndMs } = input;
  const passedMs = sinceEndMs ?? now - Date.parse(endedAt);
  const waitMs = retryDelayMs(app.spec.syncPolicy?.retry, Math.max(1, tries)) - Math.max(0, passedMs);
  if (waitMs > 0) {
    const at = new Date(now + waitMs).toISOString().replace(/\.\d+Z$/, "Z");
    const condition: Condition = {
      type: "SyncError",
      message: `The last sync to ${revisions.join(", ")} failed: ${why.replace(/\.$/, "")}. It is tried again at ${at}, or at the next commit.`,
    };
    return { ...nothing("the last sync of this revision failed"), againInMs: waitMs, condition };
  }
  return {
    do: "sync",
    because: "another try of a revision that failed",
    operation: operationFor(input, { limit: 0 }, "fixed"),
  };
}

/** What is asked for where nobody asks. */
type Wanted = Pick<AutoSyncInput, "app" | "revisions" | "hooks">;

function operationFor(
  { app, revisions, hooks = "run" }: Wanted,
  retryPolicy: NonNullable<Operation["retry"]>,
  policy?: "fixed",
): Operation & { sync: SyncRequest } {
  const { syncPolicy, sources } = app.spec;
  const many = sources !== undefined && sources.length > 0;
  const sync: SyncRequest = {
    ...(many ? { revisions: [...revisions] } : { revision: revisions[0] ?? "" }),
    ...(syncPolicy?.automated?.prune === true ? { prune: true } : {}),
    ...defined({ syncOptions: syncPolicy?.syncOptions }),
    ...(hooks === "left-out" ? { syncStrategy: { apply: {} } } : {}),
  };
  return {
    sync,
    initiatedBy: { automated: true },
    retry: policy === "fixed" ? retryPolicy : (syncPolicy?.retry ?? retryPolicy),
  };
}

/** Whether an automated operation is still what is asked for: at these commits, and as the spec says it now. */
export function isAskedNow(operation: Operation, wanted: Wanted): boolean {
  const { resources: _, ...asked } = operation.sync ?? {};
  return isAutomated(wanted.app.spec) && equalJson(asked, operationFor(wanted, AUTOMATED_RETRY).sync);
}

/** Whether the last operation, or the last full sync, was of exactly these revisions and sources. */
function wasAttempted(
  app: Application,
  last: OperationState | undefined,
  revisions: readonly string[],
): boolean {
  const sources = sourcesOf(app.spec);
  const matches = (
    of: { revision?: string; revisions?: string[]; source?: unknown; sources?: unknown[] } | undefined,
  ): boolean => {
    if (of === undefined) return false;
    const had = of.revisions ?? (of.revision === undefined ? [] : [of.revision]);
    const from = of.sources ?? (of.source === undefined ? undefined : [of.source]);
    return equalJson(had, revisions) && (from === undefined || equalJson(from, sources));
  };
  if (matches(app.status?.history?.at(-1))) return true;
  // What a person synced in part, or only tried out, is no attempt at the revision.
  return last !== undefined && isWhole(last.operation) && matches(last.syncResult ?? last.operation.sync);
}

function isRunning({ phase }: OperationState): boolean {
  return phase === "Running" || phase === "Terminating";
}

function nothing(because: string): { do: "nothing"; because: string } {
  return { do: "nothing", because };
}
