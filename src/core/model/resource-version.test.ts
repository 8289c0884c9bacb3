import { describe, expect, test } from "bun:test";
import { isOlder } from "./resource-version.ts";

describe("isOlder()", () => {
  const cases = [
    { a: "9", b: "10", want: true },
    { a: "10", b: "9", want: false },
    { a: "10", b: "10", want: false },
    { a: "90071992547409931", b: "90071992547409932", want: true },
    { a: "", b: "10", want: false },
    { a: "a9", b: "b1", want: false },
    { a: "1", b: "0x2", want: false },
  ];
  test.each(cases)("$a before $b: $want", ({ a, b, want }) => expect(isOlder(a, b)).toBe(want));
});
