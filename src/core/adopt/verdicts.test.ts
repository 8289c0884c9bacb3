import { describe, expect, test } from "bun:test";
import type { ApplicationStatus, ResourceStatus } from "../model/application.ts";
import type { FieldDifference } from "../model/comparison.ts";
import { refKey } from "../model/object-ref.ts";
import { readArgoStatus } from "./argo-status.ts";
import { differencesOf, notesOf } from "./verdicts.ts";

const SHA = "1111111111111111111111111111111111111111",
  NEWER = "2222222222222222222222222222222222222222";
const AT = "2026-11-28T10:00:00Z";

const object = (name: string, status: ResourceStatus["status"], rest: object = {}): ResourceStatus => ({
  version: "v1",
  kind: "ConfigMap",
  namespace: "shop",
  name,
  ...(status === undefined ? {} : { status }),
  ...rest,
});
function status(sync: string, health: string, resources: ResourceStatus[] = [], rest: object = {}): any {
  return {
    sync: { status: sync, revision: SHA },
    health: { status: health },
    reconciledAt: AT,
    resources,
    ...rest,
  };
}
const apart = (argo: unknown, ours: unknown, fields: Record<string, FieldDifference[]> = {}) =>
  differencesOf(
    readArgoStatus(argo),
    { status: ours as ApplicationStatus },
    new Map(
      Object.entries(fields).map(([name, of]) => [
        refKey({ group: "", kind: "ConfigMap", namespace: "shop", name }),
        of,
      ]),
    ),
  );

describe("differencesOf()", () => {
  test("says nothing where both say the same, whatever else stands in the statuses", () => {
    const both = [object("a", "Synced"), object("hook", undefined, { hook: true })];
    expect(apart(status("Synced", "Healthy", both), status("Synced", "Healthy", both.slice(0, 1)))).toEqual(
      [],
    );
  });

  test("a kind without a namespace is one object, with and without it", () => {
    const argo = [{ version: "v1", kind: "Namespace", namespace: "shop", name: "x", status: "Synced" }];
    const ours = [{ version: "v1", kind: "Namespace", name: "x", status: "Synced" }];
    expect(
      apart(status("Synced", "Healthy", argo as never), status("Synced", "Healthy", ours as never)),
    ).toEqual([]);
  });

  test("objects of one name in two namespaces are two", () => {
    const argo = [object("a", "Synced")];
    const ours = [object("a", "Synced", { namespace: "blog" })];
    expect(
      apart(status("Synced", "Healthy", argo), status("Synced", "Healthy", ours)).map(
        ({ object: of, why }) => [of, why],
      ),
    ).toEqual([
      ["ConfigMap shop/a", ["Git does not want it as Holdfast renders it, and nothing of it is there"]],
      ["ConfigMap blog/a", ["Argo CD's status does not list it"]],
    ]);
  });

  test("names the fields, at most five of an object, and cuts long values", () => {
    const fields = Array.from({ length: 7 }, (_, at) => ({
      path: `data.key${at}`,
      live: at === 0 ? "x".repeat(500) : at,
      desired: undefined,
      ...(at === 1
        ? { owner: { manager: "kubectl-edit", operation: "Update", time: AT, subresource: "" } }
        : {}),
    }));
    const [whole, one] = apart(
      status("Synced", "Healthy", [object("a", "Synced")]),
      status("OutOfSync", "Healthy", [object("a", "OutOfSync")]),
      { a: fields },
    );
    expect(whole?.why).toEqual(["1 of its objects is judged otherwise"]);
    expect(one?.why).toHaveLength(6);
    expect(one?.why[0]).toHaveLength("data.key0: ".length + 61 + " in the cluster, nothing in Git".length);
    expect(one?.why[1]).toBe("data.key1: 1 in the cluster, set by kubectl-edit, nothing in Git");
    expect(one?.why[5]).toBe("2 more fields");
  });

  test("an older commit is told with the time of the look", () => {
    const ours = status("OutOfSync", "Healthy", [], { sync: { status: "OutOfSync", revision: NEWER } });
    expect(apart(status("Synced", "Healthy"), ours)[0]?.why).toEqual([
      `Argo CD compared with 1111111 at ${AT}, Holdfast with 2222222`,
    ]);
  });

  test("who could not compare says why, and objects are left out", () => {
    const ours = status("Unknown", "Healthy", [object("a", "Unknown")], {
      conditions: [
        { type: "ComparisonError", message: "the repository is silent" },
        { type: "PausedWarning", message: "waits" },
      ],
    });
    expect(apart(status("Synced", "Healthy", [object("a", "Synced")]), ours)).toEqual([
      { of: "sync", argoCD: "Synced", holdfast: "Unknown", why: ["Holdfast: the repository is silent"] },
    ]);
  });

  test("health of one object counts where Argo CD says it", () => {
    const said = [object("a", "Synced", { health: { status: "Healthy" } }), object("b", "Synced")];
    const ours = [
      object("a", "Synced", { health: { status: "Degraded", message: "no Pod starts" } }),
      object("b", "Synced", { health: { status: "Healthy" } }),
    ];
    expect(apart(status("Synced", "Degraded", said), status("Synced", "Degraded", ours))).toEqual([
      {
        of: "health",
        object: "ConfigMap shop/a",
        argoCD: "Healthy",
        holdfast: "Degraded",
        why: ["Holdfast: no Pod starts"],
      },
    ]);
  });
});

describe("readArgoStatus()", () => {
  test.each([
    [undefined],
    [null],
    ["Synced"],
    [7],
    [[]],
    [{ sync: [], health: 3, resources: {}, conditions: "x" }],
  ])("%j says nothing, and breaks nothing", (value) => {
    const said = readArgoStatus(value);
    expect(said).toMatchObject({ revisions: [], objects: [], errors: [] });
    expect([said.sync, said.health]).toEqual([undefined, undefined]);
    expect(said.strange.length > 0).toBe(value !== undefined && value !== null);
  });
});

test("notesOf() tells a status that contradicts itself, and a deletion that goes on", () => {
  const said = readArgoStatus(status("Synced", "Healthy", [object("a", "OutOfSync")]));
  expect(notesOf(said, { metadata: { name: "x", namespace: "argocd", deletionTimestamp: AT } })).toEqual([
    `Argo CD's status says Synced, and of 1 of its objects OutOfSync, the first is ${"ConfigMap shop/a"}`,
    "Argo CD is deleting it",
  ]);
});

test("notesOf() tells who makes an application, and what it makes", () => {
  const child = {
    ...object("child", "Synced"),
    group: "argoproj.io",
    kind: "Application",
    namespace: "argocd",
  };
  const owner = { apiVersion: "argoproj.io/v1alpha1", kind: "ApplicationSet", name: "all", uid: "1" };
  const said = readArgoStatus(status("Synced", "Healthy", [child, object("a", "Synced")]));
  expect(notesOf(said, { metadata: { name: "x", namespace: "argocd", ownerReferences: [owner] } })).toEqual([
    expect.stringContaining("ApplicationSet all makes it"),
    expect.stringContaining(
      "it renders 1 of the kinds of Argo CD's, the first is argoproj.io/Application argocd/child",
    ),
  ]);
});
