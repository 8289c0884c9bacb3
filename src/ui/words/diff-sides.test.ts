import { describe, expect, test } from "bun:test";
import { DIFF_SIDE } from "../../core/model/diff-side.ts";
import { diffCli, otherWords, revisionsOf, sideOfRevisions } from "./diff-sides.ts";

describe("revisionsOf() and sideOfRevisions()", () => {
  test.each([
    ["git", 1, [""], "git"],
    ["git@feature/x", 1, ["feature/x"], "git@feature/x"],
    ["git@,v1.2", 2, ["", "v1.2"], "git@,v1.2"],
    ["git@a,b,c", 2, ["a", "b"], "git@a,b"],
    ["deployment@3", 1, [""], "git"],
  ] as const)("of %s with %p sources", (side, sources, revisions, again) => {
    expect(revisionsOf(side, sources)).toEqual([...revisions]);
    expect(sideOfRevisions(revisions)).toBe(again);
    expect(DIFF_SIDE.test(again)).toBe(true);
  });
});

describe("diffCli()", () => {
  test.each([
    ["live", "git", "app diff argocd/web"],
    ["live", "git@feature", "app diff argocd/web --revision feature"],
    ["live", "git@,v2", "app diff argocd/web --revisions v2 --source-positions 2"],
    ["git@main", "git@feature", "app diff argocd/web --revision feature --against main"],
    ["git", "git@feature", undefined],
    ["live", "deployment@3", undefined],
  ] as const)("of %s and %s", (base, target, want) =>
    expect(diffCli("argocd/web", base, target)?.join(" ")).toBe(want as string),
  );
});

test("otherWords() says which source is as it is followed", () => {
  expect(otherWords("git@feature")).toBe("Git at feature");
  expect(otherWords("git@,v2")).toBe("Git at as followed, v2");
});
