import { describe, expect, test } from "bun:test";
import { kubeObject } from "../../../../test/lib/core-objects.ts";
import { asPutBack } from "./put-back.ts";

describe("asPutBack()", () => {
  test("keeps content, labels, annotations, finalizers and owners, and leaves what the server alone writes", () => {
    const kept = {
      name: "settings",
      namespace: "default",
      labels: { theirs: "1" },
      annotations: { "argocd.argoproj.io/tracking-id": "web:/ConfigMap:default/settings" },
      finalizers: ["example.com/keep"],
      ownerReferences: [{ apiVersion: "v1", kind: "Pod", name: "p", uid: "u" }],
    };
    const live = kubeObject({
      metadata: {
        ...kept,
        finalizers: ["example.com/keep", "foregroundDeletion"],
        uid: "u1",
        resourceVersion: "7",
        generation: 2,
        creationTimestamp: "2026-01-01T00:00:00Z",
        deletionTimestamp: "2026-01-01T00:00:01Z",
        managedFields: [],
        ...{ deletionGracePeriodSeconds: 0, selfLink: "/x" },
      },
      fields: { data: { a: "1" }, status: { ready: true } },
    });
    const before = structuredClone(live);
    expect(asPutBack(live)).toEqual({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: kept,
      data: { a: "1" },
    });
    expect(live).toEqual(before);
  });

  const once = (spec: Record<string, unknown>) =>
    kubeObject({
      apiVersion: "batch/v1",
      kind: "Job",
      fields: {
        spec: {
          selector: { matchLabels: { "batch.kubernetes.io/controller-uid": "u1" } },
          template: {
            metadata: {
              labels: { app: "x", "controller-uid": "u1", "batch.kubernetes.io/job-name": "once" },
            },
          },
          ...spec,
        },
      },
    });
  test("of a Job leaves the selector that its controller generated, and keeps one that was written", () => {
    expect(asPutBack(once({}))["spec"]).toEqual({ template: { metadata: { labels: { app: "x" } } } });
    expect(asPutBack(once({ manualSelector: true }))).toEqual(once({ manualSelector: true }));
  });
});
