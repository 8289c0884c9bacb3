/** Jsonnet in a plain folder, by the evaluator that comes with the program, in its jail. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { DirectorySource } from "../../src/core/model/application.ts";
import { Failure } from "../../src/core/model/failure.ts";
import { renderOffline } from "../../src/render/offline.ts";
import { applicationOf, askFor, CLUSTER, type RenderHost, renderHost } from "../lib/render-host.ts";
import { type SourceFolder, sourceFolder } from "../lib/source-folder.ts";

let host: RenderHost, repository: SourceFolder | undefined;
beforeAll(async () => {
  host = await renderHost({ name: "none", programs: {} });
});
afterAll(() => host.remove());
afterEach(() => repository?.dispose());

const object = (name: string): string =>
  `{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: '${name}' } }`;
type Files = Record<string, string | Uint8Array>;

async function renderWith(
  by: RenderHost,
  files: Files,
  directory: DirectorySource,
  links: Record<string, string>,
) {
  repository?.dispose();
  repository = sourceFolder(files);
  for (const [at, to] of Object.entries(links)) repository.link(at, to);
  const { documents } = await by.renderers.render(
    askFor(applicationOf({ path: "m", directory }), await repository.tree()),
  );
  return documents.flatMap(({ documents: own }) => own);
}
const render = (files: Files, directory: DirectorySource = {}, links: Record<string, string> = {}) =>
  renderWith(host, files, directory, links);

async function names(files: Files, directory: DirectorySource = {}): Promise<string[]> {
  return (await render(files, directory)).map(({ text }) => JSON.parse(text).metadata.name);
}
async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    return `no failure: ${JSON.stringify(await work)}`;
  } catch (cause) {
    if (cause instanceof Failure) return cause.message;
    throw cause;
  }
}
const refused = (text: string, directory: DirectorySource = {}): Promise<string> =>
  refusal(render({ "m/a.jsonnet": text }, directory));

describe("what comes out", () => {
  test("is what plain jsonnet makes of the same files", async () => {
    const at = join(import.meta.dir, "../golden/render/raw-jsonnet");
    const app = Bun.YAML.parse(await Bun.file(join(at, "app.yaml")).text()) as ReturnType<
      typeof applicationOf
    >;
    const rendered = await renderOffline(host.renderers, app, { folder: join(at, "source") }, CLUSTER);
    const made = rendered.documents.flatMap(({ documents }) => documents);
    // `jsonnet -J app -J vendor --ext-str app=shop --ext-code 'sizes=[1, 2] + [ 3]' --tla-str 'stage=prod $5'
    // --tla-code 'replicas=1 + 1' FILE` of go-jsonnet 0.22.0.
    const plain = readdirSync(join(at, "plain")).sort();
    expect(plain).toHaveLength(2);
    for (const name of plain) {
      const expected = await Bun.file(join(at, "plain", name)).json();
      const objects = made.filter(({ file }) => file.includes(name.replace(".json", ".jsonnet")));
      expect(objects.map(({ text }) => JSON.parse(text))).toEqual(
        [expected].flat().filter((each) => each !== null),
      );
    }
  });

  test("stands in the order of the files' names, among manifests; other endings are none", async () => {
    const documents = await render({
      "m/c.yaml": "kind: C\n",
      "m/b.jsonnet": `[${object("b1")}, null, ${object("b2")}]`,
      "m/a.json": "{}",
      "m/lib.libsonnet": "error 'no file of its own'",
      "m/below/x.jsonnet": "error 'not asked for'",
    });
    expect(documents.map(({ file }) => file)).toEqual([
      "m/a.json",
      "m/b.jsonnet (as rendered)",
      "m/b.jsonnet (as rendered)",
      "m/c.yaml",
    ]);
  });

  test.each<[directory: DirectorySource, found: string[]]>([
    [{ recurse: true }, ["a", "b"]],
    [{ recurse: true, exclude: "x/*" }, ["a"]],
    [{ recurse: true, include: "x/*" }, ["b"]],
  ])("with %j the files of %j", async (directory, found) => {
    expect(await names({ "m/a.jsonnet": object("a"), "m/x/b.jsonnet": object("b") }, directory)).toEqual(
      found,
    );
  });

  test("null and an empty list are no objects", async () => {
    expect(await render({ "m/a.jsonnet": "null", "m/b.jsonnet": "[]" })).toEqual([]);
  });

  test.each([
    ["'text'", "m/a.jsonnet: cannot render: it makes a string"],
    ["42", "m/a.jsonnet: cannot render: it makes a number"],
    ["[{}, 'text']", "m/a.jsonnet: cannot render: it makes an array with a string"],
    ["[[{}]]", "m/a.jsonnet: cannot render: it makes an array with an array"],
  ])("%s is refused", async (text, says) => {
    expect(await refused(text)).toStartWith(says);
  });

  test("a folder without Jsonnet starts no process and needs no evaluator", async () => {
    const without = await renderHost({ name: "none", programs: { "holdfast-jsonnet": "/nowhere" } });
    expect(await renderWith(without, { "m/a.yaml": "kind: A\n" }, {}, {})).toHaveLength(1);
    expect(await refusal(renderWith(without, { "m/a.jsonnet": "{}" }, {}, {}))).toContain("/nowhere");
    without.remove();
  });
});

describe("variables", () => {
  const directory: DirectorySource = {
    jsonnet: {
      tlas: [
        { name: "t", value: "$ARGOCD_APP_NAME-$$x" },
        { name: "c", value: "{ a: 1 + 1 }", code: true },
      ],
      extVars: [
        { name: "e", value: "1 + 1" },
        { name: "f", value: "import 'f.libsonnet'", code: true },
      ],
      libs: ["${ARGOCD_APP_NAME}/lib"],
    },
  };
  const main = "function(t, c) { t: t, c: c, e: std.extVar('e'), f: std.extVar('f') }";

  test("are texts and code, with the build environment put in", async () => {
    const [made] = await render({ "m/a.jsonnet": main, "shop/lib/f.libsonnet": "7" }, directory);
    expect(JSON.parse(made?.text ?? "")).toEqual({ t: "shop-$x", c: { a: 2 }, e: "1 + 1", f: 7 });
  });

  test("that are code lie nowhere: what they import is in a library", async () => {
    expect(await refusal(render({ "m/a.jsonnet": main, "f.libsonnet": "7" }, directory))).toContain(
      'cannot import "f.libsonnet": there is no such file',
    );
  });

  test("nothing of the machine is one, and there are no native functions", async () => {
    expect(await refused("std.extVar('HOME')")).toContain(
      "m/a.jsonnet:1:1-19 Undefined external variable: HOME",
    );
    expect(await refused("std.native('x')()")).toContain("m/a.jsonnet:1:1-18 Unexpected type null");
  });
});

describe("imports", () => {
  test("are looked for beside the file, then in the libraries, the last one first, then in the source's folder", async () => {
    const libs = { jsonnet: { libs: ["one", "/two"] } };
    const where = async (...places: string[]): Promise<string> => {
      const files = Object.fromEntries(places.map((place) => [`${place}/x.libsonnet`, object(place)]));
      const main = { "m/sub/y.libsonnet": "import 'x.libsonnet'", "m/a.jsonnet": "import 'sub/y.libsonnet'" };
      return (await names({ ...main, ...files }, libs))[0] ?? "";
    };
    expect(await where("m/sub", "one", "two", "m")).toBe("m/sub");
    expect(await where("one", "two", "m")).toBe("two");
    expect(await where("one", "m")).toBe("one");
    expect(await where("m")).toBe("m");
  });

  test("lead to a new render when they change, and when another takes their place; nothing else does", async () => {
    const files = sourceFolder({
      "m/a.jsonnet": "import 'x.libsonnet'",
      "lib/x.libsonnet": "{ a: importstr '../text' }",
      text: "1",
      other: "1",
    });
    const app = applicationOf({ path: "m", directory: { jsonnet: { libs: ["lib"] } } });
    const look = async (): Promise<string> => {
      const { documents, from } = await host.renderers.render(askFor(app, await files.tree()));
      return `${from}: ${documents[0]?.documents[0]?.text}`;
    };
    expect(await look()).toBe('renderer: {"a":"1"}');
    expect(await look()).toBe('cache: {"a":"1"}');
    files.write({ other: "2", "lib/unused.libsonnet": "2" });
    expect(await look()).toBe('cache: {"a":"1"}');
    files.write({ text: "2" });
    expect(await look()).toBe('renderer: {"a":"2"}');
    files.write({ "m/x.libsonnet": "{ b: 3 }" });
    expect(await look()).toBe('renderer: {"b":3}');
    files.dispose();
  });

  test("go through links as vendoring tools make them", async () => {
    const [made] = await render(
      { "m/a.jsonnet": "import 'x/x.libsonnet'", "vendor/example.com/x/x.libsonnet": "{ a: 1 }" },
      { jsonnet: { libs: ["vendor"] } },
      { "vendor/x": "example.com/x" },
    );
    expect(made?.text).toBe('{"a":1}');
  });

  test.each([
    ["importstr '/etc/passwd'", '"/etc/passwd" is absolute'],
    ["importbin '../../../../../../etc/passwd'", "it leads out of the repository"],
    ["import '../../repository/m/b.libsonnet'", "it leads out of the repository"],
    ["importstr '/proc/self/environ'", "is absolute"],
    ["import 'http://127.0.0.1:1/x'", "there is no such file"],
    ["import 'none.libsonnet'", "there is no such file beside it, nor in directory.jsonnet.libs"],
    ["import ''", "is a directory"],
  ])("%s is refused", async (text, says) => {
    expect(await refused(`{ a: ${text} }`)).toContain(says);
  });

  test.each([
    ["a link to a file outside", { "m/x": "/etc/passwd" }, "importstr 'x'"],
    ["a link to a folder outside", { "m/x": "../../.." }, "importstr 'x/etc/passwd'"],
    ["a library that is one", { lib: "/etc" }, "importstr 'passwd'"],
  ])("%s is refused before a process starts", async (_, links, text) => {
    const before = host.ran.length;
    const said = await refusal(
      render({ "m/a.jsonnet": `{ a: ${text} }` }, { jsonnet: { libs: ["lib"] } }, links),
    );
    expect(said).toMatch(/leads? (?:out of|outside)/);
    expect(said).not.toContain("root:");
    expect(host.ran.length).toBe(before);
  });

  test("a library outside of the repository is refused", async () => {
    expect(await refused("{}", { jsonnet: { libs: ["../x"] } })).toContain(
      "../x: cannot render: the folder in directory.jsonnet.libs is refused: it leads out of the repository",
    );
  });
});

describe("a file that is wrong", () => {
  test.each([
    ["{ a: ", "jsonnet says: m/a.jsonnet:2:1 Unexpected end of file"],
    ["{\n  a: b,\n}", "jsonnet says: m/a.jsonnet:2:6-7 Unknown variable: b"],
    ["{\n  a:: 1,\n  b: self.c,\n}", "jsonnet says: m/a.jsonnet:3:6-12 Field does not exist: c"],
    ["error 'the word of its author'", "jsonnet says: m/a.jsonnet:1:1-31 the word of its author"],
    ["local f(x) = error 'deep';\n{ a: f(1) }", "m/a.jsonnet:1:14-26 deep (from m/a.jsonnet:2:6-10)"],
    ["function(a) a", "jsonnet says: m/a.jsonnet: Missing argument: a"],
  ])("%j is named with its place", async (text, says) => {
    expect(await refused(`${text}\n`)).toContain(says);
  });

  test("of several, its own name is said", async () => {
    expect(
      await refusal(render({ "m/a.jsonnet": "{}", "m/b.jsonnet": "import '../l'", l: "{ a: x }" })),
    ).toContain("jsonnet says: m/b.jsonnet:1:1-14 l:1:6-7 Unknown variable: x");
  });

  test("bytes that are no text, and a pointer of Git LFS", async () => {
    expect(await refusal(render({ "m/a.jsonnet": new Uint8Array([0xff, 0xfe, 0xff]) }))).toContain(
      "m/a.jsonnet: cannot read",
    );
    expect(await refused("version https://lfs.example.com/spec/v1\noid sha256:4d7a\nsize 12345\n")).toContain(
      "Git LFS",
    );
  });

  test("is remembered until it changes, and not rendered again", async () => {
    await refused("error 'once'");
    const before = host.ran.length;
    await refused("error 'once'");
    expect(host.ran.length).toBe(before);
  });
});

describe("a file that is made to be dear", () => {
  test.each([
    ["recursion without end", "local f(x) = f(x) + 1; f(1)", /max stack frames exceeded/],
    ["a file that imports itself", "import 'a.jsonnet'", /max stack frames exceeded/],
    ["an object without end", "local f() = { a: f() }; f()", /max stack frames exceeded/],
    [
      "an array of a thousand million",
      "std.makeArray(1000000000, function(i) i)",
      "more than 1024 MiB of memory",
    ],
    [
      "a text that doubles",
      "local f(n) = if n == 0 then 'x' else local t = f(n - 1); t + t; { a: f(40) }",
      "memory",
    ],
    ["brackets without end", "(".repeat(2_000_000), /stack|memory/],
    [
      "a file larger than all manifests may be",
      `{}${" ".repeat(10 << 20)}`,
      "this file of Jsonnet is larger than 10 MiB",
    ],
    [
      "more objects than a folder may hold",
      "local f(n) = if n == 0 then 'x' else local t = f(n - 1); t + t; [{ a: f(13) } for i in std.range(1, 1500)]",
      /larger than 10 MiB/,
    ],
  ])("%s is ended", async (_, text, says) => {
    const said = await refused(text);
    expect(said).toMatch(says);
    expect(said.length).toBeLessThan(2_500);
  });

  test("a loop without end is ended by the deadline", async () => {
    const hasty = await renderHost({ name: "none", programs: {} }, { timeoutMs: 1_500 });
    const text = "local f(n) = if n == 0 then 1 else f(n - 1) + f(n - 1); f(60)";
    expect(await refusal(renderWith(hasty, { "m/a.jsonnet": text }, {}, {}))).toContain(
      "did not end within 1.5 seconds",
    );
    hasty.remove();
  });
});
