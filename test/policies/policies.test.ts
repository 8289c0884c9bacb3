/** The compiled policy decides as its lines say, asked one by one. .ci/run plays more. */
import { expect, test } from "bun:test";
import { runPolicies } from "./run-policies.ts";

test("200 policies decide as the oracle does, and name a line that says so", () => {
  const { fault, counts } = runPolicies({ cases: 200, seed: 3 });
  expect(fault).toBeUndefined();
  // It would hold as well where nobody was ever allowed anything.
  expect(Math.min(counts.allowed, counts.deniedByLine)).toBeGreaterThan(20);
}, 120_000);
