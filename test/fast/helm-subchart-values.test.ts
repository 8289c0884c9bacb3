/** Defaults of charts that a chart uses, against what the real Helm gives the templates of that chart. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { HelmSource } from "../../src/core/model/application.ts";
import { fromWords, type SourceValues, valuePath, valueWords } from "../../src/core/model/source-values.ts";
import { isMapping } from "../../src/lib/is-mapping.ts";
import { parseYaml, printYaml } from "../../src/lib/yaml.ts";
import { applicationOf, askFor, npmToolSets, type RenderHost, renderHost } from "../lib/render-host.ts";
import { sourceFolder } from "../lib/source-folder.ts";
import { tgz } from "../lib/tgz.ts";

const PRINTS = `apiVersion: v1
kind: ConfigMap
metadata: {name: values}
data: {values: {{ .Values | toJson | quote }}}
`;
const LONG = 240_000;
const RUNS = Number(process.env["HELM_VALUES_RUNS"] ?? 10);

type Tree = Record<string, unknown>;
interface Used {
  name: string;
  alias?: string;
  condition?: string;
  tags?: readonly string[];
}
interface Case {
  uses: Used[];
  own: Tree;
  defaults: Tree;
  inner: Tree;
  given: Tree;
}

const chartFile = (name: string, uses: readonly Used[]): string =>
  printYaml({
    ...{ apiVersion: "v2", name, version: "1.0.0" },
    dependencies: uses.map((one) => ({ ...one, version: "1.0.0", repository: "" })),
  });

/** `sub` is used by the chart, maybe twice, and uses `inner` itself. */
function filesOf({ uses, own, defaults, inner }: Case): Record<string, string> {
  return {
    "Chart.yaml": chartFile("web", uses),
    "values.yaml": printYaml(own),
    "templates/values.yaml": PRINTS,
    "charts/sub/Chart.yaml": chartFile("sub", [{ name: "inner", condition: "inner.on" }]),
    "charts/sub/values.yaml": printYaml(defaults),
    "charts/sub/charts/inner/Chart.yaml": chartFile("inner", []),
    "charts/sub/charts/inner/values.yaml": printYaml(inner),
  };
}

const key = fc.constantFrom("a", "on", "inner", "sub", "tags");
const scalar = fc.constantFrom<unknown>(null, true, false, 7, "x", [1], {});
const tree = (depth: number): fc.Arbitrary<Tree> =>
  fc.dictionary(key, depth === 0 ? scalar : fc.oneof(scalar, tree(depth - 1)), { maxKeys: 4 });
const below = (names: readonly string[], depth: number): fc.Arbitrary<Tree> =>
  fc
    .tuple(tree(1), ...names.map(() => fc.option(tree(depth), { nil: undefined })))
    .map(([all, ...each]) =>
      Object.assign(
        Object.fromEntries(Object.entries(all).filter(([name]) => !names.includes(name))),
        ...each.map((one, at) => (one === undefined ? {} : { [names[at] as string]: one })),
      ),
    );
const condition = fc.constantFrom("sub.on", "a", "sub.a,other.on", "other.inner.on", "none");
const used = fc.record(
  { condition, tags: fc.constantFrom<readonly string[]>(["a"], ["on", "a"], ["x"]) },
  { requiredKeys: [] },
);
const cases: fc.Arbitrary<Case> = fc.record({
  uses: fc
    .tuple(used, fc.option(used, { nil: undefined }))
    .map(([one, two]): Used[] => [
      { name: "sub", ...one },
      ...(two === undefined ? [] : [{ name: "sub", alias: "other", ...two }]),
    ]),
  own: below(["sub", "other", "tags"], 1),
  defaults: below(["inner"], 1),
  inner: tree(1),
  given: below(["sub", "other", "tags"], 2),
});

/** Helm gives each chart that is used what all have in common, which nobody here wrote. */
function withoutGlobals(value: unknown): unknown {
  if (!isMapping(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]) =>
      name === "global" ? [] : [[name, withoutGlobals(inner)]],
    ),
  );
}

/** A mapping with nothing in it is no row, and a null default of a used chart is one or none, as versions of Helm differ. */
function leavesOf(value: unknown, path: readonly string[] = []): string[] {
  if (value === null) return [];
  if (!isMapping(value)) return [`${path.join(".")}=${JSON.stringify(value)}`];
  return Object.entries(value)
    .flatMap(([name, inner]) => leavesOf(inner, [...path, name]))
    .sort();
}

function treeOf({ values }: SourceValues): Tree {
  const all: Tree = {};
  for (const one of values) {
    if (one.is === "deleted" || !("value" in one)) continue;
    let at = all;
    for (const step of one.path.slice(0, -1)) {
      const inner = at[step];
      at = isMapping(inner) ? inner : ((at[step] = {}) as Tree);
    }
    at[one.path.at(-1) ?? ""] = one.value;
  }
  return all;
}

async function told(
  host: RenderHost,
  files: Record<string, string | Uint8Array>,
  helm: HelmSource,
): Promise<{ helm: unknown; ours: SourceValues }> {
  const folder = sourceFolder(files);
  try {
    const ask = askFor(applicationOf({ helm }), await folder.tree());
    const [ours] = await host.renderers.values(ask);
    if (ours === undefined) throw new Error("it is a chart");
    const rendered = await host.renderers.render(ask).then(
      ({ documents }) => {
        const [object] = parseYaml(documents[0]?.documents[0]?.text ?? "").documents;
        return JSON.parse((object?.value as { data: { values: string } }).data.values) as unknown;
      },
      () => "refused",
    );
    return { helm: rendered, ours };
  } finally {
    folder.dispose();
  }
}

describe.each(await npmToolSets())("defaults of used charts as $name has them", (tools) => {
  let host: RenderHost;
  beforeAll(async () => {
    host = await renderHost(tools);
  });
  afterAll(() => host.remove());

  test(
    "whatever is given, on or off",
    async () => {
      let compared = 0;
      await fc.assert(
        fc.asyncProperty(cases, async (one) => {
          const { helm, ours } = await told(
            host,
            { ...filesOf(one), "given.yaml": printYaml(one.given) },
            { valueFiles: ["given.yaml"] },
          );
          if (helm === "refused") return;
          compared++;
          expect(leavesOf(treeOf(ours))).toEqual(leavesOf(withoutGlobals(helm)));
        }),
        { numRuns: RUNS, seed: 20_261_130, endOnFailure: process.env["HELM_VALUES_RUNS"] !== undefined },
      );
      expect(compared).toBeGreaterThan(RUNS / 5);
    },
    LONG,
  );
});

describe("where defaults of used charts come from", () => {
  let host: RenderHost;
  beforeAll(async () => {
    const [tools] = await npmToolSets();
    if (tools === undefined) throw new Error("there is a Helm");
    host = await renderHost(tools);
  });
  afterAll(() => host.remove());

  const rowsOf = ({ values, layers }: SourceValues): string[] =>
    values.map(
      (one) =>
        `${valuePath(one.path)} ${one.is === "deleted" ? "deleted" : valueWords(one)} | ${[one, ...one.was].map((from) => fromWords(from, layers)).join(" < ")}`,
    );
  const packed = tgz({
    "redis/Chart.yaml": chartFile("redis", [{ name: "common" }]),
    "redis/values.yaml": "image: redis\nport: 6379\nauth: {user: x}\n",
    "redis/charts/common/Chart.yaml": chartFile("common", []),
    "redis/charts/common/values.yaml": "level: 1\n",
  });

  test("of a package, of charts in it, and of one that is a folder of the repository, with what replaced them", async () => {
    const { ours } = await told(
      host,
      {
        "Chart.yaml": printYaml({
          ...{ apiVersion: "v2", name: "web", version: "1.0.0" },
          dependencies: [
            { name: "redis", alias: "cache", version: "1.0.0", repository: "" },
            { name: "lib", version: "1.0.0", repository: "file://../lib" },
          ],
        }),
        "values.yaml": "cache:\n  port: 7000\nlib: {}\n",
        "charts/redis-1.0.0.tgz": packed,
        "prod.yaml": "cache: {auth: null}\n",
      },
      { valueFiles: ["prod.yaml"] },
    );
    // A folder beside the chart is outside of what this source may read: its defaults are not known.
    expect(ours.charts).toEqual(["lib"]);
    expect(rowsOf(ours)).toEqual([
      "cache.port 7000 | chart's default, line 2 < default of cache, line 2",
      "cache.image redis | default of cache, line 1",
      "cache.common.level 1 | default of common, line 1",
      "lib {} | chart's default, line 3",
      "cache.auth deleted | prod.yaml:1 < default of cache, line 3",
    ]);
    expect(ours.layers.filter(({ is }) => is === "chart")).toEqual([
      {
        is: "chart",
        path: "charts/common/values.yaml",
        of: "common",
        in: "charts/redis-1.0.0.tgz",
        state: "read",
      },
      { is: "chart", path: "values.yaml", of: "cache", in: "charts/redis-1.0.0.tgz", state: "read" },
      { is: "chart", path: "values.yaml", state: "read" },
    ]);
  });

  test("of packages that unpack to very much those are told that fit, and others have their turn meanwhile", async () => {
    const names = ["a", "b", "c", "d"];
    const files = Object.fromEntries(
      names.map((name) => [
        `charts/${name}-1.0.0.tgz`,
        tgz({
          [`${name}/Chart.yaml`]: chartFile(name, []),
          [`${name}/values.yaml`]: "v: 1\n",
          [`${name}/zeros`]: new Uint8Array(40 * 1024 * 1024),
        }),
      ]),
    );
    const folder = sourceFolder({
      ...files,
      "Chart.yaml": chartFile(
        "web",
        names.map((name) => ({ name })),
      ),
      "values.yaml": "x: 1\n",
    });
    let turns = 0;
    const counting = setInterval(() => turns++, 0);
    try {
      const [ours] = await host.renderers.values(askFor(applicationOf({ path: "." }), await folder.tree()));
      expect(ours?.charts).toEqual(["c", "d"]);
      expect(ours?.values.map(({ path }) => path.join("."))).toEqual(["x", "a.v", "b.v"]);
      expect(turns).toBeGreaterThan(1);
    } finally {
      clearInterval(counting);
      folder.dispose();
    }
  });

  test("a package that is damaged, or leads out, has its name told and nothing else", async () => {
    for (const archive of [
      new Uint8Array([1, 2, 3]),
      tgz({
        "redis/../../../etc/values.yaml": "stolen: 1\n",
        "redis/Chart.yaml": chartFile("redis", []),
      }).subarray(0, 40),
    ]) {
      const { ours } = await told(
        host,
        {
          "Chart.yaml": chartFile("web", [{ name: "redis" }]),
          "values.yaml": "a: 1\n",
          "charts/redis-1.0.0.tgz": archive,
        },
        {},
      );
      expect([ours.charts, rowsOf(ours)]).toEqual([["redis"], ["a 1 | chart's default, line 1"]]);
    }
  });

  test("charts that use each other end", async () => {
    const { ours } = await told(
      host,
      {
        "Chart.yaml": printYaml({
          ...{ apiVersion: "v2", name: "web", version: "1.0.0" },
          dependencies: [{ name: "loop", version: "1.0.0", repository: "file://loop" }],
        }),
        "loop/Chart.yaml": printYaml({
          ...{ apiVersion: "v2", name: "loop", version: "1.0.0" },
          dependencies: [{ name: "loop", version: "1.0.0", repository: "file://../loop" }],
        }),
        "loop/values.yaml": "a: 1\n",
      },
      {},
    );
    expect(ours.charts).toEqual([[...Array(11).keys()].map(() => "loop").join(".")]);
  });
});
