import { describe, expect, test } from "bun:test";
import { fieldOwners } from "./field-owners.ts";
import { factsOf } from "./resource-facts.ts";

const shown = (object: unknown): Record<string, string[]> =>
  Object.fromEntries(factsOf(object).map(({ label, values }) => [label, values]));

describe("factsOf()", () => {
  test("a Deployment: images, ports, replicas", () => {
    expect(
      shown({
        kind: "Deployment",
        metadata: { labels: { tier: "web" } },
        spec: {
          replicas: 3,
          template: {
            spec: {
              initContainers: [{ name: "set-up", image: "busybox:1" }],
              containers: [
                {
                  name: "web",
                  image: "nginx:1.29",
                  ports: [
                    { containerPort: 80, name: "http" },
                    { containerPort: 53, protocol: "UDP" },
                  ],
                },
                { name: "side", image: "nginx:1.29" },
              ],
            },
          },
        },
        status: { readyReplicas: 1 },
      }),
    ).toEqual({
      Images: ["busybox:1", "nginx:1.29"],
      Ports: ["http 80", "53/UDP"],
      Replicas: ["1 of 3 ready"],
      Labels: ["tier=web"],
    });
  });

  test("a Pod: restarts, node, address", () => {
    expect(
      shown({
        kind: "Pod",
        spec: { nodeName: "n-1", containers: [{ name: "web", image: "x" }] },
        status: { podIP: "10.0.0.7", containerStatuses: [{ name: "web", restartCount: 4, state: {} }] },
      }),
    ).toEqual({ Images: ["x"], Restarts: ["4"], Node: ["n-1"], Addresses: ["10.0.0.7"] });
  });

  test("which nodes a Pod, or those of a workload, ask for", () => {
    const required = {
      nodeSelectorTerms: [
        {
          matchExpressions: [
            { key: "zone", operator: "In", values: ["a", "b"] },
            { key: "spot", operator: "DoesNotExist" },
          ],
        },
        { matchFields: [{ key: "metadata.name", operator: "In", values: ["n-1"] }] },
        {},
      ],
    };
    const spec = {
      nodeSelector: { disk: "ssd" },
      affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } },
    };
    const asked = ["disk=ssd", "zone In a, b and spot DoesNotExist", "or metadata.name In n-1"];
    expect(shown({ kind: "Pod", spec })).toEqual({ "Node selector": asked });
    expect(shown({ kind: "Deployment", spec: { template: { spec } } })).toEqual({ "Node selector": asked });
    expect(shown({ kind: "Pod", spec: { nodeSelector: "x", affinity: [] } })).toEqual({});
  });

  test("a Service, an Ingress, a CronJob, a claim, a Secret whose values are nobody's", () => {
    expect(
      shown({
        kind: "Service",
        spec: { type: "ClusterIP", clusterIP: "10.1.1.1", ports: [{ port: 80, targetPort: "http" }] },
      }),
    ).toEqual({ Ports: ["80 → http"], Type: ["ClusterIP"], Addresses: ["10.1.1.1"] });
    expect(shown({ kind: "Ingress", spec: { rules: [{ host: "shop.example" }, {}] } })).toEqual({
      Hosts: ["shop.example"],
    });
    expect(
      shown({
        kind: "CronJob",
        spec: {
          schedule: "0 3 * * *",
          jobTemplate: { spec: { template: { spec: { containers: [{ image: "b" }] } } } },
        },
      }),
    ).toEqual({ Images: ["b"], Schedule: ["0 3 * * *"] });
    expect(
      shown({ kind: "PersistentVolumeClaim", spec: { resources: { requests: { storage: "1Gi" } } } }),
    ).toEqual({ Storage: ["1Gi"] });
    expect(shown({ kind: "Secret", data: { password: "c2VjcmV0" } })).toEqual({ Keys: ["password"] });
  });

  test.each([
    [undefined],
    [7],
    [{ kind: "Deployment", spec: { template: "x", replicas: "3" }, status: [] }],
    [{ spec: { rules: {} } }],
  ])("of what is odd, nothing: %#", (odd) => expect(shown(odd)).toEqual({}));

  test("tells of many as a few and how many more", () => {
    const labels = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`l${at}`, "x"]));
    expect(shown({ metadata: { labels } })["Labels"]?.at(-1)).toBe("and 18 more");
  });
});

describe("fieldOwners()", () => {
  test("are by owner, the newest first, each with its fields as paths", () => {
    const managedFields = [
      {
        manager: "holdfast",
        operation: "Apply",
        time: "2026-11-30T00:00:00Z",
        fieldsV1: {
          "f:metadata": { "f:labels": { ".": {}, "f:app.kubernetes.io/name": {} } },
          "f:spec": {
            "f:template": {
              "f:spec": { "f:containers": { 'k:{"name":"web"}': { ".": {}, "f:image": {} } } },
            },
          },
        },
      },
      {
        manager: "kube-controller-manager",
        operation: "Update",
        subresource: "status",
        time: "2026-11-30T01:00:00Z",
        fieldsV1: { "f:status": { "f:readyReplicas": {} }, "f:finalizers": { 'v:"x"': {} } },
      },
    ];
    expect(fieldOwners({ metadata: { managedFields } })).toEqual([
      {
        ...{
          manager: "kube-controller-manager",
          operation: "Update",
          subresource: "status",
          time: "2026-11-30T01:00:00Z",
        },
        fields: ["status.readyReplicas", 'finalizers["x"]'],
      },
      {
        ...{ manager: "holdfast", operation: "Apply", subresource: "", time: "2026-11-30T00:00:00Z" },
        fields: [
          'metadata.labels["app.kubernetes.io/name"]',
          "spec.template.spec.containers[name=web].image",
        ],
      },
    ]);
  });

  test.each([
    [undefined],
    [{}],
    [{ metadata: { managedFields: "x" } }],
    [{ metadata: { managedFields: [null, 7] } }],
  ])("of what is odd, nobody: %#", (odd) => expect(fieldOwners(odd)).toEqual([]));

  test("of what is without end, as much as is read", () => {
    const endless: Record<string, unknown> = {};
    endless["f:x"] = endless;
    expect(fieldOwners({ metadata: { managedFields: [{ manager: "m", fieldsV1: endless }] } })).toMatchObject(
      [{ fields: [] }],
    );
  });
});

test("a Deployment says first which condition is wrong, and why, before how many are ready", () => {
  const conditions = [
    { type: "Available", status: "True", reason: "MinimumReplicasAvailable" },
    { type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded", message: "web-7c timed out" },
    { type: "ReplicaFailure", status: "True", reason: "FailedCreate", message: "<b>quota</b>" },
  ];
  const object = {
    ...{ kind: "Deployment", spec: { replicas: 2 } },
    status: { readyReplicas: 2, conditions },
  };
  expect(factsOf(object)).toEqual([
    {
      label: "Conditions",
      values: [
        "Progressing is False: ProgressDeadlineExceeded: web-7c timed out",
        "ReplicaFailure is True: FailedCreate: <b>quota</b>",
      ],
    },
    { label: "Replicas", values: ["2 of 2 ready"] },
  ]);
  // Of other kinds a condition that is false is often well.
  expect(factsOf({ ...object, kind: "Service" })[0]?.label).not.toBe("Conditions");
});
