import { describe, expect, test } from "bun:test";
import { defined } from "../../lib/defined.ts";
import type { ObjectRecord } from "../model/comparison.ts";
import type { RefKey } from "../model/object-ref.ts";
import { givenBefore } from "./given-before.ts";

const leftOut = [{ source: 1, file: "a.yaml", line: 3, why: "kind: this field is required" }];
const record = (name: string, from?: ObjectRecord["from"]): ObjectRecord => ({
  key: `/ConfigMap/shop/${name}` as RefKey,
  uid: name,
  ...defined({ from }),
});

describe("givenBefore()", () => {
  test.each<{ name: string; records: ObjectRecord[] }>([
    { name: "a file that never gave anything", records: [record("a", { source: 1, file: "b.yaml" })] },
    {
      name: "the file of that name of another source",
      records: [record("a", { source: 0, file: "a.yaml" })],
    },
    { name: "an object of which no file is known", records: [record("a")] },
  ])("says nothing of $name", ({ records }) => {
    expect(givenBefore(leftOut, records)).toEqual([]);
  });

  test("refuses a file that gave objects, and names one of them", () => {
    const from = { source: 1, file: "a.yaml" };
    expect(givenBefore(leftOut, [record("b", from), record("a", from)])).toEqual([
      {
        severity: "error",
        file: "a.yaml",
        line: 3,
        text: "the file gave ConfigMap shop/a and 1 more, and holds no manifest any more: kind: this field is required",
        fix: "Correct it; to remove what it gave, delete the file, empty it, or put it into directory.exclude",
      },
    ]);
  });
});
