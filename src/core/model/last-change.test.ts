import { describe, expect, test } from "bun:test";
import { type ChangedPaths, type CommitChange, lastChangeOf } from "./last-change.ts";

const commit = (id: string, parents: string[], ...changed: ChangedPaths[]): CommitChange => ({
  ...{ commit: id, parents, changed },
  ...{
    subject: `of ${id}`,
    author: `${id} <${id}@example.com>`,
    date: "2026-11-30T10:00:00Z",
    signedOffBy: [],
  },
});
const touches = (paths: readonly string[]): boolean => paths.some((path) => path.startsWith("pay/"));
const found = (commits: CommitChange[], from = commits[0]?.commit ?? "") => {
  const last = lastChangeOf(commits, from, touches);
  return last.is === "found" ? last.change.commit : last.is;
};

describe("lastChangeOf()", () => {
  test("passes by what changed something else, and names the newest that did", () => {
    const row = [
      commit("d", ["c"], ["web/a"]),
      commit("c", ["b"], ["pay/a", "web/a"]),
      commit("b", ["a"], ["pay/a"]),
    ];
    expect(found(row)).toBe("c");
    expect(found(row, "b")).toBe("b");
  });

  test("says none only where all of the history was there, and beyond where it was not", () => {
    expect(found([commit("b", ["a"], ["web/a"]), commit("a", [], ["web/a", "README"])])).toBe("none");
    expect(found([commit("b", ["a"], ["web/a"])])).toBe("beyond");
    expect(found([], "b")).toBe("beyond");
    expect(found([commit("b", ["a"], ["pay/a"])], "c")).toBe("beyond");
    // The first commit of all made what is there.
    expect(found([commit("b", ["a"], ["web/a"]), commit("a", [], ["pay/a"])])).toBe("a");
  });

  test("a merge that brought it is passed by: the branch's commit is named", () => {
    const row = [
      commit("m", ["l", "f"], ["pay/a"], ["web/a"]),
      commit("l", ["a"], ["web/a"]),
      commit("f", ["a"], ["pay/a"]),
      commit("a", [], ["pay/a", "web/a"]),
    ];
    expect(found(row)).toBe("f");
    expect(found(row, "l")).toBe("a");
  });

  test("what a merge threw away is nobody's change", () => {
    // The branch changed it, and the merge kept what main had.
    const row = [
      commit("m", ["l", "f"], [], ["pay/a", "web/a"]),
      commit("f", ["a"], ["pay/a"]),
      commit("l", ["a"], ["web/a"]),
      commit("a", [], ["pay/a", "web/a"]),
    ];
    expect(found(row)).toBe("a");
  });

  test("where both sides changed it, the newest of theirs; where the merge changed it itself, the merge", () => {
    const sides = [commit("f", ["a"], ["pay/b"]), commit("l", ["a"], ["pay/a"]), commit("a", [], ["pay/a"])];
    expect(found([commit("m", ["l", "f"], ["pay/b"], ["pay/a"]), ...sides])).toBe("f");
    expect(found([commit("m", ["l", "f"], ["pay/a", "pay/b"], ["pay/a"]), ...sides])).toBe("m");
  });

  test("what is not told of a commit is beyond, unless another parent says that it is the same", () => {
    expect(found([commit("b", ["a"], "too many"), commit("a", [], ["pay/a"])])).toBe("beyond");
    expect(found([commit("a", [], "too many")])).toBe("beyond");
    const merged = [
      commit("m", ["l", "f"], ["web/a"], "too many"),
      commit("l", ["a"], ["web/a"]),
      commit("a", [], ["pay/a"]),
    ];
    expect(found(merged)).toBe("a");
    expect(found([commit("m", ["l", "f"], ["pay/a"], "too many"), ...merged.slice(1)])).toBe("beyond");
    // One of its parents is not told of at all.
    expect(found([commit("m", ["l", "f"], ["pay/a"]), ...merged.slice(1)])).toBe("beyond");
  });

  test("comes to a commit that is known, in the list or at its end, and says what is known of it", () => {
    const at = { commit: "b", known: "what b says" };
    const known = { is: "as known", known: "what b says" };
    const row = [commit("d", ["c"], ["web/a"]), commit("c", ["b"], ["web/a"])];
    expect(lastChangeOf(row, "d", touches, at)).toEqual(known as never);
    expect(lastChangeOf([...row, commit("b", ["a"], ["pay/a"])], "d", touches, at)).toEqual(known as never);
    expect(lastChangeOf([], "b", touches, at)).toEqual(known as never);
    const changed = lastChangeOf([commit("c", ["b"], ["pay/a"])], "c", touches, at);
    expect(changed).toMatchObject({ is: "found", change: { commit: "c" } });
  });

  test("a commit that is known is not taken for the end where another way leads past it", () => {
    const row = [
      commit("m", ["b", "f"], ["pay/b"], ["pay/a"]),
      commit("b", ["a"], ["web/a"]),
      commit("f", ["a"], ["pay/b"]),
      commit("a", [], ["pay/a"]),
    ];
    const last = lastChangeOf(row, "m", touches, { commit: "b", known: "what b says" });
    expect(last).toMatchObject({ is: "found", change: { commit: "f" } });
  });
});
