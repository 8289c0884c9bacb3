import { describe, expect, test } from "bun:test";
import { canonicalQuantity } from "./quantity.ts";

describe("canonicalQuantity()", () => {
  const cases: [string, string | undefined][] = [
    ["1000m", "1"],
    ["1024Mi", "1Gi"],
    ["0.5", "500m"],
    ["1.5Gi", "1536Mi"],
    ["100m", "100m"],
    ["1", "1"],
    ["1000", "1k"],
    ["2000M", "2G"],
    ["0", "0"],
    ["0m", "0"],
    ["-1500m", "-1500m"],
    ["1e3", "1e3"],
    ["1E", "1E"],
    ["0.1m", "100u"],
    [".5", "500m"],
    ["12e6", "12e6"],
    ["1.", "1"],
    ["0.25Ki", "256"],
    ["1500Ki", "1500Ki"],
    ["", undefined],
    ["1 Gi", undefined],
    ["x", undefined],
    ["1KiB", undefined],
  ];
  test.each(cases)("%s is %s", (text, want) => expect(canonicalQuantity(text)).toBe(want as string));
});
