import { isHook, owningApp } from "../../core/compare/index.ts";
import { revisionNamesOf } from "../target/tips.ts";
import { HookRuns } from "./hooks.ts";
import { putResult, resultOf } from "./results.ts";
import { overtakenBy, Superseded } from "./superseded.ts";
import { stateOf, type Trying } from "./trying.ts";

/** The hooks of one try of a sync, nothing of which runs yet. */
export function hooksOfTry(trying: Trying): HookRuns {
  const { managed, host, request, snapshot, target, compared, plan, results } = trying;
  const { cluster, settings } = snapshot;
  const { clock, userHealth } = host.ports;
  const { startedAt, retryCount = 0 } = stateOf(managed);
  return new HookRuns({
    cluster,
    objects: trying.objects,
    ending: cluster.for({ owner: managed.key, urgency: "sync" }),
    clock,
    rules: { userHealth, pods: settings.pods, ignoreAnnotation: "see-through" },
    run: {
      is: trying.begun === "resumed" ? "resumed" : "begun",
      mark: revisionNamesOf(target)[0] ?? "",
      startedAt,
      id: `${startedAt} ${retryCount}`,
    },
    plan,
    timeoutMs: settings.hookTimeoutMs,
    stillAsked() {
      const overtaken = overtakenBy(managed, host.snapshotFor(managed, request.sync), target);
      if (overtaken !== undefined) throw new Superseded(overtaken);
    },
    remembered: trying.remembered,
    permits: trying.permits,
    async holder(live) {
      const isNobodys = owningApp(live, compared.us).is === "nobody" && !isHook(live.object);
      return (await trying.holder(live)) ?? (isNobodys ? "nobody, and was not made as a hook," : undefined);
    },
    report(result) {
      putResult(results, resultOf(result));
      trying.show(undefined, "durable");
    },
    progress: trying.show,
    nextChange: (ms, signal) => managed.nextChange(ms, signal),
    signal: trying.ended,
  });
}
