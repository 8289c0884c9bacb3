import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Renderer } from "./contract.ts";
import { loadPlugins } from "./load.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "plugins-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(path: string, text: string): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}
const plugin = (name: string): string =>
  `export default { kind: "renderer", name: ${JSON.stringify(name)}, sourceType: "Plugin", claims: async () => "no", inputs: async () => ({}), render: async () => ({}) }`;
const check = (name: string, kinds = '["example.org/*"]'): string =>
  `export default { kind: "health-check", name: ${JSON.stringify(name)}, kinds: ${kinds}, judge: () => undefined }`;
const notifier = (name: string): string =>
  `export default { kind: "notifier", name: ${JSON.stringify(name)}, keys: {}, recipient: { is: "none", says: "" }, storms: "each", requests: () => [] }`;
const builtIn = { kind: "renderer", name: "raw" } as Renderer;
const load = (...places: string[]) =>
  loadPlugins({ builtIns: [builtIn], version: "1.0.0", places: places.map((place) => join(folder, place)) });

describe("loadPlugins()", () => {
  test("finds modules and folders with an index, and takes TypeScript with its own imports", async () => {
    write(
      "good/one.ts",
      `import { name } from "./lib/name.ts"; const typed: string = name; ${plugin("x").replace('"x"', "typed")}`,
    );
    write("good/lib/name.ts", 'export const name = "from-lib";');
    write("good/two/index.js", plugin("two"));
    write("good/three.test.ts", "throw new Error('a test is no plugin')");
    write("good/README.md", "nothing");
    const { renderers, problems } = await load("good");
    expect(problems).toEqual([]);
    expect(renderers.map(({ renderer, from }) => [renderer.name, from])).toEqual([
      ["raw", "built-in"],
      ["from-lib", "operator"],
      ["two", "operator"],
    ]);
  });

  test("finds health checks beside renderers; one of each kind may have a name", async () => {
    write("both/renderer.ts", plugin("widgets"));
    write("both/check.ts", check("widgets"));
    write("both/told.ts", notifier("widgets"));
    const { renderers, healthChecks, notifiers, problems } = await load("both");
    expect(notifiers.map(({ name }) => name)).toEqual(["widgets"]);
    expect(problems).toEqual([]);
    expect(renderers.map(({ renderer }) => renderer.name)).toEqual(["raw", "widgets"]);
    expect(healthChecks.map(({ name, kinds }) => [name, kinds])).toEqual([["widgets", ["example.org/*"]]]);
  });

  test("gives another fingerprint when a file changed that a plugin may import", async () => {
    write("changing/one.ts", plugin("one"));
    const before = (await load("changing")).renderers.at(-1)?.fingerprint;
    write("changing/lib/table.json", "{}");
    expect((await load("changing")).renderers.at(-1)?.fingerprint).not.toBe(before);
  });

  test.each([
    { name: "a syntax error", text: "export default {", says: "the module cannot be loaded" },
    { name: "no default export", text: "export const renderer = 1;", says: "no default export" },
    { name: "another kind", text: 'export default { kind: "teapot" }', says: 'its kind is "teapot"' },
    {
      name: "a notifier without keys",
      text: notifier("n").replace("keys", "other"),
      says: "its keys are missing",
    },
    {
      name: "a notifier that names nobody",
      text: notifier("n").replace("recipient", "other"),
      says: "its recipient is missing",
    },
    {
      name: "a notifier that says nothing of storms",
      text: notifier("n").replace("storms", "other"),
      says: "its storms is missing",
    },
    {
      name: "a notifier that makes nothing",
      text: notifier("n").replace("requests", "other"),
      says: "it has no requests",
    },
    { name: "a name that is none", text: plugin("My Plugin"), says: "its name is missing or no word" },
    {
      name: "a missing method",
      text: plugin("lame").replace("render: async", "other: async"),
      says: "it has no render",
    },
    { name: "a check without kinds", text: check("a", "[]"), says: "its kinds are missing" },
    {
      name: "a check whose kind is no glob",
      text: check("a", '["[x"]'),
      says: 'one of its kinds is no glob: "[x"',
    },
    {
      name: "a check that cannot judge",
      text: check("a").replace("judge", "think"),
      says: "it has no judge",
    },
    {
      name: "a built-in's name",
      text: plugin("raw"),
      says: "two renderers are named raw, this one and the built-in one",
    },
  ])("says what is wrong with $name, and goes on with the others", async ({ name, text, says }) => {
    const place = `wrong/${name.replaceAll(" ", "-")}`;
    write(`${place}/a.ts`, text);
    write(`${place}/b.ts`, plugin("other"));
    const { renderers, problems } = await load(place);
    expect(problems.map((problem) => problem.text).join()).toContain(says);
    expect(problems[0]?.file).toEndWith("a.ts");
    expect(renderers.map(({ renderer }) => renderer.name)).toEqual(["raw", "other"]);
  });

  test("says where there is no such folder", async () => {
    expect((await load("nowhere")).problems[0]?.text).toBe("there is no such file or folder of plugins");
  });
});
