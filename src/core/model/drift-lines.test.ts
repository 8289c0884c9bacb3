import { describe, expect, test } from "bun:test";
import { type DriftTransition, driftLines, driftWords } from "./drift-lines.ts";

const [EARLY, LATE] = ["2026-11-30T01:00:00Z", "2026-11-30T03:00:00Z"];
const of = (
  seq: number,
  kind: DriftTransition["kind"],
  more: Partial<DriftTransition> = {},
): DriftTransition => ({ ...{ seq, kind, at: LATE, first: LATE, count: 1 }, ...more });
const found = (seq: number) => of(seq, "drift-found", { at: EARLY, why: "Service shop/web" });

describe("driftLines()", () => {
  test.each<[string, DriftTransition[], string[]]>([
    ["nothing of none", [], []],
    ["one that is there", [found(1)], ["Service shop/web: left as it is"]],
    [
      "one that a run healed by itself",
      [found(1), of(2, "drift-healed", { run: 12, cause: "self-heal" })],
      [`Service shop/web: healed at ${LATE} by run 12, self-heal`],
    ],
    [
      "one that a person's sync undid",
      [found(1), of(2, "drift-healed", { run: 13, cause: "manual", by: "user:ann" })],
      [`Service shop/web: undone at ${LATE} by run 13 of ann`],
    ],
    ["one that no run healed", [found(1), of(2, "drift-healed")], [`Service shop/web: healed at ${LATE}`]],
    [
      "whatever order they come in, and others between them",
      [of(4, "sync-failed"), of(5, "drift-healed", { run: 3 }), found(6), found(1)],
      ["Service shop/web: left as it is", `Service shop/web: healed at ${LATE} by run 3`],
    ],
    // Its heal was not kept, or never told.
    [
      "two that follow each other",
      [found(1), found(2)],
      ["Service shop/web: left as it is", "Service shop/web"],
    ],
  ])("tells %s", (_, transitions, want) => {
    expect(driftLines(transitions).lines.map(driftWords)).toEqual(want);
  });

  test("says which heals they tell: one whose beginning is not kept any more is none of them", () => {
    const { told } = driftLines([of(1, "drift-healed"), found(2), of(3, "drift-healed")]);
    expect([...told]).toEqual([3]);
  });
});
