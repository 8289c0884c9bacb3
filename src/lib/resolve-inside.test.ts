import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { resolveInside } from "./resolve-inside.ts";

describe("resolveInside()", () => {
  test.each([
    ["apps/shop", "values.yaml", "apps/shop/values.yaml"],
    ["apps/shop", "./a//b/", "apps/shop/a/b"],
    ["apps/shop", "../base", "apps/base"],
    ["apps/shop", "../..", ""],
    ["", ".", ""],
    ["a", "..b/...", "a/..b/..."],
  ])("from %p, %p is %p", (folder, path, expected) => {
    expect(resolveInside(folder, path)).toEqual({ ok: true, path: expected });
  });

  test.each([
    "../x",
    "a/../../x",
    "%2e%2e/x",
    "a%2Fb",
    "/etc/hosts",
    "file:///etc/passwd",
    "file:x",
    "https://a/b",
    "git::ssh://x",
    "c:\\x",
    "C:/x",
    "a\\..\\b",
    "a\0b",
  ])("%p is refused", (path) => {
    expect(resolveInside("", path).ok).toBe(false);
  });

  test("a leading slash can mean the root", () => {
    expect(resolveInside("apps/shop", "/env/prod.yaml", "from-root")).toEqual({
      ok: true,
      path: "env/prod.yaml",
    });
    expect(resolveInside("apps/shop", "/../x", "from-root").ok).toBe(false);
  });

  test("whatever is let through has no way out", () => {
    const part = fc.constantFrom("..", ".", "", "a", "b..", "/", "%2e", "x:");
    fc.assert(
      fc.property(fc.array(part), fc.array(part), (folder, path) => {
        const inside = resolveInside(
          folder.filter((name) => /^[ab]/.test(name)).join("/"),
          path.join("/"),
          "from-root",
        );
        if (inside.ok)
          expect(inside.path.split("/").filter((name) => name === ".." || name === ".")).toEqual([]);
      }),
    );
  });
});
