import { describe, expect, test } from "bun:test";
import { defined } from "../../lib/defined.ts";
import type { HealthStatus } from "../model/health.ts";
import type { KubeObject } from "../model/kube-object.ts";
import { explainHealth } from "./explain-health.ts";
import { healthOf } from "./health-of.ts";

type Part = Record<string, unknown>;
const make = (apiVersion: string, kind: string, metadata: Part = {}, rest: Part = {}): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name: "shop", namespace: "demo", ...metadata },
  ...rest,
});

interface Case {
  name: string;
  object: KubeObject;
  want: HealthStatus | "none";
  says?: string;
}
const table = (title: string, cases: Case[]) =>
  describe(title, () => {
    test.each(cases)("$name", ({ object, want, says }) => {
      const { health } = healthOf(object);
      expect(health?.status ?? "none").toBe(want);
      if (says !== undefined) expect(health?.message).toContain(says);
    });
  });

const deployment = (spec: Part, status: Part, generation = 1) =>
  make("apps/v1", "Deployment", { generation }, { spec, status: { observedGeneration: 1, ...status } });
table("healthOf() Deployment", [
  {
    name: "is Healthy when every replica is updated and available",
    object: deployment({ replicas: 2 }, { replicas: 2, updatedReplicas: 2, availableReplicas: 2 }),
    want: "Healthy",
  },
  { name: "is Healthy at zero replicas", object: deployment({ replicas: 0 }, {}), want: "Healthy" },
  {
    name: "counts one replica when spec.replicas is left out",
    object: deployment({}, {}),
    want: "Progressing",
    says: "0 of 1",
  },
  {
    name: "waits until the controller saw the newest generation",
    object: deployment({ replicas: 0 }, {}, 2),
    want: "Progressing",
    says: "generation 2",
  },
  {
    name: "waits for old replicas to end",
    object: deployment({ replicas: 1 }, { replicas: 2, updatedReplicas: 1, availableReplicas: 2 }),
    want: "Progressing",
    says: "1 replica of an older revision",
  },
  {
    name: "waits for updated replicas to become available",
    object: deployment({ replicas: 2 }, { replicas: 2, updatedReplicas: 2, availableReplicas: 1 }),
    want: "Progressing",
    says: "1 of 2 replicas are available",
  },
  { name: "is Suspended while paused", object: deployment({ paused: true }, {}), want: "Suspended" },
  {
    name: "is Degraded past its progress deadline",
    object: deployment(
      { progressDeadlineSeconds: 60 },
      {
        conditions: [
          {
            type: "Progressing",
            status: "False",
            reason: "ProgressDeadlineExceeded",
            message: "ReplicaSet x has timed out",
          },
        ],
      },
    ),
    want: "Degraded",
    says: "60 seconds: ReplicaSet x",
  },
  {
    name: "says why replicas cannot be made",
    object: deployment(
      { replicas: 1 },
      {
        conditions: [
          { type: "ReplicaFailure", status: "True", reason: "FailedCreate", message: "exceeded quota" },
        ],
      },
    ),
    want: "Progressing",
    says: "exceeded quota",
  },
]);

const stateful = (spec: Part, status: Part) =>
  make(
    "apps/v1",
    "StatefulSet",
    { generation: 2 },
    {
      spec: { replicas: 3, ...spec },
      status: { observedGeneration: 2, readyReplicas: 3, replicas: 3, ...status },
    },
  );
table("healthOf() StatefulSet", [
  {
    name: "waits for the first look",
    object: make("apps/v1", "StatefulSet", { generation: 1 }, { spec: {}, status: {} }),
    want: "Progressing",
  },
  {
    name: "waits for ready Pods",
    object: stateful({}, { readyReplicas: 1 }),
    want: "Progressing",
    says: "1 of 3",
  },
  {
    name: "is done above its partition",
    object: stateful(
      { updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 2 } } },
      { updatedReplicas: 1, currentRevision: "a", updateRevision: "b" },
    ),
    want: "Healthy",
  },
  {
    name: "waits above its partition",
    object: stateful(
      { updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 1 } } },
      { updatedReplicas: 1, currentRevision: "a", updateRevision: "b" },
    ),
    want: "Progressing",
    says: "1 of 2",
  },
  {
    name: "rolls through revisions",
    object: stateful(
      { updateStrategy: { rollingUpdate: { partition: 0 } } },
      { updatedReplicas: 2, currentRevision: "a", updateRevision: "b" },
    ),
    want: "Progressing",
    says: "revision b",
  },
  {
    name: "leaves OnDelete to its operator",
    object: stateful({ updateStrategy: { type: "OnDelete" } }, { currentRevision: "a", updateRevision: "b" }),
    want: "Healthy",
  },
]);

const running = (status: Part, spec: Part = {}, metadata: Part = {}) =>
  make("v1", "Pod", metadata, {
    spec: { restartPolicy: "Always", ...spec },
    status: { phase: "Running", ...status },
  });
const ready = { conditions: [{ type: "Ready", status: "True" }] };
table("healthOf() Pod", [
  { name: "is Healthy when ready", object: running(ready), want: "Healthy" },
  {
    name: "is Degraded while it crashes",
    object: running({
      containerStatuses: [
        { name: "web", state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 40s" } } },
      ],
    }),
    want: "Degraded",
    says: "container web waits: CrashLoopBackOff: back-off 40s",
  },
  {
    name: "is Degraded when not ready after a restart",
    object: running({
      containerStatuses: [
        { name: "web", state: { running: {} }, lastState: { terminated: { exitCode: 3 } } },
      ],
    }),
    want: "Degraded",
    says: "exit code 3",
  },
  {
    name: "says why it cannot be scheduled",
    object: make(
      "v1",
      "Pod",
      {},
      {
        spec: {},
        status: {
          phase: "Pending",
          conditions: [{ type: "PodScheduled", status: "False", message: "0/3 nodes are available" }],
        },
      },
    ),
    want: "Progressing",
    says: "0/3 nodes",
  },
  {
    name: "is not done while a run-once Pod runs",
    object: running(ready, { restartPolicy: "Never" }),
    want: "Progressing",
  },
  {
    name: "counts readiness alone where the annotation says so",
    object: running(
      ready,
      { restartPolicy: "Never" },
      { annotations: { "argocd.argoproj.io/ignore-restart-policy": "true" } },
    ),
    want: "Healthy",
  },
  {
    name: "says which container was killed",
    object: make(
      "v1",
      "Pod",
      {},
      {
        spec: { restartPolicy: "Never" },
        status: {
          phase: "Failed",
          containerStatuses: [
            { name: "ok", state: { terminated: { exitCode: 0 } } },
            { name: "web", state: { terminated: { exitCode: 137, reason: "OOMKilled" } } },
          ],
        },
      },
    ),
    want: "Degraded",
    says: "container web ended with exit code 137: OOMKilled",
  },
]);

const job = (...conditions: Part[]) => make("batch/v1", "Job", {}, { spec: {}, status: { conditions } });
const cron = (spec: Part, status?: Part) => make("batch/v1", "CronJob", {}, { spec, ...defined({ status }) });
table("healthOf() Job and CronJob", [
  { name: "runs until a condition says otherwise", object: job(), want: "Progressing", says: "0 of 1" },
  { name: "is Healthy when complete", object: job({ type: "Complete", status: "True" }), want: "Healthy" },
  {
    name: "is Degraded when failed, with the reason",
    object: job({
      type: "Failed",
      status: "True",
      reason: "BackoffLimitExceeded",
      message: "has reached the limit",
    }),
    want: "Degraded",
    says: "BackoffLimitExceeded",
  },
  {
    name: "is Suspended while suspended",
    object: job({ type: "Suspended", status: "True" }),
    want: "Suspended",
  },
  {
    name: "runs again once it was resumed",
    object: job({ type: "Suspended", status: "False" }),
    want: "Progressing",
  },
  { name: "CronJob: no run yet is Healthy", object: cron({}, {}), want: "Healthy" },
  {
    name: "CronJob: a failed last run is Degraded",
    object: cron(
      {},
      { lastScheduleTime: "2026-01-02T00:00:00Z", lastSuccessfulTime: "2026-01-01T00:00:10Z" },
    ),
    want: "Degraded",
    says: "2026-01-02",
  },
  {
    name: "CronJob: a run under way is Healthy",
    object: cron({}, { lastScheduleTime: "2026-01-02T00:00:00Z", active: [{}] }),
    want: "Healthy",
  },
]);

const scaler = (...conditions: Part[]) =>
  make("autoscaling/v2", "HorizontalPodAutoscaler", {}, { status: { conditions } });
const definition = (...conditions: Part[]) =>
  make("apiextensions.k8s.io/v1", "CustomResourceDefinition", {}, { status: { conditions } });
table("healthOf() the other built-in kinds", [
  {
    name: "Service: cluster addresses need nothing",
    object: make("v1", "Service", {}, { spec: { type: "ClusterIP" } }),
    want: "Healthy",
  },
  {
    name: "Service: a load balancer needs an address",
    object: make("v1", "Service", {}, { spec: { type: "LoadBalancer" }, status: { loadBalancer: {} } }),
    want: "Progressing",
  },
  {
    name: "Ingress: without address",
    object: make("networking.k8s.io/v1", "Ingress", {}, { status: { loadBalancer: {} } }),
    want: "Progressing",
    says: "ingress controller",
  },
  {
    name: "PersistentVolumeClaim: Lost",
    object: make(
      "v1",
      "PersistentVolumeClaim",
      {},
      { spec: { volumeName: "pv-1" }, status: { phase: "Lost" } },
    ),
    want: "Degraded",
    says: "pv-1",
  },
  {
    name: "DaemonSet: Pods not available",
    object: make(
      "apps/v1",
      "DaemonSet",
      {},
      { spec: {}, status: { desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 2 } },
    ),
    want: "Progressing",
    says: "2 of 3",
  },
  {
    name: "ReplicaSet: cannot create Pods",
    object: make(
      "apps/v1",
      "ReplicaSet",
      {},
      {
        spec: { replicas: 1 },
        status: { conditions: [{ type: "ReplicaFailure", status: "True", message: "quota" }] },
      },
    ),
    want: "Degraded",
    says: "quota",
  },
  {
    name: "HorizontalPodAutoscaler: no metrics",
    object: scaler(
      { type: "AbleToScale", status: "True" },
      { type: "ScalingActive", status: "False", reason: "FailedGetResourceMetric", message: "no metrics" },
    ),
    want: "Degraded",
    says: "no metrics",
  },
  {
    name: "HorizontalPodAutoscaler: at its limit is fine",
    object: scaler({ type: "ScalingLimited", status: "True", message: "at maximum" }),
    want: "Healthy",
  },
  {
    name: "HorizontalPodAutoscaler v1: conditions from its annotation",
    object: make("autoscaling/v1", "HorizontalPodAutoscaler", {
      annotations: {
        "autoscaling.alpha.kubernetes.io/conditions": '[{"type":"AbleToScale","status":"True"}]',
      },
    }),
    want: "Healthy",
  },
  {
    name: "PodDisruptionBudget: too few Pods is no fault of the budget",
    object: make(
      "policy/v1",
      "PodDisruptionBudget",
      {},
      {
        status: { conditions: [{ type: "DisruptionAllowed", status: "False", reason: "InsufficientPods" }] },
      },
    ),
    want: "Healthy",
  },
  {
    name: "APIService: not available yet",
    object: make(
      "apiregistration.k8s.io/v1",
      "APIService",
      {},
      {
        status: {
          conditions: [
            { type: "Available", status: "False", reason: "MissingEndpoints", message: "no endpoints" },
          ],
        },
      },
    ),
    want: "Progressing",
    says: "MissingEndpoints: no endpoints",
  },
  {
    name: "CustomResourceDefinition: established",
    object: definition({ type: "NamesAccepted", status: "True" }, { type: "Established", status: "True" }),
    want: "Healthy",
  },
  {
    name: "CustomResourceDefinition: installing",
    object: definition({ type: "Established", status: "True", reason: "Installing" }),
    want: "Progressing",
  },
  {
    name: "CustomResourceDefinition: name taken",
    object: definition({ type: "NamesAccepted", status: "False", message: "conflict" }),
    want: "Degraded",
    says: "conflict",
  },
]);

table("healthOf() any other kind", [
  { name: "ConfigMap shows no evidence", object: make("v1", "ConfigMap", {}, { data: {} }), want: "none" },
  {
    name: "an object that was not reported on yet shows none either",
    object: make("example.org/v1", "Widget", { generation: 1 }, { spec: {} }),
    want: "none",
  },
  {
    name: "Ready True is Healthy",
    object: make(
      "example.org/v1",
      "Widget",
      {},
      { status: { conditions: [{ type: "Ready", status: "True" }] } },
    ),
    want: "Healthy",
  },
  {
    name: "Ready of an older generation waits",
    object: make(
      "example.org/v1",
      "Widget",
      { generation: 3 },
      { status: { observedGeneration: 2, conditions: [{ type: "Ready", status: "True" }] } },
    ),
    want: "Progressing",
  },
  {
    name: "Stalled is Degraded whatever Ready says",
    object: make(
      "example.org/v1",
      "Widget",
      {},
      {
        status: {
          conditions: [
            { type: "Ready", status: "True" },
            { type: "Stalled", status: "True", message: "quota" },
          ],
        },
      },
    ),
    want: "Degraded",
    says: "quota",
  },
  {
    name: "Reconciling waits",
    object: make(
      "example.org/v1",
      "Widget",
      {},
      {
        status: {
          conditions: [
            { type: "Ready", status: "False" },
            { type: "Reconciling", status: "True" },
          ],
        },
      },
    ),
    want: "Progressing",
  },
]);

describe("healthOf() before any rule", () => {
  const bad = { status: { phase: "Failed" } };
  test("says what an object being deleted waits for", () => {
    expect(
      healthOf(
        make(
          "v1",
          "Pod",
          { deletionTimestamp: "2026-01-01T00:00:00Z", finalizers: ["example.org/hold"] },
          bad,
        ),
      ),
    ).toEqual({
      health: { status: "Progressing", message: "Being deleted; waits for example.org/hold" },
      rule: "deletion",
      because: "metadata.deletionTimestamp is set",
    });
  });
  test("explains what deletion hides", () => {
    const going = make(
      "v1",
      "Pod",
      { deletionTimestamp: "2026-01-01T00:00:00Z" },
      { status: { phase: "Failed", message: "evicted" } },
    );
    expect(explainHealth(going)).toEqual({
      status: "Progressing",
      message: "Being deleted",
      rule: "deletion",
      because: "metadata.deletionTimestamp is set; otherwise it would be Degraded by Pod: evicted",
    });
  });
  test("judges a hook that its own finalizer holds", () => {
    const hook = make(
      "v1",
      "Pod",
      { deletionTimestamp: "2026-01-01T00:00:00Z", finalizers: ["argocd.argoproj.io/hook-finalizer"] },
      bad,
    );
    expect(healthOf(hook).health?.status).toBe("Degraded");
  });
  test("leaves an ignored object out, unless a wave waits for it", () => {
    const ignored = make(
      "v1",
      "Pod",
      { annotations: { "argocd.argoproj.io/ignore-healthcheck": "true" } },
      bad,
    );
    expect(healthOf(ignored)).toMatchObject({ health: undefined, rule: "ignored" });
    expect(healthOf(ignored, { ignoreAnnotation: "see-through" }).health?.status).toBe("Degraded");
  });
  test("gives way to a user's own check", () => {
    const judged = healthOf(make("v1", "Pod", {}, bad), {
      userVerdict: { health: { status: "Suspended", message: "mine" }, check: "lua v1/Pod" },
    });
    expect(judged).toMatchObject({ health: { status: "Suspended", message: "mine" }, rule: "lua v1/Pod" });
  });
});

// A quadratic expression would take minutes here, and every application with it.
test("healthOf() reads a status whose words are as long as an object may be", () => {
  const long = "Aa".repeat(200_000);
  const conditions = [
    { type: long, status: "False", reason: long, message: long },
    { type: "Ready", status: "False", reason: "", message: `${long} ${"1".repeat(200_000)}` },
  ];
  const { health } = healthOf({
    apiVersion: "example.org/v1",
    kind: "Widget",
    metadata: { name: "it", annotations: { [`example.org/${long}`]: long } },
    status: { phase: long, [`${long}State`]: long, conditions, parts: [{ state: long, message: long }] },
  });
  expect(health?.status).toBe("Degraded");
});
