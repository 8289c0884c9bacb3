import { describe, expect, test } from "bun:test";
import type { KubeObject } from "../model/kube-object.ts";
import { controllerNamespaces, controllerOf } from "./controller.ts";

const labels = { "app.kubernetes.io/component": "application-controller" };
const object = (kind: string, rest: object, metadata: object = {}): KubeObject => ({
  apiVersion: kind === "Pod" ? "v1" : "apps/v1",
  kind,
  metadata: { name: "controller", namespace: "argocd", uid: `${kind}-1`, labels, ...metadata },
  ...rest,
});
const owned = (by: string): object => ({
  labels: {},
  ownerReferences: [
    { apiVersion: "apps/v1", kind: by, name: "controller", uid: `${by}-1`, controller: true },
  ],
});
const of = (workloads: KubeObject[], pods: KubeObject[] = [], replicaSets: KubeObject[] = []) =>
  controllerOf({ workloads, pods, replicaSets });
const NONE = { spec: { replicas: 0 }, status: {} };
const RUNS = { status: { phase: "Running" } };

describe("controllerOf()", () => {
  test.each([
    ["wished for", { spec: { replicas: 1 }, status: { replicas: 0 } }],
    ["still there", { spec: { replicas: 0 }, status: { replicas: 1 } }],
    ["of no number, which is one", { spec: {}, status: {} }],
    ["without anything", {}],
  ])("a replica that is %s runs", (_, rest) => {
    expect(of([object("StatefulSet", rest)])).toEqual({
      is: "running",
      what: ["apps/StatefulSet argocd/controller"],
    });
  });

  test("a Pod that ends may still write, one that has ended may not", () => {
    const none = object("StatefulSet", NONE);
    expect(of([none], [object("Pod", RUNS)])).toEqual({ is: "running", what: ["Pod argocd/controller"] });
    expect(of([none], [object("Pod", { status: { phase: "Failed" } })]).is).toBe("stopped");
  });

  test("Pods without a label are known by who owns them, through a ReplicaSet too", () => {
    const pod = (by: string) => object("Pod", RUNS, owned(by));
    expect(of([object("StatefulSet", NONE)], [pod("StatefulSet")]).is).toBe("running");
    const replicaSet = object("ReplicaSet", NONE, owned("Deployment"));
    expect(of([object("Deployment", NONE)], [pod("ReplicaSet")], [replicaSet]).is).toBe("running");
    expect(of([object("Deployment", NONE)], [pod("ReplicaSet")]).is).toBe("stopped");
    expect(of([object("StatefulSet", NONE)], [pod("DaemonSet")]).is).toBe("stopped");
  });

  const program = (word: string) => ({ containers: [{ name: "a", args: [word] }] });
  test.each<[string, object, object]>([
    ["Argo CD's own manifests", { "app.kubernetes.io/name": "argocd-application-controller" }, {}],
    ["its Helm chart, under another name", labels, {}],
    ["no label, by its program", {}, program("/usr/local/bin/argocd-application-controller")],
  ])("of %s it is found in the Pod alone, and at rest in the StatefulSet alone", (_, theirs, spec) => {
    const nameless = { name: "cd-0", labels: theirs };
    expect(of([], [object("Pod", { spec, ...RUNS }, nameless)]).is).toBe("running");
    const template = { metadata: { labels: theirs }, spec };
    expect(
      of([object("StatefulSet", { spec: { replicas: 0, template } }, { name: "cd", labels: {} })]).is,
    ).toBe("stopped");
  });

  test("what is only called so can hold an application, and by its rest lets go of none", () => {
    const called = (replicas: number) =>
      object("Deployment", { spec: { replicas } }, { name: "gitops-application-controller", labels: {} });
    expect(of([called(1)]).is).toBe("running");
    expect(of([called(0)]).is).toBe("not-found");
    expect(of([called(1), object("StatefulSet", NONE)]).is).toBe("running");
  });

  test("its other programs are not it", () => {
    for (const name of ["argocd-applicationset-controller", "argocd-server", "argocd-repo-server"]) {
      const theirs = { "app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "argocd" };
      const pod = object(
        "Pod",
        { spec: program(`/usr/local/bin/${name}`), ...RUNS },
        { name: `${name}-0`, labels: theirs },
      );
      expect(of([], [pod])).toEqual({ is: "not-found" });
    }
  });

  test("none that was found is not one that is stopped", () => {
    expect(of([])).toEqual({ is: "not-found" });
  });
});

test("controllerNamespaces() are Argo CD's own and those that its statuses name", () => {
  const app = (status: unknown): KubeObject => ({
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name: "shop", namespace: "team" },
    status,
  });
  const all = [
    app({ controllerNamespace: "cd" }),
    app({ controllerNamespace: "cd" }),
    app({ controllerNamespace: 7 }),
    app("x"),
  ];
  expect(controllerNamespaces("argocd", all)).toEqual(["argocd", "cd"]);
});
