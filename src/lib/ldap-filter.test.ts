import { expect, test } from "bun:test";
import { filterBytes, filterText } from "./ldap-filter.ts";

test.each([
  ["ada", "ada"],
  ["*", "\\2a"],
  ["ada)(uid=*", "ada\\29\\28uid=\\2a"],
  ["a\\2a", "a\\5c2a"],
  ["a\u0000b\n", "a\\00b\\0a"],
  ["Jürgen", "Jürgen"],
  ["cn=Ada\\, of (dev),dc=x", "cn=Ada\\5c, of \\28dev\\29,dc=x"],
])("filterText() %p", (text, escaped) => {
  expect(filterText(text)).toBe(escaped);
});

test("filterBytes()", () => {
  expect(filterBytes(Uint8Array.of(0, 42, 255))).toBe("\\00\\2a\\ff");
});
