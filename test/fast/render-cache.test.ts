import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CommitSha } from "../../src/core/model/commit-sha.ts";
import { Failure } from "../../src/core/model/failure.ts";
import type { SourceTree } from "../../src/core/ports/source-tree.ts";
import { defineRenderer, type RenderRequest } from "../../src/plugin/contract.ts";
import type { LoadedRenderer } from "../../src/plugin/load.ts";
import {
  applicationOf,
  askFor,
  builtIns,
  npmToolSets,
  type RenderHost,
  renderHost,
  silent,
} from "../lib/render-host.ts";
import { configMap, type SourceFolder, sourceFolder } from "../lib/source-folder.ts";

const [tools] = await npmToolSets();
if (tools === undefined) throw new Error("no tools");
let host: RenderHost, repository: SourceFolder;
beforeEach(async () => {
  host = await renderHost(tools);
});
afterEach(() => {
  host.remove();
  repository.dispose();
});

const chart = {
  "chart/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
  "chart/values.yaml": "size: 1\n",
  "chart/templates/c.yaml": `${configMap("c")}  size: {{ .Values.size | quote }}\n`.replace(
    "data: {}\n",
    "data:\n",
  ),
};
const kustomization = {
  "overlay/kustomization.yaml": "resources: [../base]\nconfigMapGenerator: [{name: g, files: [f.txt]}]\n",
  "overlay/f.txt": "1",
  "base/kustomization.yaml": "resources: [c.yaml]\n",
  "base/c.yaml": configMap("c"),
};
/** Counts what is asked of a tree. */
function counted(tree: SourceTree): { tree: SourceTree; calls: string[] } {
  const calls: string[] = [];
  const note = <T>(what: string, answer: T): T => (calls.push(what), answer);
  return {
    calls,
    tree: {
      oid: (path) => note(`oid ${path}`, tree.oid(path)),
      entry: (path) => note(`entry ${path}`, tree.entry(path)),
      list: (path) => note(`list ${path}`, tree.list(path)),
      read: (path) => note(`read ${path}`, tree.read(path)),
      readLink: (path) => note(`readLink ${path}`, tree.readLink?.(path) ?? Promise.resolve("")),
    },
  };
}

describe("a commit to a repository of many applications", () => {
  test("renders the one that it touches, and asks of the others nothing but object ids", async () => {
    repository = sourceFolder(
      Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`apps/a${at}/c.yaml`, configMap(`c${at}`)])),
    );
    const render = async (tree: SourceTree) => {
      const keys: string[] = [];
      for (let at = 0; at < 40; at++)
        keys.push(
          (
            await host.renderers.render(
              askFor(applicationOf({ path: `apps/a${at}` }, { name: `a${at}` }), tree),
            )
          ).key,
        );
      return keys;
    };
    const before = await render(await repository.tree());
    expect(host.ran).toHaveLength(40);
    repository.write({ "apps/a7/c.yaml": configMap("c7", { changed: "yes" }) });
    const { tree, calls } = counted(await repository.tree());
    const after = await render(tree);
    expect(host.ran).toHaveLength(41);
    expect(after.flatMap((key, at) => (key === before[at] ? [] : [at]))).toEqual([7]);
    const ofOthers = calls.filter((call) => /apps\/a(?!7\b)/.test(call));
    expect(ofOthers).toEqual(
      Array.from({ length: 40 }, (_, at) => `oid apps/a${at}`).filter((call) => call !== "oid apps/a7"),
    );
  });
});

describe("what changes a key and what does not", () => {
  interface Case {
    name: string;
    files: Record<string, string>;
    source: Parameters<typeof applicationOf>[0];
    change: (repository: SourceFolder) => void;
    renders: "again" | "not again";
  }
  const cases: Case[] = [
    {
      name: "raw: a file of the folder",
      files: { "m/a.yaml": configMap("a") },
      source: { path: "m" },
      change: (r) => r.write({ "m/a.yaml": configMap("b") }),
      renders: "again",
    },
    {
      name: "raw: a new file of the folder",
      files: { "m/a.yaml": configMap("a") },
      source: { path: "m" },
      change: (r) => r.write({ "m/b.yaml": configMap("b") }),
      renders: "again",
    },
    {
      name: "raw: a file below, not recursing",
      files: { "m/a.yaml": configMap("a"), "m/x/a.yaml": configMap("x") },
      source: { path: "m" },
      change: (r) => r.write({ "m/x/a.yaml": configMap("y") }),
      renders: "not again",
    },
    {
      name: "raw: a file below, recursing",
      files: { "m/a.yaml": configMap("a"), "m/x/a.yaml": configMap("x") },
      source: { path: "m", directory: { recurse: true } },
      change: (r) => r.write({ "m/x/a.yaml": configMap("y") }),
      renders: "again",
    },
    {
      name: "raw: becomes a kustomization",
      files: { "m/a.yaml": configMap("a") },
      source: { path: "m" },
      change: (r) => r.write({ "m/kustomization.yaml": "resources: [a.yaml]\nnamePrefix: x-\n" }),
      renders: "again",
    },
    {
      name: "helm: a template",
      files: chart,
      source: { path: "chart" },
      change: (r) => r.write({ "chart/templates/d.yaml": configMap("d") }),
      renders: "again",
    },
    {
      name: "helm: a file beside the chart",
      files: chart,
      source: { path: "chart" },
      change: (r) => r.write({ "other.yaml": "a: 1" }),
      renders: "not again",
    },
    {
      name: "helm: a value file elsewhere",
      files: { ...chart, "envs/prod.yaml": "size: 2\n" },
      source: { path: "chart", helm: { valueFiles: ["/envs/prod.yaml"] } },
      change: (r) => r.write({ "envs/prod.yaml": "size: 3\n" }),
      renders: "again",
    },
    {
      name: "helm: a missing value file appears",
      files: chart,
      source: { path: "chart", helm: { valueFiles: ["/late.yaml"], ignoreMissingValueFiles: true } },
      change: (r) => r.write({ "late.yaml": "size: 3\n" }),
      renders: "again",
    },
    {
      name: "helm: another file matches the glob",
      files: { ...chart, "envs/a.yaml": "size: 2\n" },
      source: { path: "chart", helm: { valueFiles: ["/envs/*.yaml"] } },
      change: (r) => r.write({ "envs/b.yaml": "size: 3\n" }),
      renders: "again",
    },
    {
      name: "helm: a file beside those that match the glob",
      files: { ...chart, "envs/a.yaml": "size: 2\n" },
      source: { path: "chart", helm: { valueFiles: ["/envs/*.yaml"] } },
      change: (r) => r.write({ "envs/b.txt": "size: 3\n" }),
      renders: "not again",
    },
    {
      name: "kustomize: a base",
      files: kustomization,
      source: { path: "overlay" },
      change: (r) => r.write({ "base/c.yaml": configMap("d") }),
      renders: "again",
    },
    {
      name: "kustomize: a generator's file",
      files: kustomization,
      source: { path: "overlay" },
      change: (r) => r.write({ "overlay/f.txt": "2" }),
      renders: "again",
    },
    {
      name: "kustomize: a file that nothing names",
      files: kustomization,
      source: { path: "overlay" },
      change: (r) => r.write({ "overlay/README.md": "2", "base/unused.yaml": configMap("u") }),
      renders: "not again",
    },
    {
      name: "kustomize: a missing component appears",
      files: kustomization,
      source: { path: "overlay", kustomize: { components: ["../late"], ignoreMissingComponents: true } },
      change: (r) =>
        r.write({
          "late/kustomization.yaml":
            "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnamePrefix: late-\n",
        }),
      renders: "again",
    },
  ];
  test.each(cases)("$name: $renders", async ({ files, source, change, renders }) => {
    repository = sourceFolder(files);
    const first = await host.renderers.render(askFor(applicationOf(source), await repository.tree()));
    expect((await host.renderers.render(askFor(applicationOf(source), await repository.tree()))).from).toBe(
      "cache",
    );
    change(repository);
    const second = await host.renderers.render(askFor(applicationOf(source), await repository.tree()));
    expect(second.from).toBe(renders === "again" ? "renderer" : "cache");
    expect(second.key === first.key).toBe(renders === "not again");
    expect(host.ran).toHaveLength(renders === "again" ? 2 : 1);
  });

  test("a linked file's content counts, not only the link", async () => {
    repository = sourceFolder({ "m/b.yaml": configMap("b"), "shared/a.yaml": configMap("one") });
    repository.link("m/a.yaml", "../shared/a.yaml");
    const texts = async () =>
      (
        await host.renderers.render(askFor(applicationOf({ path: "m" }), await repository.tree()))
      ).documents[0]?.documents.map(({ text }) => text);
    expect(await texts()).toEqual([configMap("one"), configMap("b")]);
    repository.write({ "shared/a.yaml": configMap("two") });
    expect(await texts()).toEqual([configMap("two"), configMap("b")]);
  });

  test("the cluster counts only for charts that ask for it", async () => {
    repository = sourceFolder({
      ...chart,
      "asks/Chart.yaml": chart["chart/Chart.yaml"],
      "asks/templates/c.yaml": `${configMap("c")}# {{ .Capabilities.KubeVersion }}\n`,
    });
    const tree = await repository.tree();
    const at = (path: string, kubeVersion: string) =>
      host.renderers.render(
        askFor(applicationOf({ path }), tree, { cluster: { kubeVersion, apiVersions: [] } }),
      );
    expect((await at("chart", "v1.30.0")).key).toBe((await at("chart", "v1.36.0")).key);
    expect((await at("asks", "v1.30.0")).key).not.toBe((await at("asks", "v1.36.0")).key);
  });

  test("the commit counts only where a parameter uses it", async () => {
    repository = sourceFolder(chart);
    const tree = await repository.tree();
    const at = async (digit: string, value: string) => {
      const source = { path: "chart", helm: { parameters: [{ name: "size", value }] } };
      const app = applicationOf(source);
      const revision = { is: "commit", commit: digit.repeat(40) as CommitSha } as const;
      return (
        await host.renderers.render({
          ...askFor(app, tree),
          sources: [
            { source: { repoURL: "https://git.example.com/team/shop.git", ...source }, tree, revision },
          ],
        })
      ).key;
    };
    expect(await at("a", "5")).toBe(await at("b", "5"));
    expect(await at("a", "$ARGOCD_APP_REVISION_SHORT")).not.toBe(await at("b", "$ARGOCD_APP_REVISION_SHORT"));
  });

  test("applications share a render that does not see them", async () => {
    repository = sourceFolder({ ...kustomization, ...chart });
    const tree = await repository.tree();
    const of = (path: string, name: string) =>
      host.renderers.render(askFor(applicationOf({ path }, { name }), tree));
    const shared = await Promise.all(["one", "two", "three"].map((name) => of("overlay", name)));
    expect(new Set(shared.map(({ key }) => key)).size).toBe(1);
    expect((await of("chart", "one")).key).not.toBe((await of("chart", "two")).key);
    expect(host.ran).toEqual(["kustomize", "helm", "helm"]);
  });

  test("a hard refresh renders again and comes to the same key", async () => {
    repository = sourceFolder(chart);
    const tree = await repository.tree(),
      app = applicationOf({ path: "chart" });
    const first = await host.renderers.render(askFor(app, tree));
    const second = await host.renderers.render(askFor(app, tree, { cache: "renew" }));
    expect([second.from, second.key]).toEqual(["renderer", first.key]);
  });
});

describe("on disk", () => {
  test("a render outlives the process, and a flipped byte is a miss", async () => {
    repository = sourceFolder(chart);
    const cacheDir = join(repository.path, "../cache");
    const ask = askFor(applicationOf({ path: "chart" }), await repository.tree());
    const render = async () => {
      const started = await renderHost(tools, { cacheDir });
      const rendered = await started.renderers.render(ask);
      await started.renderers.settled();
      const answer = { from: rendered.from, documents: rendered.documents };
      started.remove();
      return answer;
    };
    const first = await render();
    expect([first.from, (await render()).from]).toEqual(["renderer", "cache"]);
    const [file] = readdirSync(cacheDir);
    const path = join(cacheDir, file ?? "");
    const bytes = readFileSync(path);
    for (const at of [0, 40, Math.floor(bytes.length / 2), bytes.length - 1]) {
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8(flipped.readUInt8(at) ^ 1, at);
      writeFileSync(path, flipped);
      const again = await render();
      expect([again.from, again.documents]).toEqual(["renderer", first.documents]);
    }
  });

  test("is readable for this user alone, also what an older version left", async () => {
    repository = sourceFolder(chart);
    const cacheDir = join(repository.path, "../cache");
    mkdirSync(cacheDir, { mode: 0o755 });
    writeFileSync(join(cacheDir, "old.render"), "old", { mode: 0o644 });
    const umask = process.umask(0);
    try {
      const started = await renderHost(tools, { cacheDir });
      await started.renderers.render(askFor(applicationOf({ path: "chart" }), await repository.tree()));
      await started.renderers.settled();
      started.remove();
    } finally {
      process.umask(umask);
    }
    const modes = readdirSync(cacheDir).map((name) => statSync(join(cacheDir, name)).mode & 0o777);
    expect(modes).toEqual([0o600, 0o600]);
    expect(statSync(cacheDir).mode & 0o777).toBe(0o700);
  });

  test("memory and disk hold no more than they may, and what is gone is rendered again", async () => {
    const noise = (at: number): string =>
      Array.from({ length: 400 }, (_, line) => `${Bun.hash(`${at} ${line}`)}`).join("");
    const kustomized = Array.from({ length: 6 }, (_, at) => [
      [`a${at}/kustomization.yaml`, "resources: [c.yaml]\n"],
      [`a${at}/c.yaml`, configMap(`c${at}`, { noise: noise(at) })],
    ]);
    repository = sourceFolder(Object.fromEntries(kustomized.flat()));
    const cacheDir = join(repository.path, "../cache");
    const small = await renderHost(tools, { cacheDir, cacheBytes: { memory: 10_000, disk: 20_000 } });
    const tree = await repository.tree();
    const one = async (at: number) => {
      const { documents } = await small.renderers.render(askFor(applicationOf({ path: `a${at}` }), tree));
      expect(documents[0]?.documents[0]?.text).toContain(noise(at));
    };
    const all = async () => {
      await Promise.all(kustomized.map((_, at) => one(at)));
      await small.renderers.settled();
    };
    await all();
    expect(
      readdirSync(cacheDir).reduce((sum, name) => sum + readFileSync(join(cacheDir, name)).length, 0),
    ).toBeLessThanOrEqual(20_000);
    await all();
    expect(small.ran.length).toBeGreaterThan(6);
    small.remove();
  });

  test.each([
    "kind: Secret",
    "kind:   'Secret'",
    '"kind": "Secret"',
    "kind: !!str Secret",
    "kind: &k\n  Secret",
    "kind: List\nitems:\n  - { apiVersion: v1, kind: Secret }",
    "kind: SecretList",
  ])("what holds a Secret leaves no file: %j", async (kind) => {
    repository = sourceFolder({
      ...chart,
      "chart/templates/s.yaml": `apiVersion: v1\n${kind}\nmetadata: { name: s }\n`,
    });
    const cacheDir = join(repository.path, "../cache");
    const started = await renderHost(tools, { cacheDir });
    const ask = askFor(applicationOf({ path: "chart" }), await repository.tree());
    const first = await started.renderers.render(ask);
    await started.renderers.settled();
    expect(JSON.stringify(first.documents)).toContain("Secret");
    expect(readdirSync(cacheDir)).toEqual([]);
    expect((await started.renderers.render(ask)).from).toBe("cache");
    started.remove();
  });

  test("what no tool made leaves no file", async () => {
    repository = sourceFolder({ "plain/c.yaml": configMap("c") });
    const cacheDir = join(repository.path, "../cache");
    const plain = await renderHost(tools, { cacheDir });
    await plain.renderers.render(askFor(applicationOf({ path: "plain" }), await repository.tree()));
    await plain.renderers.settled();
    expect(readdirSync(cacheDir)).toEqual([]);
    plain.remove();
  });
});

describe("failures", () => {
  const broken: LoadedRenderer = {
    fingerprint: "1",
    from: "operator",
    renderer: defineRenderer({
      name: "broken",
      sourceType: "Plugin",
      claims: async ({ tree, path }: RenderRequest) =>
        (await tree.entry(`${path}/how`)) === undefined ? "no" : "detected",
      inputs: async ({ path }) => ({ paths: [{ path: `${path}/how` }], capabilities: "unused", tool: "" }),
      async render({ tree, path }, { signal }) {
        const how = new TextDecoder().decode(await tree.read(`${path}/how`));
        if (how === "hangs") await new Promise((resolve) => signal.addEventListener("never", resolve));
        if (how === "reads what it did not name") await tree.read(`${path}/other`);
        throw new Failure("render", path, how === "for now" ? "backoff" : "after-edit", {
          cannot: "render",
          why: how,
        });
      },
    }),
  };
  const failing = async (
    how: string,
    work: (render: () => Promise<unknown>, ran: string[]) => Promise<void>,
  ) => {
    repository = sourceFolder({ "a/how": how, "a/other": "x" });
    const own = await renderHost(tools, { renderers: [...builtIns, broken], timeoutMs: 300, log: silent });
    await work(async () => {
      const ask = askFor(applicationOf({ path: "a" }), await repository.tree());
      return own.renderers.render(ask).then(
        () => "rendered",
        (cause: unknown) => cause,
      );
    }, own.ran);
    own.remove();
  };

  test("one that only an edit can mend is not tried again before there is one", () =>
    failing("for good", async (render, ran) => {
      const [first, second] = [await render(), await render()];
      expect(first).toMatchObject({ code: "render", why: "for good" });
      expect(second).toBe(first);
      repository.write({ "a/how": "edited" });
      expect(await render()).toMatchObject({ why: "edited" });
      expect(ran).toHaveLength(2);
    }));

  test("another is tried each time", () =>
    failing("for now", async (render, ran) => {
      await render();
      await render();
      expect(ran).toHaveLength(2);
    }));

  test("a renderer that hangs is given up", () =>
    failing("hangs", async (render) => {
      expect(await render()).toMatchObject({ code: "render-timeout", retry: "backoff" });
    }));

  test("a renderer that reads what it did not name fails instead of going stale", () =>
    failing("reads what it did not name", async (render) => {
      expect(await render()).toMatchObject({
        code: "internal",
        object: "a/other",
        why: "the renderer broken reads it without having named it among its inputs",
      });
    }));
});
