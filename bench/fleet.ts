/**
 * Many applications, and many clusters: how long, how much CPU, memory and how many requests, each beside its floor, a
 * bare program that makes the same requests, in the same run.
 *
 *     bun bench/fleet.ts [--only plane,estate] [--apps 1000] [--drifts 50] [--idle 60] [--in-flight 16,32,64] [--json FILE]
 *                        [--estate-apps 5000] [--clusters 50] [--pods 100000]
 *
 * Prints a table, the load of the machine, and JSON. `plane` is one real control plane; the clusters of `estate` are
 * sandboxes over HTTPS, which stand in for control planes.
 */
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { estateRows, measureEstate } from "./fleet-estate.ts";
import type { Row } from "./fleet-parts.ts";
import { measurePlane, planeRows } from "./fleet-plane.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string", default: "plane,estate" },
    apps: { type: "string", default: "1000" },
    drifts: { type: "string", default: "50" },
    idle: { type: "string", default: "60" },
    "in-flight": { type: "string", default: "16,32,64" },
    "estate-apps": { type: "string", default: "5000" },
    clusters: { type: "string", default: "50" },
    pods: { type: "string", default: "100000" },
    json: { type: "string", default: "" },
  },
});
const stages = values.only.split(",");
const loads = [loadavg()[0] ?? 0];

const rows: Row[] = [];
const figures: Record<string, unknown> = {};
if (stages.includes("plane")) {
  const plane = await measurePlane({
    apps: Number(values.apps),
    drifts: Number(values.drifts),
    idleSeconds: Number(values.idle),
    inFlight: values["in-flight"].split(",").map(Number),
  });
  figures["plane"] = plane;
  rows.push(...planeRows(plane));
  loads.push(loadavg()[0] ?? 0);
}
if (stages.includes("estate")) {
  const estate = await measureEstate({
    apps: Number(values["estate-apps"]),
    clusters: Number(values.clusters),
    pods: Number(values.pods),
    drifts: Number(values.drifts),
    idleSeconds: Number(values.idle),
  });
  figures["estate"] = estate;
  rows.push(...estateRows(estate));
  loads.push(loadavg()[0] ?? 0);
}

console.log("| what | wished | ours | floor | within |\n|---|---|---|---|---|");
for (const { what, wished, ours, floor, within } of rows)
  console.log(`| ${what} | ${wished} | ${ours} | ${floor} | ${within} |`);
console.log(`\nLoad of the machine: ${loads.map((load) => load.toFixed(1)).join(", ")}.`);
const json = JSON.stringify({ loads, ...figures });
if (values.json === "") console.log(json);
else await Bun.write(values.json, json);
process.exit(0);
