/**
 * How many objects a second the health rules judge on one core: built-in workloads, and every state of the families'
 * life cycles, in turn. Nothing but `healthOf` is timed.
 *
 *     bun bench/health.ts [--objects 10000] [--seconds 3]      prints a table, then one line of JSON
 */

import { parseArgs } from "node:util";
import { healthOf } from "../src/core/health/health-of.ts";
import { lifeCycles } from "../src/core/health/testdata/life-cycles.ts";
import type { KubeObject } from "../src/core/model/kube-object.ts";
import { defined } from "../src/lib/defined.ts";

const { values } = parseArgs({
  options: { objects: { type: "string", default: "10000" }, seconds: { type: "string", default: "3" } },
});
const [amount, forMs] = [Number(values.objects), Number(values.seconds) * 1_000];
/** The level to hold, objects a second. */
const least = 10_000;

const named = (apiVersion: string, kind: string, index: number) => ({
  apiVersion,
  kind,
  metadata: { name: `it-${index}`, namespace: "bench", uid: `u-${index}`, generation: 2 },
});

const builtIn: ((index: number) => KubeObject)[] = [
  (index) => ({
    ...named("apps/v1", "Deployment", index),
    spec: { replicas: 3 },
    status: {
      observedGeneration: 2,
      replicas: 3,
      updatedReplicas: 3,
      availableReplicas: index % 4,
      conditions: [{ type: "Progressing", status: "True", reason: "ReplicaSetUpdated" }],
    },
  }),
  (index) => ({
    ...named("v1", "Pod", index),
    spec: { restartPolicy: "Always" },
    status: {
      phase: "Running",
      conditions: [
        { type: "PodScheduled", status: "True" },
        { type: "Ready", status: index % 3 === 0 ? "False" : "True" },
      ],
      containerStatuses: [{ name: "web", ready: true, restartCount: 0, state: { running: {} } }],
    },
  }),
  (index) => ({ ...named("v1", "Service", index), spec: { type: "ClusterIP" } }),
  (index) => ({ ...named("v1", "ConfigMap", index), data: { key: "value" } }),
  (index) => ({
    ...named("batch/v1", "Job", index),
    spec: {},
    status: { conditions: [{ type: "Complete", status: "True" }] },
  }),
];
const families = lifeCycles.flatMap(({ kinds, progressing, ready, failed }) =>
  kinds.flatMap((kind) =>
    [...progressing, ...ready, ...failed].map((state) => (index: number): KubeObject => {
      const [apiVersion = "", name = ""] = kind.split(" ");
      return {
        ...named(apiVersion, name, index),
        ...defined({ spec: state.spec, status: state.status }),
      };
    }),
  ),
);

/** Judges all of them again and again for a while. */
function measure(
  name: string,
  makers: readonly ((index: number) => KubeObject)[],
): { name: string; objects: number; perSecond: number; microseconds: number } {
  const objects = Array.from({ length: amount }, (_, index) => makers[index % makers.length]?.(index)).filter(
    (object) => object !== undefined,
  );
  for (const object of objects) healthOf(object);
  let judged = 0;
  const start = performance.now();
  while (performance.now() - start < forMs) {
    for (const object of objects) healthOf(object);
    judged += objects.length;
  }
  const tookMs = performance.now() - start;
  return {
    name,
    objects: objects.length,
    perSecond: Math.round((1_000 * judged) / tookMs),
    microseconds: Math.round((100_000 * tookMs) / judged) / 100,
  };
}

const rows = [
  measure("built-in kinds", builtIn),
  measure("custom kinds", families),
  measure("both", [...builtIn, ...families]),
];
console.log("objects        kinds            per second   microseconds each");
for (const row of rows)
  console.log(
    `${String(row.objects).padEnd(15)}${row.name.padEnd(17)}${String(row.perSecond).padStart(10)}   ${row.microseconds}`,
  );
console.log(JSON.stringify({ bench: "health", least, rows }));
process.exit(rows.every(({ perSecond }) => perSecond >= least) ? 0 : 1);
