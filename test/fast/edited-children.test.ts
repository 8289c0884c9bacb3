/** Edits of children are taken up by themselves: what comes of it must be what taking all of them up again comes to. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { appKey } from "../../src/core/model/application.ts";
import { existingChildren, render, type Step, type Turn } from "../lib/existing-children.ts";

const NAMES = ["a", "b", "c"] as const;

const anyName = fc.constantFrom(...NAMES);
const anyPath = fc.constantFrom("one", "two", "three");
const edit: fc.Arbitrary<Step> = fc.record({
  do: fc.constant("render" as const),
  name: anyName,
  path: anyPath,
  project: fc.constantFrom("default", "default", "default", "team"),
  parent: fc.constantFrom("root", "root", "other"),
});
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: edit },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom("delete", "finish", "unfile"), name: anyName }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("file" as const), name: anyName, path: anyPath }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("make" as const), name: anyName, path: anyPath }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("project" as const),
      name: fc.constant("team"),
      description: fc.constantFrom("x", "y"),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "fill the disk" as const }) },
);
const anyTurns: fc.Arbitrary<Turn[]> = fc.array(fc.array(anyStep, { minLength: 1, maxLength: 3 }), {
  maxLength: 14,
});

async function bothAfter(turns: readonly Turn[]) {
  const [one, whole] = [existingChildren("as they are"), existingChildren("as anything")];
  const states: { is: unknown; wanted: unknown }[] = [];
  for (const turn of turns) {
    await one.turn(turn);
    await whole.turn(turn);
    states.push({ is: one.what(), wanted: whole.what() });
  }
  const { edits } = one;
  one.stop();
  whole.stop();
  return { states, edits };
}

describe("ExistingApplications: edited children", () => {
  test("come to what taking all up again comes to, whatever happened before and beside them", async () => {
    let edits = 0;
    await fc.assert(
      fc.asyncProperty(anyTurns, async (turns) => {
        const both = await bothAfter(turns);
        edits += both.edits;
        for (const { is, wanted } of both.states) expect(is).toEqual(wanted);
      }),
      { numRuns: 60, seed: 12 },
    );
    expect(edits).toBeGreaterThan(50);
  }, 60_000);

  const cases: { name: string; turns: Turn[] }[] = [
    {
      name: "of another project have its users told",
      turns: [
        [{ do: "project", name: "team", description: "x" }],
        [render("a", "one", { project: "team" })],
        [render("a", "one")],
      ],
    },
    {
      name: "of a name that a file has are refused as before",
      turns: [[{ do: "file", name: "a", path: "one" }], [render("a", "one")], [render("a", "two")]],
    },
    {
      name: "whose file comes later are those of both",
      turns: [[render("a", "one")], [{ do: "file", name: "a", path: "two" }], [render("a", "two")]],
    },
    {
      name: "after a store that took nothing take what it missed along",
      turns: [[render("a", "one")], [{ do: "fill the disk" }, render("b", "one")], [render("a", "two")]],
    },
    {
      name: "that are deleted in the same turn go",
      turns: [[render("a", "one")], [render("a", "two"), { do: "delete", name: "a" }]],
    },
  ];
  test.each(cases)("$name", async ({ turns }) => {
    for (const { is, wanted } of (await bothAfter(turns)).states) expect(is).toEqual(wanted);
  });

  test("leave the others alone: of many, one is asked to look", async () => {
    const it = existingChildren("as they are");
    await it.turn(NAMES.map((name) => render(name, "one")));
    const before = it.what().done.length;
    const others = [...it.applications].filter(({ key }) => key !== appKey("argocd", "b"));
    const specs = others.map(({ spec }) => spec);
    await it.turn([render("b", "two")]);
    expect(it.what().done.slice(before)).toEqual([
      [appKey("argocd", "b"), "known"],
      ["MODIFIED", appKey("argocd", "b")],
    ]);
    expect(others.map(({ spec }, at) => spec === specs[at])).toEqual([true, true]);
    expect(it.applications.get(appKey("argocd", "b"))?.spec.app.spec.source?.path).toBe("two");
    it.stop();
  });
});
