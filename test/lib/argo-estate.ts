/**
 * A control plane as an Argo CD leaves it: custom resources with status, its Secrets and settings, and objects that its
 * controller applied, with tracking ids, the annotation of what was applied last and its field manager.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { defined } from "../../src/lib/defined.ts";
import { type AuditedWrite, auditLog, isByDaemon } from "./audit-log.ts";
import { type ControlPlane, controlPlaneBinaries, startControlPlane } from "./control-plane.ts";
import { BINARY, type Ran, run } from "./daemon.ts";
import { eventually } from "./eventually.ts";
import { type GitServer, startGitServer } from "./git-server.ts";
import { tracked } from "./manifests.ts";

export const ARGO = "argocd";
export const ARGO_APPS = `/apis/argoproj.io/v1alpha1/namespaces/${ARGO}/applications`;
const PASSWORD = "an-estate-has-secrets";

export interface ArgoEstate {
  plane: ControlPlane;
  git: GitServer;
  /** An entry of `repositories` that opens all of them, for a daemon's config. */
  repository: string;
  /** What a command of ours printed; kubectl's usual places name the control plane. */
  cli(...args: string[]): Promise<Ran>;
  /** Its objects are there, applied as Argo CD does and rolled out; its Application says Synced and Healthy. */
  deliver(
    name: string,
    objects: KubeObject[],
    change?: ArgoChange,
  ): Promise<{ repoURL: string; sha: string }>;
  secret(type: string, name: string, data: Record<string, string>): Promise<void>;
  /** A cluster Secret for the control plane, under the address that it has from outside. */
  cluster(name: string): Promise<void>;
  settings(name: string, data: Record<string, string>): Promise<void>;
  /** What a program of ours wrote, anywhere, dry runs left out. */
  ourWrites(): AuditedWrite[];
  stop(): Promise<void>;
}

export interface ArgoChange {
  /** What Argo CD writes as its verdict, over Synced and Healthy. */
  status?: unknown;
  spec?: Record<string, unknown>;
  metadata?: Record<string, unknown>;
  /** How Argo CD knows its objects; default `annotation`. */
  by?: "annotation" | "label";
  /** What is in the cluster in place of what Git wants. */
  there?: KubeObject[];
}

export async function startArgoEstate(): Promise<ArgoEstate> {
  const audit = auditLog();
  const [plane, git] = await Promise.all([
    startControlPlane({ apiserverFlags: audit.flags }),
    startGitServer({ auth: { basic: { username: "argo", password: PASSWORD } } }),
  ]);
  const dir = mkdtempSync(join(tmpdir(), "holdfast-argo-"));
  const { must } = plane.api;
  await plane.kubectl(
    "apply",
    "--server-side",
    "-f",
    resolve(import.meta.dir, "../../config/definitions.yaml"),
  );
  await plane.kubectl(
    "wait",
    "--for=condition=Established",
    "--timeout=60s",
    "crd/applications.argoproj.io",
    "crd/appprojects.argoproj.io",
  );
  await plane.api.makeNamespace(ARGO);

  const estate: ArgoEstate = {
    plane,
    git,
    repository: JSON.stringify({ url: git.url, username: "argo", password: PASSWORD }),
    cli: (...args) =>
      run([BINARY, ...args], {
        cwd: dir,
        env: {
          PATH: `${controlPlaneBinaries()}:${process.env.PATH ?? ""}`,
          HOME: dir,
          KUBECONFIG: plane.kubeconfig,
        },
      }),
    async deliver(name, objects, { status, spec = {}, metadata = {}, there = objects, by } = {}) {
      await plane.api.makeNamespace(name);
      const repoURL = await git.createRepo(name, {
        "app/all.yaml": objects.map((object) => JSON.stringify(object)).join("\n---\n"),
      });
      const sha = await git.commit(name, { "README.md": "as Argo CD saw it\n" }, "as Argo CD saw it");
      const file = join(dir, `${name}.yaml`);
      writeFileSync(
        file,
        there
          .map((object) => JSON.stringify(by === "label" ? labelled(name, object) : tracked(name, object)))
          .join("\n---\n"),
      );
      await plane.kubectl("apply", "-f", file, "--field-manager=argocd-controller");
      for (const { kind, metadata: of } of there)
        if (kind === "Deployment")
          await plane.kubectl("rollout", "status", `deployment/${of.name}`, "-n", name, "--timeout=60s");
      const destination = { server: "https://kubernetes.default.svc", namespace: name };
      const source = { repoURL, path: "app", targetRevision: "main" };
      await must("POST", ARGO_APPS, {
        apiVersion: "argoproj.io/v1alpha1",
        kind: "Application",
        metadata: {
          name,
          namespace: ARGO,
          finalizers: ["resources-finalizer.argocd.argoproj.io"],
          ...metadata,
        },
        spec: {
          project: "default",
          source,
          destination,
          syncPolicy: { automated: { prune: true, selfHeal: true } },
          ...spec,
        },
        status: status === undefined ? statusOf(objects, { destination, source, sha }) : status,
      });
      return { repoURL, sha };
    },
    async secret(type, name, data) {
      await must("POST", `/api/v1/namespaces/${ARGO}/secrets`, {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name, labels: { "argocd.argoproj.io/secret-type": type } },
        stringData: data,
      });
    },
    async cluster(name) {
      const { clusters, users } = Bun.YAML.parse(readFileSync(plane.kubeconfig, "utf8")) as Record<
        string,
        any
      >;
      const { server, "certificate-authority-data": caData } = clusters[0].cluster;
      const {
        token,
        "client-certificate-data": certData,
        "client-key-data": keyData,
      } = users[0].user as Record<string, string | undefined>;
      const config = {
        ...defined({ bearerToken: token }),
        tlsClientConfig: defined({ caData, certData, keyData }),
      };
      await estate.secret("cluster", name, { name, server, config: JSON.stringify(config) });
    },
    async settings(name, data) {
      await must("POST", `/api/v1/namespaces/${ARGO}/configmaps`, {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name, labels: { "app.kubernetes.io/part-of": "argocd" } },
        data,
      });
    },
    ourWrites: () => audit.writes().filter((write) => isByDaemon(write) && !write.dryRun),
    async stop() {
      git.close();
      await plane.stop();
      audit.remove();
      rmSync(dir, { recursive: true, force: true });
    },
  };
  await estate.secret("repo-creds", "creds", { url: git.url, username: "argo", password: PASSWORD });
  await must("POST", `/apis/argoproj.io/v1alpha1/namespaces/${ARGO}/appprojects`, {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AppProject",
    metadata: { name: "default", namespace: ARGO },
    spec: {
      sourceRepos: ["*"],
      destinations: [{ server: "*", namespace: "*" }],
      clusterResourceWhitelist: [{ group: "*", kind: "*" }],
    },
  });
  await eventually("the namespace's own objects are there", () =>
    plane.api.find(`/api/v1/namespaces/${ARGO}/configmaps/kube-root-ca.crt`),
  );
  return estate;
}

function labelled(app: string, object: KubeObject): KubeObject {
  const labels = { ...object.metadata.labels, "app.kubernetes.io/instance": app };
  return { ...object, metadata: { ...object.metadata, labels } };
}

/** As Argo CD writes it where everything is as it should be. */
export function statusOf(
  objects: readonly KubeObject[],
  { destination, source, sha }: { destination: unknown; source: unknown; sha: string },
): Record<string, any> {
  const at = "2026-11-28T10:00:00Z";
  return {
    sync: { status: "Synced", comparedTo: { destination, source }, revision: sha },
    health: { status: "Healthy", lastTransitionTime: at },
    reconciledAt: at,
    sourceType: "Directory",
    controllerNamespace: ARGO,
    resources: objects.map(({ apiVersion, kind, metadata }) => {
      const [group, version] = apiVersion.includes("/") ? apiVersion.split("/") : ["", apiVersion];
      return {
        ...(group === "" ? {} : { group }),
        version,
        kind,
        namespace: metadata.namespace,
        name: metadata.name,
        status: "Synced",
        ...(["Deployment", "Service"].includes(kind) ? { health: { status: "Healthy" } } : {}),
      };
    }),
    operationState: {
      phase: "Succeeded",
      startedAt: at,
      finishedAt: at,
      message: "successfully synced (all tasks run)",
      operation: { sync: { revision: sha }, initiatedBy: { automated: true } },
      syncResult: { revision: sha, source, resources: [] },
    },
    history: [{ id: 0, revision: sha, deployedAt: at, deployStartedAt: at, source }],
    summary: {},
  };
}
