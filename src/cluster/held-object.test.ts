/** What is kept as text says the same as what was parsed, whatever is missing of it. */
import { describe, expect, test } from "bun:test";
import type { KubeObject } from "../core/model/kube-object.ts";
import { withObject } from "../core/model/live-object.ts";
import { SharedTexts } from "../lib/shared-texts.ts";
import { fieldOwners } from "./field-owners.ts";
import { HeldObject } from "./held-object.ts";
import { observe } from "./observe.ts";
import { descendant, slim } from "./reduce.ts";

const OWNER = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "web-6c9d", uid: "set-1" };

function pod(nth: number, more: Record<string, unknown> = {}): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...{ name: `web-6c9d-${nth}`, namespace: "shop", uid: `pod-${nth}`, resourceVersion: `${100 + nth}` },
      ...{ creationTimestamp: "2026-11-28T00:00:00Z", labels: { app: "web", 'a"b': "ü\n" }, generation: 1 },
      annotations: { "helm.sh/hook": "test", other: "is not kept" },
      ownerReferences: [{ ...OWNER, controller: true, blockOwnerDeletion: true }],
      managedFields: [
        {
          manager: "kube-controller-manager",
          operation: "Update",
          apiVersion: "v1",
          time: `2026-11-28T00:00:0${nth}Z`,
          fieldsV1: {},
        },
        { manager: "kubelet", operation: "Update", apiVersion: "v1", subresource: "status", fieldsV1: {} },
      ],
    },
    spec: { nodeName: `node-${nth}`, restartPolicy: "Always", containers: [{ name: "web", image: "web:1" }] },
    status: {
      phase: "Running",
      conditions: [{ type: "Ready", status: "True" }],
      containerStatuses: [
        {
          name: "web",
          image: "web:1",
          ready: true,
          state: { running: { startedAt: `2026-11-28T00:00:1${nth}Z` } },
        },
      ],
    },
    ...more,
  };
}
const without = (
  { metadata: { ...metadata }, ...object }: KubeObject,
  name: keyof KubeObject["metadata"],
) => {
  delete metadata[name];
  return { ...object, metadata };
};
const POD = { group: "", version: "v1", kind: "Pod" };

const samples: [what: string, object: KubeObject, gvk: typeof POD][] = [
  ["a Pod", pod(1), POD],
  ["a Pod without a node", pod(1, { spec: { containers: [] } }), POD],
  ["a Pod that says nothing", pod(1, { spec: {}, status: {} }), POD],
  ["a Pod whose status is none", pod(1, { spec: "text", status: null }), POD],
  ["a Pod that is nobody's", without(pod(1), "ownerReferences"), POD],
  ["an object without a uid", without(pod(1), "uid"), POD],
  ["an object without a version", without(pod(1), "resourceVersion"), POD],
  ["an object without a time", without(pod(1), "creationTimestamp"), POD],
  ["an object of no manager", without(pod(1), "managedFields"), POD],
  [
    "an object of no namespace",
    without(pod(1), "namespace"),
    { group: "example.org", version: "v1", kind: "Zone" },
  ],
  [
    "a kind that keeps its status",
    pod(1, { status: "Ready" }),
    { group: "example.org", version: "v1", kind: "Thing" },
  ],
  [
    "a ControllerRevision",
    pod(1, { revision: 3 }),
    { group: "apps", version: "v1", kind: "ControllerRevision" },
  ],
];

describe("what is not held whole", () => {
  test.each(samples)("%s is the same when it is asked for", (_, object, gvk) => {
    const apiVersion = gvk.group === "" ? gvk.version : `${gvk.group}/${gvk.version}`;
    const live = observe(object, gvk, "by-tracking");
    const isOwned = object.metadata.ownerReferences !== undefined;
    expect(live).toBeInstanceOf(HeldObject);
    expect(live.detail).toBe(isOwned ? "descendant" : "slim");
    expect(live.object).toEqual(
      isOwned ? descendant(object, apiVersion, gvk.kind, gvk.group) : slim(object, apiVersion, gvk.kind),
    );
    expect(live.managers).toEqual(fieldOwners(object, apiVersion).managers);
    const { namespace = "", name } = object.metadata;
    expect(live.ref).toEqual({ group: gvk.group, kind: gvk.kind, namespace, name });
  });

  test("each of several is itself, whichever was asked for before, and however much they share", () => {
    const shared = new SharedTexts(700);
    const pods = [1, 2, 3].map((nth) => observe(pod(nth), POD, "by-tracking", shared));
    for (const at of [0, 1, 0, 2, 2, 1])
      expect(pods[at]?.object).toEqual(descendant(pod(at + 1), "v1", "Pod", ""));
    expect(pods.map(({ load }) => load?.node)).toEqual(["node-1", "node-2", "node-3"]);
    expect(pods.map(({ managers }) => managers[0]?.time)).toEqual(
      [1, 2, 3].map((nth) => `2026-11-28T00:00:0${nth}Z`),
    );
  });

  test("with other content it has all of its parts", () => {
    const live = observe(pod(1), POD, "by-tracking");
    const other = withObject(live, { ...live.object, status: { phase: "Failed" } });
    expect(other).toEqual({
      ...observe(pod(1), POD, "whole"),
      detail: "descendant",
      contentHash: "",
      object: { ...live.object, status: { phase: "Failed" } },
    });
  });
});
