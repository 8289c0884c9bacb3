import { migrationOf, owningApp } from "../../core/compare/index.ts";
import type { LiveObject } from "../../core/model/live-object.ts";
import { undoWords } from "../../core/undo/undo-words.ts";
import type { RunningOperation } from "../managed-application.ts";
import { faultsOf } from "../target/place-objects.ts";
import type { Carrying } from "./carrying.ts";
import { untilGone, untilOpen } from "./gate.ts";
import { pausedPrunes } from "./guards.ts";
import type { HookRuns } from "./hooks.ts";
import { putResult, resultOf } from "./results.ts";
import { overtakenBy, Superseded } from "./superseded.ts";
import type { Trying } from "./trying.ts";

/** What one try of a sync is carried out with. Whatever it waits for, it gives its place among the operations away. */
export function carryingOfTry(trying: Trying, hooks: HookRuns): Carrying {
  const { managed, run, host, slot, snapshot, target, plan, results, ended, show } = trying;
  const { app, cluster, settings } = snapshot;
  const { memory } = managed;
  const { clock } = host.ports;
  const mustStay = () => pausedPrunes(host.ports).paused;
  return {
    cluster,
    objects: trying.objects,
    hooks,
    clock,
    plan,
    signal: run.abort.signal,
    stopping: host.stopping,
    mode: trying.mode,
    notes: new Map(),
    unasked: new Map(),
    migration: migrationOf(app),
    faultsOf: ({ syncOptions }) => faultsOf(app, settings, syncOptions),
    mustStay,
    ignoredOf: trying.ignoredOf,
    recordOf: (key) => memory.records.get(key),
    keep: (record) => memory.keepSoon(record),
    remember: (record) => memory.keep([record]),
    report: (result) => putResult(results, resultOf(result)),
    madeNamespace: (metadata) => memory.gaveNamespace(metadata),
    progress: show,
    permits: trying.permits,
    holder: trying.holder,
    keepDeleted: (live) =>
      host.deleted.keep(live, {
        app: managed.key,
        appUid: managed.spec.uid,
        run: run.id,
        server: cluster.server,
        objects: trying.objects,
      }),
    undoWords: (ref) => (settings.keepDeletedForMs === 0 ? undefined : undoWords(ref)),
    handedOver: (live) => mustStay() ?? handedOver(live, trying),
    othersLooked: () => slot.without(() => host.othersLooked(managed, ended)),
    async untilOpen(gate) {
      memory.write();
      const overtaken = overtakenBy(managed, snapshot, target);
      if (overtaken !== undefined) throw new Superseded(overtaken);
      return waiting(trying, "waiting-for-health", () =>
        untilOpen(gate, managed, cluster, host.ports, ended, show),
      );
    },
    // A hook is not overtaken: a migration that is cut off in the middle is worse than a commit that waits.
    async untilCompleted(wave) {
      if (!hooks.isRunning(wave)) return hooks.untilCompleted(wave);
      memory.write();
      return waiting(trying, "waiting-for-hooks", () => hooks.untilCompleted(wave));
    },
    untilGone: (steps) => slot.without(() => untilGone(steps, managed, cluster, clock, ended)),
  };
}

/** A wait that is shown as one, and that a pass looks at beside it. */
async function waiting<T>(
  { managed, run, host, slot }: Trying,
  doing: RunningOperation["doing"],
  wait: () => Promise<T>,
): Promise<T> {
  run.doing = doing;
  host.lookBeside(managed);
  try {
    return await slot.without(wait);
  } finally {
    run.doing = "working";
  }
}

/** Whoever took it over since it was compared may have let go of it again: it is that one's all the same. */
function handedOver(live: LiveObject, { managed, host, snapshot, compared }: Trying): string | undefined {
  const owner = owningApp(live, compared.us);
  if (owner.is !== "us") return `it belongs to ${owner.is === "other" ? owner.name : "nobody"} by now`;
  const heir = host.claims.otherWanting(managed.key, snapshot.cluster, live.key);
  return heir === undefined ? undefined : `application ${heir.key} wants it now`;
}
