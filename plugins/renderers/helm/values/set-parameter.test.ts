import { expect, test } from "bun:test";
import { asTyped, parameterRoom, setParameter } from "./set-parameter.ts";
import { emptyMap, plainOf } from "./tree.ts";

const set = (text: string) => {
  const values = emptyMap();
  setParameter(values, text, asTyped, { layer: 0 });
  return values;
};

test.each([
  ["a list in a list, each as long as one may be", `a${"[65536]".repeat(500)}=1`],
  ["many of the longest lists", Array.from({ length: 500 }, (_, at) => `k${at}[65536]=1`).join(",")],
  ["more keys than anybody writes", "a=1,".repeat(20_001)],
  ["lists deeper than a stack", `a${"[0]".repeat(100_000)}=1`],
])("setParameter() refuses %s", (_, text) => {
  expect(() => set(text)).toThrow(/parameters (make|set)|nested level/);
});

test("setParameter() has one room for all parameters of a source", () => {
  const [values, room] = [emptyMap(), parameterRoom()];
  const one = (at: number): void => setParameter(values, `k${at}[65535]=1`, asTyped, { layer: 0 }, room);
  expect(() => {
    for (let at = 0; at < 100; at++) one(at);
  }).toThrow("parameters make lists");
  expect(values.entries.size).toBe(30);
});

test("what one key replaced is told up to a hundred times", () => {
  const values = set("a=1,".repeat(1_000));
  expect(values.entries.get("a")?.was).toHaveLength(100);
  expect(plainOf(values)).toEqual({ a: 1 });
});
