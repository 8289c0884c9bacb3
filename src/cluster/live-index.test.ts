import { describe, expect, test } from "bun:test";
import type { KubeObject } from "../core/model/kube-object.ts";
import type { LiveObject } from "../core/model/live-object.ts";
import type { LiveChange } from "../core/ports/cluster.ts";
import { LiveIndex } from "./live-index.ts";
import { observe } from "./observe.ts";

interface State {
  kind?: string;
  name: string;
  uid?: string;
  version: string;
  app?: string;
  owner?: string;
}

function live({ kind = "ConfigMap", name, uid = `uid-${name}`, version, app, owner }: State): LiveObject {
  const object: KubeObject = {
    apiVersion: "v1",
    kind,
    metadata: {
      name,
      namespace: "shop",
      uid,
      resourceVersion: version,
      ...(app === undefined
        ? {}
        : { annotations: { "argocd.argoproj.io/tracking-id": `${app}:/${kind}:shop/${name}` } }),
      ...(owner === undefined
        ? {}
        : { ownerReferences: [{ apiVersion: "v1", kind: "Owner", name: "owner", uid: owner }] }),
    },
  };
  return observe(object, { group: "", version: "v1", kind }, "by-tracking");
}

function indexOf(...states: State[]): { index: LiveIndex; changes: LiveChange[] } {
  const index = new LiveIndex();
  for (const state of states) index.put(live(state), "event");
  const changes: LiveChange[] = [];
  index.onChange((change) => changes.push(change));
  return { index, changes };
}
const a = (version: string, more: Partial<State> = {}): State => ({ name: "a", version, ...more });
const keyOfA = live(a("1")).key;
const everything = (): boolean => true;

describe("LiveIndex", () => {
  test("an older state does not replace a newer one, whichever comes last", () => {
    const { index, changes } = indexOf(a("10"));
    index.put(live(a("9")), "event");
    expect(index.get(keyOfA)?.resourceVersion).toBe("10");
    index.put(live(a("11")), "event");
    expect(index.get(keyOfA)?.resourceVersion).toBe("11");
    expect(changes.map(({ change }) => change)).toEqual(["modified"]);
  });

  test("what is doubted is taken in anew at the same version, once", () => {
    const { index, changes } = indexOf(a("10"));
    index.doubt("/ConfigMap");
    expect(index.knows(keyOfA, { uid: "uid-a", resourceVersion: "10" })).toBe(false);
    index.put(live(a("10")), "resync");
    expect(index.knows(keyOfA, { uid: "uid-a", resourceVersion: "10" })).toBe(true);
    expect(changes.map(({ change }) => change)).toEqual(["resynced"]);
  });

  test("what a write was answered with counts where a watch showed less at the same version", () => {
    const { index } = indexOf();
    const shown = { ...live(a("10", { app: "shop" })), contentHash: "less" };
    index.put(shown, "event");
    index.put({ ...shown, contentHash: "all of it" }, "event");
    expect(index.get(keyOfA)?.contentHash).toBe("all of it");
    // Another version of the kind shows other content, and says nothing about it.
    index.put({ ...shown, apiVersion: "v2", contentHash: "other" }, "event");
    index.put({ ...shown, contentHash: "" }, "event");
    expect(index.get(keyOfA)?.contentHash).toBe("all of it");
  });

  test("the echo of our own write is no change", () => {
    const { index, changes } = indexOf(a("10"));
    index.put(live(a("10")), "event");
    expect(changes).toEqual([]);
  });

  test("versions that are no integers have no order: the last one counts", () => {
    const { index } = indexOf(a("zz"));
    index.put(live(a("aa")), "event");
    expect(index.get(keyOfA)?.resourceVersion).toBe("aa");
  });

  test("what was deleted does not come back by an answer that was on its way", () => {
    const { index } = indexOf(a("10"));
    index.deleted(keyOfA, "uid-a", "12");
    index.put(live(a("11")), "event");
    expect(index.get(keyOfA)).toBeUndefined();
    index.put(live(a("13", { uid: "another" })), "event");
    expect(index.get(keyOfA)?.uid).toBe("another");
  });

  test("a deletion of ours counts at once, and not against an object of the same name that came after", () => {
    const { index, changes } = indexOf(a("10", { app: "shop" }));
    index.deletedByUs(keyOfA, "uid-a");
    expect(index.get(keyOfA)).toBeUndefined();
    index.put(live(a("14", { uid: "another" })), "event");
    index.deleted(keyOfA, "uid-a", "12");
    expect(index.get(keyOfA)?.uid).toBe("another");
    expect(changes.map(({ change, apps }) => `${change} ${apps.join()}`)).toEqual(["deleted shop", "added "]);
  });

  test("a list removes what it does not name, but not what we wrote after it", () => {
    const { index } = indexOf(a("10"), { name: "b", version: "30" }, { name: "c", version: "11" });
    index.retain(
      "/ConfigMap",
      new Set([live({ name: "c", version: "11" }).key]),
      "20",
      "by-version",
      everything,
    );
    expect(index.keysOf("/ConfigMap").map((key) => key.split("/")[3])).toEqual(["b", "c"]);
  });

  test("a list says what is there, but not against what we wrote after it", () => {
    const { index } = indexOf(a("10"), { name: "b", version: "30" });
    const listed = { listed: "20", since: index.mark() };
    // At 20 the server shows a at 5: its 10 is of a history that was lost. b was written after the list.
    index.put(live(a("5")), "resync", listed);
    index.put(live({ name: "b", version: "6" }), "resync", listed);
    expect(index.get(keyOfA)?.resourceVersion).toBe("5");
    expect(index.get(live({ name: "b", version: "6" }).key)?.resourceVersion).toBe("30");
  });

  test("a list brings back what was deleted before it was asked for, and nothing that was deleted since", () => {
    const { index } = indexOf(a("10"), { name: "b", version: "11" });
    index.deleted(keyOfA, "uid-a", "12");
    const listed = { listed: "20", since: index.mark() };
    index.deletedByUs(live({ name: "b", version: "11" }).key, "uid-b");
    index.put(live(a("10")), "resync", listed);
    index.put(live({ name: "b", version: "11" }), "resync", listed);
    expect(index.keysOf("/ConfigMap")).toEqual([keyOfA]);
  });

  test("a history that began anew is taken as it is, objects that were deleted before included", () => {
    const { index } = indexOf(a("10"), { name: "b", version: "30" });
    index.deleted(keyOfA, "uid-a", "12");
    index.put(live(a("3")), "resync", "as-it-is");
    index.put(live({ name: "b", version: "4" }), "resync", "as-it-is");
    expect(index.get(keyOfA)?.resourceVersion).toBe("3");
    expect(index.get(live({ name: "b", version: "4" }).key)?.resourceVersion).toBe("4");
  });

  test("a change names the applications before and after it", () => {
    const { index, changes } = indexOf(a("1", { app: "old" }));
    index.put(live(a("2", { app: "new" })), "event");
    expect(changes).toEqual([{ key: keyOfA, change: "modified", apps: ["old", "new"], tracked: true }]);
    expect(index.trackedBy("old")).toEqual([]);
    expect(index.trackedBy("new").length).toBe(1);
  });

  test("descendants concern the applications of their ancestors, also while they outlive them", () => {
    const owner: State = { kind: "Service", name: "owner", version: "1", app: "shop" };
    const { index, changes } = indexOf(owner, { name: "middle", version: "2", owner: "uid-owner" });
    const leaf: State = { kind: "Pod", name: "leaf", version: "3", owner: "uid-middle" };
    index.put(live(leaf), "event");
    index.deleted(live(owner).key, "uid-owner", "4");
    index.deleted(live({ name: "middle", version: "2" }).key, "uid-middle", "5");
    index.deleted(live(leaf).key, "uid-leaf", "6");
    expect(changes.map(({ change, apps, tracked }) => ({ change, apps, tracked }))).toEqual([
      { change: "added", apps: ["shop"], tracked: false },
      { change: "deleted", apps: ["shop"], tracked: true },
      { change: "deleted", apps: ["shop"], tracked: false },
      { change: "deleted", apps: ["shop"], tracked: false },
    ]);
  });

  test("Pods are by their node, until they end, go, or are seen elsewhere", () => {
    const on = (version: string, nodeName: string, phase = "Running") =>
      observe(
        {
          ...{ apiVersion: "v1", kind: "Pod", spec: { nodeName, containers: [] }, status: { phase } },
          metadata: { name: "web", namespace: "shop", uid: "web", resourceVersion: version },
        },
        { group: "", version: "v1", kind: "Pod" },
        "by-tracking",
      );
    const { index } = indexOf();
    const names = (node: string) => index.podsOn(node).map(({ ref }) => ref.name);
    index.put(on("1", ""), "event");
    expect(names("")).toEqual([]);
    index.put(on("2", "n-1"), "event");
    expect(names("n-1")).toEqual(["web"]);
    // What was on its way before is late.
    index.put(on("1", "n-2"), "event");
    expect([names("n-1"), names("n-2")]).toEqual([["web"], []]);
    index.put(on("3", "n-1", "Succeeded"), "event");
    expect(names("n-1")).toEqual([]);
    index.put(on("4", "n-1"), "event");
    index.deleted(on("4", "n-1").key, "web", "5");
    expect(names("n-1")).toEqual([]);
  });

  test("owners in a circle end the search", () => {
    const { index } = indexOf(
      { name: "x", uid: "x", version: "1", owner: "y" },
      { name: "y", uid: "y", version: "1", owner: "x" },
    );
    index.put(live({ name: "x", uid: "x", version: "2", owner: "y" }), "event");
    expect(index.childrenOf("x").map(({ ref }) => ref.name)).toEqual(["y"]);
  });

  test("a kind whose watch failed or came back is told for what applications track of it", () => {
    const { index, changes } = indexOf(a("1", { app: "shop" }), { name: "b", version: "2" });
    index.recheck("/ConfigMap");
    expect(changes).toEqual([{ key: keyOfA, change: "resynced", apps: ["shop"], tracked: true }]);
  });

  test("a dropped kind is forgotten in every index, without a word", () => {
    const { index, changes } = indexOf(a("1", { app: "shop", owner: "o" }));
    index.drop("/ConfigMap");
    expect([index.get(keyOfA), index.trackedBy("shop"), index.childrenOf("o"), changes]).toEqual([
      undefined,
      [],
      [],
      [],
    ]);
  });
});
