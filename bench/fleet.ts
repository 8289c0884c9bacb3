/**
 * Many applications, and many clusters: how long, how much CPU, memory and how many requests, each beside its floor, a
 * bare program that makes the same requests, in the same run.
 *
 *     bun bench/fleet.ts [--only plane,estate] [--json FILE] [--on plane|sandbox] [--patience 300]
 *         plane     [--apps 1000] [--drifts 50] [--idle 60] [--in-flight 16,32,64]
 *         estate    [--estate-apps 5000] [--clusters 50] [--pods 100000] [--drifts 50] [--idle 60]
 *         mttp      [--apps 100,500,1000] [--kind raw,kustomize,helm] [--definitions 50,250]
 *         cnoe      [--cnoe-apps 10000] [--control-planes 3]
 *         monorepo  [--monorepo-apps 1000,10000] [--commits 9]
 *
 * Prints a table, the load of the machine, and JSON. `plane` is one real control plane; the clusters of `estate` are
 * sandboxes over HTTPS, which stand in for control planes; where the others apply to is what `--on` says. A stage whose
 * applications no longer move for `--patience` seconds ends the bench with a sentence; what was measured before is printed.
 */
import { availableParallelism, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { cnoeRows, measureCnoe } from "./fleet-cnoe.ts";
import { estateRows, measureEstate } from "./fleet-estate.ts";
import { measureMonorepo, monorepoRows } from "./fleet-monorepo.ts";
import { KINDS, type Kind, measureMttp, mttpRows } from "./fleet-mttp.ts";
import type { Row } from "./fleet-parts.ts";
import { measurePlane, planeRows } from "./fleet-plane.ts";
import { standFrom } from "./stand.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string", default: "plane,estate" },
    on: { type: "string", default: "plane" },
    apps: { type: "string", default: "" },
    drifts: { type: "string", default: "50" },
    idle: { type: "string", default: "60" },
    "in-flight": { type: "string", default: "16,32,64" },
    "estate-apps": { type: "string", default: "5000" },
    clusters: { type: "string", default: "50" },
    pods: { type: "string", default: "100000" },
    kind: { type: "string", default: KINDS.join(",") },
    definitions: { type: "string", default: "50,250" },
    "cnoe-apps": { type: "string", default: "10000" },
    "control-planes": { type: "string", default: "3" },
    "monorepo-apps": { type: "string", default: "1000,10000" },
    commits: { type: "string", default: "9" },
    patience: { type: "string", default: "300" },
    json: { type: "string", default: "" },
  },
});

/** @throws {Error} where one is no whole number of its least or more */
function numbers(option: string, text: string, least = 1): number[] {
  return text.split(",").map((word) => {
    const number = Number(word);
    if (word.trim() === "" || !Number.isInteger(number) || number < least)
      throw new Error(`--${option} ${text}: ${word || "nothing"} is no whole number of ${least} or more`);
    return number;
  });
}
function one(option: string, text: string, least = 1): number {
  const [first = 0, ...more] = numbers(option, text, least);
  if (more.length > 0) throw new Error(`--${option} ${text}: this stage takes one number`);
  return first;
}
const kindsFrom = (text: string): Kind[] =>
  text.split(",").map((word) => {
    const kind = KINDS.find((each) => each === word);
    if (kind === undefined) throw new Error(`--kind ${text}: ${word} is none of ${KINDS.join(", ")}`);
    return kind;
  });

const on = standFrom(values.on);
const patienceMs = one("patience", values.patience) * 1_000;
const say = (line: string): void => console.error(line);
/** The floor of one stage has one number in flight: what most control planes take best. */
const IN_FLIGHT = 32;

interface Measured {
  figures: unknown;
  rows: Row[];
}
/** Each is given whom it tells what it has so far. */
const STAGES: Record<string, (keep: (measured: Measured) => void) => Promise<Measured>> = {
  async plane() {
    const figures = await measurePlane({
      apps: one("apps", values.apps || "1000"),
      drifts: one("drifts", values.drifts),
      idleSeconds: one("idle", values.idle),
      inFlight: numbers("in-flight", values["in-flight"]),
    });
    return { figures, rows: planeRows(figures) };
  },
  async estate() {
    const figures = await measureEstate({
      apps: one("estate-apps", values["estate-apps"]),
      clusters: one("clusters", values.clusters),
      pods: one("pods", values.pods),
      drifts: one("drifts", values.drifts),
      idleSeconds: one("idle", values.idle),
    });
    return { figures, rows: estateRows(figures) };
  },
  async mttp(keep) {
    const figures = await measureMttp(
      {
        ...{ on, patienceMs, inFlight: IN_FLIGHT, kinds: kindsFrom(values.kind) },
        apps: numbers("apps", values.apps || "100,500,1000"),
        definitions: numbers("definitions", values.definitions, 0),
      },
      say,
      (so) => keep({ figures: so, rows: mttpRows(so) }),
    );
    return { figures, rows: mttpRows(figures) };
  },
  async cnoe() {
    const figures = await measureCnoe({
      ...{ on, patienceMs, inFlight: IN_FLIGHT },
      apps: one("cnoe-apps", values["cnoe-apps"]),
      clusters: one("control-planes", values["control-planes"]),
    });
    return { figures, rows: cnoeRows(figures) };
  },
  async monorepo(keep) {
    const figures = await measureMonorepo(
      {
        ...{ on, patienceMs, inFlight: IN_FLIGHT },
        apps: numbers("monorepo-apps", values["monorepo-apps"]),
        commits: one("commits", values.commits),
      },
      say,
      (so) => keep({ figures: so, rows: monorepoRows(so) }),
    );
    return { figures, rows: monorepoRows(figures) };
  },
};

const stages = values.only.split(",");
const unknown = stages.find((stage) => STAGES[stage] === undefined);
if (unknown !== undefined)
  throw new Error(`--only ${values.only}: ${unknown} is none of ${Object.keys(STAGES).join(", ")}`);

const loads = [loadavg()[0] ?? 0];
const rows: Row[] = [];
const measured: Record<string, unknown> = {};
let ended = "";
for (const stage of stages) {
  let kept: Measured | undefined;
  try {
    kept = await STAGES[stage]?.((measured) => (kept = measured));
  } catch (cause) {
    ended = `${stage}: ${cause instanceof Error ? cause.message : String(cause)}`;
  }
  if (kept !== undefined) {
    measured[stage] = kept.figures;
    rows.push(...kept.rows);
  }
  loads.push(loadavg()[0] ?? 0);
  if (ended !== "") break;
}

console.log("| what | wished | ours | floor | within |\n|---|---|---|---|---|");
for (const { what, wished, ours, floor, within } of rows)
  console.log(`| ${what} | ${wished} | ${ours} | ${floor} | ${within} |`);
console.log(`\nLoad of the machine: ${loads.map((load) => load.toFixed(1)).join(", ")}.`);
const conditions = { at: new Date().toISOString(), cores: availableParallelism(), loads };
const json = JSON.stringify({ ...conditions, ...measured });
if (values.json === "") console.log(json);
else await Bun.write(values.json, json);
if (ended !== "") console.error(ended);
process.exit(ended === "" ? 0 : 1);
