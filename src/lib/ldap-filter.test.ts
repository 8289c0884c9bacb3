import { expect, test } from "bun:test";
import { filterBytes, filterText, whyNoFilter } from "./ldap-filter.ts";

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

test.each([
  "(objectClass=person)",
  "objectClass=person",
  "(&(objectCategory=person)(!(userAccountControl:1.2.840.113556.1.4.803:=2)))",
  " (cn=Ada \\28dev\\29) ",
])("whyNoFilter() takes %p", (text) => {
  expect(whyNoFilter(text)).toBeUndefined();
});

test.each([
  ["(a=1", "brackets"],
  ["(a=1))", "brackets"],
  ["(a=1)(b=2)", "several filters"],
  ["a=1)(b=2", "brackets"],
  ["person", "compares nothing"],
  ["", "compares nothing"],
])("whyNoFilter() refuses %p", (text, why) => {
  expect(whyNoFilter(text)).toContain(why);
});
