import { describe, expect, test } from "bun:test";
import { returnPath } from "./return-path.ts";

describe("returnPath()", () => {
  test.each([
    ["/applications/shop?tab=diff#x", "/applications/shop?tab=diff#x"],
    ["/", "/"],
    [undefined, "/"],
    ["", "/"],
    ["https://evil.example/", "/"],
    ["//evil.example/x", "/"],
    ["/\\evil.example", "/"],
    ["\\\\evil.example", "/"],
    ["/\t/evil.example", "/"],
    ["/\n/evil.example", "/"],
    [" //evil.example", "/"],
    ["/x/..//evil.example", "/"],
    ["/.//evil.example", "/"],
    ["/%2e//evil.example", "/"],
    ["javascript:alert(1)", "/"],
    ["@evil.example", "/"],
    ["/auth/login?return_url=/x", "/"],
    ["/login", "/"],
    ["/logins", "/logins"],
    [`/${"x".repeat(3_000)}`, "/"],
  ])("%p leads to %p", (asked, path) => {
    expect(returnPath(asked)).toBe(path);
  });

  test("stays beneath the path that the page is served at", () => {
    expect(returnPath("/cd/applications", "/cd")).toBe("/cd/applications");
    expect(returnPath("/elsewhere", "/cd")).toBe("/cd/");
    expect(returnPath("/cd/../elsewhere", "/cd")).toBe("/cd/");
    expect(returnPath("/cdx", "/cd")).toBe("/cd/");
    expect(returnPath("/cd/login", "/cd")).toBe("/cd/");
  });
});
