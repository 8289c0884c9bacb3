import { describe, expect, test } from "bun:test";
import { application, kubeObject } from "../../../../test/lib/core-objects.ts";
import { ignoredBy } from "../../../../test/lib/ignored-by.ts";
import { ANNOTATION, type IgnoreDifferences } from "../../model/application.ts";
import type { FieldsV1, KubeObject } from "../../model/kube-object.ts";
import { appliedHash } from "../judge/applied-hash.ts";
import { IgnoreRules, ignoreProblems, parsePointer, strayIgnoreRules } from "./ignore-rules.ts";
import type { IgnoredFields } from "./ignored-fields.ts";
import { withLiveIgnored, withoutIgnored } from "./without-ignored.ts";

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

  test("a key that Git does not name, in a map that has one owner as a whole, is applied as it is there", () => {
    const map = { "f:spec": { "f:selector": {} } };
    const desired = workload({ selector: { app: "web" } });
    const live = workload({ selector: { app: "web", hash: "7" } }, {}, map);
    const found = withoutIgnored(desired, live, ignoring("/spec/selector/hash"));
    expect(specs(found)).toEqual({
      apply: { selector: { app: "web", hash: "7" } },
      predict: { selector: { app: "web", hash: "7" } },
      release: [],
    });
  });

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

describe("withLiveIgnored()", () => {
  const containers = (...list: Record<string, unknown>[]) => ({ template: { spec: { containers: list } } });
  const keyed: FieldsV1 = {
    "f:spec": {
      "f:template": {
        "f:spec": {
          "f:containers": { 'k:{"name":"web"}': { "f:image": {} }, 'k:{"name":"side"}': { ".": {} } },
        },
      },
    },
  };

  test("a PUT has the live value of what is ignored, also where Git names none", () => {
    const live = workload({ replicas: 5, paused: false, template: { metadata: { note: "theirs" } } }, {});
    expect(
      withLiveIgnored(
        workload({ replicas: 3, paused: true }),
        live,
        ignoring("/spec/replicas", "/spec/template/metadata/note", "/spec/absent/deep"),
      )["spec"],
    ).toEqual({ replicas: 5, paused: true, template: { metadata: { note: "theirs" } } });
  });
  test("an item of a keyed list keeps its own value where another was inserted before it", () => {
    const live = workload(containers({ name: "side", image: "s" }, { name: "web", image: "live" }), keyed);
    expect(
      withLiveIgnored(
        workload(containers({ name: "web", image: "git" })),
        live,
        ignoring("/spec/template/spec/containers/0/image"),
      )["spec"],
    ).toEqual(containers({ name: "web", image: "live" }));
  });
  test("what the live object has lost goes", () => {
    const live = workload({ paused: false }, {});
    expect(
      withLiveIgnored(workload({ replicas: 3 }), live, ignoring("/spec/replicas"))["spec"],
    ).toBeUndefined();
  });
});

describe("an ignore that hides everything", () => {
  const all = application({
    ignoreDifferences: [{ group: "*", kind: "*", jsonPointers: ["/metadata", "/spec", "/kind"] }],
  });
  test("leaves to us which object it is, and whose", () => {
    const desired = kubeObject({
      apiVersion: "apps/v1",
      kind: "Deployment",
      name: "web",
      namespace: "shop",
      annotations: { [ANNOTATION.trackingId]: "a:apps/Deployment:shop/web", mine: "git" },
      labels: { app: "web" },
      fields: { spec: { replicas: 1 } },
    });
    const live = {
      ...desired,
      metadata: {
        ...desired.metadata,
        managedFields: [
          {
            manager: "holdfast",
            operation: "Apply" as const,
            apiVersion: "apps/v1",
            fieldsV1: {
              "f:metadata": { "f:labels": { "f:app": {} }, "f:annotations": { "f:mine": {} } },
              "f:spec": { "f:replicas": {} },
            },
          },
        ],
      },
    };
    const ref = { group: "apps", kind: "Deployment", namespace: "shop", name: "web" };
    expect(withoutIgnored(desired, live, ignoredBy(all, { ref, object: desired })).object).toEqual({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: {
        name: "web",
        namespace: "shop",
        annotations: { [ANNOTATION.trackingId]: "a:apps/Deployment:shop/web" },
      },
    });
  });
});

describe("an expression that is asked in both objects", () => {
  const rule = (...jqPathExpressions: string[]) =>
    application({ ignoreDifferences: [{ group: "*", kind: "*", jqPathExpressions }] });
  const ref = { group: "apps", kind: "Deployment", namespace: "", name: "web" };
  const containers = (...list: Record<string, unknown>[]) => workload({ containers: list });

  test("means the item of the same name where it holds in the live object alone", () => {
    expect(
      ignoredBy(
        rule('.spec.containers[] | select(.image == "theirs") | .image'),
        { ref, object: containers({ name: "web", image: "git" }, { name: "other", image: "git" }) },
        {
          live: containers(
            { name: "side", image: "theirs" },
            { name: "other", image: "theirs" },
            { name: "web", image: "git" },
          ),
        },
      ),
    ).toEqual({ paths: [["spec", "containers", 1, "image"]], managers: [] });
  });
  test("names keys that Git has no more, to be given up where they still are ours", () => {
    const object = workload({ notes: { a: "1" } }),
      live = workload({ notes: { a: "1", b: "2" } }, { "f:spec": { "f:notes": { "f:a": {}, "f:b": {} } } });
    const ignored = ignoredBy(rule(".spec.notes[]"), { ref, object }, { live });
    expect(ignored).toEqual({
      paths: [["spec", "notes", "a"]],
      beyond: [["spec", "notes", "b"]],
      managers: [],
    });
    expect(withoutIgnored(object, live, ignored).release).toEqual([
      ["f:spec", "f:notes", "f:a"],
      ["f:spec", "f:notes", "f:b"],
    ]);
    // What Git has never named is no part of what was applied.
    expect(appliedHash({ hash: "h" }, ignored)).toBe(
      appliedHash({ hash: "h" }, { paths: ignored.paths, managers: [] }),
    );
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
    const { paths, managers } = ignoredBy(app, { ref: { group, kind, namespace, name }, object });
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
      'spec.ignoreDifferences[3].jsonPointers[0]: "data/a" is no JSON pointer to a field, so nothing is ignored by it',
      'spec.ignoreDifferences[3].jsonPointers[1]: "" is no JSON pointer to a field, so nothing is ignored by it',
    ]);
  });
  describe("a rule that fits nothing for its group is said, with the groups that it would fit", () => {
    const refs = [
      { group: "apps", kind: "Deployment", namespace: "a", name: "web" },
      { group: "", kind: "Service", namespace: "a", name: "web" },
      { group: "serving.knative.dev", kind: "Service", namespace: "a", name: "web" },
      { group: "batch", kind: "Job", namespace: "a", name: "once" },
    ];
    test.each<[string, IgnoreDifferences, string[]]>([
      [
        "no group",
        { kind: "Deployment" },
        [
          "has no group, which means the core group, and no Deployment of this application is in that, so nothing is ignored by it. Did you mean group: apps?",
        ],
      ],
      ["an empty group", { group: "", kind: "Dep*" }, [expect.stringContaining("Did you mean group: apps?")]],
      [
        "another group",
        { group: "app", kind: "Deployment" },
        [expect.stringContaining("has group app, and no Deployment of this application is in that")],
      ],
      [
        "several groups",
        { group: "networking.k8s.io", kind: "Service" },
        [expect.stringContaining('Did you mean group: "" or serving.knative.dev?')],
      ],
      ["the right one", { group: "apps", kind: "Deployment" }, []],
      ["a glob", { group: "*", kind: "Deployment" }, []],
      ["a kind of the core group", { kind: "Service" }, []],
      ["a kind that the application does not have yet", { kind: "StatefulSet" }, []],
      ["the group, and a name that is not there", { group: "batch", kind: "Job", name: "twice" }, []],
    ])("%s", (_, rule, want) => {
      const spec = { ...app.spec, ignoreDifferences: [{ group: "*", kind: "*" }, rule] };
      const found = strayIgnoreRules({ spec }, refs);
      expect(found.map(({ text, fix }) => `${text}. ${fix}`)).toEqual(want);
      for (const { path } of found) expect(path).toBe("spec.ignoreDifferences[1]");
    });
  });
  test("which expressions jq has to be asked of, with their places", () => {
    const rules = new IgnoreRules(app.spec.ignoreDifferences, [
      { at: "config ignoreDifferences[0]", group: "*", kind: "*", jqPathExpressions: [".. | .a?"] },
    ]);
    expect(rules.expressions.map(({ text, at }) => `${at}: ${text}`)).toEqual([
      "spec.ignoreDifferences[2].jqPathExpressions[1]: .spec.ports | length",
      "config ignoreDifferences[0].jqPathExpressions[0]: .. | .a?",
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
