import { describe, expect, test } from "bun:test";
import { factsOf, loadOf } from "./node-room.ts";

const container = (cpu: string, memory: string, more: object = {}) => ({
  name: "c",
  resources: { requests: { cpu, memory } },
  ...more,
});
const pod = (spec: object, phase = "Running") => ({
  ...{ apiVersion: "v1", kind: "Pod", metadata: { name: "p" } },
  spec: { nodeName: "n-1", ...spec },
  status: { phase },
});
const MI = 2 ** 20;

describe("what a Pod takes of its node", () => {
  test.each<[string, object, cpu: number, mebibytes: number]>([
    [
      "what its containers ask for",
      { containers: [container("100m", "64Mi"), container("1", "1Gi")] },
      1_100,
      1_088,
    ],
    ["nothing where they ask for nothing", { containers: [{ name: "c" }] }, 0, 0],
    [
      "the most that one of those needs that come first and go",
      {
        initContainers: [container("2", "8Mi"), container("1", "512Mi")],
        containers: [container("100m", "64Mi")],
      },
      2_000,
      512,
    ],
    [
      "what a sidecar asks for beside it all",
      {
        initContainers: [container("200m", "100Mi", { restartPolicy: "Always" }), container("1", "10Mi")],
        containers: [container("100m", "64Mi")],
      },
      1_200,
      164,
    ],
    [
      "what the Pod says itself, and its overhead",
      {
        resources: { requests: { cpu: "3" } },
        overhead: { cpu: "250m", memory: "120Mi" },
        containers: [container("100m", "64Mi")],
      },
      3_250,
      184,
    ],
    [
      "nothing of what is no quantity",
      { containers: [container("-1", "lots"), { resources: "none" }, null], initContainers: "none" },
      0,
      0,
    ],
  ])("%s", (_, spec, cpu, mebibytes) => {
    expect(loadOf(pod(spec))).toEqual({ node: "n-1", cpu, memory: mebibytes * MI });
  });

  test("and nothing once it has ended, or where it is on none", () => {
    const containers = [container("1", "1Gi")];
    expect(loadOf(pod({ containers }, "Succeeded"))).toBeUndefined();
    expect(loadOf(pod({ containers }, "Failed"))).toBeUndefined();
    expect(loadOf(pod({ containers, nodeName: "" }))).toBeUndefined();
    expect(loadOf({ apiVersion: "v1", kind: "Pod", metadata: { name: "p" } })).toBeUndefined();
  });
});

test("of a node what it has, and nothing by which the machine is known", () => {
  const { capacity, allocatable, system } = factsOf({
    ...{ apiVersion: "v1", kind: "Node", metadata: { name: "n-1" } },
    status: {
      capacity: { cpu: "4", memory: "16Gi", pods: "110" },
      allocatable: { cpu: "3920m", memory: "15Gi", pods: "110" },
      nodeInfo: { osImage: "Debian 13", machineID: "secret", systemUUID: "secret", bootID: "secret" },
    },
  });
  expect(capacity).toEqual({ cpu: 4_000, memory: 16 * 1024 * MI, pods: 110 });
  expect(allocatable).toEqual({ cpu: 3_920, memory: 15 * 1024 * MI, pods: 110 });
  expect(system["osImage"]).toBe("Debian 13");
  expect(JSON.stringify(system)).not.toContain("secret");
  expect(factsOf({ apiVersion: "v1", kind: "Node", metadata: { name: "n" } }).capacity.cpu).toBe(0);
});
