/** Applications as a large company has them: most of them well, some in each kind of trouble. */
import type { Application, ResourceStatus } from "../src/core/model/application.ts";
import type { HealthStatus } from "../src/core/model/health.ts";
import type { ManagedResource, ReadControl, ResourceNode } from "../src/engine/control.ts";
import { hashSha256 } from "../src/lib/hash.ts";

const COMMIT = "9f2e1aa0c3f1d7b4e58a6c2f0b9d3e4a5c6b7d81";
const RESOURCES = 8;
const DEPLOYMENTS = 10;

const commitOf = (at: number): string =>
  `${(at * 2_654_435_761).toString(16).padStart(8, "0").slice(0, 8)}${COMMIT.slice(8)}`;

/** 4 of 100 are degraded, 5 behind Git, 3 on their way, 1 suspended. */
function stateOf(at: number): { sync: "Synced" | "OutOfSync"; health: HealthStatus; message?: string } {
  const of = at % 100;
  if (of < 4)
    return {
      ...{ sync: "Synced", health: "Degraded" },
      message: `apps/Deployment team-${at % 40}/web-${at}: Pod web-${at}-6c9d container web waits: CrashLoopBackOff (exit 1)`,
    };
  if (of < 9) return { sync: "OutOfSync", health: "Healthy" };
  if (of < 12)
    return {
      ...{ sync: "Synced", health: "Progressing" },
      message: `apps/Deployment team-${at % 40}/web-${at}: 1 of 3 Pods are ready`,
    };
  return { sync: "Synced", health: of === 12 ? "Suspended" : "Healthy" };
}

const DONE = [
  "Raise",
  "Fix",
  "Move",
  "Drop",
  "Add",
  "Rename",
  "Split",
  "Bound",
  "Document",
  "Revert",
] as const;
const THING = [
  "memory limits",
  "the retry of uploads",
  "health checks",
  "the queue's depth",
  "log levels",
] as const;
const WHY = [
  "for the sale",
  "after the incident",
  "as review asked",
  "on all regions",
  "in canaries first",
] as const;

const changes = new Map<string, NonNullable<ReturnType<ReadControl["changeOf"]>>>();

/** The commit that changed each application last: one of its own, as where each has a repository, and as near as there. */
export function changeOf(key: string): ReturnType<ReadControl["changeOf"]> {
  const known = changes.get(key) ?? {
    ...{ is: "commit", subject: subjectAt(key), author: "Ana Ruiz <ana@example.com>" },
    ...{ date: "2026-11-30T08:00:00Z", signedOffBy: [], commit: hashSha256(key).slice(0, 40) },
  };
  changes.set(key, known);
  return known;
}

function subjectAt(key: string): string {
  const at = Number(/\d+$/.exec(key)?.[0] ?? 0);
  const of = <T>(words: readonly T[], step: number): T => words[Math.floor(at / step) % words.length] as T;
  return `${of(DONE, 1)} ${of(THING, 7)} of web-${at} ${of(WHY, 3)} (#${(at * 7_919) % 40_000})`;
}

export function estate(count: number): Application[] {
  return Array.from({ length: count }, (_, at) => application(at));
}

function application(at: number): Application {
  const { sync, health, message } = stateOf(at);
  const [team, name] = [`team-${at % 40}`, `web-${at}`];
  const revision = commitOf(at % 200);
  const source = {
    repoURL: `https://git.example.com/${team}/deploy.git`,
    path: `apps/${name}`,
    targetRevision: "main",
  };
  const resources: ResourceStatus[] = Array.from({ length: RESOURCES }, (_unused, index) => ({
    ...{ group: index === 0 ? "apps" : "", version: "v1", kind: index === 0 ? "Deployment" : "ConfigMap" },
    ...{ namespace: team, name: `${name}-${index}`, status: index < 2 ? sync : "Synced" },
    health: { status: index === 0 ? health : "Healthy" },
  }));
  const finishedAt = new Date(Date.UTC(2026, 10, 28) + at * 17_000).toISOString();
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { namespace: "argocd", name, labels: { team, tier: at % 3 === 0 ? "web" : "jobs" } },
    spec: {
      ...{ project: team, source },
      destination: { name: `cluster-${at % 25}`, namespace: team },
      syncPolicy: { automated: { prune: true, selfHeal: true }, syncOptions: ["CreateNamespace=true"] },
    },
    status: {
      sync: { status: sync, revision, comparedTo: { source, destination: {} } },
      health: { status: health, ...(message === undefined ? {} : { message }) },
      resources,
      history: Array.from({ length: DEPLOYMENTS }, (_unused, index) => ({
        ...{
          id: index + 1,
          revision: commitOf(index),
          source,
          deployedAt: finishedAt,
          cause: "automated" as const,
        },
      })),
      operationState: {
        operation: { sync: { revision }, initiatedBy: { automated: true } },
        ...{
          phase: "Succeeded",
          message: "successfully synced (8 applied)",
          startedAt: finishedAt,
          finishedAt,
        },
        syncResult: {
          revision,
          resources: resources.map(({ kind, version, name: of, group = "" }) => ({
            ...{
              group,
              kind,
              version,
              name: of,
              namespace: team,
              status: "Synced",
              message: "unchanged",
              syncPhase: "Sync",
            },
          })),
        },
      },
      reconciledAt: finishedAt,
      summary: {
        images: [`registry.example.com/${team}/${name}:1.${at % 9}.0`, "registry.example.com/proxy:3.1"],
      },
    },
  };
}

/** The same one, as it is a moment later: one that was well is on its way, and the other way round. */
export function changed(app: Application, nth: number): Application {
  const { status } = app;
  if (status === undefined) return app;
  const isWell = status.health.status === "Healthy";
  return {
    ...app,
    status: {
      ...status,
      health: isWell
        ? { status: "Progressing", message: `apps/Deployment web: ${nth % 3} of 3 Pods are ready` }
        : { status: "Healthy" },
      reconciledAt: new Date(Date.UTC(2026, 10, 29) + nth).toISOString(),
    },
  };
}

/** One application of many objects: Deployments with what comes of them. */
export const largeTree = {
  app(objects: number): Application {
    const one = application(13);
    const deployments = Math.ceil(objects / 4);
    return {
      ...one,
      metadata: { namespace: "argocd", name: "large" },
      status: {
        ...one.status!,
        resources: Array.from({ length: deployments }, (_, at) => ({
          ...{ group: "apps", version: "v1", kind: "Deployment", namespace: "large", name: `web-${at}` },
          ...{ status: at % 50 === 0 ? ("OutOfSync" as const) : ("Synced" as const) },
          health: { status: at % 100 === 1 ? ("Degraded" as const) : ("Healthy" as const) },
        })),
      },
    };
  },
  /** A Deployment, its ReplicaSet and two Pods, as often as it takes. */
  tree(objects: number): ResourceNode[] {
    return Array.from({ length: Math.ceil(objects / 4) }, (_, at) => {
      const ref = (kind: string, name: string) => ({
        ...{ group: kind === "Pod" ? "" : "apps", kind, namespace: "large", name },
      });
      const node = (
        kind: string,
        name: string,
        parent: { kind: string; name: string } | undefined,
        health: HealthStatus = "Healthy",
      ): ResourceNode => ({
        ...{ ref: ref(kind, name), version: "v1", uid: `${kind}-${name}`, resourceVersion: "1" },
        parents:
          parent === undefined
            ? []
            : [{ ...ref(parent.kind, parent.name), uid: `${parent.kind}-${parent.name}` }],
        ...{
          createdAt: "2026-11-28T00:00:00Z",
          health: { status: health, message: "" },
          info: [],
          images: [],
        },
      });
      const [top, set] = [`web-${at}`, `web-${at}-6c9d`];
      const state = at % 100 === 1 ? "Degraded" : "Healthy";
      return [
        node("Deployment", top, undefined, state),
        node("ReplicaSet", set, { kind: "Deployment", name: top }),
        node("Pod", `${set}-a`, { kind: "ReplicaSet", name: set }),
        node("Pod", `${set}-b`, { kind: "ReplicaSet", name: set }, state),
      ];
    }).flat();
  },
};

/** One object of so many lines, of which every 40th differs. */
export function largeDiff(lines: number): ManagedResource[] {
  const config = (word: string) => ({
    ...{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "large", namespace: "large" } },
    data: {
      file: Array.from(
        { length: lines },
        (_, at) => `setting-${at}: ${at % 40 === 0 ? word : "as it was"}`,
      ).join("\n"),
    },
  });
  const [live, target] = [config("old"), config("new")];
  const owner = { manager: "kubectl", operation: "Update", time: "2026-11-28T04:00:00Z", subresource: "" };
  return [
    {
      ref: { group: "", kind: "ConfigMap", namespace: "large", name: "large" },
      ...{
        version: "v1",
        live,
        target,
        predicted: target,
        modified: true,
        hook: false,
        resourceVersion: "7",
      },
      fields: [{ path: "data.file", live: live.data.file, desired: target.data.file, owner }],
    },
  ];
}
