import { migrationOf } from "../../core/compare/index.ts";
import { faultsOf } from "../target/place-objects.ts";
import type { Carrying } from "./carrying.ts";
import { deletionsOfTry } from "./deletions-of-try.ts";
import { doingMeanwhile } from "./doing.ts";
import { untilGone, untilOpen } from "./gate.ts";
import type { HookRuns } from "./hooks.ts";
import { putResult, resultOf } from "./results.ts";
import { overtakenBy, overtakenInWait, Superseded } from "./superseded.ts";
import type { Trying } from "./trying.ts";

/** What one try of a sync is carried out with. Whatever it waits for, it gives its place among the operations away. */
export function carryingOfTry(trying: Trying, hooks: HookRuns): Carrying {
  const { managed, run, host, slot, request, snapshot, target, plan, results, ended, show } = trying;
  const { app, cluster, settings } = snapshot;
  const { memory } = managed;
  const { clock } = host.ports;
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
    ...deletionsOfTry(trying),
    ignoredOf: trying.ignoredOf,
    recordOf: (key) => memory.records.get(key),
    keep: (record) => memory.keepSoon(record),
    remember: (record) => memory.keep([record]),
    mark(wave, is) {
      trying.lanes.mark(wave, is);
      show();
    },
    report: (result) => putResult(results, resultOf(result)),
    madeNamespace: (metadata) => memory.gaveNamespace(metadata),
    progress: show,
    permits: trying.permits,
    holder: trying.holder,
    async untilOpen(gate) {
      memory.write();
      const overtaken = overtakenBy(managed, host.snapshotFor(managed, request.sync), target);
      if (overtaken !== undefined) throw new Superseded(overtaken);
      return waiting(trying, "waiting-for-health", () =>
        untilOpen(gate, managed, cluster, host.ports, ended, {
          say: show,
          goesOn(waitsFor) {
            const why = overtakenInWait(managed, target, waitsFor);
            if (why !== undefined) throw new Superseded(why);
          },
        }),
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
function waiting<T>(
  { managed, run, host, slot }: Trying,
  doing: "waiting-for-health" | "waiting-for-hooks",
  wait: () => Promise<T>,
): Promise<T> {
  return doingMeanwhile(
    run,
    doing,
  )(() => {
    host.lookBeside(managed);
    return slot.without(wait);
  });
}
