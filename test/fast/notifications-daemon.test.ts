/**
 * A daemon as a program of its own, a sandbox cluster, and a receiver that is down for a while: what happened meanwhile
 * arrives once it is back, each once, though the daemon was ended in the middle as nobody should.
 */
import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commitFiles } from "../../src/git/commit-files.ts";
import { createDemoRepository } from "../../src/sandbox/demo/demo-repository.ts";
import { startSandbox } from "../../src/sandbox/sandbox.ts";
import { freePort } from "../lib/daemon.ts";
import { eventually } from "../lib/eventually.ts";
import { type Started, started } from "../lib/started.ts";

const dir = mkdtempSync(join(tmpdir(), "notifications-"));
const main = join(import.meta.dir, "../../src/main.ts");
const running = new Set<Started>();
const ends: (() => unknown)[] = [() => rmSync(dir, { recursive: true, force: true })];
afterAll(async () => {
  for (const one of running) one.toItself("SIGKILL");
  for (const end of ends.reverse()) await end();
});

interface Got {
  id: string;
  kind: string;
  title: string;
  link?: { href: string };
  facts: { label: string; text: string }[];
}

function receiverAt(port: number, got: Got[]): { stop(): Promise<void> } {
  return Bun.serve({
    hostname: "127.0.0.1",
    port,
    async fetch(request) {
      const body = (await request.json()) as Got;
      got.push(body);
      return new Response("heard");
    },
  });
}

const appFile = (name: string, repository: string): string => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: ${name}
  namespace: argocd
  annotations: { notifications.argoproj.io/subscribe.on-created.hook: by-annotation }
  finalizers: [resources-finalizer.argocd.argoproj.io]
spec:
  project: default
  source: { repoURL: "${repository}", path: apps/guestbook, targetRevision: main }
  destination: { server: "https://kubernetes.default.svc", namespace: ${name} }
  syncPolicy: { automated: { prune: true, selfHeal: true }, syncOptions: [CreateNamespace=true] }
`;

/** A daemon that is started when it is asked for, and nobody at the address of its receiver. */
async function stage(name: string) {
  const folder = join(dir, name);
  const sandbox = await startSandbox({ listen: "127.0.0.1:0" });
  ends.push(() => sandbox.stop());
  const repository = join(folder, "repository");
  mkdirSync(folder);
  await createDemoRepository(repository, commitFiles(), { is: "fleet", apps: 1 });
  writeFileSync(join(folder, "kubeconfig"), sandbox.kubeconfig, { mode: 0o600 });
  mkdirSync(join(folder, "apps"));
  const [port, hook] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}/cd`;
  writeFileSync(
    join(folder, "holdfast.yaml"),
    `server: { listen: "127.0.0.1:${port}", url: "http://cd.example.com", basePath: /cd }
data: ./data
poll: 1s
pollSpread: 0s
clusters: [{ name: in-cluster, server: "https://kubernetes.default.svc", kubeconfig: ./kubeconfig }]
applications: [./apps]
notifications:
  services: [{ name: hook, type: webhook, settings: { url: "http://127.0.0.1:${hook}/in/a-path-that-is-secret" } }]
  subscriptions: [{ service: hook, events: [created, sync-succeeded, deployed] }]
`,
  );
  const start = async (): Promise<Started> => {
    const one = started([process.execPath, main, "serve", "--config", join(folder, "holdfast.yaml")], {
      env: { PATH: process.env["PATH"] ?? "", HOME: folder },
      cwd: folder,
    });
    running.add(one);
    void one.ended.then(() => running.delete(one));
    await one.until(/holdfast is up/);
    return one;
  };
  const shown = async () =>
    (await (await fetch(`${url}/api/holdfast/v1/notifications`)).json()) as {
      deliveries: { title: string; state: string; failure?: string }[];
      counts: Record<string, number>;
    };
  return {
    hook,
    start,
    shown,
    place: (app: string) => writeFileSync(join(folder, "apps", `${app}.yaml`), appFile(app, repository)),
  };
}

test("what happened while the receiver was down arrives once, through a kill of the daemon", async () => {
  const { hook, start, shown, place } = await stage("down");
  let daemon = await start();
  place("one");
  // Nobody listens: created (config and annotation), synced and deployed wait.
  await eventually("four messages wait", async () => (await shown()).counts["waiting"] === 4);
  const before = await shown();
  expect(before.deliveries.map(({ failure = "" }) => failure).join()).toContain("nothing listens");
  expect(JSON.stringify(before)).not.toContain("a-path-that-is-secret");
  daemon.toItself("SIGKILL");
  await daemon.ended;
  const got: Got[] = [];
  const receiver = receiverAt(hook, got);
  ends.push(() => receiver.stop());
  daemon = await start();
  await eventually("all four arrived", async () => (await shown()).counts["waiting"] === 0);
  expect(got.map(({ kind }) => kind).sort()).toEqual(["created", "created", "deployed", "sync-succeeded"]);
  expect(new Set(got.map(({ id }) => id)).size).toBe(4);
  const deployed = got.find(({ kind }) => kind === "deployed");
  expect(deployed?.title).toBe("one: deployed and healthy");
  expect(deployed?.link?.href).toBe("http://cd.example.com/cd/applications/argocd/one");
  expect(deployed?.facts.find(({ label }) => label === "Commit")?.text).toMatch(/^[0-9a-f]{7} .+ \(.+\)$/);
  expect((await shown()).counts).toMatchObject({ delivered: 4, waiting: 0, dead: 0 });
  daemon.toItself("SIGTERM");
  await daemon.ended;
}, 120_000);

test("a message that the receiver has in its hands while the daemon is killed comes again, with the same id, and no other one does", async () => {
  const { hook, start, shown, place } = await stage("held");
  interface Arrival {
    id: string;
    kind: string;
    delivery: string | null;
    key: string | null;
    is: "held" | "cut off" | "answered";
  }
  const arrivals: Arrival[] = [];
  let answers: "none" | "all" = "none";
  const receiver = Bun.serve({
    ...{ hostname: "127.0.0.1", port: hook, idleTimeout: 0 },
    async fetch(request) {
      const { id, kind } = (await request.json()) as Got;
      const { headers } = request;
      const arrival: Arrival = {
        ...{ id, kind, is: "held" },
        delivery: headers.get("x-holdfast-delivery"),
        key: headers.get("idempotency-key"),
      };
      arrivals.push(arrival);
      if (answers === "all") {
        arrival.is = "answered";
        return new Response("heard");
      }
      const cut = Promise.withResolvers<void>();
      request.signal.addEventListener("abort", () => cut.resolve());
      await cut.promise;
      arrival.is = "cut off";
      return new Response("too late");
    },
  });
  ends.push(() => receiver.stop(true));
  let daemon = await start();
  place("one");
  // Created by config and by annotation go to two destinations, and each has one on its way; what is behind waits.
  await eventually(
    "two are held, and all four wait",
    async () =>
      arrivals.filter(({ is }) => is === "held").length === 2 && (await shown()).counts["waiting"] === 4,
  );
  daemon.toItself("SIGKILL");
  await daemon.ended;
  await eventually("the receiver sees nobody any more", () => arrivals.every(({ is }) => is === "cut off"));
  const held = new Set(arrivals.map(({ id }) => id));
  expect(held.size).toBe(2);
  expect(arrivals.map(({ kind }) => kind)).toEqual(arrivals.map(() => "created"));
  answers = "all";
  daemon = await start();
  await eventually("all have arrived", async () => (await shown()).counts["waiting"] === 0);
  const answered = arrivals.filter(({ is }) => is === "answered");
  expect(answered.map(({ kind }) => kind).sort()).toEqual([
    ...["created", "created", "deployed", "sync-succeeded"],
  ]);
  expect(new Set(answered.map(({ id }) => id)).size).toBe(4);
  expect(answered.filter(({ id }) => held.has(id)).map(({ kind }) => kind)).toEqual(["created", "created"]);
  for (const { id, delivery, key } of arrivals) expect([delivery, key]).toEqual([id, id]);
  expect((await shown()).counts).toMatchObject({ delivered: 4, waiting: 0, dead: 0 });
  daemon.toItself("SIGTERM");
  await daemon.ended;
}, 120_000);
