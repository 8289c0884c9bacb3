import { describe, expect, test } from "bun:test";
import { betterTurn, FairLine, type FairLineLimits, type Place, type Turn } from "./fair-line.ts";

const LIMITS: FairLineLimits = { places: 4, reserved: 2, aheadInARow: 1, soonInARow: 3 };
const place = (turn: Turn, ...lanes: string[]): Place => ({ turn, lanes });
const many = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, at) => `${name}-${at}`);

/** Adds so many, and takes all that may have a place. */
function lineOf(limits: Partial<FairLineLimits> = {}) {
  const line = new FairLine<string>({ ...LIMITS, ...limits });
  const taken: string[] = [];
  const fill = (): string[] => {
    const begun: string[] = [];
    for (let next = line.next(); next !== undefined; next = line.next()) begun.push(next);
    taken.push(...begun);
    return begun;
  };
  return {
    line,
    taken,
    fill,
    add: (items: readonly string[], at: Place): void => {
      for (const item of items) line.add(item, at);
    },
    /** @returns who has its turn by that */
    giveBack: (item: string): string[] => {
      line.giveBack(item);
      return fill();
    },
  };
}

const kindOf = (item: string): string => item.replace(/-\d+$/, "");

describe("turns", () => {
  test("who goes ahead has places that a mass cannot take", () => {
    const { add, fill } = lineOf();
    add(many("mass", 1_000), place("in-line", "a"));
    expect(fill()).toEqual(["mass-0", "mass-1", "mass-2", "mass-3"]);
    add(many("heal", 3), place("ahead", "a"));
    expect(fill()).toEqual(["heal-0", "heal-1"]);
  });

  test("with its own places taken it is next for one that is everybody's, and by turns with the others", () => {
    const { add, fill, giveBack, taken } = lineOf();
    add(many("mass", 1_000), place("in-line", "a"));
    fill();
    add(many("heal", 10), place("ahead", "a"));
    fill();
    for (const at of [0, 1, 2, 3]) giveBack(`mass-${at}`);
    expect(taken.slice(6).map(kindOf)).toEqual(["heal", "mass", "heal", "mass"]);
  });

  test("heals without end leave the mass every second place, also where all places were theirs", () => {
    const { add, fill, giveBack } = lineOf();
    add(many("heal", 100), place("ahead", "a"));
    expect(fill().map(kindOf)).toEqual(Array.from({ length: 6 }, () => "heal"));
    add(many("mass", 100), place("in-line", "a"));
    const order = many("heal", 12).flatMap(giveBack).map(kindOf);
    expect(order.filter((kind) => kind === "mass").length).toBeGreaterThanOrEqual(4);
    // What ends of its own places goes to the next that goes ahead, and is not counted.
    expect(order.filter((kind) => kind === "heal").length).toBeGreaterThanOrEqual(4);
  });

  test("what is in its own places does not count as having had its turn before others", () => {
    const { add, fill, giveBack, line } = lineOf({ places: 1, reserved: 1 });
    add(["mass-0", "mass-1"], place("in-line"));
    fill();
    for (const heal of many("heal", 5)) {
      add([heal], place("ahead"));
      expect(fill()).toEqual([heal]);
      expect(giveBack(heal)).toEqual([]);
    }
    add(["own", "beyond"], place("ahead"));
    expect(fill()).toEqual(["own"]);
    expect(giveBack("mass-0")).toEqual(["beyond"]);
    expect(line.size).toBe(1);
  });

  test("who somebody waits for is next before the line, which still moves on", () => {
    const { add, fill, giveBack, taken } = lineOf({ places: 1, reserved: 0 });
    add(many("mass", 10), place("in-line", "a"));
    add(many("soon", 10), place("soon", "ana", "a"));
    fill();
    for (let at = 0; at < 7; at++) giveBack(taken.at(-1) ?? "");
    expect(taken.map(kindOf)).toEqual(["soon", "soon", "soon", "mass", "soon", "soon", "soon", "mass"]);
  });

  test("all three go on where all of them wait without end", () => {
    const { add, fill, giveBack, taken } = lineOf({ places: 1, reserved: 0 });
    for (const turn of ["ahead", "soon", "in-line"] as const) add(many(turn, 200), place(turn, "a"));
    fill();
    for (let at = 1; at < 80; at++) giveBack(taken.at(-1) ?? "");
    const count = (turn: Turn): number => taken.filter((item) => kindOf(item) === turn).length;
    expect([count("ahead"), count("soon"), count("in-line")]).toEqual([40, 30, 10]);
  });

  test("who waits already is not there twice: it has the better turn, never a worse one", () => {
    const { add, fill, giveBack, line } = lineOf({ places: 1, reserved: 0 });
    add(["first", "b", "c"], place("in-line", "a"));
    fill();
    add(["c"], place("ahead", "a"));
    add(["c"], place("in-line", "a"));
    expect(line.size).toBe(2);
    expect(giveBack("first")).toEqual(["c"]);
    expect(giveBack("c")).toEqual(["b"]);
    expect(giveBack("b")).toEqual([]);
  });

  test("raise() is nothing to who does not wait", () => {
    const { add, fill, line } = lineOf();
    add(["a"], place("in-line"));
    fill();
    line.raise("a", "ahead");
    line.raise("never", "ahead");
    expect([line.size, line.next()]).toEqual([0, undefined]);
  });

  test("betterTurn() is the one of both that comes first", () => {
    expect(betterTurn("in-line", "ahead")).toBe("ahead");
    expect(betterTurn("soon", "in-line")).toBe("soon");
    expect(betterTurn("soon")).toBe("soon");
  });
});

describe("lanes", () => {
  test("one application of a repository waits for one place, not for the ten thousand of another", () => {
    const { add, fill, giveBack } = lineOf();
    add(many("mono", 10_000), place("in-line", "cluster", "mono.git"));
    expect(fill().length).toBe(4);
    add(["single"], place("in-line", "cluster", "single.git"));
    expect(giveBack("mono-0")).toEqual(["single"]);
  });

  test("clusters share first, however many repositories one of them has", () => {
    const { add, fill } = lineOf({ places: 6 });
    for (let at = 0; at < 20; at++) add(many(`a${at}`, 5), place("in-line", "a", `repo-${at}`));
    add(many("b", 20), place("in-line", "b", "repo-0"));
    const begun = fill().map((item) => item.charAt(0));
    expect(begun.toSorted()).toEqual(["a", "a", "a", "b", "b", "b"]);
  });

  test("a cluster whose work does not end keeps its share, and no more", () => {
    const { add, fill, giveBack } = lineOf();
    add(many("silent", 100), place("in-line", "silent"));
    add(many("quick", 100), place("in-line", "quick"));
    let quick = fill().filter((item) => kindOf(item) === "quick");
    for (let at = 0; at < 20; at++) quick = [...quick.slice(1), ...giveBack(quick[0] ?? "")];
    expect(quick.map(kindOf)).toEqual(["quick", "quick"]);
  });

  test("a lane goes in order of arrival, and lanes that hold as much in turn", () => {
    const { add, fill, giveBack, taken } = lineOf({ places: 1 });
    add(many("a", 3), place("in-line", "a"));
    add(many("b", 2), place("in-line", "b"));
    add(["c-0"], place("in-line", "c"));
    fill();
    for (let at = 0; at < 5; at++) giveBack(taken.at(-1) ?? "");
    expect(taken).toEqual(["a-0", "b-0", "c-0", "a-1", "b-1", "a-2"]);
  });

  test("who is taken out waits no more, and leaves nothing that would have a turn", () => {
    const { add, fill, giveBack, line } = lineOf({ places: 1 });
    add(["first"], place("in-line", "z"));
    fill();
    add(["gone", "too"], place("in-line", "a", "b"));
    add(["stays"], place("in-line", "c"));
    line.delete("gone");
    line.delete("gone");
    line.delete("too");
    expect([line.size, line.has("gone")]).toEqual([1, false]);
    expect(giveBack("first")).toEqual(["stays"]);
    add(["late"], place("in-line", "a"));
    line.clear();
    expect(giveBack("stays")).toEqual([]);
    expect(line.size).toBe(0);
  });

  test("a place that is given back twice is one place", () => {
    const { add, fill, giveBack, line } = lineOf({ places: 1, reserved: 0 });
    add(["a", "b", "c"], place("in-line", "x"));
    fill();
    expect(giveBack("a")).toEqual(["b"]);
    line.giveBack("a");
    line.giveBack("never");
    expect(fill()).toEqual([]);
  });
});
