import { expect, test } from "bun:test";
import type { RevisionHistory } from "../model/application.ts";
import type { Fared } from "../model/fared.ts";
import type { Transition, TransitionKind } from "../model/transition.ts";
import { faredOf } from "./fared-of.ts";

const at = (minute: number): string => new Date(Date.UTC(2026, 10, 30, 8, minute)).toISOString();
/** Deployed at each tenth minute, one minute long, of a revision each. */
const HISTORY: RevisionHistory[] = ["a", "b", "c"].map((revision, id) => ({
  ...{ id, revision, deployStartedAt: at(id * 10), deployedAt: at(id * 10 + 1) },
}));
const told = (minute: number, kind: TransitionKind, more: Partial<Transition> = {}): Transition => ({
  ...{ seq: 0, kind, at: at(minute), first: at(minute), count: 1 },
  ...more,
});
const deployed = (minute: number, deployment: number) => told(minute, "deployed", { deployment });
const degraded = (minute: number, more: Partial<Transition> = {}) =>
  told(minute, "health-degraded", { why: "it crashes", ...more });
const recovered = (minute: number, more: Partial<Transition> = {}) => told(minute, "health-recovered", more);
const HEALTHY: Fared = { is: "healthy" };
const DEGRADED: Fared = { is: "degraded", why: "it crashes" };

test.each<[name: string, of: Transition[], want: Record<number, Fared>]>([
  ["what nobody told of is not known", [], {}],
  ["one that was healthy, and one that crashed", [deployed(2, 0), degraded(13)], { 0: HEALTHY, 1: DEGRADED }],
  ["the last word counts", [deployed(2, 0), degraded(3), recovered(5)], { 0: HEALTHY }],
  [
    "one that was healthy at first",
    [deployed(2, 0), degraded(8)],
    { 0: DEGRADED, 1: { is: "never-healthy" } },
  ],
  ["in whatever order they are read", [recovered(5), degraded(3), deployed(2, 0)], { 0: HEALTHY }],
  [
    "what is told while the next sync runs is of the next one",
    [deployed(2, 0), degraded(10)],
    { 0: HEALTHY, 1: DEGRADED },
  ],
  [
    "what is told in the second in which the next sync begins is of whom it names",
    [degraded(10, { deployment: 0 })],
    { 0: DEGRADED, 1: { is: "never-healthy" } },
  ],
  [
    "one that stays Degraded without another word never was Healthy, until it is there still",
    [degraded(5)],
    { 0: DEGRADED, 1: { is: "never-healthy" } },
  ],
  [
    "a row that stands for several is its first and its last",
    [degraded(23, { first: at(3), count: 2 }), recovered(14, { first: at(12), count: 2 })],
    { 0: DEGRADED, 1: HEALTHY, 2: DEGRADED },
  ],
  [
    "what a failed sync of another revision broke is not its fault",
    [deployed(2, 0), told(4, "sync-running"), degraded(5), told(6, "sync-failed", { revisions: ["x"] })],
    { 0: HEALTHY, 1: { is: "never-healthy" } },
  ],
  [
    "a sync of the same revision changes nothing of that",
    [deployed(2, 0), told(4, "sync-running", { revisions: ["a"] }), degraded(5)],
    { 0: DEGRADED, 1: { is: "never-healthy" } },
  ],
  [
    "what somebody's change in the cluster broke is not its fault",
    [deployed(2, 0), told(3, "drift-found"), degraded(3)],
    { 0: HEALTHY, 1: { is: "never-healthy" } },
  ],
  [
    "what is broken still when that is put back is",
    [deployed(2, 0), told(3, "drift-found"), degraded(4), told(5, "drift-healed")],
    { 0: DEGRADED, 1: { is: "never-healthy" } },
  ],
  [
    "what was changed and put back within a second leaves it as it fares, in whatever order they are read",
    [
      deployed(2, 0),
      deployed(14, 1),
      told(11, "drift-healed", { seq: 8 }),
      told(11, "drift-found", { seq: 7 }),
    ],
    { 0: HEALTHY, 1: HEALTHY },
  ],
  [
    "what was put back and changed again within a second is not its fault",
    [
      ...[deployed(2, 0), told(3, "drift-found", { seq: 1 }), told(4, "drift-found", { seq: 3 })],
      ...[told(4, "drift-healed", { seq: 2 }), degraded(5)],
    ],
    { 0: HEALTHY, 1: { is: "never-healthy" } },
  ],
  [
    "several that were changed and put back within a second each leave it as it fares",
    [
      told(12, "drift-healed", { first: at(11), count: 2, seq: 9 }),
      ...[told(12, "drift-found", { first: at(11), count: 2, seq: 8 }), deployed(14, 1)],
    ],
    { 1: HEALTHY },
  ],
  [
    "a history that counts from the start again is not spoken of by older numbers",
    [told(-5, "deployed", { deployment: 1 })],
    {},
  ],
])("faredOf() %s", (_name, of, want) => {
  expect(Object.fromEntries(faredOf(HISTORY, of))).toEqual(want);
});
