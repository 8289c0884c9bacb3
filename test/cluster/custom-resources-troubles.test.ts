/** What goes wrong with Applications in a cluster, by kubectl alone, on real API servers: `home: cluster`. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { type ControlPlane, controlPlaneBinaries, startControlPlane } from "../lib/control-plane.ts";
import { type Daemon, startDaemon } from "../lib/daemon.ts";
import { eventually } from "../lib/eventually.ts";
import { type GitServer, startGitServer } from "../lib/git-server.ts";
import { configMap, configMapPath, deployment } from "../lib/manifests.ts";
import { isQuiet, isSynced, SERVER, type Shown, yaml } from "../lib/stage.ts";

setDefaultTimeout(120_000);

const FINALIZER = "resources-finalizer.argocd.argoproj.io";
const APPLICATIONS = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications";
const NOTHING = '{"items":[]}';
const DEFINITIONS = join(import.meta.dir, "../../config/definitions.yaml");
let plane: ControlPlane, other: ControlPlane, git: GitServer, daemon: Daemon;

const clusters = ({ kubeconfig }: ControlPlane): string =>
  `clusters: ${JSON.stringify([{ name: "in-cluster", server: SERVER, kubeconfig }])}\n`;

beforeAll(async () => {
  [plane, other, git] = await Promise.all([startControlPlane(), startControlPlane(), startGitServer()]);
  for (const each of [plane, other]) {
    await each.api.makeNamespace("argocd");
    await each.kubectl("apply", "--server-side", "-f", DEFINITIONS);
  }
  daemon = await startDaemon(
    `poll: 1s\npollSpread: 0s\nhome: cluster\n${clusters(plane)}`,
    {},
    { env: { PATH: `${controlPlaneBinaries()}:${process.env["PATH"] ?? ""}` } },
  );
}, 120_000);
afterAll(async () => {
  await daemon?.stop();
  await Promise.all([plane?.stop(), other?.stop(), git?.close()]);
}, 60_000);

const kubectl = (...args: string[]): Promise<string> => plane.kubectl(...args);
const patch = (name: string, change: object): Promise<string> =>
  kubectl("patch", "application", name, "-n", "argocd", "--type", "merge", "-p", JSON.stringify(change));
const read = (name: string): Promise<Shown | undefined> => plane.api.find(`${APPLICATIONS}/${name}`);
const has = async (namespace: string, name: string): Promise<boolean> =>
  (await plane.api.find(configMapPath(namespace, name))) !== undefined;
const problems = async (): Promise<string> =>
  JSON.stringify((await daemon.api("/api/holdfast/v1/problems")).body);
async function until(name: string, what: string, is: (app: Shown) => unknown): Promise<Shown> {
  let last: Shown | undefined;
  await eventually(
    `${name} ${what}`,
    async () => {
      last = await read(name);
      return last !== undefined && Boolean(is(last));
    },
    60_000,
  ).catch(async (cause) => {
    throw new Error(
      `${String(cause)}\n${JSON.stringify(last, null, 1)}\n${(await daemon.log()).slice(-3000)}`,
    );
  });
  return last as Shown;
}
const isWell = (app: Shown): boolean =>
  isSynced(app) && app["status"].health?.status === "Healthy" && isQuiet(app);
const isGone = (name: string): Promise<unknown> =>
  eventually(`${name} is gone`, async () => (await read(name)) === undefined, 60_000);
const says = (app: Shown, text: string): boolean =>
  JSON.stringify(app["status"]?.conditions ?? []).includes(text);

async function apply(name: string, files: Record<string, string>, syncPolicy: object = {}): Promise<void> {
  await plane.api.makeNamespace(name);
  const repoURL = await git.createRepo(name, files);
  const path = join(daemon.dir, "applied.yaml");
  const spec = {
    project: "default",
    source: { repoURL, path: ".", targetRevision: "main" },
    destination: { server: SERVER, namespace: name },
    syncPolicy,
  };
  await Bun.write(
    path,
    yaml({
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Application",
      metadata: { name, namespace: "argocd", finalizers: [FINALIZER] },
      spec,
    }),
  );
  await kubectl("apply", "-n", "argocd", "-f", path);
}
const automated = { automated: { prune: true, selfHeal: true } };

test("one that was edited into an invalid one while no daemon ran goes on, and takes its objects along", async () => {
  const name = "broken-meanwhile";
  await apply(name, { "a.yaml": yaml(configMap(name, "a")) }, automated);
  await until(name, "is well", isWell);
  await daemon.kill("SIGKILL");
  await patch(name, { spec: { destination: { name: "in-cluster" } } });
  await daemon.restart();
  await until(name, "says what is wrong", (app) => says(app, "both name and server"));
  await kubectl("delete", "configmap", "a", "-n", name);
  await eventually("it is healed", () => has(name, "a"), 60_000);
  await daemon.kill("SIGKILL");
  await kubectl("delete", "application", name, "-n", "argocd", "--wait=false");
  await daemon.restart();
  await isGone(name);
  expect(await has(name, "a")).toBe(false);
});

test("one that never could be read is let go when it is deleted", async () => {
  const name = "never-read";
  await daemon.kill("SIGKILL");
  await apply(name, { "a.yaml": yaml(configMap(name, "a")) });
  await patch(name, { spec: { destination: { name: "in-cluster" } } });
  await daemon.restart();
  await until(name, "says what is wrong", (app) => says(app, "both name and server"));
  // kubectl waits until it is gone.
  await kubectl("delete", "application", name, "-n", "argocd", "--timeout=60s");
  expect(await read(name)).toBeUndefined();
});

test("Terminating in its status ends its sync", async () => {
  const name = "terminates";
  const second = configMap(name, "second");
  await apply(name, {
    "a.yaml": yaml(deployment({ namespace: name, name: "first", pod: { nodeSelector: { nowhere: "yes" } } })),
    "b.yaml": yaml({
      ...second,
      metadata: { ...second.metadata, annotations: { "argocd.argoproj.io/sync-wave": "1" } },
    }),
  });
  await until(name, "is compared", (app) => app["status"]?.sync?.status === "OutOfSync");
  await patch(name, { operation: { initiatedBy: { username: "dana" }, sync: { revision: "main" } } });
  await until(
    name,
    "waits for its first object",
    ({ status, operation }) => operation === undefined && /first/.test(status.operationState?.message ?? ""),
  );
  await patch(name, { status: { operationState: { phase: "Terminating" } } });
  const app = await until(name, "is ended", ({ status }) => status.operationState.phase === "Failed");
  expect(app["status"].operationState.message).toContain("terminated");
  expect(await has(name, "second")).toBe(false);
});

test("an entry that leads to another cluster forgets nothing, until it is said that it is meant", async () => {
  const name = "lives-here";
  await apply(name, { "a.yaml": yaml(configMap(name, "a")) }, automated);
  await until(name, "is well", isWell);
  const uidIn = async ({ api }: ControlPlane): Promise<string> =>
    (await api.must("GET", "/api/v1/namespaces/kube-system")).metadata.uid ?? "";
  const [lived, found] = await Promise.all([uidIn(plane), uidIn(other)]);
  const path = join(daemon.dir, "holdfast.yaml");
  const config = await Bun.file(path).text();
  const elsewhere = config.replace(clusters(plane), clusters(other));
  expect(elsewhere).not.toBe(config);

  await daemon.kill("SIGTERM");
  await Bun.write(path, elsewhere);
  await daemon.restart();
  await eventually("both are named", async () => {
    const said = await problems();
    return said.includes(lived) && said.includes(`homeCluster.uid to ${found}`);
  });
  await daemon.kill("SIGTERM");
  await Bun.write(path, config);
  await daemon.restart();
  await eventually("it is well again", async () => {
    const { body } = await daemon.api<Shown>(`/api/v1/applications/${name}`);
    return body["status"]?.sync?.status === "Synced" && body["status"].history?.length === 1;
  });
  await eventually("nothing is wrong there", async () => (await problems()) === NOTHING);

  await daemon.kill("SIGTERM");
  await Bun.write(path, `${elsewhere}homeCluster: { uid: ${found} }\n`);
  await daemon.restart();
  await eventually("nothing is wrong", async () => (await problems()) === NOTHING);
  expect((await daemon.api(`/api/v1/applications/${name}`)).status).toBe(404);
  expect(await has(name, "a")).toBe(true);
  await daemon.kill("SIGTERM");
  await Bun.write(path, `${config}homeCluster: { uid: ${lived} }\n`);
  await daemon.restart();
});
