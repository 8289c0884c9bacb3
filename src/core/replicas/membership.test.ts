import { describe, expect, test } from "bun:test";
import type { KubeObject } from "../model/kube-object.ts";
import { ELECTION } from "./election-settings.ts";
import { HANDED_OVER, type SeenLease, seenLease } from "./lease.ts";
import {
  type Led,
  listed,
  memberId,
  memberWords,
  type NextView,
  nextView,
  nothingObserved,
  type Observed,
  observed,
  viewToGoOnFrom,
} from "./membership.ts";
import { parseView, printView, type View } from "./view.ts";

let version = 0;
/** Of pod `name`, renewed anew each time. */
function lease(
  name: string,
  { term = 1, worksBy = 0, holder = `${name}_1`, durationMs = 4_000 } = {},
): SeenLease {
  const object: KubeObject = {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: {
      ...{ name: `holdfast-${name}`, uid: `of-${name}`, resourceVersion: String(++version) },
      annotations: {
        ...memberWords(name, 1, term, worksBy),
        ...(holder === "" ? { [HANDED_OVER]: String(term) } : {}),
      },
    },
    spec: {
      holderIdentity: holder,
      leaseTransitions: term,
      leaseDurationSeconds: durationMs / 1000,
      renewTime: `2026-12-01T00:00:00.${String(version).padStart(6, "0")}Z`,
    },
  };
  const seen = seenLease(object, `holdfast-${name}`);
  if (seen === undefined) throw new Error("no Lease");
  return seen;
}

const id = (name: string, term = 1): string => memberId(`${name}_1`, term);
const settings = ELECTION;
const see = (all: SeenLease[], at: number, from = nothingObserved): Observed =>
  all.reduce((so, one) => observed(so, one, at), from);
/** Each seen renewing. */
const renewing = (...of: string[]): Observed =>
  see(
    of.map((name) => lease(name)),
    0,
    see(
      of.map((name) => lease(name)),
      -1_000,
    ),
  );
const list = (from: Observed, all: SeenLease[], at: number, view?: View): Observed =>
  listed(from, all, at, at, { settings, view });
const next = (led: Led, seen: Observed, now: number): NextView =>
  nextView(led, led.view, seen, now, { settings, split: () => [] });
const names = (told: NextView): string[] =>
  told.do === "tell" ? told.view.members.map(({ name }) => name) : [told.do];
const view = (...of: string[]): View => ({
  ...{ number: 4, revision: 0, split: [], before: [] },
  members: of.map((name) => ({ name, id: id(name), weight: 1 })),
});

describe("nextView()", () => {
  test("tells of a new member, and that those of the last view may still work by that", () => {
    const seen = see([lease("a", { worksBy: 4 })], 50, renewing("a", "b"));
    const told = next({ view: view("a"), since: 0 }, seen, 100);
    expect(told).toMatchObject({
      view: { number: 5, before: [{ is: "known", number: 4, using: [id("a")] }] },
    });
    expect(names(told)).toEqual(["a", "b"]);
  });

  test("takes whoever says so, and nobody else, out of what is waited for", () => {
    const first = next({ view: view("a", "b"), since: 0 }, renewing("a", "b", "c"), 100);
    if (first.do !== "tell") throw new Error(first.do);
    const seen = see([lease("a", { worksBy: 5 }), lease("b", { worksBy: 4 }), lease("c")], 200);
    const told = next({ view: first.view, since: 0 }, seen, 300);
    expect(told).toMatchObject({
      do: "tell",
      view: { number: 5, revision: 1, before: [{ using: [id("b")] }] },
    });
  });

  test("takes nobody for a new member who was not seen renewing: it may be back with an older state of the server", () => {
    const led = { view: view("a"), since: 0 };
    const dead = list(renewing("a"), [lease("a"), lease("b")], 500, led.view);
    const untilMs = 4_500;
    expect(next(led, dead, 600)).toEqual({ do: "wait", untilMs });
    const back = list(dead, [lease("a"), lease("b")], 400_000, led.view);
    expect(next(led, back, 400_100).do).toBe("wait");
    expect(names(next(led, see([lease("b")], 401_100, back), 401_200))).toEqual(["a", "b"]);
  });

  test("begins anew where somebody works by a newer view than was told", () => {
    const seen = see([lease("a", { worksBy: 5 })], 0);
    expect(next({ view: view("a"), since: 0 }, seen, 100)).toEqual({ do: "begin-anew" });
  });

  test("believes no number after which there is none", () => {
    const seen = see([lease("a", { worksBy: Number.MAX_SAFE_INTEGER })], 0);
    expect(next({ view: view("a"), since: 0 }, seen, 100).do).toBe("wait");
  });

  test("believes no word of the term before", () => {
    const first = next({ view: view("a"), since: 0 }, renewing("a", "b"), 100);
    if (first.do !== "tell") throw new Error(first.do);
    const again = lease("a", { term: 2, worksBy: 5 });
    const told = next({ view: first.view, since: 0 }, see([again], 200, renewing("a", "b")), 300);
    if (told.do !== "tell") throw new Error(told.do);
    expect(told.view.before.flatMap(({ using }) => using)).toContain(id("a"));
  });

  test("asks for a list before anybody silent counts as over, and believes the list", () => {
    const silent = lease("b");
    const seen = see([lease("a"), silent], 0);
    const led = { view: view("a", "b"), since: 0 };
    const alive = observed(seen, lease("a"), 3_900);
    expect(next(led, alive, 3_999)).toEqual({ do: "wait", untilMs: 4_000 });
    expect(next(led, alive, 4_000)).toEqual({ do: "list" });
    expect(names(next(led, list(alive, [lease("a"), silent], 4_000, led.view), 4_001))).toEqual(["a"]);
    expect(next(led, list(alive, [lease("a"), lease("b")], 4_000, led.view), 4_001).do).toBe("wait");
  });

  test("counts nobody as over by a list that was asked for too early", () => {
    const silent = lease("b");
    const seen = list(see([lease("a"), silent], 0), [lease("a"), silent], 3_999, view("a", "b"));
    expect(seen.over.size).toBe(0);
  });

  test("honours what a member's Lease lasts where that is longer", () => {
    const silent = lease("b", { durationMs: 9_000 });
    const seen = see([silent], 0);
    expect(list(seen, [silent], 8_999, view("b")).over.size).toBe(0);
    expect(list(seen, [silent], 9_000, view("b")).over).toEqual(new Set([id("b")]));
  });

  test("waits for whoever's Lease was deleted, emptied or given away, and not for who let go of it", () => {
    const held = see([lease("a"), lease("b")], 0);
    const led = { view: view("a", "b"), since: 0 };
    const using = (seen: Observed): unknown => {
      const told = next(led, seen, 1_001);
      return told.do === "tell" ? told.view.before.flatMap((one) => one.using) : told.do;
    };
    const [a] = [lease("a")];
    expect(using(list(held, [a], 1_000, led.view))).toEqual([id("a"), id("b")]);
    expect(using(see([a, lease("b", { holder: "somebody" })], 1_000, held))).toEqual([id("a"), id("b")]);
    expect(using(see([a, lease("b", { holder: "" })], 1_000, held))).toEqual([id("a")]);
    // Of another term than the one that was seen held.
    expect(using(see([a, lease("b", { holder: "", term: 7 })], 1_000, held))).toEqual([id("a"), id("b")]);
  });

  test("begins with everybody where no view is known, until nobody unseen can be left", () => {
    const seen = list(nothingObserved, [lease("a", { worksBy: 41 })], 100);
    const told = next({ view: undefined, since: 100 }, seen, 200);
    if (told.do !== "tell") throw new Error(told.do);
    expect(told.view).toMatchObject({ number: 43, before: [{ is: "unknown", using: ["*", id("a")] }] });
    const led = { view: told.view, since: 100 };
    const works = observed(seen, lease("a", { worksBy: 43 }), 3_000);
    const left = next(led, works, 4_099);
    expect(left).toMatchObject({ view: { before: [{ using: ["*"] }] } });
    if (left.do !== "tell") throw new Error(left.do);
    expect(next({ ...led, view: left.view }, works, 4_100)).toMatchObject({
      view: { number: 43, before: [] },
    });
  });
});

describe("of more replicas than a view holds", () => {
  const many = Array.from({ length: 120 }, (_, nth) => `m${String(nth).padStart(3, "0")}`);
  const membersOf = (told: NextView): string[] => {
    if (told.do !== "tell") throw new Error(told.do);
    const again = parseView(printView(told.view));
    return again?.members.map(({ name }) => name) ?? [];
  };

  test("as many work as it holds, and those who work go on", () => {
    expect(membersOf(next({ view: view("z"), since: 0 }, renewing(...many, "z"), 1))).toEqual([
      ...many.slice(0, 99),
      "z",
    ]);
  });

  test("one whose name would fill the Lease is none", () => {
    const long = "n".repeat(10_000);
    expect(membersOf(next({ view: view("z"), since: 0 }, renewing("a", "z", long), 1))).toEqual(["a", "z"]);
  });
});

describe("viewToGoOnFrom()", () => {
  const told = view("a");
  test("goes on from what the Lease says", () => {
    expect(viewToGoOnFrom(told, told, see([lease("a", { worksBy: 4 })], 0))).toBe(told);
  });

  test("believes no Lease that is older than what somebody works by, or than what we know", () => {
    expect(viewToGoOnFrom(undefined, told, nothingObserved)).toBeUndefined();
    expect(viewToGoOnFrom(told, { ...told, revision: 1 }, nothingObserved)).toBeUndefined();
    expect(viewToGoOnFrom(told, undefined, see([lease("a", { worksBy: 5 })], 0))).toBeUndefined();
  });
});
