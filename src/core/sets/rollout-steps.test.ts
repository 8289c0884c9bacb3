import { describe, expect, test } from "bun:test";
import type { RolloutStep } from "../model/application-set.ts";
import { mostAtOnce, stepOf } from "./rollout-steps.ts";
import { app, rolling } from "./testdata/set-cases.ts";

describe("mostAtOnce()", () => {
  test.each<[maxUpdate: RolloutStep["maxUpdate"], of: number, most: number]>([
    [undefined, 7, Number.POSITIVE_INFINITY],
    [0, 7, 0],
    [3, 7, 3],
    ["3", 7, 3],
    ["0%", 7, 0],
    ["1%", 7, 1],
    ["50%", 7, 3],
    ["99%", 7, 6],
    ["100%", 7, 7],
    ["many", 7, 1],
    [-1, 7, 1],
  ])("%p of %p is %p", (maxUpdate, of, most) => {
    expect(mostAtOnce(maxUpdate === undefined ? {} : { maxUpdate }, of)).toBe(most);
  });
});

describe("stepOf()", () => {
  const expression = (operator: "In" | "NotIn", ...values: string[]): RolloutStep => ({
    matchExpressions: [{ key: "stage", operator, values }],
  });
  test.each<[steps: RolloutStep[], label: string | undefined, step: number | undefined]>([
    [[expression("In", "a", "b")], "b", 0],
    [[expression("In", "a", "b")], "c", undefined],
    [[expression("In", "a")], undefined, undefined],
    [[expression("NotIn", "a")], "a", undefined],
    [[expression("NotIn", "a")], "b", 0],
    [[expression("NotIn", "a")], undefined, 0],
    [[expression("In", "a"), {}], "z", 1],
    [[expression("In", "a"), expression("In", "a")], "a", 0],
    [[{ matchExpressions: [] }], undefined, 0],
    [
      [
        {
          matchExpressions: [
            ...(expression("In", "a").matchExpressions ?? []),
            { key: "b", operator: "In", values: ["c"] },
          ],
        },
      ],
      "a",
      undefined,
    ],
    [[expression("In", "constructor")], undefined, undefined],
  ])("%j with %p is %p", (steps, label, step) => {
    expect(
      stepOf(rolling(steps), app("a", { metadata: label === undefined ? {} : { labels: { stage: label } } })),
    ).toBe(step as number);
  });
});
