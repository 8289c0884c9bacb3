/**
 * What it costs that one child of many says something else: its write where Holdfast serves it, and its being taken up.
 * Beside it what the same costs where all of them are taken up again, as for anything else than an edit.
 *
 *   bun bench/edited-children.ts [COUNT...]      default: 1000 10000
 */
import { existingChildren, render } from "../test/lib/existing-children.ts";

const counts = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [1_000, 10_000];
const RUNS = 9;

const rows: { count: number; takenUp: "the edited one" | "all"; cpuMs: number }[] = [];
for (const count of counts)
  for (const takenUp of ["the edited one", "all"] as const) {
    const children = existingChildren(takenUp === "all" ? "as anything" : "as they are");
    await children.turn(Array.from({ length: count }, (_, at) => render(`app-${at}`, "first")));
    const costs: number[] = [];
    for (let run = 0; run < RUNS; run++) {
      const before = process.cpuUsage();
      await children.turn([render("app-5", `run-${run}`)]);
      const { user, system } = process.cpuUsage(before);
      costs.push((user + system) / 1_000);
    }
    children.stop();
    const median = costs.sort((a, b) => a - b)[Math.floor(RUNS / 2)] ?? 0;
    rows.push({ count, takenUp, cpuMs: Math.round(median * 10) / 10 });
  }
console.table(rows);
console.log(JSON.stringify(rows));
process.exit(0);
