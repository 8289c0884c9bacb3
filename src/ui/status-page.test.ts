import { describe, expect, test } from "bun:test";
import { statusPage } from "./status-page.ts";

const byPath = new Map(statusPage.map((asset) => [asset.path, asset]));
const html = byPath.get("/")?.body ?? "";

describe("statusPage", () => {
  test("holds nothing inline that its content security policy would stop", () => {
    expect(html).toContain("<!doctype html>");
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=|javascript:/i);
  });

  test("refers only to files that are there, on this server", () => {
    const named = [...html.matchAll(/(?:src|href)="([^#"][^"]*)"/g)].map(([, path]) => path ?? "");
    expect(named.length).toBeGreaterThan(2);
    // Relative, so that the page may stand below a base path.
    expect(named.filter((path) => path.startsWith("/") || !byPath.has(`/${path}`))).toEqual([]);
  });

  test("has scripts without types whose imports are files that are there", () => {
    const scripts = statusPage.filter(({ type }) => type.startsWith("text/javascript"));
    expect(scripts.map(({ path }) => path)).toContain("/ui/main.js");
    for (const { path, body } of scripts) {
      const imports = [...body.matchAll(/from "([^"]+)"/g)].map(
        ([, to]) => new URL(to ?? "", `http://x${path}`).pathname,
      );
      expect(
        imports.filter((to) => !byPath.has(to)),
        path,
      ).toEqual([]);
      expect(() => new Bun.Transpiler({ loader: "js" }).scan(body), path).not.toThrow();
    }
  });

  test("never makes markup of text", () => {
    const all = statusPage.map(({ body }) => body).join("\n");
    expect(all).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/);
  });

  test("draws every shape that a state names", () => {
    const names = [...(byPath.get("/ui/states.js")?.body ?? "").matchAll(/shape: "([a-z]+)"/g)].map(
      ([, name]) => name ?? "",
    );
    expect(names.length).toBeGreaterThan(8);
    expect(names.filter((name) => !html.includes(`id="shape-${name}"`))).toEqual([]);
  });
});
