import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parsePath, showPath } from "./field-path.ts";

describe("showPath()", () => {
  test("joins fields with dots, indexes and awkward keys with brackets", () => {
    expect(showPath(["spec", "sources", 0, "helm"])).toBe("spec.sources[0].helm");
    expect(showPath(["metadata", "annotations", "a.b/c"])).toBe('metadata.annotations["a.b/c"]');
    expect(showPath([])).toBe("");
  });
  test("is read back by parsePath()", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.nat(99))), (path) => {
        expect(parsePath(showPath(path))).toEqual(path);
      }),
    );
  });
  test("parsePath() refuses what is no path", () => {
    expect(parsePath("a[")).toBeUndefined();
  });
});
