import { expect, test } from "bun:test";
import { uiAssets } from "../assets.ts";
import { plainStyles } from "./plain-styles.ts";

test("plainStyles() takes out what the bundler writes for old browsers, and nothing else", () => {
  const rule = ".a :is(b,c){margin:0}";
  const old = ".a :-webkit-any(b,c){margin:0}.a :-moz-any(b,c){margin:0}";
  expect(plainStyles(`@charset "utf-8";${old}${rule}.d{top:0}`)).toBe(`@charset "utf-8";${rule}.d{top:0}`);
  expect(plainStyles(`@media (max-width:9px){${old}${rule}}`)).toBe(`@media (max-width:9px){${rule}}`);
  expect(plainStyles(".a::-moz-range-thumb{top:0}")).toBe(".a::-moz-range-thumb{top:0}");
});

test("the page's styles have none of it, and all of their own", () => {
  const styles = uiAssets.filter(({ paths: [path = ""] }) => path.endsWith(".css")).map(({ body }) => body);
  expect(styles.length).toBeGreaterThan(0);
  for (const css of styles) {
    expect(css).not.toContain("-any(");
    expect(css).toContain(":is(");
    expect(css.split("{").length).toBe(css.split("}").length);
  }
});
