/**
 * Mutated deliveries of webhooks, many more than a test has time for: no answer of 500 or more, nothing thrown.
 *
 * `bun run webhooks [--deliveries 100000] [--seed 1]`
 */
import { parseArgs } from "node:util";
import { playMutated } from "./play.ts";

const { values } = parseArgs({
  options: { deliveries: { type: "string", default: "100000" }, seed: { type: "string", default: "1" } },
});
const began = performance.now();
const { byStatus, wrong, heard } = await playMutated(Number(values.deliveries), Number(values.seed));
for (const line of wrong) console.log(`FAILED ${line}`);
console.log(
  `${values.deliveries} deliveries, seed ${values.seed}, in ${Math.round((performance.now() - began) / 1_000)} s: ${Object.entries(
    byStatus,
  )
    .map(([status, count]) => `${count} answered ${status}`)
    .join(", ")}; ${heard} heard`,
);
process.exit(wrong.length === 0 ? 0 : 1);
