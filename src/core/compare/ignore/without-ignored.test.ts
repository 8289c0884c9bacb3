import { describe, expect, test } from "bun:test";
import { application, kubeObject } from "../../../../test/lib/core-objects.ts";
import type { FieldsV1, KubeObject } from "../../model/kube-object.ts";
import { appliedHash } from "../judge/applied-hash.ts";
import { type IgnoredFields, ignoredFields, ignoreProblems, parsePointer } from "./ignored-fields.ts";
import { withoutIgnored } from "./without-ignored.ts";

const ignoring = (...pointers: string[]): IgnoredFields => ({
  paths: pointers.map((pointer) => parsePointer(pointer) ?? []),
  managers: [],
});
const workload = (spec: Record<string, unknown>, ours?: FieldsV1, theirs?: FieldsV1): KubeObject =>
  kubeObject({
    apiVersion: "apps/v1",
    kind: "Deployment",
    name: "web",
    fields: { spec },
    ...(ours === undefined
      ? {}
      : {
          metadata: {
            managedFields: [
              { manager: "holdfast", operation: "Apply", apiVersion: "apps/v1", fieldsV1: ours },
              ...(theirs === undefined
                ? []
                : [
                    { manager: "hpa", operation: "Update" as const, apiVersion: "apps/v1", fieldsV1: theirs },
                  ]),
            ],
          },
        }),
  });
const specs = (found: ReturnType<typeof withoutIgnored>): unknown => ({
  apply: found.object["spec"],
  predict: found.predict["spec"],
  release: found.release.map((path) => path.join(" ")),
});

describe("withoutIgnored()", () => {
  const spec = { replicas: 3, paused: false };

  test("at creation everything is applied as written", () => {
    const desired = workload(spec);
    expect(withoutIgnored(desired, undefined, ignoring("/spec/replicas"))).toEqual({
      object: desired,
      predict: desired,
      release: [],
    });
  });
  test("a field that is ours is released, left out of what is applied, and has its live value in a dry run", () => {
    const live = workload({ replicas: 5, paused: false }, { "f:spec": { "f:replicas": {}, "f:paused": {} } });
    expect(specs(withoutIgnored(workload(spec), live, ignoring("/spec/replicas")))).toEqual({
      apply: { paused: false },
      predict: { replicas: 5, paused: false },
      release: ["f:spec f:replicas"],
    });
  });
  test("a field that is not ours is simply left out", () => {
    const live = workload(
      { replicas: 5, paused: false },
      { "f:spec": { "f:paused": {} } },
      { "f:spec": { "f:replicas": {} } },
    );
    expect(specs(withoutIgnored(workload(spec), live, ignoring("/spec/replicas")))).toEqual({
      apply: { paused: false },
      predict: { paused: false },
      release: [],
    });
  });
  test("without managedFields every ignored field has its live value", () => {
    expect(
      specs(withoutIgnored(workload(spec), workload({ replicas: 5 }), ignoring("/spec/replicas"))),
    ).toEqual({
      apply: { replicas: 5, paused: false },
      predict: { replicas: 5, paused: false },
      release: [],
    });
  });
  test("inside an atomic list the live value is copied, and what live does not have goes", () => {
    const own = { "f:spec": { "f:args": {} } };
    expect(
      specs(
        withoutIgnored(
          workload({ args: ["a", "b"] }),
          workload({ args: ["a", "x"] }, own),
          ignoring("/spec/args/1"),
        ),
      ),
    ).toEqual({ apply: { args: ["a", "x"] }, predict: { args: ["a", "x"] }, release: [] });
    expect(
      specs(
        withoutIgnored(
          workload({ args: ["a", "b"] }),
          workload({ args: ["a"] }, own),
          ignoring("/spec/args/1"),
        ),
      ),
    ).toMatchObject({ apply: { args: ["a"] }, predict: { args: ["a"] } });
  });
  test("an item that live does not have yet is applied as written, wherever Git puts it", () => {
    const own: FieldsV1 = {
      "f:spec": { "f:containers": { 'k:{"name":"web"}': { ".": {}, "f:name": {}, "f:image": {} } } },
    };
    const live = workload({ containers: [{ name: "web", image: "theirs" }] }, own);
    const git = workload({
      containers: [
        { name: "front", image: "f" },
        { name: "web", image: "w" },
      ],
    });
    const { apply, predict, release } = specs(
      withoutIgnored(git, live, ignoring("/spec/containers/0/image")),
    ) as { apply: unknown; predict: unknown; release: unknown };
    expect([apply, predict]).toEqual([git["spec"], git["spec"]]);
    expect(release).toEqual([]);
  });
  test("items of a keyed list are found by their keys, wherever live has them", () => {
    const own: FieldsV1 = {
      "f:spec": { "f:containers": { 'k:{"name":"web"}': { ".": {}, "f:name": {}, "f:image": {} } } },
    };
    const live = workload(
      {
        containers: [
          { name: "sidecar", image: "s" },
          { name: "web", image: "theirs" },
        ],
      },
      own,
    );
    expect(
      specs(
        withoutIgnored(
          workload({ containers: [{ name: "web", image: "ours" }] }),
          live,
          ignoring("/spec/containers/0/image"),
        ),
      ),
    ).toEqual({
      apply: { containers: [{ name: "web" }] },
      predict: { containers: [{ name: "web", image: "theirs" }] },
      release: ['f:spec f:containers k:{"name":"web"} f:image'],
    });
  });
  test("a merge key stays, or it would be another item", () => {
    const own: FieldsV1 = { "f:spec": { "f:containers": { 'k:{"name":"web"}': { ".": {}, "f:name": {} } } } };
    const desired = workload({ containers: [{ name: "web" }] });
    expect(
      withoutIgnored(
        desired,
        workload({ containers: [{ name: "web" }] }, own),
        ignoring("/spec/containers/0/name"),
      ).object,
    ).toEqual(desired);
  });
  test("several items go at once, and maps that hold nothing else go with their last field", () => {
    const own: FieldsV1 = {
      "f:spec": {
        "f:containers": {
          'k:{"name":"a"}': { ".": {} },
          'k:{"name":"b"}': { ".": {} },
          'k:{"name":"c"}': { ".": {} },
        },
        "f:strategy": { "f:type": {} },
      },
    };
    const containers = [{ name: "a" }, { name: "b" }, { name: "c" }];
    const found = withoutIgnored(
      workload({ containers, strategy: { type: "x" } }),
      workload({ containers, strategy: { type: "x" } }, own),
      ignoring("/spec/containers/0", "/spec/containers/1", "/spec/strategy/type"),
    );
    expect(found.object["spec"]).toEqual({ containers: [{ name: "c" }] });
    expect(found.release).toHaveLength(3);
  });
  test("a field that left Git while it is ignored is released too, so that it stays", () => {
    const live = workload({ replicas: 5, paused: false }, { "f:spec": { "f:replicas": {}, "f:paused": {} } });
    expect(specs(withoutIgnored(workload({ paused: false }), live, ignoring("/spec/replicas")))).toEqual({
      apply: { paused: false },
      predict: { paused: false },
      release: ["f:spec f:replicas"],
    });
  });
  test("fields of a named manager are its own", () => {
    const live = workload(
      { replicas: 5, paused: true },
      { "f:spec": { "f:replicas": {}, "f:paused": {} } },
      { "f:spec": { "f:replicas": {} } },
    );
    expect(specs(withoutIgnored(workload(spec), live, { paths: [], managers: ["hpa"] }))).toEqual({
      apply: { paused: false },
      predict: { paused: false, replicas: 5 },
      release: ["f:spec f:replicas"],
    });
  });
  test("the desired object itself is never changed", () => {
    const desired = workload(spec),
      before = structuredClone(desired);
    withoutIgnored(desired, workload({ replicas: 1 }), ignoring("/spec/replicas"));
    expect(desired).toEqual(before);
  });
});

describe("ignoredFields()", () => {
  const app = application({
    ignoreDifferences: [
      { group: "apps", kind: "Deployment", jsonPointers: ["/spec/replicas", "/metadata/annotations/a.b~1c"] },
      { group: "*", kind: "*Set", name: "db", namespace: "shop", jsonPointers: ["/spec/x"] },
      {
        kind: "Service",
        jqPathExpressions: [".spec.ports[].nodePort", ".spec.ports | length"],
        managedFieldsManagers: ["lb", "lb"],
      },
      { kind: "ConfigMap", jsonPointers: ["data/a", ""] },
    ],
  });
  const of = (group: string, kind: string, name = "x", namespace = "shop"): unknown => {
    const object = {
      apiVersion: "v1",
      kind,
      metadata: { name },
      spec: { ports: [{ port: 1 }, { port: 2 }] },
    };
    const { paths, managers } = ignoredFields(app, { ref: { group, kind, namespace, name }, object });
    return [
      paths.map((path) => path.map((step) => `/${String(step).replaceAll("/", "~1")}`).join("")),
      managers,
    ];
  };
  test("matches by group and kind", () =>
    expect(of("apps", "Deployment")).toEqual([["/metadata/annotations/a.b~1c", "/spec/replicas"], []]));
  test("group and kind are globs, name and namespace exact", () => {
    expect(of("apps", "StatefulSet", "db")).toEqual([["/spec/x"], []]);
    expect(of("apps", "StatefulSet", "db2")).toEqual([[], []]);
    expect(of("apps", "StatefulSet", "db", "other")).toEqual([[], []]);
  });
  test("an absent group is the core group", () => {
    expect(of("", "Service")).toEqual([["/spec/ports/0/nodePort", "/spec/ports/1/nodePort"], ["lb"]]);
    expect(of("serving.knative.dev", "Service")).toEqual([[], []]);
  });
  test("what cannot be obeyed is said, every bit of it", () => {
    expect(ignoreProblems(app).map(({ path, text }) => `${path}: ${text}`)).toEqual([
      'spec.ignoreDifferences[2].jqPathExpressions[1]: of jq only paths are supported (.a.b, .a[].b, select(.name == "x")), so .spec.ports | length is not ignored for Service',
      'spec.ignoreDifferences[3].jsonPointers[0]: "data/a" is no JSON pointer to a field, so nothing is ignored by it',
      'spec.ignoreDifferences[3].jsonPointers[1]: "" is no JSON pointer to a field, so nothing is ignored by it',
    ]);
  });
  test("what is ignored is part of what was applied", () => {
    const desired = { hash: "h" };
    expect(appliedHash(desired, { paths: [], managers: [] })).toBe("h");
    expect(
      new Set([
        appliedHash(desired, ignoring("/a")),
        appliedHash(desired, ignoring("/b")),
        appliedHash(desired, { paths: [], managers: ["a"] }),
        "h",
      ]).size,
    ).toBe(4);
  });
});
