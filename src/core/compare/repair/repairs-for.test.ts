import { describe, expect, test } from "bun:test";
import type { KubeObject } from "../../model/kube-object.ts";
import { applyRepairs } from "./apply-repairs.ts";
import { repairsFor } from "./repairs-for.ts";
import { resolveServerPath } from "./server-path.ts";
import refusals from "./testdata/server-refusals.json";

/** Recorded answers of a real API server -> the text that its repair begins with; the others are the user's to correct. */
const repaired: Record<string, string[]> = {
  "unknown top": ["spce is not a field of apps/v1 Deployment and was left out; did you mean spec?"],
  "unknown spec field": [
    "spec.replcas is not a field of apps/v1 Deployment and was left out; did you mean replicas?",
  ],
  "unknown container field": [
    'spec.template.spec.containers[name="web"].imagePullPolcy is not a field of apps/v1 Deployment and was left out; did you mean imagePullPolicy?',
  ],
  "two unknown fields": ["spec.replcas is"],
  "two unknown in same obj": ["spec.bar is"],
  "unknown metadata field": [
    "metadata.lables is not a field of apps/v1 Deployment and was left out; did you mean labels?",
  ],
  "dotted unknown field": ["spec.foo.bar/baz is"],
  "dup env": [
    'spec.template.spec.containers[name="web"].env has 2 entries with name="A"; only the last one was applied',
  ],
  "dup env two pairs": [
    'spec.template.spec.containers[name="web"].env has 2 entries with name="A"',
    'spec.template.spec.containers[name="web"].env has 2 entries with name="B"',
  ],
  "dup containers": ['spec.template.spec.containers has 2 entries with name="web"'],
  "dup cport": [
    'spec.template.spec.containers[name="web"].ports has 2 entries with containerPort=80,protocol="TCP"',
  ],
  "dup volumes + unknown": ["spec.replcas is"],
  "dup volumemounts": [
    'spec.template.spec.containers[name="web"].volumeMounts has 2 entries with mountPath="/a"',
  ],
  "dup ports": ['spec.ports has 2 entries with port=80,protocol="TCP"'],
  "dup ports proto": ['spec.ports has 2 entries with port=80,protocol="TCP"'],
  "unknown in env item": [
    'spec.template.spec.containers[name="web"].env[name="A"].valeu is not a field of apps/v1 Deployment and was left out; did you mean value?',
  ],
  "unknown in port item": [
    'spec.ports[port=80,protocol="TCP"].protcol is not a field of v1 Service and was left out; did you mean protocol?',
  ],
  "unknown in atomic list": [
    "spec.template.spec.tolerations[0].oprator is not a field of apps/v1 Deployment and was left out; did you mean operator?",
  ],
  "unknown in atomic list 2": [
    'spec.template.spec.containers[name="web"].envFrom[1].configMapReff is not a field of apps/v1 Deployment and was left out; did you mean configMapRef?',
  ],
  "dup in set (finalizers)": ['metadata.finalizers has 2 entries with "a.b/c"'],
  "wrong type + unknown": ["spec.foo is"],
  "cr unknown": ["spec.colur is"],
  "cr unknown nested in list": ['spec.parts[name="a",side=1].wieght is'],
  "cr unknown atomic list": ["spec.list[0].c is"],
  "cr dup": ['spec.parts has 2 entries with name="a",side=1'],
  "cr dup set": ['spec.tags has 2 entries with "a"'],
  "secret unknown": ["dtaa is not a field of v1 Secret and was left out; did you mean data?"],
  "configmap unknown": ["dtaa is not a field of v1 ConfigMap and was left out; did you mean data?"],
};

describe("repairsFor()", () => {
  test.each(refusals)("$name", ({ name, object, refusal }) => {
    const repairs = repairsFor(refusal, object as unknown as KubeObject);
    const want = repaired[name] ?? [];
    expect(repairs.map(({ text }) => text)).toEqual(
      want.map((text) => expect.stringMatching(new RegExp(`^${RegExp.escape(text)}`)) as unknown as string),
    );
    const fixed = applyRepairs(object as unknown as KubeObject, repairs);
    // The same refusal has nothing to say of the repaired object, but for a place that is gone.
    expect(repairsFor(refusal, fixed)).toEqual([]);
    if (want.length === 0) expect(fixed).toEqual(object as unknown as KubeObject);
  });

  test("advice prefers what the caller knows of the schema", () => {
    const object = {
      apiVersion: "example.com/v1",
      kind: "Widget",
      metadata: { name: "w" },
      spec: { colur: "x" },
    };
    const refusal = {
      status: 500,
      message:
        "failed to create typed patch object (default/w; example.com/v1, Kind=Widget): .spec.colur: field not declared in schema",
    };
    expect(repairsFor(refusal, object, ["colour"])[0]?.text).toEndWith("did you mean colour?");
  });
});

describe("applyRepairs()", () => {
  const object: KubeObject = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "s" },
    spec: {
      ports: [{ port: 53 }, { port: 53, protocol: "UDP" }, { port: 53, protocol: "TCP", name: "dns" }],
    },
  };
  test("keeps the last of the duplicates in its place, and those of another key", () => {
    const fixed = applyRepairs(object, [
      { do: "keep-last-duplicate", path: '.spec.ports[port=53,protocol="TCP"]', text: "" },
    ]);
    expect((fixed["spec"] as { ports: unknown }).ports).toEqual([
      { port: 53, protocol: "UDP" },
      { port: 53, protocol: "TCP", name: "dns" },
    ]);
    expect((object["spec"] as { ports: unknown[] }).ports).toHaveLength(3);
  });
  test("a repair whose place is gone does nothing", () => {
    expect(
      applyRepairs(object, [
        { do: "drop-unknown-field", path: ".spec.gone", text: "" },
        { do: "keep-last-duplicate", path: ".spec.ports[port=1]", text: "" },
      ]),
    ).toEqual(object);
  });
});

describe("resolveServerPath()", () => {
  const object = {
    metadata: { annotations: { "a.b/c": "1", "a.b": "2" } },
    list: [{ name: "a]b", "x.y": { z: 1 } }],
    set: ["p", "q"],
  };
  const cases: [string, (string | number)[] | undefined][] = [
    ["", []],
    [".metadata.annotations.a.b/c", ["metadata", "annotations", "a.b/c"]],
    [".metadata.annotations.a.b", ["metadata", "annotations", "a.b"]],
    ['.list[name="a]b"].x.y.z', ["list", 0, "x.y", "z"]],
    ['.set[="q"]', ["set", 1]],
    [".set[1]", ["set", 1]],
    [".set[2]", undefined],
    [".set[=q]", undefined],
    [".none", undefined],
    ["metadata", undefined],
  ];
  test.each(cases)("%s", (path, want) =>
    expect(resolveServerPath(object, path)).toEqual(want as (string | number)[]),
  );
});
