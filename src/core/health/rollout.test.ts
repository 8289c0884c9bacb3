import { describe, expect, test } from "bun:test";
import type { Health } from "../model/health.ts";
import type { KubeObject } from "../model/kube-object.ts";
import { withDescendants } from "./rollout.ts";

const waiting: Health = { status: "Progressing", message: "0 of 1 replicas" };
const owner = (object: KubeObject) => [
  {
    apiVersion: object.apiVersion,
    kind: object.kind,
    name: object.metadata.name,
    uid: object.metadata.uid ?? "",
  },
];
const workload = (kind: string, status: object = {}, generation = 1): KubeObject => ({
  apiVersion: kind === "Job" ? "batch/v1" : "apps/v1",
  kind,
  metadata: { name: "shop", uid: `uid-${kind}`, generation },
  status: { observedGeneration: 1, ...status },
});
const replicaSet = (of: KubeObject, revision: number): KubeObject => ({
  apiVersion: "apps/v1",
  kind: "ReplicaSet",
  metadata: {
    name: `shop-${revision}`,
    uid: `rs-${revision}`,
    ownerReferences: owner(of),
    annotations: { "deployment.kubernetes.io/revision": String(revision) },
  },
});
const controllerRevision = (of: KubeObject, revision: number, hash: string): KubeObject => ({
  apiVersion: "apps/v1",
  kind: "ControllerRevision",
  metadata: {
    name: hash,
    uid: hash,
    ownerReferences: owner(of),
    labels: { "controller-revision-hash": hash },
  },
  revision,
});
const pod = (of: KubeObject, reason: string, restarts = 0, metadata: object = {}): KubeObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: `${of.metadata.name}-pod`, ownerReferences: owner(of), ...metadata },
  status: {
    phase: "Pending",
    containerStatuses: [
      { name: "web", restartCount: restarts, state: { waiting: { reason, message: "no such tag" } } },
    ],
  },
});

describe("withDescendants()", () => {
  const deployment = workload("Deployment");
  const [old, young] = [replicaSet(deployment, 9), replicaSet(deployment, 10)];

  test("names Pod, container, reason and message when an image cannot be pulled", () => {
    expect(withDescendants(waiting, deployment, [old, young, pod(young, "ImagePullBackOff")])).toEqual({
      status: "Degraded",
      message: "Pod shop-10-pod container web waits: ImagePullBackOff: no such tag",
    });
  });
  test.each(["ErrImagePull", "InvalidImageName", "CreateContainerConfigError"])(
    "takes %s as final",
    (reason) => {
      expect(withDescendants(waiting, deployment, [young, pod(young, reason)]).status).toBe("Degraded");
    },
  );
  test.each([
    [2, "Progressing"],
    [3, "Degraded"],
  ] as const)("is patient with %d crashes: %s", (restarts, want) => {
    expect(
      withDescendants(waiting, deployment, [young, pod(young, "CrashLoopBackOff", restarts)]).status,
    ).toBe(want);
  });
  test("does not mind Pods of an older revision", () => {
    expect(withDescendants(waiting, deployment, [old, young, pod(old, "ImagePullBackOff")])).toBe(waiting);
  });
  test("does not mind Pods that are going", () => {
    expect(
      withDescendants(waiting, deployment, [
        young,
        pod(young, "ErrImagePull", 0, { deletionTimestamp: "2026-01-01T00:00:00Z" }),
      ]),
    ).toBe(waiting);
  });
  test("leaves a workload that is done alone", () => {
    const done: Health = { status: "Healthy", message: "" };
    expect(withDescendants(done, deployment, [young, pod(young, "ErrImagePull")])).toBe(done);
  });
  test("leaves a workload whose newest change was not seen yet alone", () => {
    expect(withDescendants(waiting, workload("Deployment", {}, 2), [young, pod(young, "ErrImagePull")])).toBe(
      waiting,
    );
  });
  test("leaves a Deployment alone whose own revision is newer than its ReplicaSets as they were seen", () => {
    const at = (revision: number): KubeObject => ({
      ...deployment,
      metadata: {
        ...deployment.metadata,
        annotations: { "deployment.kubernetes.io/revision": String(revision) },
      },
    });
    const stuck = pod(young, "ErrImagePull");
    expect(withDescendants(waiting, at(11), [old, young, stuck])).toBe(waiting);
    // The Deployment itself may be the one that is seen late.
    for (const revision of [10, 9])
      expect(withDescendants(waiting, at(revision), [old, young, stuck]).status).toBe("Degraded");
  });
  test("counts the other stuck Pods", () => {
    expect(
      withDescendants(waiting, deployment, [young, pod(young, "ErrImagePull"), pod(young, "ErrImagePull")])
        .message,
    ).toEndWith("(and 1 more Pod)");
  });
  describe("of a Pod that has no node", () => {
    const message = "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.";
    const unplaced = (of: KubeObject, phase = "Pending", metadata: object = {}): KubeObject => ({
      ...pod(of, "", 0, metadata),
      status: {
        phase,
        conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message }],
      },
    });
    test("says why, before what it comes to, and goes on waiting for one", () => {
      expect(withDescendants(waiting, deployment, [young, unplaced(young)])).toEqual({
        status: "Progressing",
        message: `Pod shop-10-pod is on no node: ${message.slice(0, -1)}. 0 of 1 replicas`,
      });
      expect(
        withDescendants(waiting, deployment, [young, unplaced(young), unplaced(young)]).message,
      ).toContain("affinity/selector (and 1 more Pod). 0 of 1 replicas");
    });
    test("says it of a rollout that ran out of time as well", () => {
      const late: Health = { status: "Degraded", message: "The rollout made no progress" };
      expect(withDescendants(late, deployment, [young, unplaced(young)])).toEqual({
        status: "Degraded",
        message: `Pod shop-10-pod is on no node: ${message.slice(0, -1)}. The rollout made no progress`,
      });
    });
    test("a Pod that cannot start comes before it", () => {
      const both = [young, unplaced(young), pod(young, "ErrImagePull")];
      expect(withDescendants(waiting, deployment, both).message).toStartWith("Pod shop-10-pod container web");
    });
    test("does not mind one that is over, is going, or is of an older revision", () => {
      for (const one of [
        unplaced(young, "Failed"),
        unplaced(young, "Pending", { deletionTimestamp: "2026-01-01T00:00:00Z" }),
        unplaced(old),
      ])
        expect(withDescendants(waiting, deployment, [old, young, one])).toBe(waiting);
    });
  });
  test("takes the update revision of a StatefulSet", () => {
    const set = workload("StatefulSet", { updateRevision: "shop-b" });
    const labelled = (hash: string) =>
      pod(set, "ErrImagePull", 0, { labels: { "controller-revision-hash": hash } });
    expect(withDescendants(waiting, set, [labelled("shop-a")]).status).toBe("Progressing");
    expect(withDescendants(waiting, set, [labelled("shop-b")]).status).toBe("Degraded");
  });
  test("takes the newest ControllerRevision of a DaemonSet", () => {
    const set = workload("DaemonSet");
    const labelled = (hash: string) =>
      pod(set, "ErrImagePull", 0, { labels: { "controller-revision-hash": hash } });
    const revisions = [controllerRevision(set, 2, "b"), controllerRevision(set, 1, "a")];
    expect(withDescendants(waiting, set, [...revisions, labelled("a")]).status).toBe("Progressing");
    expect(withDescendants(waiting, set, [...revisions, labelled("b")]).status).toBe("Degraded");
  });
  test("takes the newest template generation of a DaemonSet whose revisions are not known", () => {
    const set = workload("DaemonSet");
    const labelled = (generation: string) =>
      pod(set, generation === "1" ? "ErrImagePull" : "ContainerCreating", 0, {
        labels: { "pod-template-generation": generation },
      });
    expect(withDescendants(waiting, set, [labelled("1"), labelled("2")]).status).toBe("Progressing");
    expect(withDescendants(waiting, set, [labelled("1")]).status).toBe("Degraded");
  });
  test("looks at the Pods of a Job", () => {
    const job = workload("Job");
    expect(withDescendants(waiting, job, [pod(job, "InvalidImageName")]).status).toBe("Degraded");
  });
});
