/** What actions offer and write, as tables. Names: Argo CD's; fields: what kubectl and each operator's tool write. */
import { describe, expect, test } from "bun:test";
import { applyJsonPatch } from "../../lib/json-patch.ts";
import type { KubeObject } from "../model/kube-object.ts";
import { builtInActions, runBuiltIn } from "./built-in.ts";
import { patchBetween } from "./patch-between.ts";

const NOW = "2026-11-28T04:00:00Z";

function object(apiVersion: string, kind: string, more: Record<string, unknown> = {}): KubeObject {
  return {
    apiVersion,
    kind,
    metadata: { name: "web", namespace: "shop", uid: "u1", resourceVersion: "7" },
    ...more,
  };
}

/** `name`, `name(parameter=now)`, `name: why not now`. */
function offers(of: KubeObject): string[] {
  return builtInActions(of).map(({ name, parameters, idle }) => {
    const asked = parameters.map((one) => `(${one.name}=${one.now ?? ""})`).join("");
    return idle === undefined ? `${name}${asked}` : `${name}: ${idle}`;
  });
}

/** The patch, an operation a line; what is made as `create Kind name`. */
function writes(of: KubeObject, action: string, parameters: Record<string, string> = {}): string[] {
  const before = structuredClone(of);
  const list = runBuiltIn(of, action, { parameters, now: NOW }) ?? [];
  expect(of).toEqual(before);
  return list.flatMap((write) =>
    write.do === "create"
      ? [`create ${write.object.kind} ${write.object.metadata.name}`]
      : patchBetween(of, write.after).map(({ op, path, value }) =>
          [op, path, ...(value === undefined ? [] : [JSON.stringify(value)])].join(" "),
        ),
  );
}

describe("what an object offers", () => {
  test.each<[string, KubeObject, string[]]>([
    [
      "a Deployment",
      object("apps/v1", "Deployment", { spec: { replicas: 3 } }),
      ["restart", "pause", "resume: it is not paused", "scale(replicas=3)"],
    ],
    [
      "a paused Deployment",
      object("apps/v1", "Deployment", { spec: { paused: true } }),
      [
        "restart: it is paused, so no Pod would be made anew",
        "pause: it is paused already",
        "resume",
        "scale(replicas=)",
      ],
    ],
    ["a StatefulSet", object("apps/v1", "StatefulSet", { spec: {} }), ["restart", "scale(replicas=)"]],
    ["a DaemonSet", object("apps/v1", "DaemonSet"), ["restart"]],
    [
      "a CronJob that is suspended",
      object("batch/v1", "CronJob", { spec: { suspend: true } }),
      ["create-job", "suspend: it is suspended already", "resume"],
    ],
    ["a Job", object("batch/v1", "Job", { spec: {} }), ["suspend", "resume: it is not suspended"]],
    [
      "a Rollout at a step",
      object("argoproj.io/v1alpha1", "Rollout", {
        spec: { replicas: 1, strategy: { canary: { steps: [{ setWeight: 20 }, { pause: {} }] } } },
        status: {
          stableRS: "a",
          currentPodHash: "b",
          currentStepIndex: 1,
          pauseConditions: [{ reason: "CanaryPauseStep" }],
        },
      }),
      [
        "restart",
        "pause",
        "resume",
        "abort",
        "retry: it is not aborted",
        "promote-full",
        "skip-current-step",
        "scale(replicas=1)",
      ],
    ],
    [
      "a Rollout at rest",
      object("argoproj.io/v1alpha1", "Rollout", { spec: {}, status: { stableRS: "a", currentPodHash: "a" } }),
      [
        "restart",
        "pause",
        "resume: it is not paused",
        "abort: no rollout is under way",
        "retry: it is not aborted",
        "promote-full: no rollout is under way",
        "skip-current-step: it is at no step",
        "scale(replicas=)",
      ],
    ],
    [
      "Flux's HelmRelease",
      object("helm.toolkit.fluxcd.io/v2", "HelmRelease", { spec: {} }),
      ["reconcile", "suspend", "resume: it is not suspended"],
    ],
    ["a kind without actions", object("v1", "ConfigMap"), []],
    ["a kind of the same name in another group", object("example.com/v1", "Deployment", { spec: {} }), []],
    [
      "an object without a spec",
      object("apps/v1", "Deployment"),
      ["restart", "pause", "resume: it is not paused", "scale(replicas=)"],
    ],
  ])("%s", (_, of, expected) => expect(offers(of)).toEqual(expected));
});

describe("what an action writes", () => {
  const template = { metadata: { labels: { app: "web" } } };
  test.each<[string, KubeObject, string, Record<string, string>, string[]]>([
    [
      "restart makes the annotations that were not there",
      object("apps/v1", "Deployment", { spec: { template } }),
      "restart",
      {},
      [`add /spec/template/metadata/annotations {"kubectl.kubernetes.io/restartedAt":"${NOW}"}`],
    ],
    [
      "a second restart changes the one annotation, and leaves others",
      object("apps/v1", "StatefulSet", {
        spec: {
          template: {
            metadata: {
              annotations: { "kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z", a: "b" },
            },
          },
        },
      }),
      "restart",
      {},
      [`replace /spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt "${NOW}"`],
    ],
    [
      "scale to none",
      object("apps/v1", "Deployment", { spec: { replicas: 3 } }),
      "scale",
      { replicas: "0" },
      ["replace /spec/replicas 0"],
    ],
    [
      "scale to what it has",
      object("apps/v1", "Deployment", { spec: { replicas: 3 } }),
      "scale",
      { replicas: "3" },
      [],
    ],
    ["pause", object("apps/v1", "Deployment", { spec: {} }), "pause", {}, ["add /spec/paused true"]],
    [
      "a Job of a CronJob",
      object("batch/v1", "CronJob", { spec: { jobTemplate: { spec: { template: {} } } } }),
      "create-job",
      {},
      [`create Job web-${Date.parse(NOW) / 1000}`],
    ],
    [
      "resume of a Rollout ends its pause, in spec and status",
      object("argoproj.io/v1alpha1", "Rollout", {
        spec: { paused: true },
        status: { pauseConditions: [{ reason: "CanaryPauseStep" }], phase: "Paused" },
      }),
      "resume",
      {},
      ["replace /spec/paused false", "remove /status/pauseConditions"],
    ],
    [
      "skip-current-step",
      object("argoproj.io/v1alpha1", "Rollout", {
        spec: { strategy: { canary: { steps: [{}, {}] } } },
        status: { currentStepIndex: 0 },
      }),
      "skip-current-step",
      {},
      ["replace /status/currentStepIndex 1"],
    ],
    [
      "KEDA's resume takes the annotation away",
      object("keda.sh/v1alpha1", "ScaledObject", {
        metadata: { name: "web", annotations: { "autoscaling.keda.sh/paused": "true" } },
      }),
      "resume",
      {},
      ["remove /metadata/annotations/autoscaling.keda.sh~1paused"],
    ],
  ])("%s", (_, of, action, parameters, expected) => expect(writes(of, action, parameters)).toEqual(expected));

  test("a Job has its CronJob's template, belongs to it, and its name fits into a label", () => {
    const cronJob = object("batch/v1", "CronJob", {
      spec: {
        jobTemplate: {
          metadata: { labels: { team: "pay" }, annotations: { note: "x" } },
          spec: { backoffLimit: 2, template: { spec: {} } },
        },
      },
    });
    cronJob.metadata.name = `${"a".repeat(51)}.${"b".repeat(20)}`;
    const [write] = runBuiltIn(cronJob, "create-job", { parameters: {}, now: NOW }) ?? [];
    expect(write).toMatchObject({
      do: "create",
      object: {
        apiVersion: "batch/v1",
        metadata: {
          name: `${"a".repeat(51)}-${Date.parse(NOW) / 1000}`,
          namespace: "shop",
          labels: { team: "pay" },
          annotations: { note: "x", "cronjob.kubernetes.io/instantiate": "manual" },
          ownerReferences: [{ kind: "CronJob", name: cronJob.metadata.name, uid: "u1", controller: true }],
        },
        spec: { backoffLimit: 2, template: { spec: {} } },
      },
    });
  });
});

describe("what is refused", () => {
  const deployment = object("apps/v1", "Deployment", { spec: { replicas: 1 } });
  test.each<[string, string, Record<string, string>, string]>([
    [
      "no number",
      "scale",
      { replicas: "many" },
      'replicas must be a whole number from 0 to 2147483647, not "many"',
    ],
    ["a number below none", "scale", { replicas: "-1" }, "whole number"],
    ["a number that is too large", "scale", { replicas: "2147483648" }, "whole number"],
    ["a number in another writing", "scale", { replicas: "1e3" }, "whole number"],
    ["a parameter left out", "scale", {}, "not left out"],
    [
      "a parameter that there is not",
      "scale",
      { replica: "1" },
      "there is no parameter replica; it takes replicas",
    ],
    [
      "a parameter where there is none",
      "restart",
      { replicas: "1" },
      "it takes no parameter, and got replicas",
    ],
    ["what makes no sense now", "resume", {}, "it is not paused"],
  ])("%s", (_, action, parameters, why) =>
    expect(() => runBuiltIn(deployment, action, { parameters, now: NOW })).toThrow(why),
  );

  test("an action that the kind has not is nobody's", () => {
    expect(runBuiltIn(deployment, "promote-full", { parameters: {}, now: NOW })).toBeUndefined();
    expect(runBuiltIn(deployment, "constructor", { parameters: {}, now: NOW })).toBeUndefined();
  });

  test("a CronJob without a template", () => {
    const cronJob = object("batch/v1", "CronJob", { spec: {} });
    expect(() => runBuiltIn(cronJob, "create-job", { parameters: {}, now: NOW })).toThrow("spec.jobTemplate");
  });
});

describe("patchBetween()", () => {
  test.each<[string, unknown, unknown]>([
    ["nothing", { a: 1 }, { a: 1 }],
    ["a field more, one less, one changed", { a: 1, b: 2 }, { a: 2, c: { d: [1] } }],
    ["deep down", { a: { b: { c: 1, d: 2 } } }, { a: { b: { c: 1 } } }],
    ["a list as a whole", { a: [1, 2, 3] }, { a: [1, 3] }],
    ["a list that becomes a text", { a: [1] }, { a: "1" }],
    ["names with slashes and tildes", { "a/b": 1, "c~d": 1 }, { "a/b": 2 }],
    ["names of every object's own", { a: 1 }, { a: 1, constructor: "x", toString: { y: 1 } }],
  ])("makes one of the other: %s", (_, before, after) => {
    expect(applyJsonPatch(before, patchBetween(before, after))).toEqual(after);
  });

  test("what a script's tables cannot tell apart is no change", () => {
    expect(patchBetween({ a: [], b: null, c: [{}] }, { a: {}, c: [[]] })).toEqual([]);
    expect(patchBetween({ a: 1 }, { a: null })).toEqual([{ op: "remove", path: "/a" }]);
  });
});
