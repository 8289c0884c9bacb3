import { describe, expect, test } from "bun:test";
import type { Difference } from "../model/comparison.ts";
import type { DesiredObject } from "../model/desired-object.ts";
import type { LiveObject } from "../model/live-object.ts";
import { type RefKey, refKey } from "../model/object-ref.ts";
import type { Guard, Plan, Step } from "../model/plan.ts";
import { objectEffects } from "./object-effects.ts";

const ref = (name: string) => ({ group: "", kind: "ConfigMap", namespace: "shop", name });
const key = (name: string): RefKey => refKey(ref(name));
const desired = (name: string): DesiredObject =>
  ({
    ref: ref(name),
    key: key(name),
    object: { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "shop" } },
  }) as DesiredObject;
const live = (name: string): LiveObject => ({ ref: ref(name), key: key(name) }) as LiveObject;
const apply = (name: string, is: "missing" | "there"): Step => ({
  do: "apply",
  desired: desired(name),
  live: is === "missing" ? undefined : live(name),
  how: "server-side",
  missingKind: "refuse",
});
const hook = (name: string): Step =>
  ({
    do: "hook",
    desired: desired(name),
    type: "PreSync",
    deletePolicies: [],
    live: undefined,
    run: "anew",
  }) as Step;
const difference = (is: "same" | "changed" | "missing", name: string): Difference =>
  (is === "missing"
    ? { is, key: key(name), desired: desired(name) }
    : { is, key: key(name), desired: desired(name), live: live(name) }) as Difference;
const planOf = (steps: Step[], more: Partial<Plan> = {}): Plan => ({
  waves: [{ phase: "Sync", wave: 0, steps, gate: [] }],
  onFailure: [],
  refusals: [],
  intended: [],
  ...more,
});
const refusal = (name: string, guard: Guard) => ({
  key: key(name),
  ref: ref(name),
  guard,
  text: `${guard} keeps it`,
});
const hashes = (of: Record<string, string>) =>
  new Map(Object.entries(of).map(([name, hash]) => [key(name), hash]));

const told = (input: Partial<Parameters<typeof objectEffects>[0]> & { plan: Plan }): string[] =>
  objectEffects({ differences: [], refused: new Map(), wanted: hashes({}), before: undefined, ...input }).map(
    ({ name, effect, cause, why }) => `${effect} ${name} ${cause}${why === undefined ? "" : `: ${why}`}`,
  );

describe("objectEffects()", () => {
  test("names what a plan makes, changes, deletes and runs", () => {
    const steps: Step[] = [
      { do: "create-namespace", namespace: "shop", labels: {}, annotations: {}, update: "if-missing" },
      hook("migrate"),
      apply("new", "missing"),
      apply("old", "there"),
      { do: "prune", ref: ref("gone"), key: key("gone"), uid: "u", propagation: "Foreground" },
    ];
    expect(told({ plan: planOf(steps) })).toEqual([
      "run migrate range",
      "create new range",
      "change old range",
      "delete gone range",
    ]);
  });

  test("what only becomes ours is no effect", () => {
    expect(told({ plan: planOf([apply("a", "there")]), differences: [difference("same", "a")] })).toEqual([]);
  });

  test.each<[Guard, string]>([
    ["empty", "hold"],
    ["namespaces", "hold"],
    ["budget", "hold"],
    ["confirm", "hold"],
    ["left-out", "hold"],
    ["unrecorded", "stay"],
    ["disabled", "stay"],
    ["prune-off", "stay"],
  ])("the guard %s means %s", (guard, effect) => {
    expect(told({ plan: planOf([], { refusals: [refusal("a", guard)] }) })).toEqual([
      `${effect} a range: ${guard} keeps it`,
    ]);
  });

  test("what is refused is no change, and what cannot be written stands once", () => {
    const plan = planOf([apply("a", "there"), apply("b", "missing")], {
      impossible: [
        { key: key("b"), ref: ref("b"), text: "not permitted" },
        { key: key("c"), ref: ref("c"), text: "no such kind" },
      ],
    });
    expect(told({ plan, refused: new Map([[key("a"), "immutable"]]) })).toEqual([
      "refuse a range: immutable",
      "refuse b range: not permitted",
      "refuse c range: no such kind",
    ]);
  });

  test("what could not be seen is not known, and is no refusal", () => {
    const unseen: Difference = {
      is: "unknown",
      because: "unseen",
      key: key("a"),
      desired: desired("a"),
      why: "forbidden",
    };
    const plan = planOf([], { impossible: [{ key: key("a"), ref: ref("a"), text: "forbidden" }] });
    expect(told({ plan, differences: [unseen] })).toEqual(["unknown a range: forbidden"]);
  });

  test("what Git wants as before is not the commits' doing", () => {
    const plan = planOf(
      [
        apply("drifted", "there"),
        apply("edited", "there"),
        apply("new", "missing"),
        { do: "prune", ref: ref("left"), key: key("left"), uid: "u", propagation: "Foreground" },
        { do: "prune", ref: ref("stray"), key: key("stray"), uid: "u", propagation: "Foreground" },
      ],
      {},
    );
    const wanted = hashes({ drifted: "1", edited: "2", new: "1" });
    const before = hashes({ drifted: "1", edited: "1", left: "1" });
    expect(told({ plan, wanted, before })).toEqual([
      "change drifted before",
      "change edited range",
      "create new range",
      "delete left range",
      "delete stray before",
    ]);
  });

  test("hooks run because of what else would be done, or where they change themselves", () => {
    const same = { wanted: hashes({ migrate: "1", a: "1" }), before: hashes({ migrate: "1", a: "1" }) };
    const drift = planOf([hook("migrate"), apply("a", "there")]);
    expect(told({ plan: drift, ...same })).toEqual(["run migrate before", "change a before"]);
    expect(told({ plan: drift, ...same, wanted: hashes({ migrate: "1", a: "2" }) })).toEqual([
      "run migrate range",
      "change a range",
    ]);
    expect(told({ plan: planOf([hook("migrate")]), ...same, wanted: hashes({ migrate: "2" }) })).toEqual([
      "run migrate range",
    ]);
    // Deletions that are held start nothing.
    const held = planOf([hook("migrate")], { refusals: [refusal("b", "budget")] });
    expect(told({ plan: held, ...same, before: hashes({ migrate: "1", b: "1" }) })).toEqual([
      "run migrate before",
      "hold b range: budget keeps it",
    ]);
  });

  test("a hook that runs in two phases is one", () => {
    expect(told({ plan: planOf([hook("migrate"), hook("migrate")]) })).toEqual(["run migrate range"]);
  });
});
