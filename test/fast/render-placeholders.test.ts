/** Placeholders behind real Helm, kustomize and a declared command: where values go, and where they do not. */
import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withSecrets } from "../../plugins/renderers/placeholders/index.ts";
import { builtInMaker } from "../../plugins/renderers/renders-with/index.ts";
import { parseManifests } from "../../src/core/manifest/parse-manifests.ts";
import { Failure } from "../../src/core/model/failure.ts";
import type { BuiltInMaker } from "../../src/core/model/management-plugin.ts";
import type { PluginSource } from "../../src/core/model/source.ts";
import type { Rendered } from "../../src/core/ports/renderers.ts";
import { isMapping } from "../../src/lib/is-mapping.ts";
import { parseYaml } from "../../src/lib/yaml.ts";
import type { SecretPlace, SecretStore } from "../../src/plugin/contract.ts";
import type { LoadedRenderer } from "../../src/plugin/load.ts";
import { sandboxLevel } from "../../src/render/sandbox-level.ts";
import { ToolFinder } from "../../src/render/tools.ts";
import { endingOf } from "../lib/ending-of.ts";
import { loadedPlugin, plugin } from "../lib/management-plugin.ts";
import {
  applicationOf,
  askFor,
  builtIns,
  npmToolSets,
  type RenderHost,
  renderHost,
} from "../lib/render-host.ts";
import { configMap, type SourceFolder, sourceFolder } from "../lib/source-folder.ts";

const [tools] = await npmToolSets();
if (tools === undefined) throw new Error("no tools");
const level = await sandboxLevel();
const CANARY = "canary: 'of' \"a\"\n# secret";

let values: Record<string, unknown>, state: string | undefined;
let reads: SecretPlace[] = [];
const store: SecretStore = {
  check: async () => undefined,
  async read(place) {
    reads.push(place);
    if (place.path !== "secret/data/app")
      throw new Failure("render", place.path, "backoff", {
        cannot: "read it",
        why: "there is no secret there",
      });
    return { values, ...(state === undefined ? {} : { state }) };
  },
};

let host: RenderHost | undefined, repository: SourceFolder | undefined, folder: string | undefined;
afterEach(() => {
  host?.remove();
  repository?.dispose();
  if (folder !== undefined) rmSync(folder, { recursive: true });
  host = repository = folder = undefined;
});

const withMaker = (maker: BuiltInMaker): LoadedRenderer => ({
  renderer: withSecrets(
    builtInMaker({ ...plugin(""), makes: { by: "renderer", renderer: maker } }, maker),
    store,
  ),
  fingerprint: maker,
  from: "operator",
});

async function open(loaded: LoadedRenderer, files: Record<string, string>): Promise<void> {
  values = { password: CANARY, port: 9443 };
  state = undefined;
  reads = [];
  folder = mkdtempSync(join(tmpdir(), "holdfast-placeholders-"));
  repository = sourceFolder(files);
  host = await renderHost(tools as NonNullable<typeof tools>, {
    renderers: [...builtIns, loaded],
    cacheDir: join(folder, "renders"),
    tools: new ToolFinder({
      configured: tools?.programs ?? {},
      searchPath: "/usr/bin:/bin",
      scratchDir: join(folder, "tools"),
      level,
    }),
  });
}
async function render(env: PluginSource["env"] = [], cache: "use" | "renew" = "use"): Promise<Rendered> {
  if (host === undefined || repository === undefined) throw new Error("nothing is open");
  const app = applicationOf({ path: "app", plugin: { name: "own", ...(env.length === 0 ? {} : { env }) } });
  return host.renderers.render(askFor(app, await repository.tree(), { cache }));
}
const objectsOf = ({ documents }: Rendered): any[] =>
  documents.flatMap(({ documents: each }) =>
    each.flatMap(({ text }) => parseYaml(text).documents.map(({ value }) => value)),
  );

const CHART = {
  "app/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
  "app/values.yaml": "word: default\n",
  "app/values-prod.yaml": "word: prod\n",
  "app/templates/c.yaml":
    'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: {{ .Release.Name }} }\ndata: { word: {{ .Values.word }}, num: "{{ .Values.n }}", p: "<path:secret/data/app#password>" }\n',
};

describe("a plugin that renders with", () => {
  test("helm: HELM_ARGS and HELM_VALUES are what they were for the command line", async () => {
    await open(withMaker("helm"), CHART);
    const made = await render([
      { name: "HELM_ARGS", value: "-f values-prod.yaml --set-string n=007 --name-template other" },
    ]);
    expect(objectsOf(made)).toMatchObject([
      { metadata: { name: "other" }, data: { word: "prod", num: "007", p: CANARY } },
    ]);
    expect(made.sourceTypes).toEqual(["Plugin"]);
    const inline = await render([
      { name: "helm_values", value: 'word: "<path:secret/data/app#password>"\n' },
    ]);
    expect(objectsOf(inline)[0].data.word).toBe(CANARY);
    expect(await endingOf(render([{ name: "HELM_ARGS", value: "--post-renderer sh" }]))).toThrow(
      "app: cannot render: HELM_ARGS of the plugin: --post-renderer is no option that is read here",
    );
    const set = await render([
      { name: "HELM_ARGS", value: '-f values-prod.yaml --set-json n="json",word="json" --set word=set' },
      { name: "HELM_VALUES", value: "n: text\nword: text\n" },
    ]);
    expect(objectsOf(set)[0].data).toMatchObject({ num: "json", word: "set" });
    const near = await render([
      { name: "HELM_ARG", value: "-f values-prod.yaml" },
      { name: "STAGE", value: "prod" },
    ]);
    expect(near.problems.map(({ text, fix }) => `${text}. ${fix}`)).toEqual([
      "HELM_ARG changes nothing: the plugin own runs no command, and reads HELM_ARGS and HELM_VALUES here. Write HELM_ARGS, if that is meant",
      "STAGE changes nothing: the plugin own runs no command, and reads HELM_ARGS and HELM_VALUES here. Remove it",
    ]);
    const { problems } = await render([{ name: "AVP_TYPE", value: "vault" }]);
    expect(problems.map(({ text }) => text)).toEqual([
      "AVP_TYPE changes nothing: which secret store the plugin own reads is the config's to say",
    ]);
  });

  test("kustomize: placeholders in a secret generator are filled in within their base64", async () => {
    await open(withMaker("detected"), {
      "app/kustomization.yaml":
        "secretGenerator: [{ name: s, literals: ['p=x<path:secret/data/app#password>y'] }]\nresources: [../base]\n",
      "base/kustomization.yaml": "resources: [c.yaml]\n",
      "base/c.yaml": configMap("c", { port: "<path:secret/data/app#port>" }),
    });
    const objects = objectsOf(await render());
    const secret = objects.find(({ kind }) => kind === "Secret");
    expect(Buffer.from(secret.data.p, "base64").toString()).toBe(`x${CANARY}y`);
    expect(objects.find(({ kind }) => kind === "ConfigMap").data).toEqual({ port: "9443" });
  });

  test("a plain folder, with all that is below it, object by object and line by line", async () => {
    const two = `${configMap("a", { p: "<path:secret/data/app#password>" })}---\n${configMap("b")}`;
    await open(withMaker("detected"), { "app/deep/x.yaml": two, "app/y.yaml": configMap("yy") });
    const made = await render();
    expect(objectsOf(made).map(({ metadata }) => metadata.name)).toEqual(["a", "b", "yy"]);
    expect(made.documents[0]?.documents.map(({ file, line }) => `${file}:${line}`)).toEqual([
      "app/deep/x.yaml:1",
      "app/deep/x.yaml:7",
      "app/y.yaml:1",
    ]);
    // What holds no placeholder is judged as it is written.
    expect(made.documents[0]?.documents[2]?.text).toBe(configMap("yy"));
    // One secret, one read, however many placeholders.
    expect(reads).toHaveLength(1);
  });

  test("a declared command, which gets no value", async () => {
    const loaded = loadedPlugin(
      plugin("cat a.yaml; env | sed 's/^/# /'", { grants: { tools: ["sh", "cat", "env", "sed"] } }),
    );
    await open(
      { ...loaded, renderer: withSecrets(loaded.renderer, store) },
      { "app/a.yaml": configMap("a", { p: "<path:secret/data/app#password>" }) },
    );
    expect(objectsOf(await render())).toMatchObject([{ data: { p: CANARY } }]);
  });
});

describe("a render with values", () => {
  test("is in no file, and is there without asking the store again", async () => {
    await open(withMaker("helm"), CHART);
    await render();
    await render();
    expect(reads).toHaveLength(1);
    await host?.renderers.settled();
    const files = readdirSync(folder ?? "", { recursive: true, withFileTypes: true }).filter((file) =>
      file.isFile(),
    );
    expect(files.filter(({ name }) => name.endsWith(".render"))).toEqual([]);
    for (const file of files)
      expect(readFileSync(join(file.parentPath, file.name), "latin1")).not.toContain("canary");
  });

  test("has another key where a value changed, which a hard refresh finds; and the same where none did", async () => {
    await open(withMaker("helm"), CHART);
    const first = await render();
    const again = await render([], "renew");
    expect(again.key).toBe(first.key);
    values = { ...values, password: "other" };
    expect((await render()).key).toBe(first.key);
    const changed = await render([], "renew");
    expect(changed.key).not.toBe(first.key);
    expect(objectsOf(changed)[0].data.p).toBe("other");
    expect((await render()).key).toBe(changed.key);
  });

  test("takes the store's own state for its key where there is one, so that a restart changes nothing", async () => {
    await open(withMaker("helm"), CHART);
    state = "secret/data/app 3";
    const first = await render();
    values = { ...values, unused: "x" };
    expect((await render([], "renew")).key).toBe(first.key);
    state = "secret/data/app 4";
    expect((await render([], "renew")).key).not.toBe(first.key);
  });

  test("is kept on disk where there was nothing to fill in", async () => {
    await open(withMaker("helm"), { ...CHART, "app/templates/c.yaml": configMap("c") });
    await render();
    await host?.renderers.settled();
    expect(readdirSync(join(folder ?? "", "renders"))).toHaveLength(1);
    expect(reads).toEqual([]);
  });
});

test.each([
  ["another path", "<path:secret/data/none#x>", "secret/data/none: cannot read it: there is no secret there"],
  [
    "a key that is missing",
    "<path:secret/data/app#none>",
    "app/c.yaml:1: ConfigMap c: cannot fill in its placeholders: secret/data/app has no key none",
  ],
])("%s fails with one sentence, tried again without an edit", async (_, placeholder, says) => {
  await open(withMaker("directory"), { "app/c.yaml": configMap("c", { v: placeholder }) });
  const failure = await render().catch((cause: unknown) => cause);
  expect(failure).toBeInstanceOf(Failure);
  expect((failure as Failure).message).toContain(says);
  expect((failure as Failure).retry).toBe("backoff");
  values = { none: "there" };
  if (placeholder.includes("app#")) expect(objectsOf(await render())[0].data.v).toBe("there");
});

test("a placeholder in the name of a field is left, and said", async () => {
  await open(withMaker("directory"), {
    "app/c.yaml": configMap("c", { "<path:secret/data/app#password>": "v" }),
  });
  const { problems } = await render();
  expect(problems.map(({ text }) => text).join()).toContain(
    "a placeholder stands in the name of the field data.",
  );
});

/** What the core makes of what was rendered. */
function parsedOf({ documents }: Rendered) {
  const { manifests, problems } = parseManifests(documents, { validate: "repair" });
  return {
    objects: manifests.map(({ object, origin }) => [
      object.kind,
      object.metadata.name,
      isMapping(object.data) ? object.data["v"] : undefined,
      origin.file,
    ]),
    problems: problems.map(({ severity, text }) => `${severity}: ${text}`),
  };
}

describe("documents with placeholders", () => {
  const P = "<path:secret/data/app#port>";
  const map = (name: string) => ({ metadata: { name }, data: { v: P } });
  const whole = { apiVersion: "v1", kind: "ConfigMap" };

  test("may be files of JSON", async () => {
    await open(withMaker("directory"), { "app/x.json": JSON.stringify({ ...whole, ...map("a") }) });
    expect(parsedOf(await render())).toEqual({
      objects: [["ConfigMap", "a", "9443", "app/x.json (as rendered)"]],
      problems: [],
    });
  });

  test("may be lists of one kind, and lists within lists", async () => {
    const typed = { apiVersion: "v1", kind: "ConfigMapList", items: [map("a")] };
    const nested = { apiVersion: "v1", kind: "List", items: [typed, { ...whole, ...map("b") }] };
    await open(withMaker("directory"), { "app/x.yaml": JSON.stringify(nested) });
    expect(parsedOf(await render())).toEqual({
      objects: [
        ["ConfigMap", "a", "9443", "app/x.yaml"],
        ["ConfigMap", "b", "9443", "app/x.yaml"],
      ],
      problems: [],
    });
  });

  test.each([
    ["a document", `${JSON.stringify({ ...whole, ...map("a") })}\n---\njust words\n`],
    [
      "an item",
      JSON.stringify({ apiVersion: "v1", kind: "List", items: [{ ...whole, ...map("a") }, "words"] }),
    ],
  ])("do not take away %s that is no object: it is said as without placeholders", async (_, text) => {
    await open(withMaker("directory"), { "app/x.yaml": text });
    const { problems } = parsedOf(await render());
    expect(problems).toHaveLength(1);
  });

  test("keep the warnings about their text", async () => {
    const text = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata: { v: first }\n";
    await open(withMaker("directory"), { "app/x.yaml": `${text}data: { v: "${P}" }\n` });
    const made = await render();
    expect(made.problems.map(({ text: said }) => said).join()).toContain("data");
    expect(parsedOf(made).objects).toEqual([["ConfigMap", "a", "9443", "app/x.yaml"]]);
  });
});
