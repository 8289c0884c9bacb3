import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { FieldsV1, KubeObject } from "../model/kube-object.ts";
import { asKept } from "./as-kept.ts";
import { madeAgain } from "./made-again.ts";
import { ownedPart } from "./owned-part.ts";
import { undoLoss, undoWords } from "./undo-words.ts";

const ref = (kind: string, group = "") => ({ group, kind, namespace: "shop", name: "x" });

/** A live object whose entry of ours holds these fields. */
function live(kind: string, more: Record<string, unknown>, owned?: FieldsV1, apiVersion = "v1"): KubeObject {
  const { metadata = {}, ...content } = more as { metadata?: object };
  return {
    apiVersion,
    kind,
    ...content,
    metadata: {
      name: "x",
      namespace: "shop",
      uid: "u1",
      resourceVersion: "9",
      generation: 3,
      creationTimestamp: "2026-11-28T00:00:00Z",
      ...metadata,
      ...(owned === undefined
        ? {}
        : {
            managedFields: [
              { manager: "kubectl-edit", operation: "Update", apiVersion, fieldsV1: { "f:data": {} } },
              { manager: "holdfast", operation: "Apply", apiVersion, fieldsV1: owned },
            ],
          }),
    },
  };
}

describe("asKept()", () => {
  test("takes off what the server alone writes, and keeps what the object said", () => {
    const { object } = asKept(
      live("ConfigMap", {
        data: { a: "b" },
        status: { phase: "Active" },
        metadata: {
          deletionTimestamp: "2026-11-28T00:00:00Z",
          deletionGracePeriodSeconds: 30,
          labels: { app: "web" },
          annotations: {
            "kubectl.kubernetes.io/last-applied-configuration": "{}",
            "pv.kubernetes.io/bind-completed": "yes",
            note: "stays",
          },
        },
      }),
    );
    expect(object).toEqual({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "x", namespace: "shop", labels: { app: "web" }, annotations: { note: "stays" } },
      data: { a: "b" },
    });
  });

  test.each<[what: string, object: KubeObject, kept: unknown]>([
    [
      "a Service's addresses and node ports",
      live("Service", {
        spec: {
          clusterIP: "10.0.0.7",
          clusterIPs: ["10.0.0.7"],
          type: "NodePort",
          ports: [{ port: 80, nodePort: 30_080 }],
          healthCheckNodePort: 31_000,
        },
      }),
      { type: "NodePort", ports: [{ port: 80 }] },
    ],
    [
      "not those that Git wrote",
      live(
        "Service",
        { spec: { clusterIP: "None", clusterIPs: ["None"], ports: [{ port: 80, nodePort: 30_080 }] } },
        {
          "f:spec": {
            "f:clusterIP": {},
            "f:ports": { 'k:{"port":80,"protocol":"TCP"}': { "f:port": {}, "f:nodePort": {} } },
          },
        },
      ),
      { clusterIP: "None", ports: [{ port: 80, nodePort: 30_080 }] },
    ],
    [
      "of several ports only the node ports that Git did not write",
      live(
        "Service",
        {
          spec: {
            ports: [
              { port: 80, protocol: "TCP", nodePort: 30_080 },
              { port: 443, protocol: "TCP", nodePort: 31_443 },
            ],
          },
        },
        {
          "f:spec": {
            "f:ports": {
              'k:{"port":80,"protocol":"TCP"}': { "f:port": {}, "f:nodePort": {} },
              'k:{"port":443,"protocol":"TCP"}': { "f:port": {} },
            },
          },
        },
      ),
      {
        ports: [
          { port: 80, protocol: "TCP", nodePort: 30_080 },
          { port: 443, protocol: "TCP" },
        ],
      },
    ],
    [
      "the volume that a claim was bound to",
      live("PersistentVolumeClaim", { spec: { volumeName: "pvc-1", accessModes: ["ReadWriteOnce"] } }),
      { accessModes: ["ReadWriteOnce"] },
    ],
    [
      "a Job's selector and labels of its uid",
      live(
        "Job",
        {
          spec: {
            selector: { matchLabels: { "batch.kubernetes.io/controller-uid": "u1" } },
            template: { metadata: { labels: { "controller-uid": "u1", "job-name": "x", app: "web" } } },
          },
        },
        undefined,
        "batch/v1",
      ),
      { template: { metadata: { labels: { app: "web" } } } },
    ],
    [
      "not the selector of a Job that says it itself",
      live(
        "Job",
        { spec: { manualSelector: true, selector: { matchLabels: { a: "b" } } } },
        { "f:spec": { "f:manualSelector": {}, "f:selector": {} } },
        "batch/v1",
      ),
      { manualSelector: true, selector: { matchLabels: { a: "b" } } },
    ],
    ["a Pod's node", live("Pod", { spec: { nodeName: "n1", containers: [] } }), { containers: [] }],
    [
      "which claim a volume was bound to, not its name",
      live("PersistentVolume", { spec: { claimRef: { name: "data", namespace: "shop", uid: "u7" } } }),
      { claimRef: { name: "data", namespace: "shop" } },
    ],
  ])("takes off %s", (_, object, kept) => expect(asKept(object).object["spec"]).toEqual(kept));

  test("of fields that are known at another version only, none are taken for ours", () => {
    const object = live("ConfigMap", { data: {} }, { "f:data": {} });
    expect(asKept(object).owned).toEqual({ "f:data": {} });
    object.apiVersion = "v2";
    expect(asKept(object)).not.toHaveProperty("owned");
  });
});

describe("ownedPart()", () => {
  const containers = [
    { name: "sidecar", image: "proxy" },
    { name: "web", image: "web:1", resources: { limits: { cpu: "1" }, requests: { cpu: "1" } } },
  ];
  test.each<[what: string, fields: FieldsV1, value: unknown, part: unknown]>([
    ["a field", { "f:a": {} }, { a: 1, b: 2 }, { a: 1 }],
    ["an atomic list or map whole", { "f:a": {} }, { a: [{ b: 1 }] }, { a: [{ b: 1 }] }],
    [
      "keys of a map",
      { "f:data": { ".": {}, "f:a": {} } },
      { data: { a: "1", b: "2" } },
      { data: { a: "1" } },
    ],
    [
      "items of a keyed list, with their keys",
      { "f:containers": { 'k:{"name":"web"}': { ".": {}, "f:image": {} } } },
      { containers },
      { containers: [{ name: "web", image: "web:1" }] },
    ],
    [
      "several of them in their order",
      {
        "f:containers": {
          'k:{"name":"web"}': { "f:image": {}, "f:name": {} },
          'k:{"name":"sidecar"}': { "f:name": {} },
        },
      },
      { containers },
      { containers: [{ name: "sidecar" }, { name: "web", image: "web:1" }] },
    ],
    [
      "an item whose key is a default",
      { "f:ports": { 'k:{"port":80,"protocol":"TCP"}': { ".": {}, "f:port": {} } } },
      { ports: [{ port: 80 }] },
      { ports: [{ port: 80, protocol: "TCP" }] },
    ],
    [
      "values of a set",
      { "f:finalizers": { ".": {}, 'v:"a/b"': {} } },
      { finalizers: ["c/d", "a/b"] },
      { finalizers: ["a/b"] },
    ],
    ["nothing of what is not there", { "f:gone": {}, "f:a": { "f:b": {} } }, { a: {} }, { a: {} }],
  ])("takes %s", (_, fields, value, part) => expect(ownedPart(fields, value)).toEqual(part));

  test("of a claim on every field gives the object back", () => {
    const fieldsOf = (value: unknown): FieldsV1 =>
      typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length > 0
        ? Object.fromEntries(Object.entries(value).map(([name, below]) => [`f:${name}`, fieldsOf(below)]))
        : {};
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
        expect(ownedPart(fieldsOf(object), object)).toEqual(object);
      }),
    );
  });
});

describe("madeAgain()", () => {
  const owner = { apiVersion: "v1", kind: "ConfigMap", name: "owner", uid: "u5" };

  test("applies what was ours, marked to stay; what others had set comes beside it", () => {
    const object = live(
      "Deployment",
      {
        spec: { replicas: 7, paused: true },
        metadata: {
          annotations: { "argocd.argoproj.io/sync-options": "Replace=true, Prune=confirm", theirs: "yes" },
          finalizers: ["example.com/ours", "example.com/theirs"],
          ownerReferences: [owner, { ...owner, uid: "gone" }],
        },
      },
      {
        "f:spec": { "f:paused": {} },
        "f:metadata": {
          "f:annotations": { "f:argocd.argoproj.io/sync-options": {} },
          "f:finalizers": { 'v:"example.com/ours"': {} },
        },
      },
      "apps/v1",
    );
    const marks = {
      "argocd.argoproj.io/sync-options": "Replace=true,Prune=false",
      "holdfast/undone": "run 12",
    };
    const metadata = { name: "x", namespace: "shop", ownerReferences: [owner] };
    expect(madeAgain({ run: 12, content: asKept(object) }, [owner])).toEqual({
      ours: {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { ...metadata, annotations: marks, finalizers: ["example.com/ours"] },
        spec: { paused: true },
      },
      whole: {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { ...metadata, annotations: { ...marks, theirs: "yes" } },
        spec: { replicas: 7, paused: true },
      },
    });
  });

  test("takes all for ours where it is not known what was, without finalizers and owners that are gone", () => {
    const object = live("ConfigMap", {
      data: { a: "b" },
      metadata: { finalizers: ["example.com/theirs"], ownerReferences: [owner] },
    });
    const { ours, whole } = madeAgain({ run: 1, content: asKept(object) }, []);
    expect([ours["data"], whole]).toEqual([{ a: "b" }, undefined]);
    expect(Object.keys(ours.metadata).sort()).toEqual(["annotations", "name", "namespace"]);
  });

  test("gives nothing back to kinds whose content is fixed", () => {
    const object = live("Pod", { spec: { containers: [] } }, { "f:spec": { "f:containers": {} } });
    expect(madeAgain({ run: 1, content: asKept(object) }, []).whole).toBeUndefined();
  });
});

describe("undoWords()", () => {
  test("say what does not come back", () => {
    expect(undoWords(ref("ConfigMap"))).toBe("app undo can make it again");
    expect(undoWords(ref("PersistentVolumeClaim"))).toBe(
      "app undo can make it again, with a new volume, without the data of the old one",
    );
    expect(undoWords(ref("Secret"))).toContain("until the daemon is restarted");
    expect(undoWords(ref("Secret", "example.com"))).toBe("app undo can make it again");
    expect(undoLoss(ref("Job", "batch"))).toBe("and it runs anew");
  });
});
