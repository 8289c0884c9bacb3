import { describe, expect, test } from "bun:test";
import { uiAssets } from "./assets.ts";

const byPath = new Map(uiAssets.flatMap((asset) => asset.paths.map((path) => [path, asset] as const)));
const html = byPath.get("/")?.body ?? "";
const bodies = (ending: string): string[] =>
  uiAssets.filter(({ paths: [path = ""] }) => path.endsWith(ending)).map(({ body }) => body);
const packed = (texts: readonly string[]): number =>
  texts.reduce((sum, text) => sum + Bun.gzipSync(text, { level: 9 }).length, 0);

describe("uiAssets", () => {
  test("hold nothing inline that their content security policy would stop", () => {
    expect(html).toContain("<!doctype html>");
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=|javascript:/i);
  });

  test("refer only to files that are there, from the root, where a base path is put before them", () => {
    const named = [...html.matchAll(/(?:src|href)="([^#"][^"]*)"/g)].map(([, path]) => path ?? "");
    expect(named).toHaveLength(3);
    expect(named.filter((path) => !path.startsWith("/ui/") || !byPath.has(path))).toEqual([]);
  });

  test("are kept for ever where another content has another name, and asked for anew where it has not", () => {
    for (const { paths, keep } of uiAssets)
      expect([paths[0], keep]).toEqual([
        paths[0],
        /-[a-z0-9]{8}\.(js|css)$/.test(paths[0] ?? "") ? "forever" : "ask",
      ]);
  });

  test("the page itself is at every path that it draws", () => {
    for (const path of ["/", "/applications", "/activity"]) expect(byPath.get(path)?.body).toBe(html);
  });

  test("each page names all that its scripts cannot begin without, and an application's page what draws it", () => {
    const preloaded = (page: string): string[] =>
      [...page.matchAll(/<link rel="modulepreload" href="([^"]+)">/g)].map(([, path = ""]) => path);
    const ofOne = byPath.get("/applications/:namespace/:name")?.body ?? "";
    expect(preloaded(html).filter((path) => !byPath.has(path) || !first().includes(path))).toEqual([]);
    expect(preloaded(html).some((path) => path.startsWith("/ui/application-page-"))).toBe(false);
    expect(preloaded(ofOne).filter((path) => path.startsWith("/ui/application-page-"))).toHaveLength(1);
    const named = new Set([...preloaded(ofOne), ...ofOne.matchAll(/src="([^"]+)"/g)].map(String));
    for (const path of preloaded(ofOne))
      for (const [, name] of (byPath.get(path)?.body ?? "").matchAll(/(?:import|from) ?"\.\/([\w-]+\.js)"/g))
        expect([...named].some((one) => one.includes(`/ui/${name}`))).toBe(true);
  });

  /** What the page begins with, and whatever that cannot begin without. */
  const first = (): string[] => {
    // What others share that come later is called after it too.
    const found = new Set([...html.matchAll(/ src="([^"]+\.js)"/g)].map(([, path = ""]) => path));
    for (const path of found)
      for (const [, name = ""] of (byPath.get(path)?.body ?? "").matchAll(
        /(?:import|from) ?"\.\/([\w-]+\.js)"/g,
      ))
        found.add(`/ui/${name}`);
    return [...found];
  };

  // reference: first load at most 60 KB of scripts and 15 KB of styles, an editor at most 180 KB, gzipped.
  test("are small: at first, and of what comes later", () => {
    expect(first().length).toBeGreaterThan(0);
    expect(packed(first().map((path) => byPath.get(path)?.body ?? ""))).toBeLessThan(60_000);
    expect(packed(bodies(".css"))).toBeLessThan(15_000);
    const later = uiAssets.filter(
      ({ paths: [path = ""] }) => path.endsWith(".js") && !first().includes(path),
    );
    // reference: an editor at most 180 KB, anything else that comes later at most 25 KB; the daemon's own parser of YAML
    // is what an editor needs.
    for (const {
      paths: [path = ""],
      body,
    } of later)
      expect([path, packed([body]) < (path.startsWith("/ui/yaml-tools-") ? 60_000 : 25_000)]).toEqual([
        path,
        true,
      ]);
    for (const name of [
      "application-page",
      "graph",
      "diff-view",
      "new-application-page",
      "rest",
      "yaml-tools",
    ])
      expect(later.map(({ paths: [path = ""] }) => path)).toContainEqual(
        expect.stringMatching(new RegExp(`^/ui/${name}-`)),
      );
  });

  test("draw every shape that a state names", async () => {
    const states = await Bun.file(`${import.meta.dir}/words/states.ts`).text();
    const names = [...states.matchAll(/shape: "([a-z]+)"/g)].map(([, name]) => name ?? "");
    expect(names.length).toBeGreaterThan(8);
    expect(names.filter((name) => !html.includes(`id="shape-${name}"`))).toEqual([]);
  });
});
