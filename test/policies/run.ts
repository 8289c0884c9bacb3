/** `bun run policies -- --cases 100000 --seed 7`: more policies than a commit can wait for. */
import { parseArgs } from "node:util";
import { runPolicies } from "./run-policies.ts";

const { values } = parseArgs({
  options: {
    cases: { type: "string", default: "2000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
  },
});
const [cases, seed] = [Number(values.cases), Number(values.seed)];
const began = performance.now();
const { fault, counts } = runPolicies({ cases, seed });
console.log(fault ?? `${cases} policies, seed ${seed}: no decision differs`);
console.log(
  `of ${counts.questions} questions ${counts.allowed} were allowed and ${counts.deniedByLine} denied by a line; ${((performance.now() - began) / 1000).toFixed(1)} s`,
);
process.exitCode = fault === undefined ? 0 : 1;
