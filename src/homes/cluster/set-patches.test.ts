import { describe, expect, test } from "bun:test";
import type { Application } from "../../core/model/application.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import { childSteps, disownSteps, holdSteps, isSetNews, setSteps } from "./set-patches.ts";

const REFRESH = "argocd.argoproj.io/application-set-refresh";
const object = (metadata: object = {}, more: object = {}): KubeObject => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "ApplicationSet",
  metadata: { name: "shop", namespace: "argocd", uid: "u1", resourceVersion: "7", ...metadata },
  ...more,
});
const app = (metadata: object = {}, spec: object = { project: "default" }): Application =>
  object(metadata, { kind: "Application", spec }) as unknown as Application;
const UID = { op: "test", path: "/metadata/uid", value: "u1" } as const;
const VERSION = { op: "test", path: "/metadata/resourceVersion", value: "7" } as const;

describe("setSteps()", () => {
  test("takes away the refresh that was done, and no other one", () => {
    const asked = object({ annotations: { [REFRESH]: "again", kept: "1" } });
    expect(setSteps(asked, { refreshed: "true" })).toEqual([]);
    const path = "/metadata/annotations/argocd.argoproj.io~1application-set-refresh";
    expect(setSteps(asked, { refreshed: "again" })).toEqual([
      UID,
      { op: "test", path, value: "again" },
      { op: "remove", path },
    ]);
  });

  test("writes the fields that are other ones, leaves what it does not know, and is empty where all is said", () => {
    const before = object({}, { status: { resourcesCount: 1, health: { status: "Healthy" }, ofOthers: 1 } });
    expect(setSteps(before, { status: { resourcesCount: 2, health: { status: "Healthy" } } })).toEqual([
      UID,
      { op: "add", path: "/status/resourcesCount", value: 2 },
    ]);
    expect(setSteps(before, { status: { resourcesCount: 1 } })).toEqual([]);
  });
});

test("what single applications come to is no news; what is wrong is", () => {
  const error = (message: string) =>
    ({ type: "ErrorOccurred", status: "True", reason: "x", message }) as const;
  const before = { conditions: [error("a")], resourcesCount: 1, resources: [] };
  const resources = [{ kind: "Application", name: "one" }] as never;
  expect(isSetNews(before, { ...before, resources })).toBe(false);
  expect(isSetNews(before, { ...before, conditions: [error("b")] })).toBe(true);
  expect(isSetNews(undefined, before)).toBe(true);
});

test("holdSteps() adds our finalizer to those of others, once, and to nothing that goes", () => {
  expect(holdSteps(object({ finalizers: ["a/b"] }))).toEqual([
    UID,
    VERSION,
    {
      op: "add",
      path: "/metadata/finalizers",
      value: ["a/b", "resources-finalizer.argocd.argoproj.io"],
    },
  ]);
  expect(holdSteps(object({ finalizers: ["resources-finalizer.argocd.argoproj.io"] }))).toEqual([]);
  expect(holdSteps(object({ deletionTimestamp: "2026-01-01T00:00:00Z" }))).toEqual([]);
});

describe("childSteps()", () => {
  test("touches labels and annotations one by one, and those of others not at all", () => {
    const live = object(
      { labels: { ours: "1", old: "1", theirs: "1" }, annotations: { [REFRESH]: "x" } },
      { spec: { project: "default" } },
    );
    const before = app({ labels: { ours: "1", old: "1" } });
    const after = app({ labels: { ours: "2" }, annotations: { "a/b": "c" } });
    expect(childSteps(live, before, after)).toEqual([
      UID,
      VERSION,
      { op: "add", path: "/metadata/labels/ours", value: "2" },
      { op: "remove", path: "/metadata/labels/old" },
      { op: "add", path: "/metadata/annotations/a~1b", value: "c" },
    ]);
  });

  test("makes a map that is not there, and is empty where nothing differs", () => {
    const live = object({}, { spec: { project: "default" } });
    expect(childSteps(live, app(), app({ labels: { a: "b" } }, { project: "p" }))).toEqual([
      UID,
      VERSION,
      { op: "add", path: "/metadata/labels", value: { a: "b" } },
      { op: "add", path: "/spec", value: { project: "p" } },
    ]);
    expect(childSteps(live, app(), app())).toEqual([]);
  });
});

test("disownSteps() takes the set from the owners, and leaves those of others", () => {
  const owner = (uid: string) => ({ apiVersion: "v1", kind: "X", name: uid, uid });
  const path = "/metadata/ownerReferences";
  expect(disownSteps(object({ ownerReferences: [owner("s"), owner("t")] }), "s")).toEqual([
    UID,
    VERSION,
    { op: "replace", path, value: [owner("t")] },
  ]);
  expect(disownSteps(object({ ownerReferences: [owner("s")] }), "s").at(-1)).toEqual({ op: "remove", path });
  expect(disownSteps(object({ ownerReferences: [owner("t")] }), "s")).toEqual([]);
});
