import { describe, expect, test } from "bun:test";
import { desiredObject, liveObject, type Sketch } from "../../../test/lib/core-objects.ts";
import type { LiveObject } from "../../core/model/live-object.ts";
import { defined } from "../../lib/defined.ts";
import { imagesOf, resourceTree } from "./tree.ts";

const live = (sketch: Sketch, owners: readonly LiveObject[] = []): LiveObject =>
  liveObject(sketch, { uid: `uid of ${sketch.name}`, owners: owners.map(({ uid }) => uid) });
const deployment = live({
  apiVersion: "apps/v1",
  kind: "Deployment",
  name: "web",
  fields: { spec: { template: { spec: { containers: [{ name: "web", image: "web:1" }] } } } },
});
const replicaSet = live(
  {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    name: "web-1",
    annotations: { "deployment.kubernetes.io/revision": "3" },
  },
  [deployment],
);
const podB = live({ kind: "Pod", name: "web-1-b" }, [replicaSet]),
  podA = live({ kind: "Pod", name: "web-1-a" }, [replicaSet]);
const of = (...objects: LiveObject[]) => ({
  childrenOf: (uid: string) => objects.filter(({ owners }) => owners.includes(uid)),
});
const healthy = () => ({ status: "Healthy", message: "" }) as const;
const names = (nodes: ReturnType<typeof resourceTree>): string[] => nodes.map(({ ref }) => ref.name);

describe("resourceTree()", () => {
  test("has parents before children, in one order, each with its parent", () => {
    const nodes = resourceTree(
      of(podB, replicaSet, podA),
      [live({ name: "settings" }), deployment],
      [],
      healthy,
    );
    expect(names(nodes)).toEqual(["settings", "web", "web-1", "web-1-a", "web-1-b"]);
    expect(nodes[3]?.parents).toEqual([{ ...replicaSet.ref, uid: replicaSet.uid }]);
    expect(nodes[1]).toMatchObject({
      images: ["web:1"],
      version: "v1",
      parents: [],
      health: { status: "Healthy" },
    });
    expect(nodes[2]?.info).toEqual([{ name: "Revision", value: "Rev:3" }]);
  });

  test("shows a tracked object that another tracked one owns below it, once", () => {
    expect(names(resourceTree(of(replicaSet), [replicaSet, deployment], [], healthy))).toEqual([
      "web",
      "web-1",
    ]);
  });

  test("ends where owners go round in a circle", () => {
    const a = liveObject({ name: "a" }, { uid: "a", owners: ["b"] }),
      b = liveObject({ name: "b" }, { uid: "b", owners: ["a"] });
    expect(names(resourceTree(of(a, b), [live({ name: "root" })], [], healthy))).toEqual(["root"]);
    expect(names(resourceTree(of(a, b), [liveObject({ name: "root" }, { uid: "b" })], [], healthy))).toEqual([
      "root",
      "a",
    ]);
  });

  test("has what is wanted and not there at its end; hooks are not wanted all the time", () => {
    const wanted = [
      desiredObject({ name: "settings" }),
      desiredObject({
        apiVersion: "apps/v1",
        kind: "Deployment",
        name: "missing",
        fields: { spec: { template: { spec: { containers: [{ image: "x:1" }] } } } },
      }),
      desiredObject(
        { kind: "Job", apiVersion: "batch/v1", name: "hook" },
        { role: { is: "hook", types: ["Sync"], deletePolicies: [] } },
      ),
    ];
    const nodes = resourceTree(of(), [live({ name: "settings" })], wanted, healthy);
    expect(names(nodes)).toEqual(["settings", "missing"]);
    expect(nodes[1]).toMatchObject({ uid: undefined, images: ["x:1"], health: { status: "Missing" } });
  });

  test("says of a hook which one it is, and how it got on in the running or last sync", () => {
    const hook = live({
      apiVersion: "batch/v1",
      kind: "Job",
      name: "migrate",
      annotations: { "argocd.argoproj.io/hook": "PreSync,PostSync" },
    });
    const result = (hookType: string, hookPhase: string) => ({
      ...hook.ref,
      version: "v1",
      message: "",
      hookType,
      hookPhase,
    });
    const infoOf = (...results: ReturnType<typeof result>[]) =>
      resourceTree(of(), [hook], [], healthy, results)[0]?.info;
    expect(infoOf()).toEqual([{ name: "Hook", value: "PreSync, PostSync" }]);
    expect(infoOf(result("PreSync", "Succeeded"), result("PostSync", "Running"))).toEqual([
      { name: "Hook", value: "PreSync Succeeded, PostSync Running" },
    ]);
    expect(infoOf({ ...result("PreSync", "Failed"), name: "other" })).toEqual([
      { name: "Hook", value: "PreSync, PostSync" },
    ]);
  });

  test.each<{ what: string; status: object; spec?: object; info: string[] }>([
    {
      what: "runs",
      spec: { containers: [{}, {}], nodeName: "worker-7" },
      status: {
        phase: "Running",
        containerStatuses: [
          { name: "a", ready: true },
          { name: "b", ready: false },
        ],
      },
      info: ["Running", "1/2", "worker-7"],
    },
    {
      what: "waits",
      spec: { containers: [{}] },
      status: {
        phase: "Pending",
        containerStatuses: [
          { name: "a", restartCount: 4, state: { waiting: { reason: "CrashLoopBackOff" } } },
        ],
      },
      info: ["CrashLoopBackOff", "0/1", "4"],
    },
    {
      what: "was evicted",
      spec: { containers: [{}] },
      status: { phase: "Failed", reason: "Evicted" },
      info: ["Evicted", "0/1"],
    },
    { what: "says nothing yet", status: {}, info: ["Unknown", "0/0"] },
  ])("a Pod that $what says what kubectl says", ({ status, spec = {}, info }) => {
    const [node] = resourceTree(
      of(),
      [live({ kind: "Pod", name: "p", fields: { spec, status } })],
      [],
      healthy,
    );
    expect(node?.info.map(({ value }) => value)).toEqual(info);
  });
});

describe("imagesOf()", () => {
  const pod = {
    initContainers: [{ image: "init:1" }],
    containers: [{ image: "b:1" }, { image: "a:1" }, { image: "b:1" }],
  };
  test.each([
    { of: "a Pod", spec: pod },
    { of: "a workload", spec: { template: { spec: pod } } },
    { of: "a CronJob", spec: { jobTemplate: { spec: { template: { spec: pod } } } } },
  ])("names those of $of, each once, in order", ({ spec }) => {
    expect(imagesOf({ apiVersion: "v1", kind: "X", metadata: { name: "x" }, spec })).toEqual([
      "a:1",
      "b:1",
      "init:1",
    ]);
  });
  test.each([undefined, {}, { containers: "none" }, { containers: [{ image: 5 }, { image: "" }, {}] }])(
    "finds none in %p",
    (spec) => {
      expect(
        imagesOf({
          apiVersion: "v1",
          kind: "X",
          metadata: { name: "x" },
          ...defined({ spec }),
        }),
      ).toEqual([]);
    },
  );
});
