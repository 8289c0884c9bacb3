import { describe, expect, test } from "bun:test";
import type { ListedApplication } from "../../core/model/listed-application.ts";
import { goesWith, labelOf, outcomeWords, readiness, sumOf, type WrittenIn, wordFor } from "./bulk-words.ts";

const app = (automated?: { enabled?: boolean } | null, status: object = {}): ListedApplication =>
  ({
    metadata: { namespace: "argocd", name: "web" },
    spec: {
      project: "default",
      destination: { name: "east" },
      ...(automated === undefined ? {} : { syncPolicy: { automated } }),
    },
    status: { sync: { status: "Synced" }, health: { status: "Healthy" }, ...status },
  }) as ListedApplication;

describe("what is done to several", () => {
  test.each([
    ["pause", {}, undefined],
    ["pause", { enabled: false }, "its automated sync is paused already"],
    ["pause", undefined, "it is synced by hand: its spec has no automated sync"],
    ["pause", null, "it is synced by hand: its spec has no automated sync"],
    ["resume", { enabled: false }, undefined],
    ["resume", { enabled: true }, "its automated sync goes on already"],
    // What never was on is no pause that ends: which deletions it should make by itself nobody said.
    ["resume", undefined, "it is synced by hand: its spec has no automated sync"],
    ["sync", undefined, undefined],
    ["delete", undefined, undefined],
  ] as const)("%s of one whose automated sync is %p is left: %p", (deed, automated, why) => {
    const is = readiness(deed, app(automated), {});
    expect(is.is === "left" ? is.why : undefined).toBe(why as string);
  });

  test("who would undo it is named, and a right that is missing comes first", () => {
    const of = (deed: "pause" | "delete", origin: WrittenIn, denied?: string) =>
      readiness(deed, app({}), { origin, denied });
    expect(of("pause", { from: "file", file: "a.yaml", line: 3 })).toEqual({
      is: "left",
      why: "it is written in a.yaml:3: edit it there",
    });
    expect(of("pause", { from: "parent", set: "argocd/shops" })).toEqual({
      is: "left",
      why: "ApplicationSet argocd/shops makes it: change that one's template",
    });
    expect(of("delete", { from: "parent", parent: "argocd/root" })).toEqual({
      is: "ready",
      says: "",
      warns: "argocd/root renders it, and may make it again",
    });
    expect(of("delete", { from: "file", file: "a.yaml" }, "ann may not")).toEqual({
      is: "left",
      why: "ann may not",
    });
  });

  test("what goes is counted by kind, without what is not there; what holds data is named", () => {
    const object = (kind: string, name: string, more = {}) => ({ kind, namespace: "shop", name, ...more });
    const status = {
      resources: [
        object("Service", "a"),
        object("ConfigMap", "a"),
        object("ConfigMap", "b"),
        object("PersistentVolumeClaim", "data"),
        { kind: "Namespace", name: "shop" },
        object("Secret", "x", { health: { status: "Missing" } }),
      ],
    };
    expect(goesWith({ status: status as never })).toEqual({
      objects: 5,
      kinds: "2 ConfigMap, 1 Namespace, 1 PersistentVolumeClaim, 1 Service",
      loses: ["PersistentVolumeClaim shop/data", "Namespace shop"],
    });
    expect(goesWith({})).toEqual({ objects: 0, kinds: "", loses: [] });
    expect([wordFor(["web"]), wordFor(["a", "b"])]).toEqual(["web", "delete 2"]);
  });

  test("what came of it is what the daemon answered, then what the list tells", () => {
    const before = app({}, { operationState: { operation: {}, phase: "Failed", message: "old" } });
    const words = (now: ListedApplication | undefined, deed: "sync" | "delete" = "sync") =>
      outcomeWords(deed, { is: "asked" }, before, now);
    expect(words(before).text).toBe("a sync was asked for");
    expect(words(app({}, { operationState: { operation: {}, phase: "Running", message: "" } })).text).toBe(
      "is being synced",
    );
    const failed = {
      ...{ phase: "Failed", message: "no <b>Namespace</b>", finishedAt: "2026-11-30T00:00:00Z" },
      operation: {},
    };
    expect(words(app({}, { operationState: failed }))).toEqual({
      text: "synced: failed: no <b>Namespace</b>",
      tone: "bad",
    });
    expect(words(undefined, "delete")).toEqual({ text: "is gone", tone: "good" });
    expect(outcomeWords("sync", { is: "refused", why: "not you" }, before, before)).toEqual({
      text: "not you",
      tone: "bad",
    });
  });

  test.each([
    [
      "delete",
      2,
      1,
      4,
      "2 applications would be deleted, with 4 objects of their clusters, 1 is left as it is.",
    ],
    ["delete", 1, 0, 0, "1 application would be deleted."],
    ["sync", 3, 0, 0, "3 applications would be synced."],
    ["pause", 0, 2, 0, "None of them: all are left as they are."],
  ] as const)("%s of %p, with %p left and %p objects, is %p", (deed, ready, left, objects, text) => {
    expect(sumOf(deed, ready, left, objects)).toBe(text);
    expect(labelOf("delete", 1, 1)).toBe("Delete 1 and 1 object");
  });
});
