/**
 * Each file below test/golden/plan is a case: an application, what Git holds and what the cluster has, and below `---`
 * what a sync or the application's deletion would do. README.md there says how to read and to add one.
 */
import { describe, expect, test } from "bun:test";
import { goldenCases } from "../../../test/lib/golden.ts";
import { type PlanCase, planOfCase } from "../../../test/lib/plan-case.ts";

describe("test/golden/plan", () => {
  const cases = goldenCases("plan");
  test("there are cases", () => expect(cases.length).toBeGreaterThanOrEqual(200));
  test.each(cases)("$name", ({ input, check }) =>
    check(planOfCase(input as unknown as PlanCase), (answer, want) => expect(answer).toEqual(want as object)),
  );
});
