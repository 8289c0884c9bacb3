import { expect, test } from "bun:test";
import { timestamp } from "./timestamp.ts";

test.each([
  [0, "1970-01-01T00:00:00Z"],
  [1_795_422_957_619, "2026-11-23T08:35:57Z"],
  [1_795_422_957_999, "2026-11-23T08:35:57Z"],
])("%p is %s", (ms, text) => {
  expect(timestamp(ms)).toBe(text);
});
