import { describe, expect, test } from "bun:test";
import { liveObject, type Sketch } from "../../../test/lib/core-objects.ts";
import { refKey } from "../model/object-ref.ts";
import type { OwnPod } from "../model/own-pod.ts";
import { selfProtection } from "./self-protection.ts";

const CLAIM = refKey({ group: "", kind: "PersistentVolumeClaim", namespace: "ops", name: "data" });
const POD: OwnPod = {
  namespace: "ops",
  serviceAccount: "holdfast",
  labels: { app: "holdfast", "pod-template-hash": "1" },
  uses: new Set([CLAIM]),
};
const RBAC = "rbac.authorization.k8s.io/v1";
const account = { kind: "ServiceAccount", namespace: "ops", name: "holdfast" };
const workload = (kind: string, matchLabels: object, more: Sketch = {}): Sketch => ({
  apiVersion: "apps/v1",
  kind,
  namespace: "ops",
  fields: { spec: { selector: { matchLabels }, template: { spec: { serviceAccountName: "holdfast" } } } },
  ...more,
});
const selecting = (apiVersion: string, kind: string, selector: object): Sketch => ({
  ...{ apiVersion, kind, namespace: "ops" },
  fields: { spec: { selector, template: { spec: { serviceAccountName: "holdfast" } } } },
});
const binding = (kind: string, subjects: unknown, namespace = ""): Sketch => ({
  apiVersion: RBAC,
  kind,
  namespace,
  fields: { subjects },
});

describe("selfProtection()", () => {
  const cases: { name: string; object: Sketch; pod?: Partial<OwnPod>; want: "lives-on-it" | "none" }[] = [
    {
      name: "its Pod's Namespace",
      object: { kind: "Namespace", namespace: "", name: "ops" },
      want: "lives-on-it",
    },
    { name: "another Namespace", object: { kind: "Namespace", namespace: "", name: "shop" }, want: "none" },
    {
      name: "what its Pod uses",
      object: { kind: "PersistentVolumeClaim", namespace: "ops", name: "data" },
      want: "lives-on-it",
    },
    {
      name: "a claim of the same name elsewhere",
      object: { kind: "PersistentVolumeClaim", namespace: "shop", name: "data" },
      want: "none",
    },
    {
      name: "the Deployment that makes its Pod",
      object: workload("Deployment", { app: "holdfast" }),
      want: "lives-on-it",
    },
    {
      name: "a workload of any other kind that makes it",
      object: workload("Rollout", { app: "holdfast" }, { apiVersion: "argoproj.io/v1alpha1" }),
      want: "lives-on-it",
    },
    {
      name: "a workload beside it, under the same account",
      object: workload("Deployment", { app: "web" }),
      want: "none",
    },
    {
      name: "the same labels in another Namespace",
      object: workload("Deployment", { app: "holdfast" }, { namespace: "shop" }),
      want: "none",
    },
    { name: "a selector that says nothing", object: workload("Deployment", {}), want: "none" },
    ...[
      { operator: "In", values: ["web", "holdfast"], want: "lives-on-it" as const },
      { operator: "In", values: ["web"], want: "none" as const },
      { operator: "NotIn", values: ["web"], want: "lives-on-it" as const },
      { operator: "NotIn", values: ["holdfast"], want: "none" as const },
      { operator: "Exists", want: "lives-on-it" as const },
      { operator: "DoesNotExist", want: "none" as const },
    ].map(({ want, ...rest }) => ({
      name: `a selector by the expression app ${rest.operator} ${rest.values ?? ""}`,
      object: selecting("apps/v1", "Deployment", { matchExpressions: [{ key: "app", ...rest }] }),
      want,
    })),
    {
      name: "labels that fit beside an expression that does not",
      object: selecting("apps/v1", "Deployment", {
        matchLabels: { app: "holdfast" },
        matchExpressions: [{ key: "tier", operator: "Exists" }],
      }),
      want: "none",
    },
    {
      name: "a ReplicationController that makes it, whose selector is its labels",
      object: selecting("v1", "ReplicationController", { app: "holdfast" }),
      want: "lives-on-it",
    },
    {
      name: "a ReplicationController beside it",
      object: selecting("v1", "ReplicationController", { app: "web" }),
      want: "none",
    },
    {
      name: "the workload of its account, where the Pod may not be read",
      object: workload("Deployment", { app: "web" }),
      pod: { labels: undefined },
      want: "lives-on-it",
    },
    {
      name: "a Service that selects it",
      object: { kind: "Service", namespace: "ops", fields: { spec: { selector: { app: "holdfast" } } } },
      want: "none",
    },
    {
      name: "the ClusterRoleBinding of its account",
      object: binding("ClusterRoleBinding", [account]),
      want: "lives-on-it",
    },
    {
      name: "one that names the account as a user",
      object: binding("ClusterRoleBinding", [{ kind: "User", name: "system:serviceaccount:ops:holdfast" }]),
      want: "lives-on-it",
    },
    {
      name: "one of an account of the same name elsewhere",
      object: binding("ClusterRoleBinding", [{ ...account, namespace: "shop" }]),
      want: "none",
    },
    {
      name: "a RoleBinding beside it",
      object: binding("RoleBinding", [account], "ops"),
      want: "lives-on-it",
    },
    {
      name: "a RoleBinding of its account in what it delivers to",
      object: binding("RoleBinding", [account], "shop"),
      want: "none",
    },
    { name: "subjects that are none", object: binding("ClusterRoleBinding", "all"), want: "none" },
  ];
  test.each(cases)("$name: $want", ({ object, pod, want }) => {
    const ownPod = { is: "here", pod: { ...POD, ...pod } } as const;
    expect(selfProtection(liveObject(object), { protectedNamespaces: new Set(), ownPod }).is).toBe(want);
  });

  test("a cluster that does not say leaves everything, and one where it does not run leaves nothing", () => {
    const live = liveObject({ kind: "Namespace", namespace: "", name: "ops" });
    const unknown = { is: "unknown", why: "the server is slow" } as const;
    const said = selfProtection(live, { protectedNamespaces: new Set(), ownPod: unknown });
    expect(said).toMatchObject({ is: "unknown", text: expect.stringContaining("the server is slow") });
    const elsewhere = { protectedNamespaces: new Set<string>(), ownPod: { is: "elsewhere" } } as const;
    expect(selfProtection(live, elsewhere)).toEqual({ is: "none" });
  });
});
