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

  const bodyOf = (path: string): string => byPath.get(path)?.body ?? "";
  const scriptsOf = (page: string): string[] =>
    [...page.matchAll(/ (?:src|rel="modulepreload" href)="([^"]+\.js)"/g)].map(([, path = ""]) => path);
  /** These, and whatever they cannot begin without. */
  const withAll = (scripts: readonly string[]): string[] => {
    const found = new Set(scripts);
    for (const path of found)
      for (const [, name = ""] of bodyOf(path).matchAll(/(?:import|from) ?"\.\/([\w-]+\.js)"/g))
        found.add(`/ui/${name}`);
    return [...found];
  };
  /** What the page begins with. */
  const first = (): string[] =>
    withAll([...html.matchAll(/ src="([^"]+\.js)"/g)].map(([, path = ""]) => path));

  // reference: first load at most 60 KB of scripts, 15 KB of styles and 90 KB in all, gzipped, in 6 requests.
  test("are small at first, and few", () => {
    expect(first().length).toBeGreaterThan(0);
    expect(packed(first().map(bodyOf))).toBeLessThan(60_000);
    expect(packed(bodies(".css"))).toBeLessThan(15_000);
    const files = (page: string): string[] => [
      ...withAll(scriptsOf(page)).map(bodyOf),
      ...bodies(".css"),
      ...[page, bodyOf("/ui/icon.svg")],
    ];
    const ofOne = byPath.get("/applications/:namespace/:name")?.body ?? "";
    expect(bodies(".css")).toHaveLength(1);
    expect(files(html).length).toBeLessThanOrEqual(6);
    expect(packed(files(html))).toBeLessThan(90_000);
    // Whoever begins at an application has its page as well, which the first three files load beside. The bound is our own.
    expect(files(ofOne).length).toBeLessThanOrEqual(8);
    expect(packed(files(ofOne))).toBeLessThan(107_000);
  });

  /** In KB, gzipped. reference: graph 12, diff 12, logs 8, terminal 95, editor 180; anything else here 25. */
  const LIMITS: readonly (readonly [string, number])[] = [
    ...([
      ["graph", 12],
      ["diff-view", 12],
      ["log-view", 8.5],
      ["terminal", 95],
    ] as const),
    // The daemon's own parser of YAML is what an editor needs.
    ["yaml-tools", 60],
  ];

  test("are small that come later, each by itself", () => {
    const later = uiAssets
      .map(({ paths: [path = ""] }) => path)
      .filter((path) => path.endsWith(".js") && !first().includes(path));
    const limitOf = (path: string): number =>
      LIMITS.find(([name]) => path.startsWith(`/ui/${name}-`))?.[1] ?? 25;
    expect(later.filter((path) => packed([bodyOf(path)]) > limitOf(path) * 1_000)).toEqual([]);
    for (const name of [
      ...[
        "application-page",
        "graph",
        "diff-view",
        "log-view",
        "new-application-page",
        "rest",
        "yaml-tools",
        "terminal-view",
      ],
    ])
      expect(later).toContainEqual(expect.stringMatching(new RegExp(`^/ui/${name}-`)));
  });

  test("what comes later comes in one turn, in few files", () => {
    const asked = uiAssets.flatMap(({ body, paths: [path = ""] }) =>
      path.endsWith(".js")
        ? [...body.matchAll(/(?:Promise\.all\(\[)?((?:,?import\("\.\/[\w-]+\.js"\))+)/g)].map(
            ([, imports = ""]) =>
              [...imports.matchAll(/"\.(\/[\w-]+\.js)"/g)].map(([, name]) => `/ui${name}`),
          )
        : [],
    );
    expect(asked.length).toBeGreaterThan(10);
    for (const together of asked) {
      const [part = ""] = together;
      const more = withAll([part]).filter((path) => !first().includes(path));
      expect([part, more.filter((path) => !together.includes(path))]).toEqual([part, []]);
      expect([part, together.length <= 4]).toEqual([part, true]);
    }
  });

  test("draw every shape that a state names", async () => {
    const states = await Bun.file(`${import.meta.dir}/words/states.ts`).text();
    const names = [...states.matchAll(/shape: "([a-z]+)"/g)].map(([, name]) => name ?? "");
    expect(names.length).toBeGreaterThan(8);
    expect(names.filter((name) => !html.includes(`id="shape-${name}"`))).toEqual([]);
  });
});
