/** The notifier of plugins/README.md as it stands there, loaded by the compiled binary, and a server that hears it. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commitFiles } from "../../src/git/commit-files.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/sandbox.ts";
import { type Daemon, startDaemon } from "../lib/daemon.ts";
import { endingOf } from "../lib/ending-of.ts";
import { eventually } from "../lib/eventually.ts";

const README = await Bun.file(join(import.meta.dir, "../../plugins/README.md")).text();
const snippet = (file: string): string => {
  const found = new RegExp(`^\`\`\`\\w+ ${RegExp.escape(file)}\\n([\\s\\S]*?)^\`\`\`$`, "m").exec(
    README,
  )?.[1];
  if (found === undefined) throw new Error(`plugins/README.md has no ${file}`);
  return found;
};

interface Heard {
  topic: string;
  title: string;
  message: string;
  priority: number;
}

const app = (repository: string): string =>
  JSON.stringify({
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name: "hello" },
    spec: {
      project: "default",
      source: { repoURL: repository, path: "app", targetRevision: "main" },
      destination: { server: "https://kubernetes.default.svc", namespace: "hello" },
      syncPolicy: { automated: {}, syncOptions: ["CreateNamespace=true"] },
    },
  });

describe("an operator's notifier, loaded by the compiled binary", () => {
  const root = mkdtempSync(join(tmpdir(), "holdfast-operator-"));
  const repository = join(root, "repository");
  const heard: { body: Heard; key: string }[] = [];
  let status = 200;
  let sandbox: Sandbox;
  let daemon: Daemon;
  const server = Bun.serve({
    ...{ hostname: "127.0.0.1", port: 0 },
    async fetch(request) {
      if (status === 200)
        heard.push({
          body: (await request.json()) as Heard,
          key: request.headers.get("idempotency-key") ?? "",
        });
      return new Response("", { status });
    },
  });
  const counts = async (): Promise<Record<string, number>> =>
    (await daemon.api<{ counts: Record<string, number> }>("/api/holdfast/v1/notifications")).body.counts;

  beforeAll(async () => {
    const configMap = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "hello" } };
    await commitFiles().commitAll(repository, { "app/it.yaml": JSON.stringify(configMap) }, "A greeting");
    sandbox = await startSandbox({ listen: "127.0.0.1:0" });
    await Bun.write(join(root, "kubeconfig"), sandbox.kubeconfig);
    const notifications = snippet("config/notifier.yaml")
      .replace("../plugins", "./plugins")
      .replace("https://ntfy.example.com", `http://127.0.0.1:${server.port}/canary-of-the-path`);
    daemon = await startDaemon(
      `clusters: [{ name: sandbox, server: "https://kubernetes.default.svc", kubeconfig: ${join(root, "kubeconfig")} }]
applications: [./apps]
${notifications}`,
      { "plugins/ntfy.ts": snippet("plugins/ntfy.ts") },
    );
  });
  afterAll(async () => {
    await daemon.stop();
    await sandbox.stop();
    await server.stop(true);
    rmSync(root, { recursive: true, force: true });
  });

  test("a test of it arrives", async () => {
    const { code, stderr } = await daemon.cli("notify", "test", "phone", "deploys");
    expect([code, stderr]).toEqual([0, expect.stringContaining("was taken by phone:deploys")]);
    expect(heard.at(-1)?.body).toMatchObject({ topic: "deploys", title: "Holdfast: a test message" });
  });

  test("what happens while its server is away arrives once, through a kill of the daemon", async () => {
    status = 503;
    const before = heard.length;
    await Bun.write(join(daemon.dir, "apps", "hello.yaml"), app(repository));
    await eventually("it waits", async () => (await counts())["waiting"] === 1);
    await daemon.kill("SIGKILL");
    status = 200;
    await daemon.restart();
    await eventually("it is taken", async () => (await counts())["delivered"] === 1);
    expect(heard.slice(before).map(({ body }) => [body.title, body.priority])).toEqual([
      ["hello: deployed and healthy", 3],
    ]);
    expect(heard.at(-1)?.key).toMatch(/^[0-9a-f]{32,}$/);
  });

  test("its settings are told by name and not by value, and what would be sent is shown", async () => {
    const preview = await daemon.cli("notify", "preview", "hello", "deployed");
    expect([preview.code, preview.stdout]).toEqual([
      0,
      expect.stringContaining("hello: deployed and healthy"),
    ]);
    const { body } = await daemon.api("/api/holdfast/v1/notifications");
    const said = `${preview.stdout}${preview.stderr}${JSON.stringify(body)}${await daemon.log()}`;
    expect(said).not.toContain("canary");
  });

  test("one that cannot be loaded stops the start, with its file and the reason", async () => {
    const file = join(daemon.dir, "plugins", "ntfy.ts");
    await Bun.write(file, snippet("plugins/ntfy.ts").replace("requests(", "request("));
    expect(await endingOf(daemon.restart())).toThrow(/plugins\/ntfy\.ts.*requests/s);
    await Bun.write(file, snippet("plugins/ntfy.ts"));
    await daemon.restart();
  });
});
