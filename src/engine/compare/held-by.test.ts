import { expect, test } from "bun:test";
import type { AppKey } from "../../core/model/application.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import type { LiveObject } from "../../core/model/live-object.ts";
import { refKey } from "../../core/model/object-ref.ts";
import { heldBy } from "./held-by.ts";

const AT = "2026-11-27T20:00:00Z";

function live(kind: string, name: string, finalizers: string[], more: Partial<KubeObject> = {}): LiveObject {
  const namespace = kind === "Namespace" ? "" : "shop";
  const ref = { group: "", kind, namespace, name };
  return {
    ref,
    key: refKey(ref),
    uid: name,
    apiVersion: "v1",
    resourceVersion: "1",
    generation: 1,
    object: {
      apiVersion: "v1",
      kind,
      metadata: { name, namespace, deletionTimestamp: AT, finalizers },
      ...more,
    },
    own: undefined,
    managers: [],
    tracking: undefined,
    installationId: undefined,
    owners: [],
    contentHash: "",
  };
}
const staying = (name: string): LiveObject => {
  const one = live("ConfigMap", name, ["example.com/hold"]);
  delete one.object.metadata.deletionTimestamp;
  return one;
};

const held = (tracked: LiveObject[], children: Record<string, LiveObject[]> = {}): string[] =>
  heldBy(tracked, { childrenOf: (uid) => children[uid] ?? [] });

test("heldBy() names the object and whose finalizer holds it", () => {
  expect(held([live("ConfigMap", "a", ["example.com/hold", "foregroundDeletion"]), staying("b")])).toEqual([
    `ConfigMap shop/a was asked to go at ${AT} and is held by the finalizer example.com/hold: whoever set it must take it away`,
  ]);
});

test("heldBy() says what an application and a project wait for, unless somebody else holds them too", () => {
  const child = (kind: string, finalizers: string[]): LiveObject => {
    const one = live(kind, "child", finalizers);
    return { ...one, ref: { ...one.ref, group: "argoproj.io" } };
  };
  const resources = "resources-finalizer.argocd.argoproj.io/background";
  expect(held([child("Application", [resources, "post-delete-finalizer.argocd.argoproj.io"])])).toEqual([
    `argoproj.io/Application shop/child was asked to go at ${AT} and goes when its own objects are gone`,
  ]);
  expect(held([child("AppProject", ["holdfast.dev/applications"])])).toEqual([
    `argoproj.io/AppProject shop/child was asked to go at ${AT} and goes when no application is of it any more`,
  ]);
  const users = {
    usersOf: (project: string) => (project === "child" ? (["argocd/a", "argocd/b"] as AppKey[]) : []),
  };
  const project = child("AppProject", [
    "holdfast.dev/applications",
    "resources-finalizer.argocd.argoproj.io",
  ]);
  expect(heldBy([project], { childrenOf: () => [] }, users)[0]).toEndWith(
    "goes when no application is of it any more: argocd/a and 1 more are",
  );
  for (const one of [
    child("Application", [resources, "example.com/hold"]),
    live("Application", "child", [resources]),
  ])
    expect(held([one])).toEqual([expect.stringContaining("whoever set it must take it away")]);
});

test("heldBy() says nothing of what Kubernetes itself takes away", () => {
  expect(held([live("ConfigMap", "a", ["foregroundDeletion"]), live("ConfigMap", "b", [])])).toEqual([]);
});

test("heldBy() looks into what the garbage collector waits for, not round in circles", () => {
  const parent = live("ReplicationController", "parent", ["foregroundDeletion"]);
  const pod = live("Pod", "pod", ["example.com/hold"]);
  expect(held([parent], { parent: [live("Pod", "well", []), staying("other"), pod] })).toEqual([
    expect.stringContaining("Pod shop/pod was asked to go"),
  ]);
  expect(held([parent], { parent: [parent] })).toEqual([]);
});

test("heldBy() says what is left in a Namespace", () => {
  const conditions = [
    {
      type: "NamespaceContentRemaining",
      status: "True",
      message: "Some resources are remaining: things.example.com has 1 resource instances",
    },
    {
      type: "NamespaceDeletionDiscoveryFailure",
      status: "False",
      message: "All resources successfully discovered",
    },
  ];
  expect(held([live("Namespace", "shop", [], { status: { conditions } } as Partial<KubeObject>)])).toEqual([
    "Namespace shop is not empty yet: Some resources are remaining: things.example.com has 1 resource instances",
  ]);
});
