/** Values with where each comes from, against what the real Helm, version 3 and 4, gives its templates. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { HelmSource } from "../../src/core/model/application.ts";
import {
  fromWords,
  MOST_VALUES,
  type SourceValues,
  valuePath,
  valueWords,
} from "../../src/core/model/source-values.ts";
import type { LocatedSource } from "../../src/core/ports/renderers.ts";
import { isMapping } from "../../src/lib/is-mapping.ts";
import { parseYaml, printYaml } from "../../src/lib/yaml.ts";
import { endingOf } from "../lib/ending-of.ts";
import { AT, applicationOf, askFor, npmToolSets, type RenderHost, renderHost } from "../lib/render-host.ts";
import { sourceFolder } from "../lib/source-folder.ts";

const CHART = "apiVersion: v2\nname: web\nversion: 1.0.0\n";
const PRINTS = `apiVersion: v1
kind: ConfigMap
metadata: {name: values}
data: {values: {{ .Values | toJson | quote }}}
`;
/** Of one test that runs many programs. */
const LONG = 240_000;
const RUNS = Number(process.env["HELM_VALUES_RUNS"] ?? 20);

interface Case {
  chart: string;
  files: readonly string[];
  valuesObject?: Record<string, unknown>;
  parameters: { name: string; value: string; forceString?: boolean }[];
}

function sourceOf({ files, valuesObject, parameters }: Case): HelmSource {
  return {
    valueFiles: files.map((_, at) => `v${at}.yaml`),
    ...(valuesObject === undefined ? {} : { valuesObject }),
    parameters,
  };
}

async function both(host: RenderHost, one: Case): Promise<{ helm: unknown; ours: SourceValues }> {
  const folder = sourceFolder({
    "Chart.yaml": CHART,
    "values.yaml": one.chart,
    "templates/values.yaml": PRINTS,
    ...Object.fromEntries(one.files.map((text, at) => [`v${at}.yaml`, text])),
  });
  try {
    const ask = askFor(applicationOf({ helm: sourceOf(one) }), await folder.tree());
    const [ours] = await host.renderers.values(ask);
    if (ours === undefined) throw new Error("it is a chart");
    const helm = await host.renderers.render(ask).then(
      ({ documents }) => {
        const [object] = parseYaml(documents[0]?.documents[0]?.text ?? "").documents;
        const { data } = object?.value as { data: { values: string } };
        return JSON.parse(data.values) as unknown;
      },
      () => "refused",
    );
    return { helm, ours };
  } finally {
    folder.dispose();
  }
}

/** The tree that the rows are of. */
function treeOf({ values }: SourceValues): Record<string, unknown> {
  const tree: Record<string, unknown> = {};
  for (const one of values) {
    if (one.is === "deleted" || !("value" in one)) continue;
    let at = tree;
    for (const key of one.path.slice(0, -1)) {
      const inner = at[key];
      at = isMapping(inner) ? inner : (at[key] = {});
    }
    at[one.path.at(-1) ?? ""] = one.value;
  }
  return tree;
}

const key = fc.constantFrom("a", "b", "c");
const scalar = fc.constantFrom<unknown>(
  null,
  null,
  true,
  0,
  7,
  -3,
  "",
  "x",
  "true",
  "1.5",
  [],
  [1, { a: 1 }],
  {},
);
const tree = (depth: number): fc.Arbitrary<Record<string, unknown>> =>
  fc.dictionary(key, depth === 0 ? scalar : fc.oneof(scalar, tree(depth - 1)), { maxKeys: 3 });
const name = fc
  .array(fc.tuple(key, fc.constantFrom("", "", "", "[0]", "[2]", "[1][0]")), { minLength: 1, maxLength: 3 })
  .map((steps) => steps.map(([at, index]) => at + index).join("."));
const value = fc.constantFrom(
  ...[
    "1",
    "0",
    "007",
    "true",
    "FALSE",
    "null",
    "",
    "x,y",
    "{a,1}",
    "{}",
    "{a",
    "1.5",
    "-4",
    "+5",
    "9223372036854775808",
  ],
  ...["a\\,b", "\\", "x=y", "{a,b},c=1", "1e3", "é"],
);
/** Where a null meets a default it takes it away: random trees do so too seldom. */
const holed = fc.dictionary(key, fc.constantFrom<unknown>(null, { a: null, b: 1 }), { maxKeys: 2 });
const cases: fc.Arbitrary<Case> = fc.record({
  chart: fc.dictionary(key, fc.oneof(scalar, tree(1)), { minKeys: 2, maxKeys: 3 }).map(printYaml),
  files: fc.array(fc.oneof(tree(2), holed).map(printYaml), { maxLength: 3 }),
  valuesObject: tree(2),
  parameters: fc.array(fc.record({ name, value, forceString: fc.boolean() }), { maxLength: 3 }),
});

describe.each(await npmToolSets())("values as $name has them", (tools) => {
  let host: RenderHost;
  beforeAll(async () => {
    host = await renderHost(tools);
  });
  afterAll(() => host.remove());

  test(
    "whatever is merged",
    async () => {
      await fc.assert(
        fc.asyncProperty(cases, async (one) => {
          const { helm, ours } = await both(host, one);
          const isClosed = ours.layers.some(({ state }) => state === "closed");
          if (helm === "refused") expect({ isClosed }).toEqual({ isClosed: true });
          else
            expect({ isClosed, tree: treeOf(ours) }).toEqual({
              isClosed: false,
              tree: helm as Record<string, unknown>,
            });
        }),
        { numRuns: RUNS, seed: 20_261_130, endOnFailure: process.env["HELM_VALUES_RUNS"] !== undefined },
      );
    },
    LONG,
  );
});

describe("where each comes from", () => {
  let host: RenderHost;
  beforeAll(async () => {
    const [tools] = await npmToolSets();
    if (tools === undefined) throw new Error("there is a Helm");
    host = await renderHost(tools);
  });
  afterAll(() => host.remove());

  const valuesOf = async (helm: HelmSource, files: Record<string, string>, others: LocatedSource[] = []) => {
    const folder = sourceFolder({ "web/Chart.yaml": CHART, ...files });
    try {
      const ask = askFor(applicationOf({ path: "web", helm }), await folder.tree());
      const [found] = await host.renderers.values({ ...ask, sources: [...ask.sources, ...others] });
      if (found === undefined) throw new Error("it is a chart");
      return found;
    } finally {
      folder.dispose();
    }
  };
  const rowsOf = ({ values, layers }: SourceValues): string[] =>
    values.map(
      (one) =>
        `${valuePath(one.path)} ${one.is === "deleted" ? "deleted" : valueWords(one)} | ${[one, ...one.was].map((from) => fromWords(from, layers)).join(" < ")}`,
    );

  test("by layer, file and line, with all that was there before", async () => {
    const found = await valuesOf(
      {
        valueFiles: ["a.yaml", "/b.yaml", "gone.yaml"],
        ignoreMissingValueFiles: true,
        valuesObject: { deep: { of: "app" } },
        parameters: [
          { name: "image.tag", value: "old" },
          { name: "image.tag", value: "v3" },
        ],
        fileParameters: [{ name: "text", path: "text.txt" }],
      },
      {
        "web/values.yaml": "image:\n  tag: v1\n  name: web\nlist: [1, 2]\ngoes: 1\n",
        "web/a.yaml": "# first\nimage:\n  tag: v2\nlist: [3]\n",
        "b.yaml": "goes: null\nlist: [4]\n",
        "web/text.txt": "a, b",
      },
    );
    expect(rowsOf(found)).toEqual([
      "image.tag v3 | parameter image.tag < web/a.yaml:3 < chart's default, line 2",
      "image.name web | chart's default, line 3",
      "list [4] | b.yaml:2 < web/a.yaml:4 < chart's default, line 4",
      "deep.of app | valuesObject of the application",
      "text a, b | file parameter text",
      "goes deleted | b.yaml:1 < chart's default, line 5",
    ]);
    expect(found.layers.filter(({ state }) => state === "absent")).toEqual([
      { is: "file", ref: "", path: "web/gone.yaml", state: "absent" },
    ]);
  });

  test("files of another source, by its ref, and of a glob in their order", async () => {
    const values = sourceFolder({ "envs/a.yaml": "x: 1\n", "envs/b.yaml": "x: 2\n" });
    try {
      const other = { repoURL: "https://git.example.com/values.git", ref: "values" };
      const found = await valuesOf({ valueFiles: ["$values/envs/*.yaml"] }, {}, [
        { source: other, tree: await values.tree(), revision: AT },
      ]);
      expect(rowsOf(found)).toEqual(["x 2 | $values/envs/b.yaml:1 < $values/envs/a.yaml:1"]);
    } finally {
      values.dispose();
    }
  });

  test("what is encrypted in Git is not opened, and not told, nor what it is part of", async () => {
    const sealed = "ENC[AES256_GCM,data:Zm9v,iv:aaa=,tag:bbb=,type:str]";
    const found = await valuesOf(
      {
        valueFiles: ["secrets.yaml", "b.yaml"],
        fileParameters: [{ name: "file", path: "secrets.yaml" }],
        parameters: [{ name: "list[1]", value: "x" }],
      },
      {
        "web/secrets.yaml": `open: 1\ndb: {word: "${sealed}"}\nlist: ["${sealed}"]\nover: "${sealed}"\nsops:\n    mac: ${sealed}\n    version: 3.9.0\n    lastmodified: "2026-01-01T00:00:00Z"\n`,
        "web/b.yaml": "over: {plain: 1}\n",
      },
    );
    expect(JSON.stringify(found)).not.toContain("Zm9v");
    expect(rowsOf(found)).toEqual([
      "open 1 | web/secrets.yaml:1",
      "db.word (encrypted in Git) | web/secrets.yaml:2",
      "list (encrypted in Git) | parameter list[1] < web/secrets.yaml:3",
      "over.plain 1 | web/b.yaml:1",
      "file (encrypted in Git) | file parameter file",
    ]);
  });

  test("a file that is missing is named, as by a render", async () => {
    expect(await endingOf(valuesOf({ valueFiles: ["gone.yaml"] }, {}))).toThrow(
      "there is no value file web/gone.yaml",
    );
  });

  test("a key of whatever name is a value and nothing else", async () => {
    const found = await valuesOf(
      { parameters: [{ name: "__proto__.polluted", value: "yes" }] },
      { "web/values.yaml": "constructor: {prototype: 1}\n" },
    );
    expect(rowsOf(found)).toEqual([
      "__proto__.polluted yes | parameter __proto__.polluted",
      "constructor.prototype 1 | chart's default, line 1",
    ]);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test(
    "of more values than anybody reads the first ones are told",
    async () => {
      const many = Array.from({ length: MOST_VALUES + 5 }, (_, at) => `k${at}: ${at}`).join("\n");
      const found = await valuesOf({}, { "web/values.yaml": many });
      expect([found.values.length, found.total]).toEqual([MOST_VALUES, MOST_VALUES + 5]);
    },
    LONG,
  );
});
