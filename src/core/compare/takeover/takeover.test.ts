import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { application, kubeObject, liveObject, recordOf } from "../../../../test/lib/core-objects.ts";
import { membersOf } from "../../../../test/lib/members-of.ts";
import { defined } from "../../../lib/defined.ts";
import type { Application } from "../../model/application.ts";
import type { FieldsV1, KubeObject, ManagedFieldsEntry } from "../../model/kube-object.ts";
import type { ForeignManager } from "../../model/live-object.ts";
import type { RefKey } from "../../model/object-ref.ts";
import { releasePatch } from "../ignore/release-patch.ts";
import { migrationOf } from "./migration.ts";
import { isTakeable, needsTakeover, returnedManagers, takeover } from "./takeover.ts";

const entry = (
  manager: string,
  operation: "Apply" | "Update",
  fieldsV1: FieldsV1,
  change: Partial<ManagedFieldsEntry> = {},
): ManagedFieldsEntry => ({
  manager,
  operation,
  apiVersion: "v1",
  time: "2026-01-01T10:00:00Z",
  fieldsType: "FieldsV1",
  fieldsV1,
  ...change,
});
const withEntries = (managedFields: ManagedFieldsEntry[], annotations?: Record<string, string>): KubeObject =>
  kubeObject({
    ...defined({ annotations }),
    metadata: { resourceVersion: "7", managedFields },
  });
const members = (fields: FieldsV1 | undefined): string[] =>
  membersOf(fields ?? {})
    .map((path) => path.join(" "))
    .sort();

/** The entries that the patch leaves. */
const after = (ops: ReturnType<typeof takeover>): ManagedFieldsEntry[] =>
  ops?.find(({ path }) => path === "/metadata/managedFields")?.value as ManagedFieldsEntry[];

describe("isTakeable()", () => {
  const cases: [string, "Apply" | "Update", string, boolean][] = [
    ["argocd-controller", "Apply", "", true],
    ["argocd-controller", "Update", "", true],
    ["argocd-controller", "Update", "status", false],
    ["kubectl-client-side-apply", "Update", "", true],
    ["before-first-apply", "Update", "", true],
    ["kubectl", "Apply", "", true],
    ["kubectl", "Update", "", false],
    ["kustomize-controller", "Apply", "", true],
    ["kustomize-controller", "Update", "", false],
    ["helm-controller", "Apply", "", true],
    ["helm", "Update", "", true],
    ["helm", "Apply", "", true],
    ["kubectl-edit", "Update", "", false],
    ["kubectl-scale", "Update", "", false],
    ["kube-controller-manager", "Update", "", false],
    ["toString", "Apply", "", false],
  ];
  test.each(cases)("%s %s %s: %s", (manager, operation, subresource, want) =>
    expect(isTakeable({ manager, operation, subresource })).toBe(want),
  );
});

describe("takeover()", () => {
  const data = (...keys: string[]): FieldsV1 => ({
    "f:data": { ".": {}, ...Object.fromEntries(keys.map((key) => [`f:${key}`, {}])) },
  });

  test("makes one entry of ours of all that is taken, and leaves people and controllers alone", () => {
    const ops = takeover(
      withEntries(
        [
          entry(
            "kubectl-client-side-apply",
            "Update",
            {
              ...data("a"),
              "f:metadata": {
                "f:annotations": { ".": {}, "f:kubectl.kubernetes.io/last-applied-configuration": {} },
              },
            },
            { time: "2026-01-02T00:00:00Z" },
          ),
          entry("argocd-controller", "Apply", data("b")),
          entry("kubectl-edit", "Update", data("c")),
        ],
        { "kubectl.kubernetes.io/last-applied-configuration": "{}" },
      ),
      "v1",
    );
    expect(ops?.slice(0, 2)).toEqual([
      { op: "test", path: "/metadata/resourceVersion", value: "7" },
      { op: "remove", path: "/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration" },
    ]);
    const [ours, ...others] = after(ops);
    expect(ours).toMatchObject({
      manager: "holdfast",
      operation: "Apply",
      apiVersion: "v1",
      time: "2026-01-02T00:00:00Z",
    });
    expect(members(ours?.fieldsV1)).toEqual([
      "f:data",
      "f:data f:a",
      "f:data f:b",
      "f:metadata f:annotations",
    ]);
    expect(others.map(({ manager }) => manager)).toEqual(["kubectl-edit"]);
  });

  test("joins an entry that we have already", () => {
    const [ours, ...others] = after(
      takeover(
        withEntries([entry("holdfast", "Apply", data("x")), entry("helm", "Update", data("y"))]),
        "v1",
      ),
    );
    expect(members(ours?.fieldsV1)).toEqual(["f:data", "f:data f:x", "f:data f:y"]);
    expect(others).toEqual([]);
  });

  test("leaves claims that another schema names, and status", () => {
    const [ours, other] = after(
      takeover(
        withEntries([
          entry("helm", "Update", { ...data("a"), "f:status": { "f:x": {} } }),
          entry("helm", "Update", data("b"), { apiVersion: "v1beta1" }),
        ]),
        "v1",
      ),
    );
    expect(members(ours?.fieldsV1)).toEqual(["f:data", "f:data f:a"]);
    expect(other?.apiVersion).toBe("v1beta1");
  });

  test("has nothing to do where nobody else delivers", () =>
    expect(takeover(withEntries([entry("kubectl-edit", "Update", data("a"))]), "v1")).toBeUndefined());

  test("never loses a place that anybody delivered, never takes one that nobody did", () => {
    const key = fc.constantFrom("a", "b", "c", "d");
    const manager = fc.constantFrom<[string, "Apply" | "Update"]>(
      ["helm", "Update"],
      ["argocd-controller", "Apply"],
      ["kubectl-edit", "Update"],
      ["holdfast", "Apply"],
    );
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(manager, fc.uniqueArray(key, { minLength: 1 })), {
          selector: ([[name]]) => name,
          maxLength: 4,
        }),
        (claims) => {
          const entries = claims.map(([[name, operation], keys]) => entry(name, operation, data(...keys)));
          const ops = takeover(withEntries(entries), "v1");
          const left = ops === undefined ? entries : after(ops);
          const of = (all: ManagedFieldsEntry[], which: (name: string) => boolean): string[] =>
            [
              ...new Set(
                all.filter(({ manager: name }) => which(name)).flatMap(({ fieldsV1 }) => members(fieldsV1)),
              ),
            ].sort();
          expect(of(left, (name) => name === "holdfast")).toEqual(
            of(entries, (name) => name !== "kubectl-edit"),
          );
          expect(of(left, (name) => name === "kubectl-edit")).toEqual(
            of(entries, (name) => name === "kubectl-edit"),
          );
        },
      ),
    );
  });

  test("happens once; a manager that comes back is told", () => {
    const live = liveObject(
      {},
      { managers: [{ manager: "helm", operation: "Update", subresource: "", time: "" }] },
    );
    expect(needsTakeover(live.managers, undefined)).toBe(true);
    expect(needsTakeover(live.managers, recordOf(live, { tookOver: true }))).toBe(false);
    expect(returnedManagers(live.managers, undefined)).toEqual([]);
    expect(returnedManagers(live.managers, recordOf(live, { tookOver: true }))).toEqual(["helm"]);
  });
});

describe("releasePatch()", () => {
  const live = withEntries([
    entry("x", "Update", {}),
    entry("holdfast", "Apply", { "f:spec": { "f:replicas": {} }, "f:data": { "f:a": {} } }),
  ]);
  test("takes the place out of our entry, under the resourceVersion", () => {
    expect(releasePatch(live, [["f:spec", "f:replicas"]])).toEqual([
      { op: "test", path: "/metadata/resourceVersion", value: "7" },
      { op: "replace", path: "/metadata/managedFields/1/fieldsV1", value: { "f:data": { "f:a": {} } } },
    ]);
  });
  test("removes the entry when nothing is left of it", () => {
    expect(releasePatch(live, [["f:spec"], ["f:data"]])?.at(-1)).toEqual({
      op: "remove",
      path: "/metadata/managedFields/1",
    });
  });
  test("has nothing to do where we own none of it", () =>
    expect(releasePatch(live, [["f:spec", "f:paused"]])).toBeUndefined());
});

describe("migrationOf()", () => {
  const kubectl = writer("kubectl-client-side-apply"),
    deployer = writer("deployer");
  function writer(manager: string): ForeignManager {
    return { manager, operation: "Update", subresource: "", time: "" };
  }
  const named = { "argocd.argoproj.io/client-side-apply-migration-manager": "deployer" };
  const off = { syncPolicy: { syncOptions: ["ClientSideApplyMigration=false"] } };
  test.each<{ name: string; app: Application; tookOver?: true; takes: ForeignManager[] }>([
    { name: "takes kubectl's by rule", app: application(), takes: [kubectl] },
    { name: "leaves kubectl's where that is turned off", app: application(off), takes: [] },
    {
      name: "takes a named manager's, too",
      app: application({}, { annotations: named }),
      takes: [kubectl, deployer],
    },
    { name: "takes nothing named where it is off", app: application(off, { annotations: named }), takes: [] },
    {
      name: "takes a named manager's again, and no other",
      app: application({}, { annotations: named }),
      tookOver: true,
      takes: [deployer],
    },
  ])("$name", ({ app, tookOver, takes }) => {
    const record = { key: "" as RefKey, uid: "", ...defined({ tookOver }) };
    const taken = [kubectl, deployer].filter((one) => needsTakeover([one], record, migrationOf(app)));
    expect(taken).toEqual(takes);
    expect(needsTakeover([{ ...deployer, subresource: "status" }], record, migrationOf(app))).toBe(false);
  });
});
