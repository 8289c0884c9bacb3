import { expect, test } from "bun:test";
import { pointerSteps, pointerTo } from "./json-pointer.ts";

test.each([
  ["/spec/replicas", ["spec", "replicas"]],
  [
    "/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration",
    ["metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"],
  ],
  // `~01` is `~1` spelt out, never a slash.
  ["/a~01b/c~0d", ["a~1b", "c~d"]],
  ["/", [""]],
])("the steps of %s, and back", (pointer, steps) => {
  expect(pointerSteps(pointer)).toEqual(steps);
  expect(pointerTo(...steps)).toBe(pointer);
});

test("no step is the whole document", () => {
  expect(pointerTo()).toBe("");
});
