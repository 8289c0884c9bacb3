import { expect, test } from "bun:test";
import { namesIn, substituteEnv } from "./substitute-env.ts";

test.each([
  ["plain", "plain"],
  ["$APP-x", "shop-x"],
  ["a${APP}b", "ashopb"],
  ["$$APP", "$APP"],
  ["$$$APP", "$shop"],
  ["$UNKNOWN/x", "/x"],
  ["${constructor}", ""],
  // As Go's os.Expand reads them, which Argo CD uses.
  ["5$ and $1.", "5$ and ."],
  ["a$-b $@ ${1} $", "ab   $"],
  ["${APP", "APP"],
  ["x${}y", "xy"],
  ["${a b}", ""],
  ["${$}APP", "$APP"],
])("substituteEnv() makes %p %p", (text, expected) => {
  expect(substituteEnv(text, { APP: "shop" })).toBe(expected);
});

test("namesIn() finds what would be looked up", () => {
  expect(namesIn("$A ${B} $$C $D-${E} ${F $1")).toEqual(["A", "B", "D", "E", "1"]);
});
