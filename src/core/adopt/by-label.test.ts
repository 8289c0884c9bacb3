import { describe, expect, test } from "bun:test";
import type { ApplicationStatus } from "../model/application.ts";
import type { FieldDifference } from "../model/comparison.ts";
import { type HeldObject, instanceLabelOf, seenByLabel } from "./by-label.ts";

const INSTANCE_LABEL = instanceLabelOf([]);
const ID: FieldDifference = {
  path: 'metadata.annotations["argocd.argoproj.io/tracking-id"]',
  live: undefined,
  desired: "shop:/ConfigMap:shop/a",
};
const LABEL: FieldDifference = {
  path: 'metadata.labels["app.kubernetes.io/instance"]',
  live: "shop",
  desired: undefined,
};
const held = (
  fields: FieldDifference[],
  labels: Record<string, string> = { [INSTANCE_LABEL]: "shop" },
  name = "a",
) =>
  ({
    ref: { group: "", kind: "ConfigMap", namespace: "shop", name },
    live: { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "shop", labels } },
    fields,
  }) satisfies HeldObject;
const status = (...names: string[]): ApplicationStatus =>
  ({
    sync: { status: "OutOfSync", comparedTo: { destination: {} } },
    health: { status: "Healthy" },
    resources: names.map((name) => ({
      version: "v1",
      kind: "ConfigMap",
      namespace: "shop",
      name,
      status: "OutOfSync",
    })),
  }) as ApplicationStatus;
const seen = (of: HeldObject[], ...names: string[]) => {
  const { status: found, objects } = seenByLabel(status(...names), of, {
    label: INSTANCE_LABEL,
    name: "shop",
  });
  return [found.sync.status as string, objects];
};

describe("seenByLabel()", () => {
  test.each<[string, HeldObject[], string[], (string | number)[]]>([
    ["what lacks the tracking id alone is as Git wants it", [held([ID])], ["a"], ["Synced", 1]],
    ["the label may go with the sync", [held([ID, LABEL])], ["a"], ["Synced", 1]],
    [
      "a label that Git writes otherwise is a difference",
      [held([ID, { ...LABEL, desired: "x" }])],
      ["a"],
      ["OutOfSync", 0],
    ],
    [
      "another field is a difference",
      [held([ID, { path: "data.x", live: 1, desired: 2 }])],
      ["a"],
      ["OutOfSync", 0],
    ],
    [
      "another application's label claims nothing",
      [held([ID], { [INSTANCE_LABEL]: "blog" })],
      ["a"],
      ["OutOfSync", 0],
    ],
    ["without the label nobody has it", [held([ID], {})], ["a"], ["OutOfSync", 0]],
    ["what is not there is not there", [{ ...held([ID]), live: undefined }], ["a"], ["OutOfSync", 0]],
    ["no field at all says nothing", [held([])], ["a"], ["OutOfSync", 0]],
    ["one of two leaves the application OutOfSync", [held([ID])], ["a", "b"], ["OutOfSync", 1]],
  ])("%s", (_, of, names, want) => {
    expect(seen(of, ...names)).toEqual(want);
  });

  test("a long name is cut as a label's value is", () => {
    const name = "x".repeat(80);
    const of = [held([ID], { [INSTANCE_LABEL]: "x".repeat(63) })];
    expect(seenByLabel(status("a"), of, { label: INSTANCE_LABEL, name }).objects).toBe(1);
  });
});

test("instanceLabelOf() is what argocd-cm says", () => {
  const map = (data: unknown) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "argocd-cm" },
    data,
  });
  expect(instanceLabelOf([map({ "application.instanceLabelKey": "example.com/app" })])).toBe(
    "example.com/app",
  );
  expect(instanceLabelOf([map({ "application.instanceLabelKey": 7 })])).toBe("app.kubernetes.io/instance");
  expect(instanceLabelOf([map("x")])).toBe("app.kubernetes.io/instance");
});
