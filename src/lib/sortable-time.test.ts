import { expect, test } from "bun:test";
import { sortableTime } from "./sortable-time.ts";

test("sortableTime() orders times with fractions of any length as they were", () => {
  const times = [
    "2026-11-30T04:31:08Z",
    "2026-11-30T04:31:08.000000001Z",
    "2026-11-30T04:31:08.09Z",
    "2026-11-30T04:31:08.1Z",
    "2026-11-30T04:31:08.123456789Z",
    "2026-11-30T04:31:09Z",
  ];
  expect(times.toReversed().sort((a, b) => (sortableTime(a) < sortableTime(b) ? -1 : 1))).toEqual(times);
});
