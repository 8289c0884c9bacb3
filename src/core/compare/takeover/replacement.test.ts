import { describe, expect, test } from "bun:test";
import { kubeObject } from "../../../../test/lib/core-objects.ts";
import { ANNOTATION } from "../../model/application.ts";
import type { ManagedFieldsEntry } from "../../model/kube-object.ts";
import { replacement } from "./replacement.ts";

const entry = (
  manager: string,
  labels: string[],
  operation: ManagedFieldsEntry["operation"] = "Update",
): ManagedFieldsEntry => ({
  manager,
  operation,
  apiVersion: "v1",
  fieldsV1: { "f:metadata": { "f:labels": Object.fromEntries(labels.map((name) => [`f:${name}`, {}])) } },
});

describe("replacement()", () => {
  const live = (labels: Record<string, string>, ...managedFields: ManagedFieldsEntry[]) =>
    kubeObject({
      metadata: { labels, resourceVersion: "7", managedFields },
      fields: { data: { more: "x" } },
    });
  const desired = kubeObject({ labels: { ours: "2" }, fields: { data: { a: "1" } } });
  const cases: { name: string; live: ReturnType<typeof live>; want: Record<string, string> }[] = [
    {
      name: "keeps the label of somebody else, and gives ours Git's value",
      live: live({ ours: "1", theirs: "1" }, entry("holdfast", ["ours"]), entry("somebody", ["theirs"])),
      want: { ours: "2", theirs: "1" },
    },
    {
      name: "drops a label that we wrote and Git dropped, by PUT or by apply",
      live: live(
        { put: "1", applied: "1" },
        entry("holdfast", ["put"]),
        entry("holdfast", ["applied"], "Apply"),
      ),
      want: { ours: "2" },
    },
    {
      name: "keeps a label that we and somebody else wrote",
      live: live({ both: "1" }, entry("holdfast", ["both"]), entry("kubectl-edit", ["both"])),
      want: { ours: "2", both: "1" },
    },
    {
      name: "drops a label of another delivery tool",
      live: live({ helm: "1" }, entry("helm", ["helm"])),
      want: { ours: "2" },
    },
    {
      name: "keeps a label that nobody is known to have written",
      live: live({ x: "1" }),
      want: { ours: "2", x: "1" },
    },
  ];
  test.each(cases)("$name", ({ live, want }) =>
    expect(replacement(desired, live).metadata.labels).toEqual(want),
  );

  test("has Git's content and nothing else, and the version that was read", () => {
    const put = replacement(desired, live({}));
    expect(put["data"]).toEqual({ a: "1" });
    expect(put.metadata.resourceVersion).toBe("7");
    expect(put.metadata.managedFields).toBeUndefined();
    expect(put.metadata.uid).toBeUndefined();
  });

  test("keeps finalizers and owners unless Git has its own, and drops kubectl's note", () => {
    const owners = [{ apiVersion: "v1", kind: "Pod", name: "p", uid: "u" }];
    const was = kubeObject({
      annotations: { [ANNOTATION.lastApplied]: "{}", theirs: "1" },
      metadata: { finalizers: ["a/b"], ownerReferences: owners, resourceVersion: "7" },
    });
    expect(replacement(kubeObject(), was).metadata).toEqual({
      name: "settings",
      namespace: "default",
      annotations: { theirs: "1" },
      finalizers: ["a/b"],
      ownerReferences: owners,
      resourceVersion: "7",
    });
    expect(replacement(kubeObject({ metadata: { finalizers: [] } }), was).metadata.finalizers).toEqual([]);
  });

  test("of a claim and a volume keeps what binds them, unless Git names it", () => {
    const of = (kind: string, spec: Record<string, unknown>) => kubeObject({ kind, fields: { spec } });
    expect(
      replacement(
        of("PersistentVolumeClaim", { volumeMode: "Block", resources: {} }),
        of("PersistentVolumeClaim", { volumeName: "v", storageClassName: "", volumeMode: "File", more: 1 }),
      )["spec"],
    ).toEqual({ volumeName: "v", storageClassName: "", volumeMode: "Block", resources: {} });
    expect(
      replacement(
        of("PersistentVolume", { capacity: {} }),
        of("PersistentVolume", { claimRef: { name: "c" } }),
      )["spec"],
    ).toEqual({ claimRef: { name: "c" }, capacity: {} });
  });

  test("of a Job keeps the selector that its controller generated", () => {
    const generated = { "batch.kubernetes.io/controller-uid": "u1", "batch.kubernetes.io/job-name": "once" };
    const job = (spec: Record<string, unknown>) =>
      kubeObject({ apiVersion: "batch/v1", kind: "Job", fields: { spec } });
    const was = job({
      selector: { matchLabels: { "batch.kubernetes.io/controller-uid": "u1" } },
      template: { metadata: { labels: { ...generated, old: "1" } }, spec: { old: true } },
    });
    expect(
      replacement(job({ template: { metadata: { labels: { app: "x" } }, spec: {} } }), was)["spec"],
    ).toEqual({
      selector: { matchLabels: { "batch.kubernetes.io/controller-uid": "u1" } },
      template: { metadata: { labels: { ...generated, app: "x" } }, spec: {} },
    });
    const manual = job({ manualSelector: true, selector: { matchLabels: { a: "b" } } });
    expect(replacement(manual, was)["spec"]).toEqual(manual["spec"]);
  });
});
