import { describe, expect, test } from "bun:test";
import { parseDurationMs } from "./duration.ts";

describe("parseDurationMs()", () => {
  const cases: [string | number, number | undefined][] = [
    ["5s", 5_000],
    ["1h30m", 5_400_000],
    ["1.5h", 5_400_000],
    [".5s", 500],
    ["300ms", 300],
    ["2us", 0.002],
    ["2µs", 0.002],
    ["0", 0],
    ["90", 90_000],
    [90, 90_000],
    ["1m1m", 120_000],
    ["", undefined],
    ["5", 5_000],
    ["5 s", undefined],
    ["s", undefined],
    ["1d", undefined],
    ["-5s", undefined],
    [-1, undefined],
    ["1h30", undefined],
    ["*/3 * * * *", undefined],
    [Number.NaN, undefined],
    ["1.2.3s", undefined],
  ];
  test.each(cases)("reads %p as %p", (text, want) => {
    expect(parseDurationMs(text)).toBe(want as number);
  });
});
