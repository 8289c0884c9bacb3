import { expect, test } from "bun:test";
import { TRANSITION_KINDS } from "../../core/model/transition.ts";
import { GROUPS, groupsIn, kindsOf, saidOf, wordsOf } from "./transition-words.ts";

test("every kind is of one group, and what is not known yet is told by its name", () => {
  expect(GROUPS.flatMap((group) => kindsOf([group])).toSorted()).toEqual(TRANSITION_KINDS.toSorted());
  expect(kindsOf([])).toEqual(TRANSITION_KINDS);
  expect([saidOf("sync-failed").state, saidOf("constructor").what, saidOf("new").what]).toEqual([
    ...["Failed", "constructor", "new"],
  ]);
});

test("an address has groups, and what is none is left out", () => {
  expect([groupsIn(null), groupsIn("drift,<b>,health")]).toEqual([[], ["health", "drift"]]);
});

test("a line says what is known", () => {
  expect(wordsOf({})).toBe("");
  expect(
    wordsOf({ revisions: ["9f2e1aa0c3f1d7b4e58a6c2f0b9d3e4a5c6b7d81"], cause: "manual", by: "user:ann" }),
  ).toBe("9f2e1aa · manual · by ann");
});
