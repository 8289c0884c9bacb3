import { describe, expect, test } from "bun:test";
import { mayMove } from "./pushed-ref.ts";

const ref = (name: string, head: "is" | "is not" | "not said" = "is not") => ({ name, head });

describe("mayMove()", () => {
  const cases: [target: string, pushed: ReturnType<typeof ref>, tagPrefix: string, expected: boolean][] = [
    ["main", ref("main"), "", true],
    ["main", ref("feature/x"), "", false],
    ["refs/heads/main", ref("main"), "", true],
    ["refs/tags/v1", ref("v1"), "", true],
    ["", ref("main", "is"), "", true],
    ["HEAD", ref("feature/x", "is not"), "", false],
    ["HEAD", ref("feature/x", "not said"), "", true],
    ["main", ref(""), "", true],
    ["1.*", ref("1.2.3"), "", true],
    ["1.*", ref("2.0.0"), "", false],
    ["1.*", ref("main"), "", false],
    [">=1.0", ref("web-1.2.3"), "web-", true],
    [">=1.0", ref("api-1.2.3"), "web-", false],
    ["1.2.3", ref("web-1.2.3"), "web-", true],
    // A commit that was missing may come with any push.
    ["0123abcd", ref("feature/x"), "", true],
    ["refs/pull/7/head", ref("feature/x"), "", true],
  ];
  test.each(cases)("%p, pushed %p, tags %p: %p", (target, pushed, tagPrefix, expected) => {
    expect(mayMove(target, pushed, tagPrefix)).toBe(expected);
  });
});
