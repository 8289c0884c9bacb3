import { expect, test } from "bun:test";
import { type AppKey, appKey, RESOURCES_FINALIZER } from "../../core/model/application.ts";
import { setKey } from "../../core/model/application-set.ts";
import type { LiveObject } from "../../core/model/live-object.ts";
import { type ObjectRef, refKey } from "../../core/model/object-ref.ts";
import { takenAlong } from "./taken-along.ts";

const finalizers = [RESOURCES_FINALIZER];
const ref = (kind: string, name: string): ObjectRef => ({
  group: "argoproj.io",
  kind,
  namespace: "argocd",
  name,
});
const live = (kind: string, name: string, own: string[] = finalizers): LiveObject =>
  ({
    ref: ref(kind, name),
    uid: name,
    object: { metadata: { name, finalizers: own } },
  }) as unknown as LiveObject;

/** A root over a set, a parent and one that leaves its objects; each of these over others. */
const RENDERED: Record<string, LiveObject[]> = {
  root: [live("ApplicationSet", "set"), live("Application", "parent"), live("Application", "loose", [])],
  parent: [live("Application", "below"), live("AppProject", "team"), live("Application", "root")],
  loose: [live("Application", "stays")],
  "made-a": [live("Application", "of-made")],
};
const MADE = [live("Application", "made-a"), live("Application", "made-b")];
const WITH_ROOT = ["made-a", "of-made", "made-b", "parent", "below", "loose"].map((name) =>
  appKey("argocd", name),
);

const cluster = {
  name: "in-cluster",
  server: "https://kubernetes.default.svc",
  trackedBy: (name: string) => RENDERED[name] ?? [],
  childrenOf: (uid: string) => (uid === "set" ? MADE : []),
  get: (key: string) => MADE.find((one) => refKey(one.ref) === key),
};
const settings = () => ({ namespace: "argocd" });
const child = (name: string, more: object = {}) => ({
  value: { metadata: { name, namespace: "argocd" } },
  ref: ref("Application", name),
  ...more,
});
const HOMES: Record<string, object> = {
  "which Holdfast serves": {
    parents: {
      reading: () => ({
        applications: [
          ...["root", "parent", "below", "loose", "stays", "of-made"].map((name) => child(name)),
          ...["made-a", "made-b"].map((name) => child(name, { set: setKey("argocd", "set") })),
        ],
        unreadable: new Map(),
      }),
    },
  },
  "of a cluster": { records: { cluster: "in-cluster" } },
};

test.each(Object.keys(HOMES))(
  "takenAlong() goes down by what renders and makes applications, records %s",
  (home) => {
    const along = takenAlong(cluster as never, { settings, ...HOMES[home] } as never);
    const root: AppKey = appKey("argocd", "root");
    expect(along.withApplication(root, { metadata: { finalizers } })).toEqual(WITH_ROOT);
    expect(along.withApplication(root, { metadata: {} })).toEqual([]);
    expect(along.withObject(live("ApplicationSet", "set"))).toEqual(WITH_ROOT.slice(0, 3));
    expect(along.withObject(live("Application", "loose", []))).toEqual([]);
  },
);

test("takenAlong() counts nothing of others' Applications in a cluster that has definitions of its own", () => {
  const parents = { reading: () => ({ applications: [], unreadable: new Map() }) };
  const along = takenAlong(cluster as never, { settings, parents } as never);
  expect(along.withApplication(appKey("argocd", "root"), { metadata: { finalizers } })).toEqual([]);
});
