import { join } from "node:path";
import type { Check } from "../cli/offline-verbs.ts";
import { ClusterFolder } from "../config/cluster-folder.ts";
import type { Config } from "../config/config.ts";
import { asFailure } from "../core/model/failure.ts";
import type { Cluster } from "../core/ports/cluster.ts";
import { configuredEntries } from "../daemon/configured-entries.ts";
import { ConnectedClusters } from "../daemon/connected-clusters.ts";
import { CLUSTERS } from "../daemon/open-parts.ts";
import { inFolder, settleClusters } from "../daemon/settle-clusters.ts";
import { defined } from "../lib/defined.ts";
import { jsonLog } from "../lib/json-log.ts";
import { systemClock } from "../lib/system-clock.ts";
import { asCheck } from "./check-files.ts";
import type { Surroundings } from "./surroundings.ts";

const ANSWER_WITHIN_MS = 10_000;

/** Whether each cluster answers: those of the config, and those that were added to the daemon whose data folder it names. */
export async function clusterChecks(
  config: Config,
  around: Surroundings,
  signal: AbortSignal,
): Promise<Check[]> {
  const added = new ClusterFolder(join(config.data, CLUSTERS), CLUSTERS).read();
  const { entries, problems } = settleClusters(configuredEntries(config), inFolder(added.found), []);
  const connected = new ConnectedClusters(
    // What cannot be connected is a check of its own below.
    jsonLog(
      () => "error",
      () => undefined,
    ),
    { host: around.env.KUBERNETES_SERVICE_HOST ?? "", port: around.env.KUBERNETES_SERVICE_PORT ?? "" },
    around.env,
    { condition: () => ({ is: "sound" }), paused: () => undefined },
  );
  try {
    await connected.hold(entries, config, async () => undefined, "hold");
    const answers = await Promise.all(connected.all.map((cluster) => checkOf(cluster, signal)));
    return [...answers, ...[...added.problems, ...problems].map((problem) => asCheck("cluster", problem))];
  } finally {
    await connected.stop();
  }
}

async function checkOf(cluster: Cluster, signal: AbortSignal): Promise<Check> {
  const { name } = cluster;
  try {
    const { kubeVersion } = await Promise.race([
      cluster.facts(),
      systemClock
        .sleep(ANSWER_WITHIN_MS, signal)
        .then(() => Promise.reject(new Error(`no answer within ${ANSWER_WITHIN_MS / 1_000} s`))),
    ]);
    return { name: "cluster", state: "ok", text: `${name} answers (${kubeVersion})` };
  } catch (cause) {
    const { why, fix } = asFailure(cause, `cluster ${name}`, "reach it");
    return { name: "cluster", state: "failed", text: `${name}: ${why}`, ...defined({ fix }) };
  }
}
