/** An estate of thirty applications moves in and out again, on a real API server: what may be taken is, what may not stays. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { ARGO_APPS, type ArgoEstate, startArgoEstate } from "../lib/argo-estate.ts";
import { type Daemon, startDaemon } from "../lib/daemon.ts";
import { configMap } from "../lib/manifests.ts";
import type { Shown } from "../lib/stage.ts";

setDefaultTimeout(180_000);

const FINE = Array.from({ length: 26 }, (_, at) => `app-${at}`);
const MARKED = { metadata: { annotations: { "argocd.argoproj.io/skip-reconcile": "true" } } };

let estate: ArgoEstate, daemon: Daemon;
beforeAll(async () => {
  estate = await startArgoEstate();
  const { deliver } = estate;
  const settings = (name: string) => [configMap(name, "settings", { mode: "as-it-is" })];
  for (const name of FINE) await deliver(name, settings(name), MARKED);
  const nowhere = { repoURL: "https://127.0.0.1:1/nowhere.git", path: "app", targetRevision: "main" };
  await deliver("unreachable", settings("unreachable"), { ...MARKED, spec: { source: nowhere } });
  await deliver("by-hand", settings("by-hand"), {
    ...MARKED,
    there: [configMap("by-hand", "settings", { mode: "by-hand" })],
  });
  await deliver("held", settings("held"));
  // A parent, and its child, which Argo CD made.
  const child = await deliver("child", settings("child"), MARKED);
  const { spec, apiVersion, kind } = (await estate.plane.api.must("GET", `${ARGO_APPS}/child`)) as Shown;
  const repoURL = await estate.git.createRepo("root", {
    "app/child.yaml": JSON.stringify({
      apiVersion,
      kind,
      metadata: {
        name: "child",
        namespace: "argocd",
        ...MARKED.metadata,
        finalizers: ["resources-finalizer.argocd.argoproj.io"],
      },
      spec,
    }),
  });
  expect(child.repoURL).toBe(spec.source.repoURL);
  await estate.plane.api.must(
    "PATCH",
    `${ARGO_APPS}/child`,
    {
      metadata: {
        annotations: { "argocd.argoproj.io/tracking-id": "root:argoproj.io/Application:argocd/child" },
      },
    },
    "application/merge-patch+json",
  );
  await estate.plane.api.must("POST", ARGO_APPS, {
    apiVersion,
    kind,
    metadata: { name: "root", namespace: "argocd", ...MARKED.metadata },
    spec: {
      project: "default",
      source: { repoURL, path: "app", targetRevision: "main" },
      destination: { server: "https://kubernetes.default.svc", namespace: "argocd" },
      syncPolicy: { automated: { prune: true, selfHeal: true } },
    },
    status: {
      sync: { status: "Synced" },
      health: { status: "Healthy" },
      resources: [
        {
          group: "argoproj.io",
          version: "v1alpha1",
          kind,
          namespace: "argocd",
          name: "child",
          status: "Synced",
        },
      ],
    },
  });
  const { kubeconfig } = estate.plane;
  const clusters = [{ name: "in-cluster", server: "https://kubernetes.default.svc", kubeconfig }];
  daemon = await startDaemon(
    `poll: 1h\npollSpread: 0s\nclusters: ${JSON.stringify(clusters)}\nrepositories: [${estate.repository}]\n`,
    {},
    { env: { KUBECONFIG: kubeconfig } },
  );
}, 180_000);
afterAll(async () => {
  await daemon?.stop();
  await estate?.stop();
}, 60_000);

const TAKEN = [...FINE, "child", "root"].sort();
const listed = async (): Promise<Shown[]> =>
  ((await daemon.api<Shown>("/api/v1/applications")).body.items ?? []) as Shown[];
/** Everything of Argo CD's, and everything that it delivered. */
const versions = async (): Promise<string[]> => {
  const { must } = estate.plane.api;
  const lists = await Promise.all(
    [ARGO_APPS, "/api/v1/configmaps"].map((path) => must("GET", path) as Promise<Shown>),
  );
  return lists
    .flatMap(({ items }) => items as Shown[])
    .filter(({ metadata }) => metadata.namespace !== "kube-system")
    .map(
      ({ metadata }) => `${metadata.namespace}/${metadata.name} ${metadata.uid} ${metadata.resourceVersion}`,
    )
    .sort();
};

test("of all, what may be taken is taken without a write, and of each of the others it is said why it stays", async () => {
  const before = await versions();
  for (let times = 0; times < 2; times++) {
    const { code, stdout, stderr } = await daemon.cli("adopt", "--yes", "--take", "--all");
    expect(stdout).toContain("3 applications stay with Argo CD:");
    expect(stdout).toContain("argocd/held: it does not say that Argo CD leaves it alone");
    expect(stdout).toContain("argocd/by-hand would be written to: say --different to take it");
    expect(stdout).toContain("127.0.0.1:1/nowhere.git: cannot read from Git");
    expect(stderr).toContain("28 of 31 applications are Holdfast's");
    expect(code).toBe(7);
    expect((await listed()).map(({ metadata }) => metadata.name).sort()).toEqual(TAKEN);
    for (const name of TAKEN) {
      await daemon.api(`/api/v1/applications/${name}?refresh=hard`);
      await daemon.until(
        name,
        ({ status }) => status?.sync?.status === "Synced" && status.history === undefined,
      );
    }
  }
  expect(estate.ourWrites()).toEqual([]);
  const undone = await daemon.cli("adopt", "--yes", "--undo", "--all");
  expect(undone.stderr).toContain("28 applications can be Argo CD's again");
  expect(await listed()).toEqual([]);
  expect(await versions()).toEqual(before);
});

test("a look says that a parent's children stay custom resources", async () => {
  const { stdout } = await estate.cli("adopt", "root");
  expect(stdout).toContain(
    "it renders 1 of the kinds of Argo CD's, the first is argoproj.io/Application argocd/child",
  );
});
