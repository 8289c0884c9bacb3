import { describe, expect, test } from "bun:test";
import type { FieldsV1, KubeObject, ManagedFieldsEntry } from "../../model/kube-object.ts";
import { laidOver } from "./laid-over.ts";

const entry = (manager: string, fieldsV1: FieldsV1): ManagedFieldsEntry => ({
  manager,
  operation: "Apply",
  apiVersion: "v1",
  fieldsV1,
});
const object = (kind: string, fields: object, managedFields?: ManagedFieldsEntry[]): KubeObject => ({
  apiVersion: "v1",
  kind,
  metadata: { name: "x", ...(managedFields === undefined ? {} : { managedFields }) },
  ...fields,
});
const leaf: FieldsV1 = {};
/** What would stand in `spec` or `data`. */
const left = (desired: KubeObject, live: KubeObject, field: "spec" | "data" = "spec"): unknown =>
  laidOver(desired, live)[field];

describe("laidOver()", () => {
  test("keeps the defaults of a Service whose address may not change, its port's too", () => {
    const port = { port: 80, protocol: "TCP", targetPort: 80 };
    const claims: FieldsV1 = {
      "f:spec": {
        "f:clusterIP": leaf,
        "f:ports": { 'k:{"port":80,"protocol":"TCP"}': { ".": leaf, "f:port": leaf } },
      },
    };
    const live = object("Service", { spec: { clusterIP: "None", type: "ClusterIP", ports: [port] } }, [
      entry("holdfast", claims),
    ]);
    const desired = object("Service", { spec: { clusterIP: "10.0.0.7", ports: [{ port: 80 }] } });
    expect(left(desired, live)).toEqual({ clusterIP: "10.0.0.7", type: "ClusterIP", ports: [port] });
    const other = object("Service", { spec: { clusterIP: "None", ports: [{ port: 81 }] } });
    expect(left(other, live)).toEqual({ clusterIP: "None", type: "ClusterIP", ports: [{ port: 81 }] });
  });

  test("takes away what we applied and Git has no more, and leaves what others have", () => {
    const live = object("ConfigMap", { data: { ours: "1", shared: "2", theirs: "3" } }, [
      entry("holdfast", { "f:data": { "f:ours": leaf, "f:shared": leaf } }),
      entry("robot", { "f:data": { "f:shared": leaf, "f:theirs": leaf } }),
    ]);
    expect(left(object("ConfigMap", { data: {} }), live, "data")).toEqual({ shared: "2", theirs: "3" });
    expect(left(object("ConfigMap", {}), live, "data")).toEqual({ shared: "2", theirs: "3" });
  });

  test("takes away what an explicit null asks to go", () => {
    const live = object("ConfigMap", { data: { a: "1", b: "2" } });
    expect(left(object("ConfigMap", { data: { a: null, c: null } }), live, "data")).toEqual({ b: "2" });
  });

  test("reads stringData as the data that it becomes", () => {
    const live = object("Secret", { type: "Opaque", data: { a: "MQ==" } });
    const laid = laidOver(object("Secret", { stringData: { a: "2" } }), live);
    expect([laid["data"], laid["stringData"], laid["type"]]).toEqual([{ a: "Mg==" }, undefined, "Opaque"]);
  });

  test("merges lists as their claims say: sets lose ours alone, others are whole", () => {
    const claims = (list: FieldsV1): FieldsV1 => ({ "f:spec": { "f:list": list } });
    const of = (list: unknown[]): KubeObject => object("Thing", { spec: { list } });
    const set = object("Thing", { spec: { list: ["a", "b"] } }, [
      entry("holdfast", claims({ 'v:"a"': leaf })),
      entry("robot", claims({ 'v:"b"': leaf })),
    ]);
    expect(left(of(["c"]), set)).toEqual({ list: ["b", "c"] });
    const atomic = object("Thing", { spec: { list: ["a", "b"] } }, [entry("holdfast", claims(leaf))]);
    expect(left(of(["c"]), atomic)).toEqual({ list: ["c"] });
    expect(left(object("Thing", { spec: {} }), atomic)).toEqual({});
  });
});
