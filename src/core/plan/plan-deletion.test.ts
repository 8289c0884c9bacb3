import { describe, expect, test } from "bun:test";
import { application, liveObject, recordOf, type Sketch } from "../../../test/lib/core-objects.ts";
import { show } from "../model/object-ref.ts";
import { DEFAULT_GUARDS } from "./guard-input.ts";
import { type DeletionInput, planDeletion } from "./plan-deletion.ts";

const options = (text: string): Sketch => ({ annotations: { "argocd.argoproj.io/sync-options": text } });

function plan(sketches: (Sketch & { unrecorded?: true })[], change: Partial<DeletionInput> = {}) {
  const tracked = sketches.map(({ unrecorded: _, ...sketch }) => liveObject(sketch));
  const records = new Map(
    tracked.flatMap((live, at) => (sketches[at]?.unrecorded ? [] : [[live.key, recordOf(live)] as const])),
  );
  const { waves, kept, waiting } = planDeletion({
    app: application(),
    tracked,
    records,
    us: { app: "shop", installationId: undefined },
    asked: "by-person",
    startedAt: "2026-01-01T10:00:00Z",
    now: Date.parse("2026-01-01T11:00:00Z"),
    propagation: "Foreground",
    contents: new Map(tracked.map(({ key }) => [key, { is: "ours-alone", uids: new Set() }])),
    ...change,
  });
  return {
    waves: waves.map(({ steps }) => steps.map((step) => (step.do === "prune" ? show(step.ref) : step.do))),
    kept: kept.map(({ guard, ref }) => `${guard} ${show(ref)}`),
    waiting: waiting.map(({ ref }) => show(ref)),
    texts: [...kept, ...waiting].map(({ text }) => text),
  };
}

const CRD: Sketch = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  name: "widgets.example.com",
  namespace: "",
};
const NAMESPACE: Sketch = { kind: "Namespace", name: "shop", namespace: "" };

describe("planDeletion()", () => {
  test("goes from the last wave to the first, dependants before what they need", () => {
    const at = (wave: number): Sketch => ({ annotations: { "argocd.argoproj.io/sync-wave": String(wave) } });
    expect(
      plan([
        { name: "first", ...at(-1) },
        { name: "a" },
        { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
        { name: "last", ...at(7) },
      ]).waves,
    ).toEqual([
      ["ConfigMap default/last"],
      ["apps/Deployment default/web", "ConfigMap default/a"],
      ["ConfigMap default/first"],
    ]);
  });
  test("leaves definitions, unless they are marked to go", () => {
    expect(plan([CRD])).toMatchObject({
      waves: [],
      kept: ["disabled apiextensions.k8s.io/CustomResourceDefinition widgets.example.com"],
    });
    expect(plan([{ ...CRD, ...options("Delete=true") }]).waves).toHaveLength(1);
  });
  test("leaves what is marked to stay, and what has no record", () => {
    expect(
      plan([
        { name: "a", ...options("Delete=false") },
        { name: "b", annotations: { "helm.sh/resource-policy": "keep" } },
        { name: "c", unrecorded: true },
      ]).kept,
    ).toEqual([
      "disabled ConfigMap default/a",
      "disabled ConfigMap default/b",
      "unrecorded ConfigMap default/c",
    ]);
  });
  test("Prune=false does not protect on deletion", () =>
    expect(plan([{ ...options("Prune=false") }]).waves).toHaveLength(1));
  test("an application-wide Delete=false holds, an object's own mark beats it", () => {
    const app = application({ syncPolicy: { syncOptions: ["Delete=false"] } });
    expect(plan([{ name: "a" }, { name: "b", ...options("Delete=true") }], { app })).toMatchObject({
      waves: [["ConfigMap default/b"]],
      kept: ["disabled ConfigMap default/a"],
    });
  });
  test("a person's word takes Namespaces too; the loss of a file waits for approval", () => {
    expect(plan([NAMESPACE, { name: "a" }]).waves).toEqual([["ConfigMap default/a"], ["Namespace shop"]]);
    const lost = plan([NAMESPACE, { name: "a" }], { asked: "by-file" });
    expect(lost).toMatchObject({ waves: [["ConfigMap default/a"], []], waiting: ["Namespace shop"] });
    expect(lost.texts[0]).toContain("losing a file is no order to delete it");
  });
  test("Delete=confirm waits until an approval after the start", () => {
    const confirm = [{ ...options("Delete=confirm") }];
    const approved = (at: string) =>
      application({}, { annotations: { "argocd.argoproj.io/deletion-approved": at } });
    expect(plan(confirm).waiting).toEqual(["ConfigMap default/settings"]);
    expect(plan(confirm, { app: approved("2026-01-01T09:00:00Z") }).waiting).toHaveLength(1);
    expect(plan(confirm, { app: approved("2026-01-01T10:00:00Z") }).waves).toHaveLength(1);
  });
  test("never takes what it lives on, what the project denies, or what a controller made", () => {
    const owned = {
      name: "o",
      metadata: { ownerReferences: [{ apiVersion: "v1", kind: "X", name: "x", uid: "x", controller: true }] },
    };
    expect(
      plan([NAMESPACE], { guards: { ...DEFAULT_GUARDS, protectedNamespaces: new Set(["shop"]) } }).kept,
    ).toHaveLength(1);
    expect(
      plan([{ name: "d" }, owned], { denied: new Map([[liveObject({ name: "d" }).key, "not permitted"]]) })
        .kept,
    ).toHaveLength(2);
  });
});
