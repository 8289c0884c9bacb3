import { describe, expect, test } from "bun:test";
import { parseSelector } from "./label-selector.ts";

describe("parseSelector()", () => {
  const labels = { app: "web", tier: "front", "example.com/team": "shop" };
  const cases: [string, boolean][] = [
    ["app=web", true],
    ["app==web", true],
    ["app=api", false],
    ["app = web", true],
    ["app!=api", true],
    ["app!=web", false],
    ["missing!=x", true],
    ["missing=x", false],
    ["app in (web, api)", true],
    ["app in (api)", false],
    ["app notin (api,db)", true],
    ["app notin (web)", false],
    ["missing notin (x)", true],
    ["tier", true],
    ["missing", false],
    ["!missing", true],
    ["!tier", false],
    ["example.com/team=shop,app in (web,api),!missing", true],
    ["app=web,tier=back", false],
    ["missing=", false],
    ["toString", false],
  ];
  test.each(cases)("%s is %p", (selector, want) => expect(parseSelector(selector)(labels)).toBe(want));

  test.each(["a===b", "a in b", "=b", "a,", "a in (b", "a b"])(
    "refuses %p and says how selectors are written",
    (selector) => {
      expect(() => parseSelector(selector)).toThrow(/is no requirement\. Write key=value/);
    },
  );
});
