/** A take that is killed half-way, its daemon too, on a real API server: taken again, undone and taken once more. */
import { afterAll, afterEach, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { ARGO_APPS, type ArgoEstate, startArgoEstate } from "../lib/argo-estate.ts";
import { BINARY, type Daemon, startDaemon } from "../lib/daemon.ts";
import { configMap, configMapPath, deployment } from "../lib/manifests.ts";
import type { Shown } from "../lib/stage.ts";

setDefaultTimeout(120_000);

const NAMES = ["blog", "mail", "shop"];
const MARKED = { metadata: { annotations: { "argocd.argoproj.io/skip-reconcile": "true" } } };
const AUTOMATED = { automated: { prune: true, selfHeal: true } };

let estate: ArgoEstate, daemon: Daemon;
beforeAll(async () => {
  estate = await startArgoEstate();
  for (const name of NAMES)
    await estate.deliver(
      name,
      [deployment({ namespace: name, name: "web" }), configMap(name, "settings", { mode: "as-it-is" })],
      MARKED,
    );
}, 120_000);
afterEach(() => daemon?.stop());
afterAll(() => estate?.stop(), 60_000);

type Cut = "unasked" | "unanswered";

/** Stands before the daemon. The request that `at` names is held for good, before the daemon hears of it or after. */
function frontOf(url: string, at: (method: string, path: string, body: string) => Cut | undefined) {
  const { promise: held, resolve: hold } = Promise.withResolvers<void>();
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      const body = await request.text();
      const cut = at(request.method, pathname, body);
      const answer = (): Promise<Response> =>
        fetch(`${url}${pathname}${search}`, {
          method: request.method,
          headers: { "content-type": "application/json" },
          ...(body === "" ? {} : { body }),
        });
      if (cut === undefined) return answer();
      if (cut === "unanswered") await answer();
      hold();
      return new Promise<Response>(() => undefined);
    },
  });
  return { url: `http://127.0.0.1:${server.port}`, held, stop: () => server.stop(true) };
}

const listed = async (): Promise<Shown[]> =>
  ((await daemon.api<Shown>("/api/v1/applications")).body.items ?? []) as Shown[];
/** Everything of them, Argo CD's own records too. */
const versions = async (): Promise<string[]> => {
  const paths = NAMES.flatMap((name) => [
    configMapPath(name, "settings"),
    `/apis/apps/v1/namespaces/${name}/deployments/web`,
    `${ARGO_APPS}/${name}`,
  ]);
  const objects = await Promise.all(paths.map((path) => estate.plane.api.must("GET", path)));
  return objects.map(({ metadata }) => `${metadata.uid} ${metadata.resourceVersion}`);
};

const makes = (method: string, path: string, body: string): boolean =>
  method === "POST" && path === "/api/v1/applications" && body.includes('"name":"mail"');
const ends = (method: string, path: string): boolean =>
  method === "PUT" && path === "/api/v1/applications/mail";

test.each<{ name: string; cut: Cut; at: typeof makes; left: Record<string, unknown> }>([
  { name: "before the second is there", cut: "unasked", at: makes, left: { blog: AUTOMATED } },
  {
    name: "when the second is there on trial",
    cut: "unanswered",
    at: makes,
    left: { blog: AUTOMATED, mail: {} },
  },
  { name: "before the second is whole", cut: "unasked", at: ends, left: { blog: AUTOMATED, mail: {} } },
  {
    name: "when the second is whole",
    cut: "unanswered",
    at: ends,
    left: { blog: AUTOMATED, mail: AUTOMATED },
  },
])(
  "a take that is killed $name doubles and loses nothing, and writes to nothing",
  async ({ cut, at, left }) => {
    const { kubeconfig } = estate.plane;
    const clusters = [{ name: "in-cluster", server: "https://kubernetes.default.svc", kubeconfig }];
    daemon = await startDaemon(
      `poll: 1h\npollSpread: 0s\nclusters: ${JSON.stringify(clusters)}\nrepositories: [${estate.repository}]\n`,
      {},
      { env: { KUBECONFIG: kubeconfig } },
    );
    const before = await versions();
    const front = frontOf(daemon.url, (...request) => (at(...request) ? cut : undefined));
    const env = { PATH: process.env.PATH ?? "", HOME: daemon.dir, KUBECONFIG: kubeconfig };
    const argv = [BINARY, "adopt", "--yes", "--take", "--all", "--server", front.url];
    const child = Bun.spawn(argv, { env, stdin: "ignore", stdout: "ignore", stderr: "ignore" });
    try {
      await front.held;
    } finally {
      child.kill("SIGKILL");
      await child.exited;
      front.stop();
    }
    await daemon.kill("SIGKILL");
    await daemon.restart();
    for (const { metadata } of await listed())
      await daemon.api(`/api/v1/applications/${metadata.name}?refresh=hard`);
    const half = await listed();
    expect(
      Object.fromEntries(half.map(({ metadata, spec }) => [metadata.name, spec.syncPolicy ?? {}])),
    ).toEqual(left);
    expect(await versions()).toEqual(before);

    for (let times = 0; times < 2; times++) {
      const taken = await daemon.cli("adopt", "--yes", "--take", "--all");
      expect(`${taken.stderr} ${taken.code}`).toBe(" 0");
      const all = await listed();
      expect(all.map(({ metadata }) => metadata.name).sort()).toEqual(NAMES);
      for (const { metadata, spec } of all) {
        const { body } = await daemon.api<Shown>(`/api/v1/applications/${metadata.name}?refresh=hard`);
        expect([metadata.name, spec.syncPolicy, body.status.sync.status]).toEqual([
          metadata.name,
          AUTOMATED,
          "Synced",
        ]);
        expect(body.status.history ?? []).toEqual([]);
      }
      const undone = await daemon.cli("adopt", "--yes", "--undo", "--all");
      expect(undone.stderr).toContain("3 applications can be Argo CD's again");
      expect(undone.code).toBe(0);
      expect(await listed()).toEqual([]);
    }
    expect(await versions()).toEqual(before);
    expect(estate.ourWrites()).toEqual([]);
  },
);
