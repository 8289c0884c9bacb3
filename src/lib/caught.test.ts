import { describe, expect, test } from "bun:test";
import { codeOf, messageOf } from "./caught.ts";

const coded = Object.assign(new Error("no such file"), { code: "ENOENT" });

describe("messageOf()", () => {
  test.each([
    [coded, "no such file"],
    ["just text", "just text"],
    [undefined, "undefined"],
    [null, "null"],
    [["a", "list"], "a,list"],
  ])("of %p", (cause, want) => expect(messageOf(cause)).toBe(want));
});

describe("codeOf()", () => {
  test.each([
    [coded, "ENOENT"],
    [{ code: 7 }, "7"],
    [new Error("none"), ""],
    [null, ""],
    ["ENOENT", ""],
  ])("of %p", (cause, want) => expect(codeOf(cause)).toBe(want));
});
