import { describe, expect, test } from "bun:test";
import type { AppOrigin } from "../control.ts";
import { type NameClaim, type NamesInput, type Owned, settleNames } from "./settle-names.ts";

const API: AppOrigin = { from: "api" };
const file = (name: string, line = 1): AppOrigin => ({ from: "file", file: name, line });
const claim = (origin: AppOrigin, value: string, key = "web"): NameClaim<string> => ({ key, value, origin });

function settle(
  claims: NameClaim<string>[],
  incumbents: Record<string, Owned<string>> = {},
  more: Partial<NamesInput<string>> = {},
) {
  const { owners, absent, away, problems } = settleNames({
    claims,
    incumbents: new Map(Object.entries(incumbents)),
    isGone: () => false,
    isEqual: (a, b) => a === b,
    describe: (key) => `Application ${key}`,
    ...more,
  });
  return {
    owners: Object.fromEntries(owners),
    absent: [...absent],
    away: [...away],
    problems: problems.map(({ file, line, text }) => `${file}:${line}: ${text}`),
  };
}

const incumbent = { web: { value: "old", origin: file("m.yaml") } };

describe("settleNames()", () => {
  test("a name that one place writes is that place's, as it is now", () => {
    expect(settle([claim(file("m.yaml", 9), "new")], incumbent)).toEqual({
      owners: { web: { value: "new", origin: file("m.yaml", 9) } },
      absent: [],
      away: [],
      problems: [],
    });
  });

  test.each(["a.yaml", "z.yaml"])(
    "a newcomer in %s is the error, wherever it stands in the alphabet",
    (name) => {
      const claims = [claim(file(name, 3), "new"), claim(file("m.yaml"), "old")];
      for (const order of [claims, [...claims].reverse()]) {
        const { owners, problems } = settle(order, incumbent);
        expect(owners).toEqual(incumbent);
        expect(problems).toEqual([`${name}:3: this name is taken in m.yaml:1, which was first`]);
      }
    },
  );

  test("where nobody had the name, the API's is first, then the first file", () => {
    const two = [claim(file("a.yaml"), "a"), claim(file("b.yaml"), "b")];
    expect(settle(two).owners).toEqual({ web: { value: "a", origin: file("a.yaml") } });
    const { owners, problems } = settle([claim(API, "api"), ...two]);
    expect(owners).toEqual({ web: { value: "api", origin: API } });
    expect(problems).toEqual([
      "a.yaml:1: it is written in this file and was made through the API before; the API's is used",
      "b.yaml:1: it is written in this file and was made through the API before; the API's is used",
    ]);
  });

  test("a file that had the name keeps it from the store's", () => {
    const { owners, problems } = settle([claim(API, "api"), claim(file("m.yaml"), "old")], incumbent);
    expect(owners).toEqual(incumbent);
    expect(problems).toEqual(["undefined:undefined: this name is taken in m.yaml:1, which was first"]);
  });

  test("an equal manifest in another file is a move, though others want the name too", () => {
    const claims = [claim(file("a.yaml"), "new"), claim(file("n.yaml"), "old")];
    expect(settle(claims, incumbent)).toEqual({
      owners: { web: { value: "old", origin: file("n.yaml") } },
      absent: [],
      away: ["web"],
      problems: ["a.yaml:1: this name is taken in n.yaml:1, which was first"],
    });
  });

  test("another manifest takes over when the incumbent is gone, not before", () => {
    const claims = [claim(file("a.yaml"), "new")];
    expect(settle(claims, incumbent)).toMatchObject({
      owners: incumbent,
      absent: [],
      away: ["web"],
      problems: [expect.stringContaining("belongs to the one that m.yaml:1 held")],
    });
    expect(settle(claims, incumbent, { isGone: () => true })).toMatchObject({
      owners: { web: { value: "new", origin: file("a.yaml") } },
      problems: [],
    });
  });

  test("one that is written nowhere keeps its name until somebody decides", () => {
    expect(settle([], incumbent)).toEqual({
      owners: incumbent,
      absent: ["web"],
      away: ["web"],
      problems: [],
    });
  });

  test("twice in one file is an error that names both lines, and nothing changes", () => {
    const twice = [claim(file("m.yaml", 1), "one"), claim(file("m.yaml", 8), "two")];
    expect(settle(twice, incumbent)).toEqual({
      owners: incumbent,
      absent: [],
      away: [],
      problems: ["m.yaml:8: this name stands twice in the file, first in line 1; neither changes anything"],
    });
    expect(settle(twice)).toMatchObject({
      owners: {},
      problems: ["m.yaml:8: this name stands twice in the file, first in line 1; neither is taken"],
    });
  });

  test("a file with two of a name is no heir; one with a single one is", () => {
    const claims = [
      claim(file("a.yaml", 1), "x"),
      claim(file("a.yaml", 8), "y"),
      claim(file("b.yaml"), "new"),
    ];
    const { owners } = settle(claims, incumbent, { isGone: () => true });
    expect(owners).toEqual({ web: { value: "new", origin: file("b.yaml") } });
  });

  test("names are settled one by one", () => {
    const { owners } = settle([claim(file("m.yaml"), "a", "one"), claim(file("m.yaml"), "b", "two")]);
    expect(Object.keys(owners)).toEqual(["one", "two"]);
  });
});
