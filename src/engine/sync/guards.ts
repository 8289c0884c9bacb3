import { endOfPause, sayPause } from "../../core/model/daemon-pause.ts";
import { pruneVerdicts, type Verdicts } from "../../core/plan/prune-guards.ts";
import { defined } from "../../lib/defined.ts";
import { timestamp } from "../../lib/timestamp.ts";
import { extrasOf, keysOf } from "../compare/compare-now.ts";
import type { Compared } from "../compare/compared.ts";
import { automatedRequest } from "../compare/may-go.ts";
import type { EnginePorts } from "../engine-ports.ts";
import { guardsOf } from "../guard-settings.ts";
import { takenAlong } from "../home/taken-along.ts";
import { deniedBy } from "../limits.ts";
import type { ManagedApplication } from "../managed-application.ts";
import { revisionNamesOf } from "../target/tips.ts";

/** What the guards are told of the daemon's pause: either kind of it stops every deletion. */
export function pausedPrunes({ paused }: Pick<EnginePorts, "paused">): { paused?: string } {
  const pause = paused();
  return pause === undefined ? {} : { paused: `${sayPause(pause)}. ${endOfPause(pause)}` };
}

/** What the guards would say to an automated sync now. */
export function automaticVerdicts(
  { memory }: ManagedApplication,
  compared: Compared,
  ports: Pick<EnginePorts, "clock" | "settings" | "paused" | "records" | "parents">,
): Verdicts {
  const { comparison, snapshot, target, handedOver } = compared;
  const { app, project, cluster } = snapshot;
  const { differences } = comparison;
  if (!differences.some(({ is }) => is === "extra")) return { allowed: [], refusals: [], candidates: [] };
  const now = ports.clock.now();
  const seen = memory.extrasSeen(keysOf(extrasOf(compared)), target.contentKey);
  return pruneVerdicts({
    app,
    differences,
    request: automatedRequest(snapshot),
    asked: "automatically",
    startedAt: seen?.since ?? timestamp(now),
    now,
    revision: revisionNamesOf(target).join(" "),
    contents: compared.contents,
    along: takenAlong(cluster, ports).withObject,
    guards: guardsOf(ports.settings(), cluster),
    leftOut: target.leftOut,
    ...pausedPrunes(ports),
    ...defined({ unproven: memory.unprovenOf(target), presentBefore: seen?.present }),
    denied: new Map([...deniedBy(project, differences, cluster), ...handedOver]),
  });
}
