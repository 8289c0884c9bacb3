/** Files that lie encrypted in Git, through every renderer, with the real tools; and that what was secret gets nowhere else. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { copyFileSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { builtInDecryptors } from "../../plugins/index.ts";
import type { Source } from "../../src/core/model/application.ts";
import { Failure } from "../../src/core/model/failure.ts";
import { keysIn } from "../../src/render/decryption.ts";
import { AT, applicationOf, askFor, npmToolSets, type RenderHost, renderHost } from "../lib/render-host.ts";
import { configMap, type SourceFolder, sourceFolder } from "../lib/source-folder.ts";

const testdata = join(import.meta.dir, "../../plugins/decryptors/sops/testdata");
const encrypted = (file: string): string => readFileSync(join(testdata, file), "utf8");
const key = readFileSync(join(testdata, "age.txt"), "utf8").split("\n")[1] ?? "";
const PASSWORD = "correct horse battery staple";
const [tools] = await npmToolSets();
if (tools === undefined) throw new Error("no tools");

let host: RenderHost, repository: SourceFolder;
const open = (age: readonly string[]): Promise<RenderHost> => {
  const keys = keysIn({ age: age.map((file) => join(testdata, file)), pgp: [] });
  return renderHost(tools, { decryption: { decryptors: builtInDecryptors, keys } });
};
beforeEach(async () => {
  host = await open(["age.txt"]);
});
afterEach(() => {
  host.remove();
  repository.dispose();
});

async function rendered(files: Record<string, string>, source: Partial<Source>): Promise<string> {
  repository = sourceFolder(files);
  const { documents } = await host.renderers.render(askFor(applicationOf(source), await repository.tree()));
  return documents.flatMap(({ documents: each }) => each.map(({ text }) => text)).join("---\n");
}
async function failureOf(files: Record<string, string>, source: Partial<Source>): Promise<Failure> {
  const failure = await rendered(files, source).then(
    (text) => `it rendered: ${text}`,
    (cause: unknown) => cause,
  );
  if (failure instanceof Failure) return failure;
  throw new Error(String(failure));
}

const chart = {
  "chart/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
  "chart/values.yaml": "stringData: {}\n",
  "chart/templates/c.yaml": `${configMap("c", { p: "P" }).replace("P", "{{ .Values.stringData.password }}")}`,
  "chart/secrets.yaml": encrypted("secret.yaml"),
  // Another stage's, for which this installation has no key: nobody asks for it.
  "chart/secrets.other.yaml": encrypted("other.yaml"),
};

describe("an encrypted file", () => {
  test("of plain manifests is a manifest", async () => {
    const text = await rendered({ "m/secret.yaml": encrypted("secret.yaml") }, { path: "m" });
    expect(text).toContain(`password: ${PASSWORD}`);
    expect(text).not.toContain("sops:");
  });

  test.each([
    "secrets.yaml",
    "/chart/secrets.yaml",
    "secrets://secrets.yaml",
    "secrets+age-import:///key.txt?secrets.yaml",
  ])("of values is read as %s", async (file) => {
    const text = await rendered(chart, { path: "chart", helm: { valueFiles: [file] } });
    expect(text).toContain(PASSWORD);
  });

  test("of values is read by ref, and behind a link", async () => {
    repository = sourceFolder(chart);
    repository.write({ "elsewhere/real.yaml": encrypted("secret.yaml") });
    repository.link("chart/linked.yaml", "../elsewhere/real.yaml");
    const tree = await repository.tree();
    for (const file of ["linked.yaml", "$other/elsewhere/real.yaml"]) {
      const app = applicationOf({ path: "chart", helm: { valueFiles: [file] } });
      const sources = [
        { source: app.spec.source as Source, tree, revision: AT },
        { source: { repoURL: "https://git.example.com/o.git", ref: "other" }, tree, revision: AT },
      ];
      const { documents } = await host.renderers.render({ ...askFor(app, tree), sources });
      expect(JSON.stringify(documents)).toContain(PASSWORD);
    }
  });

  test("of a kustomization is a resource, and a file of its generators", async () => {
    const text = await rendered(
      {
        "k/kustomization.yaml":
          "resources: [secret.yaml]\nnamePrefix: x-\nsecretGenerator: [{name: g, files: [whole.txt], envs: [app.env]}]\n",
        "k/secret.yaml": encrypted("secret.yaml"),
        "k/whole.txt": encrypted("whole.txt"),
        "k/app.env": encrypted("app.env"),
      },
      { path: "k" },
    );
    expect(text).toContain("name: x-shop");
    expect(text).toContain(PASSWORD);
    const whole = readFileSync(join(testdata, "plain/whole.txt")).toString("base64");
    expect(text.replace(/\n\s+/g, "")).toContain(whole);
    expect(text).toContain(`USER: ${Buffer.from("admin").toString("base64")}`);
  });

  test.each([
    ["a file", "generators: [g.yaml]\n"],
    [
      "a generator in place",
      "generators:\n- |-\n  apiVersion: viaduct.ai/v1\n  kind: ksops\n  metadata: {name: g}\n  files: [./secret.yaml]\n  secretFrom: [{metadata: {name: from, labels: {a: b}}, type: Opaque, files: [key=whole.txt], envs: [app.env]}]\n",
    ],
  ])("of a KSOPS generator, %s, comes out without ksops", async (_, generators) => {
    const text = await rendered(
      {
        "k/kustomization.yaml": generators,
        "k/g.yaml":
          "apiVersion: viaduct.ai/v1\nkind: ksops\nmetadata:\n  name: g\n  annotations:\n    config.kubernetes.io/function: |\n      exec: { path: ksops }\nfiles: [./secret.yaml]\nsecretFrom:\n- metadata: {name: from, labels: {a: b}}\n  type: Opaque\n  files: [key=whole.txt]\n  envs: [app.env]\n",
        "k/secret.yaml": encrypted("secret.yaml"),
        "k/whole.txt": encrypted("whole.txt"),
        "k/app.env": encrypted("app.env"),
      },
      { path: "k" },
    );
    expect(text).toContain(PASSWORD);
    expect(text).toMatch(/name: from\n/);
    expect(text).toContain(`USER: ${Buffer.from("admin").toString("base64")}`);
  });

  test("of a KSOPS generator that asks for a hash is refused", async () => {
    const failure = await failureOf(
      {
        "k/kustomization.yaml": "generators: [g.yaml]\n",
        "k/g.yaml": "apiVersion: viaduct.ai/v1\nkind: ksops\nmetadata: {name: g}\nfiles: [s.yaml]\n",
        "k/s.yaml": `${configMap("c").replace("metadata:", 'metadata:\n  annotations: {kustomize.config.k8s.io/needs-hash: "true"}\n  #')}`,
      },
      { path: "k" },
    );
    expect(failure.why).toContain("the annotation kustomize.config.k8s.io/needs-hash asks what is not done");
  });
});

test("a key that comes later is used at the next try, though the commit stays", async () => {
  const place = join(host.folder, "keys");
  mkdirSync(place);
  host.remove();
  host = await renderHost(tools, {
    decryption: { decryptors: builtInDecryptors, keys: keysIn({ age: [join(place, "key.txt")], pgp: [] }) },
  });
  const files = { "m/secret.yaml": encrypted("secret.yaml") };
  expect((await failureOf(files, { path: "m" })).why).toContain("key.txt cannot be read");
  repository.dispose();
  mkdirSync(place, { recursive: true });
  copyFileSync(join(testdata, "age.txt"), join(place, "key.txt"));
  expect(await rendered(files, { path: "m" })).toContain(PASSWORD);
});

test("an edit of the encrypted file leads to a new render", async () => {
  const source = { path: "chart", helm: { valueFiles: ["secrets.yaml"] } };
  await rendered(chart, source);
  repository.write({ "chart/secrets.yaml": encrypted("regex.yaml") });
  await host.renderers.render(askFor(applicationOf(source), await repository.tree()));
  expect(host.ran).toEqual(["helm", "helm"]);
});

describe("what was secret gets nowhere else", () => {
  const forms = [PASSWORD, Buffer.from(PASSWORD).toString("base64"), key, key.slice(20)];
  const found = (where: string, text: string): string[] =>
    forms.filter((form) => text.includes(form)).map((form) => `${where}: ${form.slice(0, 8)}`);

  test("in no file of the cache or of runs, whatever kind of object holds it", async () => {
    const cacheDir = join(host.folder, "cache");
    const keys = keysIn({ age: [join(testdata, "age.txt")], pgp: [] });
    const caching = await renderHost(tools, {
      cacheDir,
      scratchDir: join(host.folder, "scratch"),
      decryption: { decryptors: builtInDecryptors, keys },
    });
    repository = sourceFolder({
      ...chart,
      "plain/Chart.yaml": chart["chart/Chart.yaml"],
      "plain/templates/c.yaml": configMap("c"),
    });
    const tree = await repository.tree();
    const ask = (source: Partial<Source>) =>
      caching.renderers.render(askFor(applicationOf(source), tree)).then(({ documents }) => documents);
    // A ConfigMap: no rule about kinds keeps it off the disk.
    expect(JSON.stringify(await ask({ path: "chart", helm: { valueFiles: ["secrets.yaml"] } }))).toContain(
      PASSWORD,
    );
    await caching.renderers.settled();
    expect(readdirSync(cacheDir)).toEqual([]);
    // A render without anything encrypted is kept there: the folder would show it.
    await ask({ path: "plain" });
    await caching.renderers.settled();
    expect(readdirSync(cacheDir)).toHaveLength(1);
    expect(readdirSync(join(host.folder, "scratch"))).toEqual([]);
    caching.remove();
  });

  test("in no environment and no argument of a tool", async () => {
    const seen: string[] = [];
    const spawn = Bun.spawn;
    Bun.spawn = ((words: string[], options: { env?: Record<string, string> }) => {
      seen.push(JSON.stringify([words, options.env, words.map((word) => contentOf(word))]));
      return spawn(words, options as never);
    }) as typeof Bun.spawn;
    try {
      await rendered(chart, { path: "chart", helm: { valueFiles: ["secrets.yaml"] } });
    } finally {
      Bun.spawn = spawn;
    }
    expect(seen.some((call) => call.includes("template"))).toBe(true);
    expect(seen.flatMap((call) => found("a process", call))).toEqual([]);
  });

  test("in no sentence of a tool that fails", async () => {
    const failing = {
      ...chart,
      "chart/templates/c.yaml":
        '{{ fail (printf "%s %s %s" .Values.stringData.text .Values.stringData.password (b64enc .Values.stringData.password)) }}',
    };
    const { message } = await failureOf(failing, { path: "chart", helm: { valueFiles: ["secrets.yaml"] } });
    expect(message).toContain("***");
    expect(found("the failure", message)).toEqual([]);
    expect(message).not.toContain("second");
  });
});

/** The steps of the jail hold arguments and environment too. */
function contentOf(word: string): string {
  try {
    return word.includes("/steps/") ? readFileSync(word, "latin1") : "";
  } catch {
    return "";
  }
}
