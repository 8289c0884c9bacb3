/** What is there after a restart, and until when. */
import { describe, expect, test } from "bun:test";
import { child } from "../../../test/conformance/served-kinds.ts";
import { memoryStore } from "../../../test/fakes/memory-store.ts";
import { homeOn, keysOf, made } from "../../../test/lib/served-homes.ts";
import { type Application, appKey } from "../../core/model/application.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import { refKey, refOf } from "../../core/model/object-ref.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import type { Store } from "../../core/ports/store.ts";
import type { ServedHome } from "./served-home.ts";

describe("ServedHome: across restarts", () => {
  test("what was answered is there again, at its version, and what comes is newer", async () => {
    const store = memoryStore();
    const first = homeOn(store);
    const kept = await made(first.cluster, child("kept"));
    const gone = await made(first.cluster, {
      ...child("gone"),
      metadata: { ...child("gone").metadata, finalizers: [] },
    });
    await first.cluster.delete(
      refOf(gone),
      gone.apiVersion,
      { uid: gone.metadata.uid ?? "", propagation: "Background" },
      "write",
    );
    const { home, cluster } = homeOn(store);
    expect(keysOf(home)).toEqual(["argocd/kept"]);
    expect(await cluster.read(refOf(kept), kept.apiVersion)).toMatchObject({
      is: "found",
      object: structuredClone(kept),
    });
    expect(cluster.get(refKey(refOf(kept)))?.uid).toBe(kept.metadata.uid as string);
    expect(cluster.trackedBy("root")).toHaveLength(1);
    const edited = await made(cluster, child("kept", { project: "other" }));
    expect(Number(edited.metadata.resourceVersion)).toBeGreaterThan(Number(kept.metadata.resourceVersion));
    expect(edited.metadata.uid).toBe(kept.metadata.uid as string);
  });

  test("a deletion that was asked for is still asked for, and finish() ends it once", async () => {
    const store = memoryStore();
    const first = homeOn(store);
    const object = await made(first.cluster, child("going"));
    await first.cluster.delete(
      refOf(object),
      object.apiVersion,
      { uid: object.metadata.uid ?? "", propagation: "Background" },
      "write",
    );
    const { home, cluster } = homeOn(store);
    expect(home.reading().applications[0]?.deletingSince).toBe("2026-11-29T00:00:00Z");
    home.finish(appKey("argocd", "going"));
    expect(keysOf(home)).toEqual([]);
    expect(store.servedObjects()).toEqual([]);
    // Made anew under its name, it is another one, and nobody's old deletion is over.
    await made(cluster, child("going"));
    home.finish(appKey("argocd", "going"));
    expect(keysOf(home)).toEqual(["argocd/going"]);
  });

  test("remove() marks it with the finalizers that say how its objects go; without any it goes at once", async () => {
    const { home, cluster } = homeOn(memoryStore());
    await made(cluster, child("with"));
    await made(cluster, child("without"));
    const [a, b] = home.reading().applications;
    home.remove(a?.value as Application);
    const { finalizers: _, ...metadata } = (b?.value as Application).metadata;
    home.remove({ ...(b?.value as Application), metadata } as Application);
    expect(
      home.reading().applications.map(({ value, deletingSince }) => [value.metadata.name, deletingSince]),
    ).toEqual([["with", "2026-11-29T00:00:00Z"]]);
  });
});

describe("ServedHome: a project that is to go", () => {
  const project = {
    ...child("team"),
    kind: "AppProject",
    metadata: { name: "team", namespace: "argocd" },
    spec: {},
  };
  const isThere = (home: ServedHome): boolean => home.reading().projects.length > 0;
  const deleted = (cluster: Cluster, object: KubeObject, more: { resourceVersion?: string } = {}) =>
    cluster.delete(
      refOf(object),
      object.apiVersion,
      { uid: object.metadata.uid ?? "", propagation: "Background", ...more },
      "write",
    );

  test("rules until the last application of it is gone, through a restart", async () => {
    const store = memoryStore();
    const first = homeOn(store);
    const made1 = await made(first.cluster, project);
    const a = await made(first.cluster, child("a", { project: "team" }));
    await made(first.cluster, child("b"));
    expect(await deleted(first.cluster, made1)).toEqual({ is: "deleted" });
    expect(isThere(first.home)).toBe(true);
    const { home, cluster } = homeOn(store);
    expect(isThere(home)).toBe(true);
    await deleted(cluster, a);
    expect(isThere(home)).toBe(true);
    home.finish(appKey("argocd", "a"));
    expect([isThere(home), keysOf(home)]).toEqual([false, ["argocd/b"]]);
  });

  test("goes when its last application moves to another one, and at once where there is none", async () => {
    const { home, cluster } = homeOn(memoryStore());
    const object = await made(cluster, project);
    await made(cluster, child("a", { project: "team" }));
    await deleted(cluster, object);
    await made(cluster, child("a", { project: "other" }));
    expect(isThere(home)).toBe(false);
    await deleted(cluster, await made(cluster, project));
    expect(isThere(home)).toBe(false);
  });

  test("goes all the same, whichever of the writes a daemon ended after", async () => {
    const ended: Store[] = [];
    const store = memoryStore();
    /** The disk as it is after each write. */
    const recording: Store = {
      ...store,
      putServedObject: (...asked) => {
        store.putServedObject(...asked);
        keep();
      },
      deleteServedObject: (...asked) => {
        store.deleteServedObject(...asked);
        keep();
      },
    };
    const keep = (): void => {
      const disk = memoryStore();
      for (const object of store.servedObjects()) disk.putServedObject(refKey(refOf(object)), object);
      ended.push(disk);
    };
    const first = homeOn(recording);
    const made1 = await made(first.cluster, project);
    await made(first.cluster, child("a", { project: "team" }));
    ended.length = 0;
    await deleted(first.cluster, made1);
    first.home.noteUsers(new Map([["team", [appKey("argocd", "a")]]]));
    const a = first.home.reading().applications[0]?.value as Application;
    first.home.remove(a);
    first.home.finish(appKey("argocd", "a"));
    first.home.noteUsers(new Map());
    expect([isThere(first.home), ended.length]).toEqual([false, 4]);
    for (const disk of ended) {
      const objects = disk.servedObjects();
      // What holds a project is there with its deletion, and without it never.
      for (const { kind, metadata } of objects)
        if (kind === "AppProject")
          expect([metadata.deletionTimestamp !== undefined, metadata.finalizers]).toEqual([
            true,
            ["holdfast.dev/applications"],
          ]);
      const { home } = homeOn(disk, "untold");
      home.finish(appKey("argocd", "a"));
      const users = home.reading().applications.map(() => appKey("argocd", "a"));
      expect(isThere(home)).toBe(objects.some(({ kind }) => kind === "AppProject"));
      home.noteUsers(new Map([["team", users]]));
      for (const { value } of home.reading().applications) {
        home.remove(value);
        home.finish(appKey("argocd", "a"));
      }
      home.noteUsers(new Map());
      expect([isThere(home), keysOf(home)]).toEqual([false, []]);
    }
  });

  test("is not touched by a delete of another version", async () => {
    const { cluster } = homeOn(memoryStore());
    const object = await made(cluster, project);
    await made(cluster, child("a", { project: "team" }));
    expect(await deleted(cluster, object, { resourceVersion: "1" })).toMatchObject({
      is: "refused",
      status: 409,
    });
    expect(await cluster.read(refOf(object), object.apiVersion)).toMatchObject({ object });
  });
});
