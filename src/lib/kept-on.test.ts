import { expect, test } from "bun:test";
import { keptOn } from "./kept-on.ts";

test("a note is of its object alone, and another one takes its place", () => {
  const notes = keptOn<object, string>();
  const [one, same] = [{ name: "web" }, { name: "web" }];
  expect(notes.get(one)).toBeUndefined();
  notes.set(one, "first");
  notes.set(one, "second");
  expect([notes.get(one), notes.get(same)]).toEqual(["second", undefined]);
  expect([notes.delete(one), notes.delete(one), notes.delete(same)]).toEqual([true, false, false]);
  expect(notes.get(one)).toBeUndefined();
  notes.set(one, "third");
  expect(notes.get(one)).toBe("third");
});

test("notes of two kinds do not meet", () => {
  const [names, sizes] = [keptOn<object, string>(), keptOn<object, number>()];
  const object = {};
  names.set(object, "web");
  expect(sizes.get(object)).toBeUndefined();
  sizes.set(object, 3);
  names.delete(object);
  expect([names.get(object), sizes.get(object)]).toEqual([undefined, 3]);
});

test("a frozen object takes a note, and so does a list", () => {
  const notes = keptOn<object, string>();
  const [frozen, list] = [Object.freeze({ name: "web" }), Object.freeze(["a"])];
  notes.set(frozen, "of the object");
  notes.set(list, "of the list");
  notes.set(frozen, "again");
  expect([notes.get(frozen), notes.get(list)]).toEqual(["again", "of the list"]);
});

test("a copy has no note, and nobody who looks at the object sees one", () => {
  const notes = keptOn<object, string>();
  const object: { name: string } = { name: "web" };
  notes.set(object, "secret");
  for (const copy of [{ ...object }, Object.assign({}, object), structuredClone(object)])
    expect(notes.get(copy)).toBeUndefined();
  expect(Reflect.ownKeys(object)).toEqual(["name"]);
  expect(JSON.stringify(object)).toBe('{"name":"web"}');
  expect(object).toEqual({ name: "web" });
  expect(Bun.deepEquals(object, { name: "web" }, true)).toBe(true);
});
