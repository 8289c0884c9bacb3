import { expect, test } from "bun:test";
import { restMs } from "./whole.ts";

test("one of many objects is asked for less often while it changes, and never less than every two seconds", () => {
  expect([0, 8, 500, 2_000, 100_000].map(restMs)).toEqual([0, 8, 500, 2_000, 2_000]);
});
