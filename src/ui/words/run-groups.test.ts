import { describe, expect, test } from "bun:test";
import type { OperationState } from "../../core/model/operation.ts";
import { groupsOfLines, groupsOfSyncs, kindOfLines } from "./run-groups.ts";
import type { RunLine } from "./run-lanes.ts";
import type { Run } from "./run-tries.ts";

const run = (id: number, message: string, more: { phase?: string; cause?: string } = {}): Run => ({
  ...{ id, cause: more.cause ?? "automated" },
  state: {
    ...{ operation: {}, message, startedAt: "2026-11-30T10:00:00Z", finishedAt: "2026-11-30T10:00:04Z" },
    phase: (more.phase ?? "Failed") as OperationState["phase"],
  },
});
const groups = (runs: readonly Run[]) =>
  groupsOfSyncs(runs.map((last) => ({ tries: [last], last }))).map((group) =>
    group.map(({ last }) => last.id),
  );

describe("groupsOfSyncs()", () => {
  const cases: { name: string; runs: Run[]; want: number[][] }[] = [
    {
      name: "three that failed alike are one",
      runs: [3, 2, 1].map((id) => run(id, "no")),
      want: [[3, 2, 1]],
    },
    { name: "two stand apart", runs: [run(2, "no"), run(1, "no")], want: [[2], [1]] },
    {
      name: "another one between them parts them",
      runs: [run(5, "no"), run(4, "no"), run(3, "other"), run(2, "no"), run(1, "no")],
      want: [[5], [4], [3], [2], [1]],
    },
    {
      name: "what succeeded stands alone, whatever it says",
      runs: [3, 2, 1].map((id) => run(id, "all of it", { phase: "Succeeded" })),
      want: [[3], [2], [1]],
    },
    {
      name: "Failed and Error are two things",
      runs: [run(3, "no"), run(2, "no", { phase: "Error" }), run(1, "no")],
      want: [[3], [2], [1]],
    },
    {
      name: "what a person asked for is none of those that began by themselves",
      runs: [run(3, "no"), run(2, "no", { cause: "manual" }), run(1, "no")],
      want: [[3], [2], [1]],
    },
    {
      name: "a try that follows makes no other reason of it",
      runs: [run(3, "no"), run(2, "no. Try 2 follows at 2026-11-30T10:00:09Z"), run(1, "no")],
      want: [[3, 2, 1]],
    },
    { name: "of none there is none", runs: [], want: [] },
  ];
  test.each(cases)("$name", ({ runs, want }) => {
    expect(groups(runs)).toEqual(want);
  });
});

const line = (name: string, more: Partial<RunLine> = {}): RunLine => ({
  ...{ key: `/ConfigMap/shop/${name}`, id: `/ConfigMap/shop/${name}`, kind: "ConfigMap", name },
  ...{ hook: undefined, state: "Failed", text: "quota exceeded" },
  ...more,
});
const named = (lines: readonly RunLine[]) =>
  groupsOfLines(lines).map((group) => group.map(({ name }) => name).join());

describe("groupsOfLines()", () => {
  test("objects in one trouble stand together where the first of them stood", () => {
    const lines = [line("a"), line("b", { text: "forbidden" }), line("c"), line("d")];
    expect(named(lines)).toEqual(["a,c,d", "b"]);
    // Two of them are no group, and each stays in its place.
    expect(named(lines.slice(0, 3))).toEqual(["a", "b", "c"]);
  });
  test.each([
    { what: "what is well", more: { state: "Succeeded", text: "created" } },
    { what: "what goes on", more: { state: "Progressing", text: "1 of 3 are ready" } },
    { what: "what says nothing", more: { state: "Waiting", text: "" } },
    { what: "hooks", more: { hook: "PreSync" } },
  ])("$what: each stands alone", ({ more }) => {
    expect(named(["a", "b", "c"].map((name) => line(name, more)))).toEqual(["a", "b", "c"]);
  });
  test("another state is another group, though the words are the same", () => {
    const stays = ["d", "e", "f"].map((name) => line(name, { state: "Stays" }));
    expect(named([...["a", "b", "c"].map((name) => line(name)), ...stays])).toEqual(["a,b,c", "d,e,f"]);
  });
});

test("kindOfLines() names the kind where there is one", () => {
  expect([
    kindOfLines([line("a"), line("b")]),
    kindOfLines([line("a"), line("b", { kind: "Secret" })]),
  ]).toEqual(["ConfigMap", "objects"]);
});
