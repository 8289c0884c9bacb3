/** The everyday course of a user of Argo CD, by kubectl alone, on a real API server: `home: cluster`. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { customResourceDefinitions } from "../../src/core/definitions/custom-resources.ts";
import { type AuditedWrite, auditLog, isByDaemon } from "../lib/audit-log.ts";
import { type ControlPlane, controlPlaneBinaries, startControlPlane } from "../lib/control-plane.ts";
import { type Daemon, startDaemon } from "../lib/daemon.ts";
import { eventually } from "../lib/eventually.ts";
import { type GitServer, startGitServer } from "../lib/git-server.ts";
import { configMap, configMapPath } from "../lib/manifests.ts";
import { SERVER, type Shown, yaml } from "../lib/stage.ts";

setDefaultTimeout(180_000);

const FINALIZER = "resources-finalizer.argocd.argoproj.io";
const CHILDREN = Number(process.env["HOLDFAST_TEST_CHILDREN"] ?? 200);
/** Of our own for each application, beside its objects. */
const MOST_REQUESTS = 4;

const audit = auditLog();
let plane: ControlPlane, git: GitServer, daemon: Daemon;

beforeAll(async () => {
  [plane, git] = await Promise.all([startControlPlane({ apiserverFlags: audit.flags }), startGitServer()]);
  await plane.api.makeNamespace("argocd");
  daemon = await startDaemon(
    `poll: 1s\npollSpread: 0s\nhome: cluster\nhomeCluster: { namespaces: ["team-*"] }\nprune: { budgetPercent: 100, budgetObjects: 100000 }\nclusters: ${JSON.stringify([{ name: "in-cluster", server: SERVER, kubeconfig: plane.kubeconfig }])}\n`,
    {},
    { env: { PATH: `${controlPlaneBinaries()}:${process.env["PATH"] ?? ""}` } },
  );
}, 120_000);
afterAll(async () => {
  await daemon?.stop();
  await plane?.stop();
  await git?.close();
  audit.remove();
}, 60_000);

const kubectl = (...args: string[]): Promise<string> => plane.kubectl(...args);
async function apply(...objects: object[]): Promise<void> {
  const path = join(daemon.dir, "applied.yaml");
  await Bun.write(path, yaml(...objects));
  await kubectl("apply", "-n", "argocd", "-f", path);
}
async function read(name: string, namespace = "argocd"): Promise<Shown | undefined> {
  return plane.api.find(`/apis/argoproj.io/v1alpha1/namespaces/${namespace}/applications/${name}`);
}
async function until(
  name: string,
  what: string,
  is: (app: Shown) => unknown,
  namespace = "argocd",
): Promise<Shown> {
  let last: Shown | undefined;
  await eventually(
    `${name} ${what}`,
    async () => {
      last = await read(name, namespace);
      return last !== undefined && Boolean(is(last));
    },
    60_000,
  ).catch(async (cause) => {
    throw new Error(
      `${String(cause)}\n${JSON.stringify(last?.["status"], null, 1)}\n${(await daemon.log()).slice(-3000)}`,
    );
  });
  return last as Shown;
}
const isWell = ({ status, operation }: Shown): boolean =>
  operation === undefined &&
  status?.sync?.status === "Synced" &&
  status?.health?.status === "Healthy" &&
  ["Succeeded", undefined].includes(status?.operationState?.phase);
const isGone = (name: string, namespace = "argocd"): Promise<boolean> =>
  eventually(`${name} is gone`, async () => (await read(name, namespace)) === undefined, 60_000);
const valueIn = async (namespace: string): Promise<unknown> =>
  (await plane.api.find(configMapPath(namespace, "it")))?.["data"]?.value;
const object = (namespace: string, value: string) => yaml(configMap(namespace, "it", { value }));

/** As in Argo CD's first steps. */
function application(
  name: string,
  repoURL: string,
  {
    source = {},
    metadata = {},
    syncPolicy = {},
  }: { source?: object; metadata?: object; syncPolicy?: object } = {},
) {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name, namespace: "argocd", finalizers: [FINALIZER], ...metadata },
    spec: {
      project: "default",
      source: { repoURL, path: ".", targetRevision: "main", ...source },
      destination: { server: SERVER, namespace: name },
      syncPolicy: {
        automated: { prune: true, selfHeal: true },
        syncOptions: ["CreateNamespace=true"],
        ...syncPolicy,
      },
    },
  };
}
const ownWrites = (): AuditedWrite[] =>
  audit
    .writes()
    .filter(
      (write) =>
        isByDaemon(write) &&
        !write.dryRun &&
        write.resource === "applications.argoproj.io" &&
        write.verb === "patch" &&
        write.query.get("force") === null,
    );

test("without the definitions it says so, and begins when they are there", async () => {
  const said = async () => JSON.stringify((await daemon.api("/api/holdfast/v1/problems")).body);
  await eventually("it is said", async () =>
    (await said()).includes("serves no applications.argoproj.io"),
  ).catch(async (cause) => {
    throw new Error(`${String(cause)}\n${await said()}\n${(await daemon.log()).slice(-3000)}`);
  });
  for (const definition of customResourceDefinitions())
    await plane.api.must("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition);
  await eventually("it is seen", async () => !(await said()).includes("argoproj.io"), 60_000);
});

test("kubectl apply of an Application: it appears, syncs, heals, follows a commit and a patch, and goes", async () => {
  const repoURL = await git.createRepo("guestbook", { "it.yaml": object("guestbook", "one") });
  await apply(application("guestbook", repoURL));
  const app = await until("guestbook", "is well", isWell);
  expect(await valueIn("guestbook")).toBe("one");
  const table = await kubectl("get", "applications", "-n", "argocd");
  expect(table.split("\n").map((line) => line.trim().split(/ {2,}/))).toContainEqual([
    "guestbook",
    "Synced",
    "Healthy",
  ]);
  expect(await kubectl("get", "apps.argoproj.io", "-n", "argocd", "guestbook", "-o", "wide")).toContain(
    app["status"].sync.revision,
  );

  // It heals.
  await plane.api.must(
    "PATCH",
    configMapPath("guestbook", "it"),
    { data: { value: "edited" } },
    "application/merge-patch+json",
  );
  await eventually("it is healed", async () => (await valueIn("guestbook")) === "one");

  // A commit, and another branch by a patch.
  await git.commit("guestbook", { "it.yaml": object("guestbook", "two") }, "two");
  await eventually("it follows the commit", async () => (await valueIn("guestbook")) === "two", 60_000);
  await git.commit("guestbook", { "it.yaml": object("guestbook", "next") }, "next", { branch: "next" });
  await kubectl(
    "patch",
    "application",
    "guestbook",
    "-n",
    "argocd",
    "--type",
    "merge",
    "-p",
    JSON.stringify({ spec: { source: { targetRevision: "next" } } }),
  );
  await eventually("it follows the branch", async () => (await valueIn("guestbook")) === "next", 60_000);
  const now = await until(
    "guestbook",
    "is well there",
    (seen) => isWell(seen) && seen["status"].sync.comparedTo.source.targetRevision === "next",
  );
  // Two deployments and the heal between them, which is none.
  expect(now["status"].history.map(({ id }: Shown) => id)).toEqual([0, 1, 2]);
  expect(now["spec"].syncPolicy).toEqual({
    automated: { prune: true, selfHeal: true },
    syncOptions: ["CreateNamespace=true"],
  });

  await kubectl("delete", "application", "guestbook", "-n", "argocd");
  await isGone("guestbook");
  expect(await valueIn("guestbook")).toBeUndefined();
});

test("at rest nothing is written, whoever looks", async () => {
  const repoURL = await git.createRepo("rest", { "it.yaml": object("rest", "one") });
  await apply(application("rest", repoURL));
  await until("rest", "is well", isWell);
  // A refresh is done, its annotation goes, and nothing else is written for it.
  await kubectl("annotate", "application", "rest", "-n", "argocd", "argocd.argoproj.io/refresh=hard");
  await until(
    "rest",
    "was refreshed",
    ({ metadata }) => metadata.annotations?.["argocd.argoproj.io/refresh"] === undefined,
  );
  const of = () => ownWrites().filter(({ name }) => name === "rest").length;
  await Bun.sleep(12_000);
  const before = of();
  const { resourceVersion } = (await read("rest"))?.["metadata"] as Shown;
  // Polls every second.
  await Bun.sleep(5_000);
  expect(of()).toBe(before);
  expect((await read("rest"))?.["metadata"].resourceVersion).toBe(resourceVersion);
  expect(before).toBeLessThanOrEqual(MOST_REQUESTS + 1);
});

test("an operation is begun once, through kill -9, and a deletion goes on after one", async () => {
  const repoURL = await git.createRepo("killed", { "it.yaml": object("killed", "one") });
  await apply(application("killed", repoURL, { syncPolicy: { automated: null } }));
  await until("killed", "is OutOfSync", ({ status }) => status?.sync?.status === "OutOfSync");
  const operation = {
    initiatedBy: { username: "dana" },
    sync: { revision: "main", syncOptions: ["CreateNamespace=true"] },
  };
  await kubectl(
    "patch",
    "application",
    "killed",
    "-n",
    "argocd",
    "--type",
    "merge",
    "-p",
    JSON.stringify({ operation }),
  );
  await eventually(
    "it runs",
    async () =>
      ((await daemon.api<Shown>("/api/v1/applications/killed")).body["status"]?.operationState?.phase ??
        "") !== "",
  );
  await daemon.kill("SIGKILL");
  await daemon.restart();
  const app = await until("killed", "is well", isWell);
  expect(app["status"].operationState.operation.initiatedBy).toEqual({ username: "dana" });
  expect(app["status"].history).toHaveLength(1);
  expect(await valueIn("killed")).toBe("one");

  await kubectl("delete", "application", "killed", "-n", "argocd", "--wait=false");
  await daemon.kill("SIGKILL");
  await daemon.restart();
  await isGone("killed");
  expect(await valueIn("killed")).toBeUndefined();
});

test("without its finalizer an Application goes and its objects stay", async () => {
  const repoURL = await git.createRepo("stays", { "it.yaml": object("stays", "one") });
  await apply(application("stays", repoURL, { metadata: { finalizers: [] } }));
  await until("stays", "is well", isWell);
  await kubectl("delete", "application", "stays", "-n", "argocd");
  await eventually(
    "the daemon forgot it",
    async () => (await daemon.api("/api/v1/applications/stays")).status === 404,
  );
  expect(await valueIn("stays")).toBe("one");
});

test("applications of other namespaces, where the project names them", async () => {
  await plane.api.makeNamespace("team-a");
  const repoURL = await git.createRepo("teams", { "it.yaml": object("team-objects", "one") });
  const app = application("teams", repoURL);
  app.spec.destination.namespace = "team-objects";
  app.spec.project = "teams";
  app.metadata.namespace = "team-a";
  const project = (sourceNamespaces: string[]) => ({
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AppProject",
    metadata: { name: "teams", namespace: "argocd" },
    spec: {
      sourceRepos: ["*"],
      destinations: [{ server: "*", namespace: "*" }],
      clusterResourceWhitelist: [{ group: "*", kind: "*" }],
      sourceNamespaces,
    },
  });
  await apply(project([]));
  await plane.api.must("POST", "/apis/argoproj.io/v1alpha1/namespaces/team-a/applications", app);
  const refused = await until(
    "teams",
    "is refused",
    ({ status }) => (status?.conditions ?? []).length > 0,
    "team-a",
  );
  expect(JSON.stringify(refused["status"].conditions)).toContain("are not permitted to use project 'teams'");
  await apply(project(["team-*"]));
  await until("teams", "is well", isWell, "team-a");
  expect(await valueIn("team-objects")).toBe("one");
  await kubectl("delete", "application", "teams", "-n", "team-a");
  await isGone("teams", "team-a");
});

test(`a parent over a folder: ${CHILDREN} children from one commit, one that kubectl deletes, and their removal by another`, async () => {
  const names = Array.from({ length: CHILDREN }, (_, index) => `child-${index}`);
  const repoURL = await git.createRepo(
    "children",
    Object.fromEntries(names.map((name) => [`${name}/it.yaml`, yaml(configMap("many", name))])),
  );
  await plane.api.makeNamespace("many");
  const child = (name: string): object => {
    const app = application(name, repoURL, { source: { path: name } });
    return { ...app, spec: { ...app.spec, destination: { server: SERVER, namespace: "many" } } };
  };
  const keep = yaml(configMap("parent", "keep"));
  const files = (of: string[]) =>
    Object.fromEntries(of.map((name) => [`apps/${name}.yaml`, yaml(child(name))]));
  const parentURL = await git.createRepo("parent", { "apps/keep.yaml": keep });
  await apply(application("parent", parentURL, { source: { path: "apps" } }));
  await until("parent", "is well", isWell);

  const started = performance.now();
  await git.commit("parent", files(names), "children");
  const all = async (): Promise<Shown[]> =>
    (
      (await plane.api.must("GET", "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications"))[
        "items"
      ] as Shown[]
    ).filter(({ metadata }) => metadata.name.startsWith("child-"));
  await eventually(
    "all children are well",
    async () => {
      const seen = await all();
      return seen.length === names.length && seen.every(isWell);
    },
    150_000,
  );
  const madeMs = performance.now() - started;
  const counts = (): number[] => {
    const byName = new Map<string, number>();
    for (const { name } of ownWrites()) byName.set(name, (byName.get(name) ?? 0) + 1);
    return names.map((name) => byName.get(name) ?? 0);
  };
  const made = counts();
  const mean = made.reduce((sum, one) => sum + one, 0) / names.length;
  console.log(
    `${names.length} children in ${Math.round(madeMs / 1000)} s: ${mean.toFixed(2)} requests of our own each, at most ${Math.max(...made)}`,
  );
  expect(mean).toBeLessThanOrEqual(MOST_REQUESTS);
  // A parent is Synced though each of its children has a status by now.
  await until(
    "parent",
    "is well with them",
    (app) => isWell(app) && app["status"].resources.length === names.length + 1,
  );

  // One that a person deletes takes its objects along, and its parent makes it again.
  const before = (await read("child-0"))?.["metadata"].uid;
  await kubectl("delete", "application", "child-0", "-n", "argocd");
  const again = await until(
    "child-0",
    "is made anew",
    (app) => app["metadata"].uid !== before && isWell(app),
  );
  expect(again["metadata"].uid).not.toBe(before);

  const removing = performance.now();
  await git.commit(
    "parent",
    Object.fromEntries(names.map((name) => [`apps/${name}.yaml`, null])),
    "no children",
  );
  // So many at once wait for a person.
  const blocked = await until("parent", "says that they wait", ({ status }) =>
    (status?.conditions ?? []).some(({ type }: Shown) => type === "PruneBlocked"),
  );
  expect(JSON.stringify(blocked["status"].conditions)).toContain(`--confirm ${names.length}`);
  expect(await all()).toHaveLength(names.length);
  const { code, stderr } = await daemon.cli(
    "app",
    "sync",
    "parent",
    "--prune",
    "--confirm",
    String(names.length),
  );
  expect({ code, stderr }).toMatchObject({ code: 0 });
  await eventually("all children are gone", async () => (await all()).length === 0, 150_000);
  const removed = counts().map((count, index) => count - (made[index] ?? 0));
  console.log(
    `removed in ${Math.round((performance.now() - removing) / 1000)} s: ${(removed.reduce((sum, one) => sum + one, 0) / names.length).toFixed(2)} requests of our own each`,
  );
  const left = (await plane.api.must("GET", "/api/v1/namespaces/many/configmaps"))["items"] as Shown[];
  expect(left.map(({ metadata }) => metadata.name).filter((name) => name.startsWith("child-"))).toEqual([]);
  await until("parent", "is well without them", isWell);
});

test("a definition that is deleted takes nothing along", async () => {
  const repoURL = await git.createRepo("spared", { "it.yaml": object("spared", "one") });
  await apply(application("spared", repoURL));
  await until("spared", "is well", isWell);
  await kubectl("delete", "crd", "applications.argoproj.io", "--wait=false");
  await eventually("it is said", async () =>
    JSON.stringify((await daemon.api("/api/holdfast/v1/problems")).body).includes("is being deleted"),
  );
  await daemon.kill("SIGKILL");
  await daemon.restart();
  await eventually("it is said again", async () =>
    JSON.stringify((await daemon.api("/api/holdfast/v1/problems")).body).includes("is being deleted"),
  );
  expect(await valueIn("spared")).toBe("one");
});
