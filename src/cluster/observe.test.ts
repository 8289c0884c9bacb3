import { describe, expect, test } from "bun:test";
import type { KubeObject, ManagedFieldsEntry } from "../core/model/kube-object.ts";
import { observe } from "./observe.ts";

const deploymentKind = { group: "apps", version: "v1", kind: "Deployment" };
const own: ManagedFieldsEntry = {
  manager: "holdfast",
  operation: "Apply",
  apiVersion: "apps/v1",
  time: "2026-01-01T00:00:00Z",
  fieldsType: "FieldsV1",
  fieldsV1: { "f:spec": { "f:replicas": {}, "f:paused": {} } },
};

/** As an item of a list: without apiVersion and kind. */
function listed(more: Partial<KubeObject["metadata"]> = {}, rest: Record<string, unknown> = {}): KubeObject {
  const item = {
    metadata: {
      name: "cart",
      namespace: "web",
      uid: "u1",
      resourceVersion: "7",
      generation: 2,
      managedFields: [own],
      ...more,
    },
    spec: { replicas: 3 },
    status: { replicas: 3 },
    ...rest,
  };
  return item as unknown as KubeObject;
}
const trackedBy = (app: string) => ({
  annotations: {
    "argocd.argoproj.io/tracking-id": `${app}:apps/Deployment:web/cart`,
    "kubectl.kubernetes.io/last-applied-configuration": "{}",
  },
});
const ownerReferences = [{ apiVersion: "v1", kind: "Owner", name: "o", uid: "u0" }];

describe("observe()", () => {
  test("a tracked object is whole, but for managedFields and kubectl's note", () => {
    const live = observe(listed(trackedBy("shop")), deploymentKind, "by-tracking");
    expect(live).toMatchObject({
      detail: "full",
      apiVersion: "apps/v1",
      key: "apps/Deployment/web/cart",
      generation: 2,
      tracking: { app: "shop" },
    });
    expect(live.object).toEqual({
      apiVersion: "apps/v1",
      kind: "Deployment",
      spec: { replicas: 3 },
      status: { replicas: 3 },
      metadata: {
        name: "cart",
        namespace: "web",
        uid: "u1",
        resourceVersion: "7",
        generation: 2,
        annotations: { "argocd.argoproj.io/tracking-id": "shop:apps/Deployment:web/cart" },
      },
    });
  });

  test("an untracked one is slim, one with an owner is a descendant without a content hash", () => {
    const slim = observe(listed(), deploymentKind, "by-tracking");
    expect([slim.detail, slim.object.spec, slim.contentHash.length]).toEqual(["slim", undefined, 32]);
    const descendant = observe(listed({ ownerReferences }), deploymentKind, "by-tracking");
    expect([descendant.detail, descendant.owners, descendant.contentHash]).toEqual([
      "descendant",
      ["u0"],
      "",
    ]);
    expect(descendant.object.status).toEqual({ replicas: 3 });
  });

  test("a copied tracking id holds nothing whole", () => {
    expect(
      observe(
        listed({ annotations: { "argocd.argoproj.io/tracking-id": "shop:apps/Deployment:web/original" } }),
        deploymentKind,
        "by-tracking",
      ).detail,
    ).toBe("slim");
  });

  const content = (more: Partial<KubeObject["metadata"]> = {}, rest: Record<string, unknown> = {}): string =>
    observe(listed(more, rest), deploymentKind, "whole").contentHash;
  const same = [
    { name: "another status", hash: () => content({}, { status: { replicas: 0 } }) },
    { name: "another version and generation", hash: () => content({ resourceVersion: "8", generation: 9 }) },
    { name: "other managers", hash: () => content({ managedFields: [] }) },
    {
      name: "kubectl's note",
      hash: () => content({ annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{}" } }),
    },
    {
      name: "its kind said in the object",
      hash: () => content({}, { kind: "Deployment", apiVersion: "apps/v1" }),
    },
    {
      name: "keys in another order",
      hash: () =>
        observe(
          { spec: { replicas: 3 }, metadata: listed().metadata } as unknown as KubeObject,
          deploymentKind,
          "whole",
        ).contentHash,
    },
  ];
  test.each(same)("the content hash does not see $name", ({ hash }) => expect(hash()).toBe(content()));
  const other = [
    { name: "a field of the spec", hash: () => content({}, { spec: { replicas: 4 } }) },
    { name: "a label", hash: () => content({ labels: { a: "b" } }) },
    { name: "an annotation", hash: () => content({ annotations: { a: "b" } }) },
    { name: "a finalizer", hash: () => content({ finalizers: ["a"] }) },
  ];
  test.each(other)("the content hash sees $name", ({ hash }) => expect(hash()).not.toBe(content()));

  test("our entry is a hash of its fields, and only the one that Apply made without a subresource", () => {
    const managedFields: ManagedFieldsEntry[] = [
      { ...own, subresource: "status" },
      { ...own, operation: "Update" },
      own,
      { manager: "kubectl-edit", operation: "Update", apiVersion: "apps/v1", time: "2026-01-02T00:00:00Z" },
    ];
    const live = observe(listed({ managedFields }), deploymentKind, "whole");
    expect(live.own).toMatchObject({ apiVersion: "apps/v1", time: "2026-01-01T00:00:00Z" });
    expect(
      live.managers.map(({ manager, operation, subresource }) => `${manager} ${operation} ${subresource}`),
    ).toEqual(["holdfast Apply status", "holdfast Update ", "kubectl-edit Update "]);
    const less = { ...own, fieldsV1: { "f:spec": { "f:paused": {} } } };
    expect(observe(listed({ managedFields: [less] }), deploymentKind, "whole").own?.fieldsHash).not.toBe(
      live.own?.fieldsHash as string,
    );
  });

  test("a Pod below something keeps what health and tree read, and nothing of its environment", () => {
    const pod = {
      metadata: {
        name: "p",
        namespace: "web",
        uid: "u2",
        resourceVersion: "1",
        ownerReferences,
        labels: { a: "b" },
        annotations: { "some/other": "x" },
      },
      spec: {
        nodeName: "n",
        restartPolicy: "Always",
        volumes: [{}],
        containers: [{ name: "web", image: "i", env: [{ name: "A", value: "secret" }] }],
      },
      status: {
        phase: "Running",
        podIP: "10.0.0.1",
        conditions: [{ type: "Ready", status: "True", lastTransitionTime: "x" }],
        containerStatuses: [
          {
            name: "web",
            restartCount: 4,
            ready: false,
            imageID: "x",
            state: { waiting: { reason: "CrashLoopBackOff" } },
          },
        ],
      },
    } as unknown as KubeObject;
    expect(observe(pod, { group: "", version: "v1", kind: "Pod" }, "by-tracking").object).toEqual({
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        name: "p",
        namespace: "web",
        uid: "u2",
        resourceVersion: "1",
        labels: { a: "b" },
        ownerReferences,
      },
      spec: { nodeName: "n", restartPolicy: "Always", containers: [{ name: "web", image: "i" }] },
      status: {
        phase: "Running",
        conditions: [{ type: "Ready", status: "True" }],
        containerStatuses: [
          { name: "web", restartCount: 4, ready: false, state: { waiting: { reason: "CrashLoopBackOff" } } },
        ],
      },
    });
  });
});
