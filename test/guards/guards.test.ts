/** Whatever the case: what is deleted is what the oracle allows, and what was done is not done again. .ci/run plays 2,000. */
import { expect, test } from "bun:test";
import { runGuards } from "./run-guards.ts";

test("150 cases delete nothing that must stay, and write nothing the second time", async () => {
  const { fault, counts } = await runGuards({ cases: 150, seed: 3 });
  expect(fault).toBeUndefined();
  // It would hold as well where nothing was ever deleted.
  expect(counts.deleting).toBeGreaterThan(10);
}, 120_000);
