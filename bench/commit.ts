/**
 * What a commit that touches one application costs the more applications follow its repository: CPU of this process from
 * the push to the application being synced to it. The engine, the SQLite store, the git program and the renderers are the
 * daemon's own; the cluster is the sandbox in the same process, which one apply costs the same with any number. The floor
 * is the same commit where ten applications follow. The commit itself is made before the clock starts.
 *
 *     bun bench/commit.ts [--apps 10,100,1000,5000] [--commits 9]      prints a table, then one line of JSON
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openStore } from "../src/store/open-store.ts";
import { appOf, type Files, isSettled, startRig, startWorld } from "../test/lib/engine-rig.ts";
import { configMap } from "../test/lib/manifests.ts";

const { values } = parseArgs({
  options: {
    apps: { type: "string", default: "10,100,1000,5000" },
    commits: { type: "string", default: "9" },
  },
});
const sizes = values.apps.split(",").map(Number);
const commits = Number(values.commits);

interface Row {
  apps: number;
  /** Medians over the commits, milliseconds. */
  cpuMs: number;
  wallMs: number;
}

const rows: Row[] = [];
for (const apps of sizes) rows.push(await measure(apps));
const floor = rows[0]?.cpuMs ?? 1;
console.log("| applications | CPU of a commit, ms | from push to synced, ms | CPU beside the fewest |");
console.log("|---|---|---|---|");
for (const { apps, cpuMs, wallMs } of rows)
  console.log(`| ${apps} | ${cpuMs.toFixed(1)} | ${wallMs.toFixed(1)} | ${(cpuMs / floor).toFixed(2)} x |`);
console.log(JSON.stringify({ bench: "commit", commits, rows }));
process.exit(0);

async function measure(apps: number): Promise<Row> {
  const dir = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
  const world = await startWorld();
  const rig = await startRig(world, { store: openStore(dir) });
  const path = (at: number): string => `apps/a${at}`;
  const map = (at: number, value: string) => configMap("many", `map-${at}`, { value });
  const files: Files = {};
  for (let at = 0; at < apps; at++) files[`${path(at)}/map.yaml`] = map(at, "first");
  await world.makeNamespace("many");
  const repository = await world.repository("mono", files);
  rig.place(
    ...Array.from({ length: apps }, (_, at) =>
      appOf({ name: `a${at}`, repository, path: path(at), namespace: "many" }),
    ),
  );
  while (!rig.control.applications().every(isSettled)) await Bun.sleep(200);
  await rig.untilIdle();
  const taken: { cpuMs: number; wallMs: number }[] = [];
  // The first one pays for what is done once: the fetch program's start, compilation.
  for (let round = 0; round <= commits; round++) {
    const at = (round * 7) % apps;
    const sha = await repository.commit({ [`${path(at)}/map.yaml`]: map(at, `value ${round}`) });
    Bun.gc(true);
    // What the collector sweeps afterwards, bit by bit, is no part of the commit.
    await Bun.sleep(2_000);
    const began = performance.now();
    const before = process.cpuUsage();
    rig.engine.pushed([repository.url]);
    await rig.until(`a${at}`, (app) => app.status?.sync.revision === sha && isSettled(app), 60_000);
    const wallMs = performance.now() - began;
    await Bun.sleep(100);
    const { user, system } = process.cpuUsage(before);
    if (round > 0) taken.push({ cpuMs: (user + system) / 1_000, wallMs });
  }
  await rig.stop();
  await world.stop();
  rmSync(dir, { recursive: true, force: true });
  const median = (list: number[]): number => list.sort((a, b) => a - b)[list.length >> 1] ?? 0;
  return {
    apps,
    cpuMs: median(taken.map(({ cpuMs }) => cpuMs)),
    wallMs: median(taken.map(({ wallMs }) => wallMs)),
  };
}
