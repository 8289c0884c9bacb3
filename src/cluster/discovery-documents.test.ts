import { describe, expect, test } from "bun:test";
import { apiVersionsOf, readAggregated, readClassic } from "./discovery-documents.ts";

const deployments = {
  resource: "deployments",
  responseKind: { group: "", version: "", kind: "Deployment" },
  scope: "Namespaced",
  verbs: ["get", "list", "watch"],
};

describe("readAggregated()", () => {
  test("kinds take group and version of their place: the server leaves them out of responseKind", () => {
    const { versions, broken } = readAggregated([
      {
        items: [
          {
            metadata: { name: "apps" },
            versions: [{ version: "v1", freshness: "Current", resources: [deployments] }],
          },
        ],
      },
    ]);
    expect(versions.get("apps/v1")).toEqual([
      {
        group: "apps",
        version: "v1",
        kind: "Deployment",
        resource: "deployments",
        scope: "namespaced",
        verbs: ["get", "list", "watch"],
      },
    ]);
    expect(broken.size).toBe(0);
  });

  test("a stale group is broken; what it last said is kept, and where it says nothing it is not said to be empty", () => {
    const said = {
      metadata: { name: "said.example.com" },
      versions: [{ version: "v1", freshness: "Stale", resources: [deployments] }],
    };
    const silent = {
      metadata: { name: "silent.example.com" },
      versions: [{ version: "v1", freshness: "Stale", resources: [] }],
    };
    const { versions, broken } = readAggregated([{ items: [said, silent] }]);
    expect([...broken.keys()]).toEqual(["said.example.com/v1", "silent.example.com/v1"]);
    expect([...versions.keys()]).toEqual(["said.example.com/v1"]);
  });
});

describe("readClassic()", () => {
  test("subresources are no kinds", () => {
    const list = {
      resources: [
        { name: "pods", kind: "Pod", namespaced: true, verbs: ["list"] },
        { name: "pods/log", kind: "Pod", namespaced: true, verbs: ["get"] },
        { name: "nodes", kind: "Node", namespaced: false, verbs: [] },
      ],
    };
    expect(readClassic("", "v1", list).map(({ resource, scope }) => `${resource} ${scope}`)).toEqual([
      "pods namespaced",
      "nodes cluster",
    ]);
  });
});

describe("apiVersionsOf()", () => {
  test("lists versions and kinds, sorted, as Helm takes them", () => {
    const discovered = readAggregated([
      {
        items: [
          {
            metadata: { name: "" },
            versions: [
              {
                version: "v1",
                freshness: "Current",
                resources: [
                  { resource: "pods", responseKind: { kind: "Pod" }, scope: "Namespaced", verbs: [] },
                ],
              },
            ],
          },
          {
            metadata: { name: "apps" },
            versions: [{ version: "v1", freshness: "Current", resources: [deployments] }],
          },
        ],
      },
    ]);
    expect(apiVersionsOf(discovered)).toEqual(["apps/v1", "apps/v1/Deployment", "v1", "v1/Pod"]);
  });
});
