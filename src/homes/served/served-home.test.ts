import { describe, expect, test } from "bun:test";
import { child } from "../../../test/conformance/served-kinds.ts";
import { memoryStore } from "../../../test/fakes/memory-store.ts";
import { endingOf } from "../../../test/lib/ending-of.ts";
import { homeOn, keysOf, made } from "../../../test/lib/served-homes.ts";
import { type Application, appKey } from "../../core/model/application.ts";
import { Failure } from "../../core/model/failure.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import { refKey, refOf } from "../../core/model/object-ref.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import type { WriteOutcome } from "../../core/ports/cluster-objects.ts";
import type { ParentsChange } from "../../core/ports/parents-home.ts";
import type { ServedHome } from "./served-home.ts";

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
    expect(await endingOf(cluster.apply(child("kept", { project: "other" }), "write"))).toThrow(
      "the disk is full",
    );
    expect(await endingOf(cluster.apply(child("new"), "write"))).toThrow("the disk is full");
    const { uid = "" } = before.metadata;
    expect(
      await endingOf(
        cluster.delete(refOf(before), before.apiVersion, { uid, propagation: "Background" }, "write"),
      ),
    ).toThrow("the disk is full");
    expect(told).toBe(0);
    expect(keysOf(home)).toEqual(["argocd/kept"]);
    expect(await cluster.read(refOf(before), before.apiVersion)).toMatchObject({
      is: "found",
      object: before,
    });
    expect(cluster.trackedBy("root").map(({ ref }) => ref.name)).toEqual(["kept"]);
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
