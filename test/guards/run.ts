/** `bun run guards -- --cases 100000 --seed 7`: more cases than a commit can wait for. */
import { parseArgs } from "node:util";
import { runGuards } from "./run-guards.ts";

const { values } = parseArgs({
  options: {
    cases: { type: "string", default: "2000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
  },
});
const [cases, seed] = [Number(values.cases), Number(values.seed)];
const began = performance.now();
const { fault, counts } = await runGuards({ cases, seed });
console.log(fault ?? `${cases} cases, seed ${seed}: no rule was broken`);
console.log(
  `${counts.deleting} deleted something; of ${counts.allowing} that could, ${counts.all} deleted all they could; ${((performance.now() - began) / 1000).toFixed(1)} s`,
);
process.exitCode = fault === undefined ? 0 : 1;
