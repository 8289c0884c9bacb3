/** An operator's own `.ts` renderer, with files of its own that it imports, loaded by the compiled binary. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commitFiles } from "../../src/git/commit-files.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/sandbox.ts";
import { type Daemon, settled, startDaemon } from "../lib/daemon.ts";
import { endingOf } from "../lib/ending-of.ts";

const banner = (words: string): Record<string, string> => ({
  "plugins/banner/index.ts": `
import type { Renderer } from "../../holdfast/src/plugin/contract.ts";
import { ${words}, type Line } from "./lib/words.ts";

const renderer: Renderer = {
  kind: "renderer",
  name: "banner",
  sourceType: "Plugin",
  async claims() {
    return "no";
  },
  async inputs({ path }) {
    return { paths: [{ path, take: "own-files" }], capabilities: "unused", tool: "" };
  },
  async render({ app, path, tree }) {
    const line: Line = { text: new TextDecoder().decode(await tree.read(path + "/banner.txt")).trim() };
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: app.name }, data: { banner: ${words}(line) } };
    return { documents: [{ text: JSON.stringify(object), file: path + "/banner.txt", line: 1 }], problems: [] };
  },
};

export default renderer;
`,
  "plugins/banner/lib/words.ts": `
import rules from "./rules.json";
export interface Line { text: string }
export function loud({ text }: Line): string {
  return text.toUpperCase() + rules.end;
}
`,
  "plugins/banner/lib/rules.json": `{ "end": "!" }`,
});

const app = (repository: string): string =>
  JSON.stringify({
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name: "hello" },
    spec: {
      project: "default",
      source: { repoURL: repository, path: "app", targetRevision: "main", plugin: { name: "banner" } },
      destination: { server: "https://kubernetes.default.svc", namespace: "hello" },
      syncPolicy: { automated: { prune: true, selfHeal: true }, syncOptions: ["CreateNamespace=true"] },
    },
  });

describe("an operator's renderer, loaded by the compiled binary", () => {
  const root = mkdtempSync(join(tmpdir(), "holdfast-operator-"));
  const repository = join(root, "repository");
  const git = commitFiles();
  const config = `
clusters: [{ name: sandbox, server: "https://kubernetes.default.svc", kubeconfig: ${join(root, "kubeconfig")} }]
applications: [./apps]
plugins: [./plugins]
`;
  let sandbox: Sandbox;
  let daemon: Daemon;

  const banners = async (): Promise<string> => {
    const answer = await fetch(`${sandbox.url}/api/v1/namespaces/hello/configmaps/hello`, {
      tls: { ca: sandbox.ca },
      headers: { Authorization: `Bearer ${sandbox.token}` },
    });
    return ((await answer.json()) as { data: { banner: string } }).data.banner;
  };

  beforeAll(async () => {
    await git.commitAll(repository, { "app/banner.txt": "good morning\n" }, "A banner");
    sandbox = await startSandbox({ listen: "127.0.0.1:0" });
    await Bun.write(join(root, "kubeconfig"), sandbox.kubeconfig);
    daemon = await startDaemon(config, { ...banner("loud"), "apps/hello.yaml": app(repository) });
  });
  afterAll(async () => {
    await daemon.stop();
    await sandbox.stop();
    rmSync(root, { recursive: true, force: true });
  });

  test("an application whose source names it becomes Synced and Healthy with what it renders", async () => {
    const seen = await daemon.until("hello", settled);
    expect([seen.status.sourceType, await banners()]).toEqual(["Plugin", "GOOD MORNING!"]);
  });

  test("a commit is rendered by it too", async () => {
    const commit = await git.commitAll(repository, { "app/banner.txt": "good evening\n" }, "Later");
    await daemon.api("/api/v1/applications/hello?refresh=normal");
    await daemon.until("hello", (seen) => seen.status?.sync?.revision === commit && settled(seen));
    expect(await banners()).toBe("GOOD EVENING!");
  });

  test("render loads it offline", async () => {
    const { code, stdout } = await daemon.cli(
      "render",
      "-f",
      "apps/hello.yaml",
      "--source",
      repository,
      "--config",
      "holdfast.yaml",
      "-o",
      "json",
    );
    expect([
      code,
      (JSON.parse(stdout) as { items: { data: unknown }[] }).items.map(({ data }) => data),
    ]).toEqual([0, [{ banner: "GOOD EVENING!" }]]);
  });

  test("one that cannot be loaded stops the start, with its file and the reason", async () => {
    await Bun.write(
      join(daemon.dir, "plugins", "banner", "index.ts"),
      banner("quiet")["plugins/banner/index.ts"] ?? "",
    );
    expect(await endingOf(daemon.restart())).toThrow(
      /plugins\/banner\/index\.ts.*the module cannot be loaded: .*quiet/s,
    );
    await Bun.write(
      join(daemon.dir, "plugins", "banner", "index.ts"),
      banner("loud")["plugins/banner/index.ts"] ?? "",
    );
    await daemon.restart();
    await daemon.until("hello", settled);
  });
});
