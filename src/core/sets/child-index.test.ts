import { expect, test } from "bun:test";
import fc from "fast-check";
import type { AppKey } from "../model/application.ts";
import { type SetKey, setKey } from "../model/application-set.ts";
import type { SetChild } from "../ports/sets-home.ts";
import { ChildIndex } from "./child-index.ts";
import { app, child } from "./testdata/set-cases.ts";

const SETS = ["a", "b"].map((name) => setKey("argocd", name));
const KEYS = ["1", "2", "3", "4"].map((name) => child(app(name)).key);

const change = fc.record({
  at: fc.nat(KEYS.length - 1),
  to: fc.constantFrom<SetKey | undefined | "gone">(...SETS, undefined, "gone"),
});

test("tells of each set just its own, in a list that is another one only when one of them is", () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
      const index = new ChildIndex();
      const plain = new Map<AppKey, SetChild>();
      for (const { at, to } of changes) {
        const key = KEYS[at] as AppKey;
        const before = plain.get(key);
        const lists = SETS.map((set) => index.ownedBy(set));
        const names = SETS.map((set) => index.namesOf(set));
        const kept = lists.map((list) => [...list]);
        if (to === "gone") expect(index.delete(key)).toBe(plain.delete(key));
        else {
          const next = { ...child(app(`${at + 1}`)), ownedBy: to };
          index.set(next);
          plain.set(key, next);
        }
        expect([...index.values()].sort(byKey)).toEqual([...plain.values()].sort(byKey));
        expect(index.size).toBe(plain.size);
        for (const [place, set] of SETS.entries()) {
          const own = index.ownedBy(set);
          expect([...own].sort(byKey)).toEqual(
            [...plain.values()].filter(({ ownedBy }) => ownedBy === set).sort(byKey),
          );
          const isTouched = before?.ownedBy === set || to === set;
          if (!isTouched) expect(own).toBe(lists[place] as never);
          expect(index.namesOf(set)).toEqual(own.map((one) => one.key));
          const isMember = (before?.ownedBy === set) === (to === set);
          if (isMember) expect(index.namesOf(set)).toBe(names[place] as never);
          // Whoever has a list still reads it as it was.
          expect(lists[place]).toEqual(kept[place] as never);
        }
        for (const each of KEYS) expect(index.get(each)).toBe(plain.get(each) as never);
      }
    }),
    { seed: 12, numRuns: 300 },
  );
});

function byKey(one: SetChild, other: SetChild): number {
  return one.key < other.key ? -1 : 1;
}
