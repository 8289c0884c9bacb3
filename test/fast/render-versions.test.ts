/** Two real kustomizes, chosen by what a source says, and the options that an operator gives them: from the config's text on. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Config } from "../../src/config/config.ts";
import { parseConfig } from "../../src/config/load-config.ts";
import type { KustomizeSource } from "../../src/core/model/application.ts";
import { Failure } from "../../src/core/model/failure.ts";
import { showProblem } from "../../src/core/model/problem.ts";
import { configuredTools } from "../../src/daemon/configured-tools.ts";
import { sandboxLevel } from "../../src/render/sandbox-level.ts";
import { ToolFinder } from "../../src/render/tools.ts";
import { hostileStand } from "../lib/hostile-stand.ts";
import { applicationOf, askFor, npmToolSets, type RenderHost, renderHost } from "../lib/render-host.ts";
import { configMap, type SourceFolder, sourceFolder } from "../lib/source-folder.ts";

const [newer, older = newer] = await npmToolSets();
if (newer === undefined || older === undefined) throw new Error("no tools");
const [current = "", former = ""] = [newer, older].map(
  ({ programs }) => programs["kustomize"] ?? programs["kubectl"],
);
const files = {
  // The label says which kustomize it was.
  "k/kustomization.yaml": "resources: [../shared.yaml, a.yaml]\nbuildMetadata: [managedByLabel]\n",
  "k/a.yaml": configMap("a"),
  "shared.yaml": configMap("shared"),
};

let folder = "",
  repository: SourceFolder;
const hosts: RenderHost[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-versions-"));
  repository = sourceFolder(files);
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  repository.dispose();
  for (const host of hosts.splice(0)) host.remove();
});

/** @param settings Argo CD's, where the config names them */
function read(text: string, settings = ""): Config {
  const parsed = parseConfig(text, join(folder, "holdfast.yaml"), {
    env: {},
    readFile: () => settings,
    validateCron: () => undefined,
  });
  if (parsed.ok) return parsed.value;
  throw new Error(parsed.problems.map(showProblem).join("\n"));
}

async function open(render: string): Promise<(kustomize?: KustomizeSource) => Promise<string>> {
  const level = await sandboxLevel();
  const config = read(`render:\n${render}`);
  const host = await renderHost(newer as NonNullable<typeof newer>, {
    tools: new ToolFinder({
      searchPath: "",
      scratchDir: join(folder, "scratch"),
      level,
      ...configuredTools(config.render),
      configured: newer?.programs ?? {},
    }),
  });
  hosts.push(host);
  return async (kustomize = {}) => {
    const ask = askFor(applicationOf({ path: "k", kustomize }), await repository.tree());
    const { documents } = await host.renderers.render(ask);
    return documents.flatMap(({ documents: each }) => each.map(({ text }) => text)).join("---\n");
  };
}
const failureOf = (work: Promise<string>): Promise<string> =>
  work.then(
    (text) => `it rendered: ${text}`,
    (cause: unknown) => (cause instanceof Failure ? cause.message : String(cause)),
  );

const NONE = "  kustomizeBuildOptions: --load-restrictor LoadRestrictionsNone\n";
const OLDER = `  versions: [{ tool: kustomize, version: v5.6.0, program: ${former} }]\n`;

test("a source renders with the version that it names, each time", async () => {
  const render = await open(`${NONE}${OLDER}`);
  const label = (text: string): string => /managed-by: (.*)/.exec(text)?.[1] ?? text;
  const [usual, chosen] = [await render(), await render({ version: "v5.6.0" })];
  // On a machine with one kustomize alone both are that one.
  if (current !== former) expect(label(usual)).not.toBe(label(chosen));
  expect(label(await render())).toBe(label(usual));
  expect(label(await render({ version: "v5.6.0" }))).toBe(label(chosen));
});

test("a version that is not registered is told with those that are", async () => {
  const render = await open(`${NONE}${OLDER}`);
  expect(await failureOf(render({ version: "v3.9.4" }))).toContain(
    "kustomize v3.9.4: cannot render: it is not registered; v5.6.0 is. Register it in render.versions of the config, or correct kustomize.version of the source",
  );
});

test("what a build may load follows the options, and a failure names the version", async () => {
  const strict = await open(OLDER);
  expect(await failureOf(strict())).toMatch(/kustomize says: .*shared\.yaml/);
  expect(await failureOf(strict({ version: "v5.6.0" }))).toMatch(/kustomize v5\.6\.0 says: .*shared\.yaml/);
  expect(await (await open(NONE))()).toContain("name: shared");
  // A version's own stand in place of those of all.
  const own = await open(
    `${NONE}  versions: [{ tool: kustomize, version: v5, program: ${former}, buildOptions: --load-restrictor=rootOnly }]\n`,
  );
  expect(await failureOf(own({ version: "v5" }))).toMatch(/kustomize v5 says: .*shared\.yaml/);
  expect(await own()).toContain("name: shared");
});

test("hostile kustomizations come no further where a build may load what it likes", async () => {
  const level = await sandboxLevel();
  const stand = hostileStand(newer);
  const config = read(`render:\n${NONE}`);
  const host = await renderHost(newer, {
    tools: new ToolFinder({
      searchPath: "",
      scratchDir: join(folder, "scratch"),
      level,
      ...configuredTools(config.render),
      configured: newer.programs,
    }),
  });
  hosts.push(host);
  try {
    const rows = stand.contents.filter(({ naive }) => naive.tool === "kustomize");
    for (const { name, files, links, source, says } of rows) {
      const hostile = sourceFolder(files);
      for (const [path, target] of Object.entries(links)) hostile.link(path, target);
      const outcome = await host.renderers.render(askFor(applicationOf(source), await hostile.tree())).then(
        ({ documents }) => `harmless ${JSON.stringify(documents)}`,
        (cause: Error) => cause.message,
      );
      hostile.dispose();
      expect({ name, outcome }).toEqual({ name, outcome: expect.stringContaining(says) });
      expect({ name, traces: await stand.traces(outcome) }).toEqual({ name, traces: [] });
    }
    expect(rows.length).toBeGreaterThan(50);
  } finally {
    stand.stop();
  }
}, 120_000);

test("a file outside the repository stays out of reach, whatever the options say", async () => {
  const render = await open(NONE);
  repository.write({ "k/kustomization.yaml": "resources: [../../../../etc/passwd]\n" });
  expect(await failureOf(render())).toContain("k/kustomization.yaml: cannot render: resources[0] names");
});

test.each([
  ["  kustomizeBuildOptions: --enable-exec\n", "render.kustomizeBuildOptions: --enable-exec is not taken"],
  [
    "  versions:\n  - { tool: kustomize, version: v5, program: /a }\n  - { tool: kustomize, version: v5, program: /b }\n",
    "kustomize v5 stands here twice",
  ],
  ["  versions: [{ tool: kustomize, version: v5 }]\n", "program"],
  ["  versions: [{ tool: jsonnet, version: v5, program: /a }]\n", "tool"],
])("a config that says %p is refused", (text, says) => {
  expect(() => read(`render:\n${text}`)).toThrow(says);
});

test("Argo CD's build options count where the config says nothing itself, a version's own for that version", () => {
  const settings =
    "data:\n  kustomize.buildOptions: --reorder none\n  kustomize.buildOptions.v5: --load-restrictor=none\n";
  const optionsOf = (render: string): unknown => {
    const config = read(`health: { customizations: [./argocd-cm.yaml] }\nrender:\n${render}`, settings);
    const { options, versions } = configuredTools(config.render);
    return [options?.["kustomize"], ...(versions ?? []).map((each) => each.options)];
  };
  const [none, all] = [
    ["--load-restrictor", "LoadRestrictionsNone"],
    ["--reorder", "none"],
  ];
  const versions =
    "  versions:\n  - { tool: kustomize, version: v5, program: /a }\n  - { tool: kustomize, version: v4, program: /b }\n  - { tool: helm, version: v5, program: /c }\n";
  expect(optionsOf(versions)).toEqual([all, none, all, []]);
  expect(optionsOf(`  kustomizeBuildOptions: --reorder legacy\n${versions}`)).toEqual([
    ["--reorder", "legacy"],
    none,
    ["--reorder", "legacy"],
    [],
  ]);
});

test("a source renders with the Helm that it names, 3 and 4 beside each other", async () => {
  const helms = [newer, older].map(({ programs }) => programs["helm"] ?? "");
  repository.write({
    "k/Chart.yaml": "apiVersion: v2\nname: k\nversion: 0.1.0\n",
    "k/templates/a.yaml":
      "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: {{ .Capabilities.HelmVersion.Version }} }\n",
  });
  repository.remove("k/kustomization.yaml");
  repository.remove("k/a.yaml");
  const config = read(
    `render:\n  versions:\n${helms.map((program, at) => `  - { tool: helm, version: v${at}, program: ${program} }\n`).join("")}`,
  );
  const host = await renderHost(newer, {
    tools: new ToolFinder({
      searchPath: "",
      scratchDir: join(folder, "scratch"),
      level: await sandboxLevel(),
      ...configuredTools(config.render),
      configured: newer.programs,
    }),
  });
  hosts.push(host);
  const made = async (version: string): Promise<string> => {
    const ask = askFor(applicationOf({ path: "k", helm: { version } }), await repository.tree());
    return JSON.stringify((await host.renderers.render(ask)).documents);
  };
  const majors = [await made("v0"), await made("v1"), await made("v0"), await made("v4")].map(
    (text) => /name: v(\d)\./.exec(text)?.[1],
  );
  // On a machine with one Helm alone both are that one.
  if (helms[0] !== helms[1]) expect(majors).toEqual(["4", "3", "4", "4"]);
  expect(await failureOf(made("v7"))).toContain("helm v7: cannot render: it is not registered; v0, v1 are");
});
