import { describe, expect, test } from "bun:test";
import { kubeObject } from "../../../../test/lib/core-objects.ts";
import type { FieldsV1, KubeObject, ManagedFieldsEntry } from "../../model/kube-object.ts";
import { afterTakeover } from "./after-takeover.ts";

const entry = (manager: string, operation: "Apply" | "Update", fieldsV1: FieldsV1): ManagedFieldsEntry => ({
  manager,
  operation,
  apiVersion: "v1",
  time: "2026-01-01T10:00:00Z",
  fieldsType: "FieldsV1",
  fieldsV1,
});
const data = (...keys: string[]): FieldsV1 => ({
  "f:data": { ".": {}, ...Object.fromEntries(keys.map((key) => [`f:${key}`, {}])) },
});
const config = (
  fields: Record<string, unknown>,
  managedFields: ManagedFieldsEntry[] = [],
  lastApplied?: unknown,
): KubeObject =>
  kubeObject({
    fields,
    ...(lastApplied === undefined
      ? {}
      : { annotations: { "kubectl.kubernetes.io/last-applied-configuration": JSON.stringify(lastApplied) } }),
    metadata: managedFields.length === 0 ? {} : { managedFields },
  });

const service = (ports: unknown[]): Record<string, unknown> => ({ spec: { ports } });
const portsOf = (...ports: number[]): FieldsV1 => ({
  "f:spec": {
    "f:ports": Object.fromEntries(
      ports.map((port) => [`k:{"port":${port},"protocol":"TCP"}`, { ".": {}, "f:port": {}, "f:name": {} }]),
    ),
  },
});

const both = { data: { a: "1", b: "2" } },
  one = { data: { a: "1" } };
const cases: { name: string; live: KubeObject; desired: KubeObject; left: Record<string, unknown> }[] = [
  {
    name: "a field that a tool applied and Git does not want goes",
    live: config(both, [entry("argocd-controller", "Apply", data("a", "b"))]),
    desired: config(one),
    left: one,
  },
  {
    name: "a field that Git wants stays",
    live: config(both, [entry("argocd-controller", "Apply", data("a", "b"))]),
    desired: config(both),
    left: both,
  },
  {
    name: "a field that somebody else holds too stays",
    live: config(both, [
      entry("argocd-controller", "Apply", data("a", "b")),
      entry("kubectl-edit", "Update", data("b")),
    ]),
    desired: config(one),
    left: both,
  },
  {
    name: "a person's field stays",
    live: config(both, [
      entry("argocd-controller", "Apply", data("a")),
      entry("kubectl-edit", "Update", data("b")),
    ]),
    desired: config(one),
    left: both,
  },
  {
    name: "of client-side apply, what the annotation holds goes",
    live: config(both, [entry("argocd-controller", "Update", data("a", "b"))], both),
    desired: config(one),
    left: one,
  },
  {
    name: "of client-side apply, what the annotation does not hold is a default and stays",
    live: config(both, [entry("kubectl-client-side-apply", "Update", data("a", "b"))], one),
    desired: config(one),
    left: both,
  },
  {
    name: "without an annotation, an update tells nothing",
    live: config(both, [entry("helm", "Update", data("a", "b"))]),
    desired: config(one),
    left: both,
  },
  {
    name: "an annotation that is no JSON tells nothing",
    live: kubeObject({
      fields: both,
      annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{" },
      metadata: { managedFields: [entry("helm", "Update", data("b"))] },
    }),
    desired: config(one),
    left: both,
  },
  {
    name: "an item of a keyed list goes as a whole, whatever it leaves to defaults",
    live: config(
      service([
        { port: 80, protocol: "TCP", name: "a", targetPort: 80 },
        { port: 81, protocol: "TCP", name: "b", targetPort: 81 },
        { port: 82, protocol: "TCP", name: "c", targetPort: 82 },
      ]),
      [entry("argocd-controller", "Apply", portsOf(80, 81, 82))],
    ),
    desired: config(service([{ port: 81, name: "b" }])),
    left: service([{ port: 81, protocol: "TCP", name: "b", targetPort: 81 }]),
  },
  {
    name: "status is nobody's to take",
    live: config({ ...one, status: { x: 1 } }, [
      entry("argocd-controller", "Apply", { ...data("a"), "f:status": { "f:x": {} } }),
    ]),
    desired: config(one),
    left: { ...one, status: { x: 1 } },
  },
];

describe("afterTakeover()", () => {
  test.each(cases)("$name", ({ live, desired, left }) => {
    const { metadata: _, apiVersion: __, kind: ___, ...fields } = afterTakeover(live, desired, live);
    expect(fields).toEqual(left);
  });

  test("where nothing goes, the prediction itself comes back", () => {
    const live = config(both, [entry("argocd-controller", "Apply", data("a", "b"))]),
      predicted = config(both);
    expect(afterTakeover(live, config(both), predicted)).toBe(predicted);
  });
});
