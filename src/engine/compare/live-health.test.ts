import { describe, expect, test } from "bun:test";
import { liveObject, type Sketch } from "../../../test/lib/core-objects.ts";
import { ANNOTATION } from "../../core/model/application.ts";
import type { LiveObject } from "../../core/model/live-object.ts";
import { JudgedObjects } from "../show/judged-objects.ts";
import { type HealthRules, liveHealth } from "./live-health.ts";

const RULES: HealthRules = { userHealth: undefined, pods: "judge" };
const none = { childrenOf: () => [] };

/** A Deployment whose newest ReplicaSet is not there yet, and what hangs below it. */
const rollout = liveObject({
  apiVersion: "apps/v1",
  kind: "Deployment",
  name: "web",
  metadata: { generation: 1, annotations: { "deployment.kubernetes.io/revision": "1" } },
  fields: {
    spec: { replicas: 1 },
    status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 0 },
  },
});
const below = (sketch: Sketch, owner: LiveObject): LiveObject =>
  liveObject(
    {
      ...sketch,
      metadata: {
        ...sketch.metadata,
        uid: `uid of ${sketch.name}`,
        ownerReferences: [
          {
            apiVersion: owner.apiVersion,
            kind: owner.ref.kind,
            name: owner.ref.name,
            uid: owner.uid,
            controller: true,
          },
        ],
      },
    },
    { uid: `uid of ${sketch.name}`, owners: [owner.uid] },
  );
const replicaSet = below(
  {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    name: "web-1",
    metadata: { annotations: { "deployment.kubernetes.io/revision": "1" } },
  },
  rollout,
);
const pod = below(
  {
    kind: "Pod",
    name: "web-1-x",
    fields: {
      status: {
        phase: "Pending",
        containerStatuses: [
          {
            name: "web",
            restartCount: 0,
            state: { waiting: { reason: "ImagePullBackOff", message: "no such image" } },
          },
        ],
      },
    },
  },
  replicaSet,
);
const tree = { childrenOf: (uid: string) => [replicaSet, pod].filter(({ owners }) => owners.includes(uid)) };

describe("liveHealth()", () => {
  test("is its kind's rule where nothing hangs below", () => {
    expect(liveHealth(rollout, none, RULES)?.status).toBe("Progressing");
    expect(liveHealth(liveObject(), none, RULES)).toBeUndefined();
  });

  test("is worse where a Pod below, at whatever depth, cannot start", () => {
    expect(liveHealth(rollout, tree, RULES)).toEqual({
      status: "Degraded",
      message: expect.stringMatching(/Pod web-1-x .*ImagePullBackOff/),
    });
  });

  test("does not look at Pods where the operator says so", () => {
    expect(liveHealth(rollout, tree, { ...RULES, pods: "ignore" })?.status).toBe("Progressing");
  });

  test("is what a user's check says, and Pods do not change that", () => {
    const said = (status: "Healthy" | "Progressing") => () => ({
      health: { status, message: "said" },
      check: "lua",
    });
    expect(liveHealth(rollout, tree, { ...RULES, userHealth: said("Healthy") })).toEqual({
      status: "Healthy",
      message: "said",
    });
    expect(liveHealth(rollout, tree, { ...RULES, userHealth: said("Progressing") })).toEqual({
      status: "Progressing",
      message: "said",
    });
  });

  test("owners that go round in a circle end somewhere", () => {
    const circle = { childrenOf: () => [pod] };
    expect(liveHealth(rollout, circle, RULES)?.status).toBe("Progressing");
  });

  test("an object that is left out for its application counts for a wave", () => {
    const ignored = liveObject({
      kind: "Pod",
      annotations: { [ANNOTATION.ignoreHealthcheck]: "true" },
      fields: { status: { phase: "Failed" } },
    });
    expect(liveHealth(ignored, none, RULES)).toBeUndefined();
    expect(liveHealth(ignored, none, { ...RULES, ignoreAnnotation: "see-through" })?.status).toBe("Degraded");
  });

  test("what the rules say is asked once an object; users' checks and waves are asked anew", () => {
    const judged = new JudgedObjects();
    const failed = liveObject({
      kind: "Pod",
      annotations: { [ANNOTATION.ignoreHealthcheck]: "true" },
      fields: { status: { phase: "Failed" } },
    });
    const rules: HealthRules = { ...RULES, judged };
    expect(liveHealth(failed, none, rules)).toBeUndefined();
    expect(liveHealth(failed, none, { ...rules, ignoreAnnotation: "see-through" })?.status).toBe("Degraded");
    expect(liveHealth(rollout, none, rules)).toBe(liveHealth(rollout, none, rules));
    const healthy = { health: { status: "Healthy" as const, message: "" }, check: "lua" };
    expect(liveHealth(rollout, none, { ...rules, userHealth: () => healthy })?.status).toBe("Healthy");
    expect(liveHealth(rollout, none, rules)?.status).toBe("Progressing");
    const now = { ...rollout, object: { ...rollout.object, status: undefined } };
    expect(liveHealth(now, none, rules)).toEqual(liveHealth(now, none, RULES));
    expect(liveHealth(rollout, tree, rules)?.status).toBe("Degraded");
  });
});
