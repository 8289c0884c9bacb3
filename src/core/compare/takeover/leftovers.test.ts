import { describe, expect, test } from "bun:test";
import { kubeObject } from "../../../../test/lib/core-objects.ts";
import { applyJsonPatch } from "../../../lib/json-patch.ts";
import type { FieldsV1, KubeObject, ManagedFieldsEntry } from "../../model/kube-object.ts";
import { claimPatch } from "./claim-patch.ts";
import { leftoversFor, withoutLeftovers } from "./leftovers.ts";

const PORT = (port: number) => `k:{"port":${port},"protocol":"TCP"}`;
const entry = (
  manager: string,
  spec: FieldsV1,
  more: Partial<ManagedFieldsEntry> = {},
): ManagedFieldsEntry => ({
  manager,
  operation: manager === "holdfast" ? "Apply" : "Update",
  apiVersion: "v1",
  fieldsV1: { "f:spec": spec },
  ...more,
});
const live = (spec: unknown, ...managedFields: ManagedFieldsEntry[]): KubeObject =>
  kubeObject({ metadata: { resourceVersion: "7", managedFields }, fields: { spec, status: { a: 1 } } });
const wanted = (spec: unknown): KubeObject => kubeObject({ fields: { spec } });
const complaint = (...fields: string[]) => fields.map((field) => ({ field }));
const ports = (port: number): FieldsV1 => ({
  "f:ports": { [PORT(port)]: { ".": {}, "f:port": {} } },
});

interface Case {
  name: string;
  live: KubeObject;
  desired: KubeObject;
  complains: { field: string }[];
  /** Of the first set. */
  texts: string[];
  whose: "may-go" | "others" | "ours";
  /** The spec without the first set. */
  left: unknown;
}
const probe = (manager: string) =>
  live(
    { containers: [{ name: "a", probe: { httpGet: { port: 1 }, period: 10 } }] },
    entry("holdfast", {
      "f:containers": { 'k:{"name":"a"}': { ".": {}, "f:name": {}, "f:probe": { ".": {}, "f:exec": {} } } },
    }),
    entry(manager, {
      "f:containers": { 'k:{"name":"a"}': { "f:probe": { "f:httpGet": { "f:port": {} } } } },
    }),
  );
const withExec = wanted({ containers: [{ name: "a", probe: { exec: { command: ["x"] } } }] });
const cases: Case[] = [
  {
    name: "an item that a person left in a keyed list beside ours",
    live: live(
      { ports: [{ port: 81, protocol: "TCP", targetPort: 80 }] },
      entry("holdfast", { "f:selector": {} }),
      entry("kubectl-edit", ports(81)),
    ),
    desired: wanted({ ports: [{ port: 80 }] }),
    complains: complaint("spec.ports[0].name", "spec.ports[1].name"),
    texts: ["spec.ports[0] (set by kubectl-edit)"],
    whose: "may-go",
    left: { ports: [{ port: 80 }] },
  },
  {
    name: "a default that the server filled in beside what Git says now",
    live: live(
      { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } } },
      entry("holdfast", { "f:replicas": {} }),
    ),
    desired: wanted({ strategy: { type: "Recreate" } }),
    complains: complaint("spec.strategy.rollingUpdate"),
    texts: ["spec.strategy.rollingUpdate (a default that the server filled in)"],
    whose: "may-go",
    left: { strategy: { type: "Recreate" } },
  },
  {
    name: "a handler that a person swapped, in an item of ours",
    live: probe("kubectl-patch"),
    desired: withExec,
    complains: complaint("spec.containers[0].probe.exec"),
    texts: [
      "spec.containers[0].probe.httpGet (set by kubectl-patch)",
      "spec.containers[0].probe.period (a default that the server filled in)",
    ],
    whose: "may-go",
    left: { containers: [{ name: "a", probe: { exec: { command: ["x"] } } }] },
  },
  {
    name: "what an action of ours set, which a person asked for",
    live: probe("holdfast-action"),
    desired: withExec,
    complains: complaint("spec.containers[0].probe.exec"),
    texts: [
      "spec.containers[0].probe.httpGet (set by holdfast-action)",
      "spec.containers[0].probe.period (a default that the server filled in)",
    ],
    whose: "may-go",
    left: { containers: [{ name: "a", probe: { exec: { command: ["x"] } } }] },
  },
  {
    name: "what another tool keeps is its own",
    live: probe("some-operator"),
    desired: withExec,
    complains: complaint("spec.containers[0].probe.httpGet"),
    texts: ["spec.containers[0].probe.httpGet (set by some-operator)"],
    whose: "others",
    left: { containers: [{ name: "a", probe: { exec: { command: ["x"] }, period: 10 } }] },
  },
  {
    name: "but an explicit null in Git means it, whoever set it",
    live: probe("some-operator"),
    desired: wanted({ containers: [{ name: "a", probe: { exec: { command: ["x"] }, httpGet: null } }] }),
    complains: complaint("spec.containers[0].probe.httpGet"),
    texts: ["spec.containers[0].probe.httpGet (set by some-operator)"],
    whose: "may-go",
    left: { containers: [{ name: "a", probe: { exec: { command: ["x"] }, period: 10 } }] },
  },
  {
    name: "what was ours before goes with the apply",
    live: live({ union: { a: {} } }, entry("holdfast", { "f:union": { ".": {}, "f:a": {} } })),
    desired: wanted({ union: { b: {} } }),
    complains: complaint("spec.union.a"),
    texts: ["spec.union.a (a default that the server filled in)"],
    whose: "ours",
    left: { union: { b: {} } },
  },
];

describe("leftoversFor()", () => {
  test.each(cases)("$name", ({ live, desired, complains, texts, whose, left }) => {
    const [first = []] = leftoversFor(complains, live, desired);
    expect(first.map(({ text }) => text)).toEqual(texts);
    expect(first.every((leftover) => leftover.whose === whose)).toBe(true);
    const before = structuredClone(live);
    const merged = withoutLeftovers(live, desired, first);
    expect(merged["spec"]).toEqual(left);
    expect(merged.metadata.resourceVersion).toBe("7");
    expect([merged["status"], merged.metadata.managedFields]).toEqual([undefined, undefined]);
    expect(live).toEqual(before);
  });

  test("is silent where nothing of the sort is near", () => {
    const away = live(
      { ports: [{ port: 81 }], strategy: { type: "a", other: 1 } },
      entry("kubectl-edit", ports(81)),
    );
    expect(
      leftoversFor(complaint("spec.template.spec.x.y"), away, wanted({ ports: [{ port: 80 }] })),
    ).toEqual([]);
    expect(leftoversFor([], away, wanted({ ports: [{ port: 80 }] }))).toEqual([]);
  });

  test("goes outwards: the field itself, its siblings, what stands above", () => {
    const object = live({ a: { b: { c: 1, d: 2 }, e: 3 } });
    const sets = leftoversFor(complaint("spec.a.b.c"), object, wanted({ a: { b: { x: 1 } } }));
    expect(sets.map((set) => set.map(({ path }) => path.join(".")))).toEqual([
      ["spec.a.b.c"],
      ["spec.a.b.c", "spec.a.b.d"],
    ]);
  });

  test("leaves alone what the application leaves to others, by its place or by who set it", () => {
    const object = live(
      { a: { b: 1, c: 2, d: { e: 3 } } },
      entry("kubectl-scale", { "f:a": { "f:b": {} } }),
      entry("kubectl-edit", { "f:a": { "f:c": {} } }),
    );
    const git = wanted({ a: { x: 1 } });
    const left = (ignored: { paths: string[][]; managers: string[] }) =>
      leftoversFor(complaint("spec.a.x"), object, git, ignored).flatMap((set) =>
        set.map(({ path }) => path.join(".")),
      );
    expect(left({ paths: [], managers: [] })).toEqual(["spec.a.b", "spec.a.c", "spec.a.d"]);
    expect(left({ paths: [["spec", "a", "b"]], managers: [] })).toEqual(["spec.a.c", "spec.a.d"]);
    expect(left({ paths: [["spec", "a", "d", "e"]], managers: ["kubectl-edit"] })).toEqual(["spec.a.b"]);
    expect(left({ paths: [["spec", "a"]], managers: [] })).toEqual([]);
  });

  test("touches neither metadata nor status, nor the lists that are one value", () => {
    const object = live({ args: ["a", "b"], rows: [{ x: 1 }] }, entry("kubectl-edit", { "f:args": {} }));
    expect(
      leftoversFor(
        complaint("spec.args[0]", "spec.rows[0].x"),
        object,
        wanted({ args: ["a"], rows: [{ x: 2 }] }),
      ),
    ).toEqual([]);
  });
});

describe("claimPatch()", () => {
  test("makes the places ours alone, and changes nothing but managedFields", () => {
    const object = live(
      { ports: [{ port: 81, protocol: "TCP" }] },
      entry("holdfast", { "f:selector": {} }),
      entry("kubectl-edit", { ...ports(81), "f:type": {} }),
      entry("controller", { "f:x": {} }, { subresource: "status" }),
    );
    const [first = []] = leftoversFor(
      complaint("spec.ports[0].name"),
      object,
      wanted({ ports: [{ port: 80 }] }),
    );
    const patched = applyJsonPatch(object, claimPatch(object, "v1", first)) as KubeObject;
    expect({ ...patched, metadata: { ...patched.metadata, managedFields: [] } }).toEqual({
      ...object,
      metadata: { ...object.metadata, managedFields: [] },
    });
    expect(
      patched.metadata.managedFields?.map(({ manager, fieldsV1 }) => [manager, fieldsV1?.["f:spec"]]),
    ).toEqual([
      [
        "holdfast",
        {
          "f:selector": {},
          "f:ports": { [PORT(81)]: { ".": {}, "f:port": {}, "f:protocol": {} } },
        },
      ],
      ["kubectl-edit", { "f:type": {} }],
      ["controller", { "f:x": {} }],
    ]);
  });

  test("is refused where somebody wrote in between", () => {
    const object = live({ a: { b: 1 } });
    const [first = []] = leftoversFor(complaint("spec.a.b"), object, wanted({ a: { c: 1 } }));
    const patch = claimPatch(object, "v1", first);
    const newer = { ...object, metadata: { ...object.metadata, resourceVersion: "8" } };
    expect(() => applyJsonPatch(newer, patch)).toThrow();
  });

  test("of an object that we never applied makes an entry", () => {
    const object = live({ a: { b: 1 } });
    const [first = []] = leftoversFor(complaint("spec.a.b"), object, wanted({ a: { c: 1 } }));
    const patched = applyJsonPatch(object, claimPatch(object, "v1", first)) as KubeObject;
    expect(patched.metadata.managedFields).toEqual([
      {
        manager: "holdfast",
        operation: "Apply",
        apiVersion: "v1",
        fieldsType: "FieldsV1",
        fieldsV1: { "f:spec": { "f:a": { "f:b": {} } } },
      },
    ]);
  });
});
