import { describe, expect, test } from "bun:test";
import { child } from "../../../test/conformance/served-kinds.ts";
import { memoryStore } from "../../../test/fakes/memory-store.ts";
import { type Application, appKey } from "../../core/model/application.ts";
import { Failure } from "../../core/model/failure.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import { refKey, refOf } from "../../core/model/object-ref.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import type { WriteOutcome } from "../../core/ports/cluster-objects.ts";
import type { ParentsChange } from "../../core/ports/parents-home.ts";
import type { Store } from "../../core/ports/store.ts";
import { nowhere } from "./nowhere.ts";
import { ServedHome } from "./served-home.ts";

const APPLICATION = { group: "argoproj.io", version: "v1alpha1", kind: "Application" };
const started: ServedHome[] = [];

/** @param users whether it was told already who is of which project: nobody */
function homeOn(store: Store, users: "told" | "untold" = "told"): { home: ServedHome; cluster: Cluster } {
  const home = new ServedHome({ objects: store, now: () => Date.UTC(2026, 10, 29), homeNamespace: "argocd" });
  started.push(home);
  if (users === "told") home.noteUsers(new Map());
  const [cluster] = home.over([]);
  return { home, cluster: cluster as Cluster };
}

async function made(cluster: Cluster, object: KubeObject): Promise<KubeObject> {
  const outcome = await cluster.apply(object, "write");
  if (outcome.is !== "done") throw new Error(JSON.stringify(outcome));
  return outcome.object;
}

const keysOf = (home: ServedHome): string[] =>
  home.reading().applications.map(({ value }) => `${value.metadata.namespace}/${value.metadata.name}`);

/** As the engine would have it shown. */
function shown(home: ServedHome, name: string, status: object): Application {
  const found = home.reading().applications.find(({ value }) => value.metadata.name === name);
  if (found === undefined) throw new Error(`${name} is not there`);
  return { ...found.value, status: status as NonNullable<Application["status"]> };
}

const is = (health: string, sync = "Synced", more: object = {}): object => ({
  health: { status: health },
  sync: { status: sync, revision: "c0ffee" },
  ...more,
});

describe("ServedHome: what it reads", () => {
  test("a child is an application as its parent wrote it, without what a server adds, and names its parent", async () => {
    const { home, cluster } = homeOn(memoryStore());
    const object = child("shop");
    const { annotations: _, ...metadata } = object.metadata;
    await made(cluster, object);
    expect(home.reading()).toEqual({
      applications: [
        {
          ref: refOf(object),
          parent: appKey("argocd", "root"),
          value: { ...object, metadata } as unknown as Application,
        },
      ],
      projects: [],
      unreadable: new Map(),
      problems: [],
    });
  });

  test("a parent elsewhere is known by its namespace, and a copied tracking id names none", async () => {
    const { home, cluster } = homeOn(memoryStore());
    await made(cluster, child("a", { parent: "team_root" }));
    const copied = child("b");
    copied.metadata.annotations = child("other").metadata.annotations as Record<string, string>;
    await made(cluster, copied);
    expect(home.reading().applications.map(({ parent }) => parent)).toEqual([
      appKey("team", "root"),
      undefined,
    ]);
  });

  test("edits of applications alone are told as these, as they are by then; anything else as anything", async () => {
    const { home, cluster } = homeOn(memoryStore());
    const told: ParentsChange[] = [];
    home.onChange((change) => told.push(change));
    const turn = async (...work: (() => Promise<unknown>)[]) => {
      for (const each of work) await each();
      // What was begun before it fires before it.
      await new Promise((resolve) => setTimeout(resolve, 0));
      return told
        .splice(0)
        .map((change) =>
          change.is === "edited"
            ? change.applications.map((edited) => [
                edited.value.spec.source?.path,
                home.reading().applications.includes(edited),
              ])
            : change.is,
        );
    };
    const at = (name: string, path: string) => () =>
      made(cluster, child(name, { source: { repoURL: "https://git.example.com/shop.git", path } }));
    expect(await turn(at("a", "one"), at("b", "one"))).toEqual(["anything"]);
    expect(await turn(at("b", "two"), at("b", "three"))).toEqual([[["three", true]]]);
    expect(await turn(at("b", "four"), at("a", "two"))).toEqual([
      [
        ["two", true],
        ["four", true],
      ],
    ]);
    const project = { ...child("team"), kind: "AppProject", spec: { sourceRepos: ["*"] } };
    expect(await turn(at("a", "three"), () => made(cluster, project))).toEqual(["anything"]);
    expect(await turn(at("a", "four"), at("c", "one"))).toEqual(["anything"]);
    expect(await turn(at("a", "five"))).toEqual([[["five", true]]]);
  });

  test("projects are read too, and a request to sync in a manifest is none", async () => {
    const { home, cluster } = homeOn(memoryStore());
    const project = { ...child("team"), kind: "AppProject", spec: { sourceRepos: ["*"] } };
    await made(cluster, project);
    await made(cluster, {
      ...child("shop"),
      operation: { sync: {} },
      status: { health: { status: "Healthy" } },
    });
    const { applications, projects } = home.reading();
    expect(projects.map(({ value }) => value.metadata.name)).toEqual(["team"]);
    expect(applications[0]?.value.operation).toBeUndefined();
    expect(applications[0]?.value.status).toBeUndefined();
  });

  test("what is kept and cannot be read by this version is a problem with its name and its parent's", () => {
    const store = memoryStore();
    const object = child("old", { destination: {} });
    store.putServedObject(refKey(refOf(object)), {
      ...object,
      metadata: { ...object.metadata, uid: "u", resourceVersion: "7" },
    });
    const { home } = homeOn(store);
    const { applications, unreadable, problems } = home.reading();
    expect([applications, [...unreadable.keys()]]).toEqual([[], [appKey("argocd", "old")]]);
    expect(problems.map(({ object: named, severity }) => [named, severity])).toEqual([
      ["argoproj.io/Application argocd/old of application argocd/root", "error"],
    ]);
  });
});

describe("ServedHome: what it takes", () => {
  const refusals: { name: string; object: KubeObject; says: RegExp }[] = [
    {
      name: "no destination",
      object: child("bad", { destination: {} }),
      says: /spec\.destination/,
    },
    { name: "no source", object: child("bad", { source: undefined }), says: /needs a source/ },
    {
      name: "a field of the wrong type",
      object: child("bad", { project: 7 }),
      says: /spec\.project: must be a string/,
    },
    {
      name: "an address with a password",
      object: child("bad", { source: { repoURL: "https://me:hunter2@git.example.com/x", path: "." } }),
      says: /spec\.source\.repoURL/,
    },
    {
      name: "more than an application may be",
      object: child("bad", { ofTomorrow: "x".repeat(2 << 20) }),
      says: /larger than 1024 KiB/,
    },
    {
      name: "a project that is not obeyed whole",
      object: { ...child("bad"), kind: "AppProject", spec: { signatureKeys: [{ keyID: "AB" }] } },
      says: /spec\.signatureKeys/,
    },
  ];
  test.each(refusals)(
    "$name is refused as in a file, by dry run and write, and what is there stays",
    async ({ object, says }) => {
      const { home, cluster } = homeOn(memoryStore());
      const before = await made(cluster, {
        ...child("bad"),
        kind: object.kind,
        ...(object.kind === "AppProject" ? { spec: {} } : {}),
      });
      for (const mode of ["dry-run", "write"] as const) {
        const outcome = (await cluster.apply(object, mode)) as Extract<WriteOutcome, { is: "refused" }>;
        expect([outcome.is, outcome.status, outcome.reason]).toEqual(["refused", 422, "Invalid"]);
        expect(outcome.message).toMatch(says);
        expect(outcome.message).not.toContain("hunter2");
      }
      expect(await cluster.read(refOf(object), object.apiVersion)).toMatchObject({
        is: "found",
        object: before,
      });
      expect(home.reading().problems).toEqual([]);
    },
  );

  test.each(["Application", "AppProject"])(
    "an %s outside of the home namespace is refused, however it is sent",
    async (kind) => {
      const { home, cluster } = homeOn(memoryStore());
      for (const namespace of ["team", undefined]) {
        const { namespace: _, ...metadata } = child("mine").metadata;
        const object: KubeObject = {
          ...child("mine"),
          kind,
          metadata: { ...metadata, ...(namespace === undefined ? {} : { namespace }) },
        };
        for (const how of ["apply", "create", "replace"] as const)
          expect(await cluster[how](object, "write")).toMatchObject({
            is: "refused",
            status: 403,
            message: expect.stringContaining("lives in the namespace argocd"),
          });
      }
      const { applications, projects } = home.reading();
      expect([applications, projects]).toEqual([[], []]);
    },
  );

  test("warnings of a file are warnings here", async () => {
    const { cluster } = homeOn(memoryStore());
    const outcome = await cluster.apply(
      child("warned", { syncPolicy: { syncOptions: ["Prun=true"] } }),
      "write",
    );
    expect(outcome).toMatchObject({ is: "done", warnings: [expect.stringContaining("syncOptions[0]")] });
  });

  test("what the store does not take did not happen, and is not told", async () => {
    const store = memoryStore();
    const { home, cluster } = homeOn(store);
    const before = await made(cluster, child("kept"));
    let told = 0;
    cluster.onChange(() => void told++);
    const full = (): never => {
      throw new Failure("store", "holdfast.db", "backoff", {
        cannot: "write the store",
        why: "the disk is full",
      });
    };
    Object.assign(store, { putServedObject: full, deleteServedObject: full });
    expect(cluster.apply(child("kept", { project: "other" }), "write")).rejects.toThrow("the disk is full");
    expect(cluster.apply(child("new"), "write")).rejects.toThrow("the disk is full");
    const { uid = "" } = before.metadata;
    expect(
      cluster.delete(refOf(before), before.apiVersion, { uid, propagation: "Background" }, "write"),
    ).rejects.toThrow("the disk is full");
    expect(told).toBe(0);
    expect(keysOf(home)).toEqual(["argocd/kept"]);
    expect(await cluster.read(refOf(before), before.apiVersion)).toMatchObject({
      is: "found",
      object: before,
    });
    expect(cluster.trackedBy("root").map(({ ref }) => ref.name)).toEqual(["kept"]);
  });
});

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

describe("ServedHome: what its listeners hear", () => {
  test("many writes of one turn are one word, a status is none", async () => {
    const { home, cluster } = homeOn(memoryStore());
    let words = 0;
    home.onChange(() => void words++);
    for (let at = 0; at < 20; at++) await made(cluster, child(`c${at}`));
    expect(words).toBe(0);
    await Bun.sleep(5);
    expect(words).toBe(1);
    home.putStatus(shown(home, "c3", is("Healthy")));
    await Bun.sleep(5);
    expect(words).toBe(1);
    await made(cluster, child("c3", { project: "other" }));
    await Bun.sleep(5);
    expect(words).toBe(2);
  });

  test("the parent hears of a child's status, once for each that is another one", async () => {
    const { home, cluster } = homeOn(memoryStore());
    await made(cluster, child("shop"));
    const told: string[] = [];
    cluster.onChange(({ change, apps }) => void told.push(`${change} ${apps.join()}`));
    for (let at = 0; at < 3; at++) home.putStatus(shown(home, "shop", is("Progressing", "OutOfSync")));
    home.putStatus(shown(home, "shop", is("Healthy")));
    expect(told).toEqual(["modified root", "modified root"]);
  });
});

describe("ServedHome: a child's health", () => {
  const healthOf = (home: ServedHome, cluster: Cluster, name: string) => {
    const live = cluster.get(refKey(refOf(child(name))));
    if (live === undefined) throw new Error(`${name} is not there`);
    return home.healthOf(live)?.health?.status;
  };

  test("is its own; it progresses until it was looked at as it is now, and while it is being synced", async () => {
    const { home, cluster } = homeOn(memoryStore());
    await made(cluster, child("shop"));
    expect(healthOf(home, cluster, "shop")).toBe("Progressing");
    home.putStatus(shown(home, "shop", is("Degraded")));
    expect(healthOf(home, cluster, "shop")).toBe("Degraded");
    home.putStatus(shown(home, "shop", is("Healthy", "Synced", { operationState: { phase: "Running" } })));
    expect(healthOf(home, cluster, "shop")).toBe("Progressing");
    home.putStatus(shown(home, "shop", is("Healthy", "Synced", { operationState: { phase: "Succeeded" } })));
    expect(healthOf(home, cluster, "shop")).toBe("Healthy");
    await made(cluster, child("shop", { project: "other" }));
    expect(healthOf(home, cluster, "shop")).toBe("Progressing");
  });

  test("a status of the spec before says nothing of the one that is there", async () => {
    const { home, cluster } = homeOn(memoryStore());
    await made(cluster, child("shop"));
    const late = shown(home, "shop", is("Healthy"));
    await made(cluster, child("shop", { project: "other" }));
    home.putStatus(late);
    expect(healthOf(home, cluster, "shop")).toBe("Progressing");
  });

  test("a status takes nothing from the parent's apply, and is no drift", async () => {
    const { home, cluster } = homeOn(memoryStore());
    await made(cluster, child("shop"));
    const before = cluster.get(refKey(refOf(child("shop"))));
    home.putStatus(shown(home, "shop", is("Healthy")));
    const live = cluster.get(refKey(refOf(child("shop"))));
    expect([live?.contentHash, live?.own, live?.generation]).toEqual([
      before?.contentHash,
      before?.own,
      before?.generation,
    ]);
    await made(cluster, child("shop"));
    expect(healthOf(home, cluster, "shop")).toBe("Healthy");
    expect(cluster.get(refKey(refOf(child("shop"))))?.own).toEqual(before?.own);
  });

  test("whoever is its own ancestor is waited for by nobody, and what is not served has none here", async () => {
    const { home, cluster } = homeOn(memoryStore());
    await made(cluster, child("root"));
    await made(cluster, child("a", { parent: "b" }));
    await made(cluster, child("b", { parent: "a" }));
    await made(cluster, child("leaf", { parent: "b" }));
    for (const name of ["root", "a", "b"])
      expect([name, healthOf(home, cluster, name)]).toEqual([name, undefined]);
    expect(healthOf(home, cluster, "leaf")).toBe("Progressing");
    const live = cluster.get(refKey(refOf(child("leaf"))));
    expect(
      home.healthOf({ ...(live as NonNullable<typeof live>), uid: "of another cluster" }),
    ).toBeUndefined();
  });
});

describe("ServedHome: beside a cluster", () => {
  /** A cluster of the config whose own definitions are as they are said to be. */
  function around(said: { is: "known" | "absent" | "unreachable" }) {
    let generation = 1,
      asked = 0;
    const written: string[] = [];
    const cluster: Cluster = {
      ...nowhere(0),
      name: "prod",
      server: "https://kubernetes.default.svc",
      kindsGeneration: () => generation,
      kind: async (gvk) => {
        asked += 1;
        if (said.is === "absent") return { is: "absent" };
        return said.is === "unreachable"
          ? { is: "unreachable", why: "no route to host" }
          : {
              is: "known",
              info: { ...gvk, version: "v1alpha1", resource: "applications", scope: "namespaced", verbs: [] },
            };
      },
      apply: async (object) => {
        written.push(object.metadata.name);
        return { is: "unreachable", why: "this is the cluster's" };
      },
    };
    return {
      cluster,
      written,
      asked: () => asked,
      change: (next: typeof said.is) => {
        said.is = next;
        generation += 1;
      },
    };
  }
  const over = (store: Store, base: Cluster) => {
    const { home } = homeOn(store);
    return { home, cluster: home.over([base])[0] as Cluster };
  };

  test("the home is the cluster of that address, else the one of that name, else one that stands for it", () => {
    const { home } = homeOn(memoryStore());
    const at = (name: string, server: string): Cluster => ({ ...nowhere(0), name, server });
    const other = at("other", "https://other.example.com");
    const named = at("in-cluster", "https://prod.example.com");
    const addressed = at("prod", "https://kubernetes.default.svc/");
    expect(
      home.over([other, named, addressed]).map((one, index) => one === [other, named, addressed][index]),
    ).toEqual([true, true, false]);
    expect(home.over([other, named]).map((one, index) => one === [other, named][index])).toEqual([
      true,
      false,
    ]);
    expect(home.over([other]).map(({ name }) => name)).toEqual(["other", "in-cluster"]);
    // A pass tells by it that the cluster is the same one.
    expect(home.over([addressed])[0]).toBe(home.over([addressed])[0] as Cluster);
  });

  test("one without definitions of its own is asked once, and sees nothing of them", async () => {
    const { cluster: base, written, asked } = around({ is: "absent" });
    const { cluster, home } = over(memoryStore(), base);
    expect(await cluster.kind(APPLICATION)).toMatchObject({ is: "known" });
    await cluster.apply(child("a"), "dry-run");
    expect(asked()).toBe(1);
    await made(cluster, child("a"));
    expect([written, keysOf(home)]).toEqual([[], ["argocd/a"]]);
  });

  test("one that has them is left as it is, until it has them no more", async () => {
    const { cluster: base, written, change } = around({ is: "known" });
    const { cluster, home } = over(memoryStore(), base);
    expect(await cluster.apply(child("a"), "write")).toMatchObject({ is: "unreachable" });
    expect([written, keysOf(home)]).toEqual([["a"], []]);
    change("absent");
    await made(cluster, child("a"));
    expect([written, keysOf(home)]).toEqual([["a"], ["argocd/a"]]);
  });

  test("what was made here stays here when definitions come", async () => {
    const { cluster: base, written, change } = around({ is: "absent" });
    const { cluster, home } = over(memoryStore(), base);
    await made(cluster, child("a"));
    change("known");
    await made(cluster, child("b"));
    expect([written, keysOf(home)]).toEqual([[], ["argocd/a", "argocd/b"]]);
  });

  test("where it cannot be told whose they are, nothing is read as gone and nothing is written", async () => {
    const { cluster: base, written } = around({ is: "unreachable" });
    const { cluster, home } = over(memoryStore(), base);
    expect(await cluster.read(refOf(child("a")), "argoproj.io/v1alpha1")).toMatchObject({
      is: "unreachable",
    });
    expect(await cluster.apply(child("a"), "write")).toMatchObject({ is: "unreachable" });
    expect(await cluster.kind(APPLICATION)).toMatchObject({ is: "unreachable" });
    expect([written, keysOf(home)]).toEqual([[], []]);
  });

  test("where there is no cluster, nothing but Applications can be there, and whoever asks is told what to do", async () => {
    const { cluster } = homeOn(memoryStore());
    expect(await cluster.kind({ group: "apps", version: "v1", kind: "Deployment" })).toMatchObject({
      is: "unreachable",
      why: expect.stringContaining("there is no cluster with the server https://kubernetes.default.svc"),
    });
    // What an application had on a cluster that left the config must not look gone.
    const deployments = { group: "apps", version: "v1", kind: "Deployment" };
    expect(cluster.follow("argocd/root", [APPLICATION, deployments], ["argocd"])).rejects.toThrow(
      "cluster in-cluster: cannot connect to it: there is no cluster with the server",
    );
    expect((await cluster.follow("argocd/root", [APPLICATION], ["argocd"])).failed.size).toBe(0);
  });
});
