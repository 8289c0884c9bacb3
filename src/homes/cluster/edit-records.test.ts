import { describe, expect, test } from "bun:test";
import type { JsonPatchOp } from "../../core/model/json-patch.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import type { ClusterObjects, WriteOutcome } from "../../core/ports/cluster-objects.ts";
import { deleteRecord } from "./edit-records.ts";

const OURS = "resources-finalizer.argocd.argoproj.io",
  BACKGROUND = `${OURS}/background`,
  HOOKS = "pre-delete-finalizer.argocd.argoproj.io",
  THEIRS = "a.example/b";
const GOING = "2026-01-01T00:00:00Z";

function application(finalizers: string[], deletionTimestamp?: string): KubeObject {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: {
      name: "shop",
      namespace: "argocd",
      uid: "u1",
      resourceVersion: "7",
      ...(finalizers.length === 0 ? {} : { finalizers }),
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    },
  };
}

/** Notes what it is asked for. */
function server(object: KubeObject, patched?: WriteOutcome) {
  const asked: unknown[] = [];
  const objects = {
    async patch(_ref: unknown, _version: string, steps: readonly JsonPatchOp[]) {
      asked.push(steps.map(({ op, path, ...rest }) => [op, path, ...Object.values(rest)]));
      return patched ?? { is: "done", object };
    },
    async delete(_ref: unknown, _version: string, conditions: object) {
      asked.push(conditions);
      return { is: "deleted" };
    },
  } as unknown as ClusterObjects;
  return { asked, objects };
}

const finalizersBecome = (value: string[]) => [
  ["test", "/metadata/uid", "u1"],
  ["test", "/metadata/resourceVersion", "7"],
  ["add", "/metadata/finalizers", value],
];
const DELETE = { uid: "u1", propagation: "Background" };

describe("deleteRecord()", () => {
  const cases: {
    name: string;
    finalizers: string[];
    going?: string;
    cascade: "foreground" | "background" | "none";
    want: unknown[];
  }[] = [
    {
      name: "says how its objects go before it deletes",
      finalizers: [THEIRS],
      cascade: "foreground",
      want: [finalizersBecome([THEIRS, OURS]), DELETE],
    },
    {
      name: "writes nothing where that is said already",
      finalizers: [OURS],
      cascade: "foreground",
      want: [DELETE],
    },
    {
      name: "replaces one way by another",
      finalizers: [OURS, THEIRS],
      cascade: "background",
      want: [finalizersBecome([THEIRS, BACKGROUND]), DELETE],
    },
    {
      name: "takes all of ours away, and none of others, where the objects are to stay",
      finalizers: [HOOKS, OURS, THEIRS],
      cascade: "none",
      want: [finalizersBecome([THEIRS]), DELETE],
    },
    {
      name: "adds none to one that is going, and deletes it no second time",
      finalizers: [THEIRS],
      going: GOING,
      cascade: "foreground",
      want: [],
    },
    {
      name: "leaves one that is going to wait for us where its objects are to go another way",
      finalizers: [OURS, THEIRS],
      going: GOING,
      cascade: "background",
      want: [],
    },
    {
      name: "takes ours away from one that is going where its objects are to stay",
      finalizers: [OURS, THEIRS],
      going: GOING,
      cascade: "none",
      want: [finalizersBecome([THEIRS])],
    },
  ];
  test.each(cases)("$name", async ({ finalizers, going, cascade, want }) => {
    const object = application(finalizers, going);
    const { asked, objects } = server(object);
    expect(await deleteRecord(object, cascade, objects, () => undefined)).toEqual({ is: "written" });
    expect(asked).toEqual(want);
  });

  test("deletes nothing where how its objects go could not be said", async () => {
    const object = application([]);
    const { asked, objects } = server(object, {
      is: "refused",
      status: 422,
      reason: "Invalid",
      message: "the server rejected our request due to an error in our request",
    } as WriteOutcome);
    expect(await deleteRecord(object, "foreground", objects, () => undefined)).toMatchObject({
      is: "overtaken",
    });
    expect(asked).toHaveLength(1);
  });
});
