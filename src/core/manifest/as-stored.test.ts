import { describe, expect, test } from "bun:test";
import type { KubeObject } from "../model/kube-object.ts";
import { asStored } from "./as-stored.ts";

const secret = (fields: Record<string, unknown>, apiVersion = "v1"): KubeObject => ({
  apiVersion,
  kind: "Secret",
  metadata: { name: "key" },
  ...fields,
});

describe("asStored() of a Secret", () => {
  const cases: { name: string; from: KubeObject; want: Record<string, unknown> }[] = [
    {
      name: "writes stringData as base64 data",
      from: secret({ type: "Opaque", stringData: { user: "admin", empty: "", text: "a\nü\n" } }),
      want: secret({ type: "Opaque", data: { user: "YWRtaW4=", empty: "", text: "YQrDvAo=" } }),
    },
    {
      name: "writes it over data of the same key",
      from: secret({ data: { user: "Zm9v", other: "YmFy" }, stringData: { user: "admin" } }),
      want: secret({ data: { user: "YWRtaW4=", other: "YmFy" } }),
    },
    { name: "drops an empty one", from: secret({ stringData: {} }), want: secret({}) },
    {
      name: "drops one that is null",
      from: secret({ data: { a: "YQ==" }, stringData: null }),
      want: secret({ data: { a: "YQ==" } }),
    },
    {
      name: "leaves a wrong type to the server",
      from: secret({ stringData: { port: 80 } }),
      want: secret({ stringData: { port: 80 } }),
    },
    {
      name: "leaves wrong data to the server",
      from: secret({ data: ["a"], stringData: { a: "1" } }),
      want: secret({ data: ["a"], stringData: { a: "1" } }),
    },
    {
      name: "leaves Secrets of other groups alone",
      from: secret({ stringData: { a: "1" } }, "example.com/v1"),
      want: secret({ stringData: { a: "1" } }, "example.com/v1"),
    },
  ];
  test.each(cases)("$name", ({ from, want }) => expect(asStored(from) as unknown).toEqual(want));
});

describe("asStored() of exported manifests", () => {
  test.each([
    ["apps/v1", "DaemonSet", "deprecated.daemonset.template.generation"],
    ["autoscaling/v1", "HorizontalPodAutoscaler", "autoscaling.alpha.kubernetes.io/conditions"],
    ["autoscaling/v1", "HorizontalPodAutoscaler", "autoscaling.alpha.kubernetes.io/current-metrics"],
  ])("%s %s: leaves out %s, which the server computes", (apiVersion, kind, name) => {
    const exported = { apiVersion, kind, metadata: { name: "x", annotations: { [name]: "1", mine: "2" } } };
    expect(asStored(exported).metadata.annotations).toEqual({ mine: "2" });
    const other = { ...exported, apiVersion: "example.com/v1" };
    expect(asStored(other)).toBe(other);
  });
});

describe("asStored() of what runs pods", () => {
  const at = (
    apiVersion: string,
    kind: string,
    path: string[],
    pod: Record<string, unknown>,
  ): KubeObject => ({
    apiVersion,
    kind,
    metadata: { name: "web" },
    ...(path.reduceRight<unknown>((below, step) => ({ [step]: below }), pod) as Record<string, unknown>),
  });
  const TEMPLATE = ["spec", "template", "spec"];
  const kinds: [string, string, string[]][] = [
    ["v1", "Pod", ["spec"]],
    ["v1", "PodTemplate", ["template", "spec"]],
    ["v1", "ReplicationController", TEMPLATE],
    ["apps/v1", "Deployment", TEMPLATE],
    ["apps/v1", "StatefulSet", TEMPLATE],
    ["apps/v1", "DaemonSet", TEMPLATE],
    ["apps/v1", "ReplicaSet", TEMPLATE],
    ["batch/v1", "Job", TEMPLATE],
    ["batch/v1", "CronJob", ["spec", "jobTemplate", "spec", "template", "spec"]],
  ];
  test.each(kinds)("%s %s: the deprecated serviceAccount is serviceAccountName", (version, kind, path) => {
    const made = (pod: Record<string, unknown>) => asStored(at(version, kind, path, { a: 1, ...pod }));
    const want = (pod: Record<string, unknown>) => at(version, kind, path, { a: 1, ...pod });
    expect(made({ serviceAccount: "x" })).toEqual(want({ serviceAccountName: "x" }));
    expect(made({ serviceAccount: "x", serviceAccountName: "y" })).toEqual(want({ serviceAccountName: "y" }));
    expect(made({ serviceAccount: "x", serviceAccountName: "" })).toEqual(want({ serviceAccountName: "x" }));
    expect(made({ serviceAccount: null })).toEqual(want({}));
    expect(made({ serviceAccount: 7 })).toEqual(want({ serviceAccount: 7 }));
    expect(made({ serviceAccountName: "y" })).toEqual(want({ serviceAccountName: "y" }));
  });

  test("an object without a pod spec, and another group's, is left as it is", () => {
    const odd = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" }, spec: "text" };
    expect(asStored(odd as unknown as KubeObject)).toBe(odd as unknown as KubeObject);
    const other = at("example.com/v1", "Deployment", TEMPLATE, { serviceAccount: "x" });
    expect(asStored(other)).toBe(other);
  });
});
