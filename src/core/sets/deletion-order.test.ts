import { describe, expect, test } from "bun:test";
import { deletionOrder } from "./deletion-order.ts";
import { app, child, key, setOf } from "./testdata/set-cases.ts";

const steps = ["dev", "prod"].map((name) => ({
  matchExpressions: [{ key: "stage", operator: "In" as const, values: [name] }],
}));
const reverse = setOf({
  strategy: { type: "RollingSync", rollingSync: { steps }, deletionOrder: "Reverse" },
});
const of = (name: string, stage: string, more = {}) =>
  child(app(name, { metadata: { labels: { stage } } }), more);
const all = [of("a", "dev"), of("b", "prod"), of("c", "prod"), of("d", "none")];

describe("deletionOrder()", () => {
  const order = (set = reverse, children = all) => {
    const { now, later } = deletionOrder(set, children);
    return { now: now.map((one) => one.key), later };
  };

  test("the last step goes first, each is waited for, and what no step selects goes last", () => {
    expect(order()).toEqual({
      now: [key("b"), key("c")],
      later: [key("a"), key("d")].map((each) => ({
        key: each,
        why: "it goes after step 2 of 2, of which 2 are left",
      })),
    });
    const [a, b, c, d] = all as [(typeof all)[0], (typeof all)[0], (typeof all)[0], (typeof all)[0]];
    expect(order(reverse, [a, { ...b, isGoing: true }, c, d] as never).now).toEqual([key("c")]);
    const going = order(reverse, [a, { ...b, isGoing: true }, d] as never);
    expect(going.now).toEqual([]);
    expect(going.later[0]?.why).toBe("it goes after step 2 of 2, of which 1 is left");
    expect(order(reverse, [a, d] as never)).toEqual({
      now: [key("a")],
      later: [{ key: key("d"), why: "it goes after step 1 of 2, of which 1 is left" }],
    });
    expect(order(reverse, [d] as never)).toEqual({ now: [key("d")], later: [] });
    expect(order(reverse, [])).toEqual({ now: [], later: [] });
  });

  test("without Reverse, or without a rollout, all go at once", () => {
    const plain = setOf({ strategy: { type: "RollingSync", rollingSync: { steps } } });
    const atOnce = setOf({ strategy: { deletionOrder: "Reverse" } });
    for (const set of [plain, atOnce, setOf()])
      expect(order(set)).toEqual({ now: all.map((one) => one.key), later: [] });
  });
});
