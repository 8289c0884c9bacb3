import { describe, expect, test } from "bun:test";
import type { KubeObject } from "../../core/model/kube-object.ts";
import { applicationRecord, manifestOf } from "./application-record.ts";

const REFRESH = "argocd.argoproj.io/refresh";
const FINALIZER = "resources-finalizer.argocd.argoproj.io";

function application(metadata: object = {}, more: object = {}): KubeObject {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name: "shop", namespace: "argocd", uid: "u1", resourceVersion: "7", ...metadata },
    spec: {
      project: "default",
      source: { repoURL: "https://git.example.com/shop.git", path: "." },
      destination: { server: "https://kubernetes.default.svc", namespace: "shop" },
      ofTomorrow: { a: [1, null] },
    },
    ...more,
  };
}

describe("manifestOf()", () => {
  test("leaves out what others note beside it, and keeps what nobody knows", () => {
    const written = application(
      {
        generation: 3,
        creationTimestamp: "2026-01-01T00:00:00Z",
        managedFields: [{ manager: "kubectl", operation: "Update", apiVersion: "v1" }],
        deletionTimestamp: "2026-01-02T00:00:00Z",
        annotations: { [REFRESH]: "hard", team: "shop" },
        ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "x", uid: "u2" }],
      },
      { status: { sync: {} }, operation: { sync: {} }, extra: { deep: true } },
    );
    const { metadata, ...rest } = manifestOf(written);
    expect(metadata as object).toEqual({
      name: "shop",
      namespace: "argocd",
      uid: "u1",
      creationTimestamp: "2026-01-01T00:00:00Z",
      annotations: { team: "shop" },
      ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "x", uid: "u2" }],
    });
    expect(Object.keys(rest).sort()).toEqual(["apiVersion", "extra", "kind", "spec"]);
    expect((rest["spec"] as { ofTomorrow: unknown }).ofTomorrow).toEqual({ a: [1, null] });
  });

  test("is the same before and after a refresh is asked for", () => {
    expect(manifestOf(application({ annotations: { [REFRESH]: "normal" } }))).toEqual(
      manifestOf(application()),
    );
  });
});

describe("applicationRecord()", () => {
  const operations: { name: string; operation: unknown; is: string; why?: string }[] = [
    { name: "none where the field is absent", operation: undefined, is: "none" },
    { name: "none where it is null", operation: null, is: "none" },
    { name: "an empty sync is one of everything", operation: { sync: {} }, is: "asked" },
    { name: "a sync with a revision", operation: { sync: { revision: "main", prune: true } }, is: "asked" },
    { name: "without a sync it asks for nothing", operation: {}, is: "wrong", why: "names no sync" },
    { name: "a text is none", operation: "sync", is: "wrong", why: "must be a mapping" },
    {
      name: "a wrong type is named with its field",
      operation: { sync: { prune: "yes" } },
      is: "wrong",
      why: "operation.sync.prune: must be true or false",
    },
    {
      name: "manifests from elsewhere are refused, and not left out",
      operation: { sync: { manifests: ["a: 1"] } },
      is: "wrong",
      why: "operation.sync.manifests",
    },
  ];
  test.each(operations)("operation: $name", ({ operation, is, why }) => {
    const { asked } = applicationRecord(application({}, { operation }));
    expect(asked.is).toBe(is as never);
    if (asked.is === "wrong") expect(asked.why).toContain(why ?? "?");
    if (asked.is !== "none") expect(asked.written).toEqual(operation as never);
  });

  const lives: { name: string; metadata: object; life: object }[] = [
    { name: "stays", metadata: { finalizers: [FINALIZER] }, life: { is: "stays" } },
    {
      name: "goes, held by ours",
      metadata: { deletionTimestamp: "2026-01-02T00:00:00Z", finalizers: ["a.example/b", FINALIZER] },
      life: { is: "going", since: "2026-01-02T00:00:00Z" },
    },
    {
      name: "goes in the background",
      metadata: { deletionTimestamp: "2026-01-02T00:00:00Z", finalizers: [`${FINALIZER}/background`] },
      life: { is: "going", since: "2026-01-02T00:00:00Z" },
    },
    {
      name: "waits for hooks alone",
      metadata: {
        deletionTimestamp: "2026-01-02T00:00:00Z",
        finalizers: ["post-delete-finalizer.argocd.argoproj.io/cleanup"],
      },
      life: { is: "going", since: "2026-01-02T00:00:00Z" },
    },
    {
      name: "left, held by another",
      metadata: {
        deletionTimestamp: "2026-01-02T00:00:00Z",
        finalizers: ["a.example/b", `${FINALIZER}/sideways`],
      },
      life: { is: "left" },
    },
  ];
  test.each(lives)("$name", ({ metadata, life }) => {
    expect(applicationRecord(application(metadata)).life).toEqual(life as never);
  });

  const refreshes: [string | undefined, object | undefined][] = [
    [undefined, undefined],
    ["normal", { how: "normal", written: "normal" }],
    ["hard", { how: "hard", written: "hard" }],
    ["true", { how: "normal", written: "true" }],
  ];
  test.each(refreshes)("refresh %p is %p", (written, refresh) => {
    const annotations = written === undefined ? {} : { [REFRESH]: written };
    expect(applicationRecord(application({ annotations })).refresh).toEqual(refresh as never);
  });

  test("one that is no Application any more says why, under its name", () => {
    const { key, app } = applicationRecord(application({}, { spec: { destination: "here" } }));
    expect([key as string, app.ok]).toEqual(["argocd/shop", false]);
  });
});
