/** Single objects of an application, shown, patched and deleted for a person: what is written, and what keeps from it. */
import { describe, expect, test } from "bun:test";
import { ANNOTATION, type AppKey } from "../../src/core/model/application.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import type { ObjectDeletion, ObjectEdit, ObjectPatch } from "../../src/core/model/live-request.ts";
import type { Cluster } from "../../src/core/ports/cluster.ts";
import { endingOf, rejectionOf } from "../lib/ending-of.ts";
import { type Rig, sharedWorld, type World } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, deployment } from "../lib/manifests.ts";

let world: World;
const start = sharedWorld((it) => {
  world = it;
});

const key = (name: string): AppKey => `argocd/${name}` as AppKey;
const webIn = (namespace: string) => ({ group: "apps", kind: "Deployment", namespace, name: "web" });
const secretIn = (namespace: string) => ({ group: "", kind: "Secret", namespace, name: "login" });
const web = (namespace: string): string => `/apis/apps/v1/namespaces/${namespace}/deployments/web`;
const login = (namespace: string): string => `/api/v1/namespaces/${namespace}/secrets/login`;
const PASSWORD = "correct-horse-battery";
const ENCODED = Buffer.from(PASSWORD).toString("base64");

async function placed(name: string, syncPolicy: object = { automated: {} }): Promise<Rig> {
  const rig = await start();
  await rig.placeNew(
    name,
    {
      "web.yaml": deployment({ namespace: name, name: "web" }),
      "login.yaml": {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "login" },
        data: { password: ENCODED },
      },
    },
    { spec: { syncPolicy } },
  );
  await rig.untilSettled(name);
  await rig.untilIdle();
  return rig;
}

const patch = (rig: Rig, name: string, body: unknown, more: Partial<ObjectPatch> = {}) =>
  rig.control.patchObject(key(name), {
    ref: webIn(name),
    how: Array.isArray(body) ? "json" : "merge",
    patch: body,
    actor: "user:test",
    ...more,
  });
const remove = (rig: Rig, name: string, more: Partial<ObjectDeletion> = {}) =>
  rig.control.deleteObject(key(name), {
    ref: webIn(name),
    propagation: "Foreground",
    actor: "user:test",
    ...more,
  });
const audits = (rig: Rig, name: string) => rig.store.audits({ app: key(name), limit: 10 });

/** The cluster, with something done right before each patch and each delete. */
function interrupted(cluster: Cluster, before: () => Promise<unknown>): Cluster {
  return {
    ...cluster,
    for: (errand) => {
      const objects = cluster.for(errand);
      return Object.assign(Object.create(objects) as typeof objects, {
        patch: async (...asked: Parameters<typeof objects.patch>) => {
          await before();
          return objects.patch(...asked);
        },
        delete: async (...asked: Parameters<typeof objects.delete>) => {
          await before();
          return objects.delete(...asked);
        },
      });
    },
  };
}

describe("an object of the application", () => {
  test("is shown as the server has it, a Secret without what it holds", async () => {
    const rig = await placed("live-show");
    const shown = await rig.control.liveObject(key("live-show"), webIn("live-show"));
    const there = await world.must("GET", web("live-show"));
    expect(shown).toMatchObject({ is: "found", value: { metadata: { uid: there.metadata.uid } } });
    const secret = await rig.control.liveObject(key("live-show"), secretIn("live-show"));
    expect(secret).toMatchObject({ value: { data: { password: "++++++++" } } });
    expect(JSON.stringify(secret)).not.toContain(ENCODED);
  });

  test("is patched by either kind of patch, and told with its state before and after", async () => {
    const rig = await placed("live-patch");
    expect(await patch(rig, "live-patch", { metadata: { labels: { tier: "a" } } })).toMatchObject({
      is: "patched",
      object: { metadata: { labels: { tier: "a" } } },
    });
    await patch(rig, "live-patch", [{ op: "replace", path: "/spec/replicas", value: 3 }]);
    const there = await world.must("GET", web("live-patch"));
    expect([there.spec.replicas, there.metadata.labels.tier]).toEqual([3, "a"]);
    expect(audits(rig, "live-patch")).toMatchObject([
      {
        actor: "user:test",
        action: "patch-resource",
        object: { live: webIn("live-patch") },
        details: { fields: ["/spec/replicas"] },
      },
      { action: "patch-resource" },
    ]);
    const [newest] = audits(rig, "live-patch");
    expect([newest?.before, newest?.after]).not.toContain(undefined);
  });

  test("of a Secret is patched too, and neither the answer nor the activity has its values", async () => {
    const rig = await placed("live-secret");
    const name = "live-secret";
    const fresh = Buffer.from("a-new-password").toString("base64");
    const done = await patch(rig, name, { data: { password: fresh } }, { ref: secretIn(name) });
    expect((await world.must("GET", login(name))).data.password).toBe(fresh);
    const said = JSON.stringify([done, audits(rig, name)]);
    for (const value of [ENCODED, fresh, PASSWORD, "a-new-password"]) expect(said).not.toContain(value);
    expect(audits(rig, name)).toMatchObject([{ details: { fields: ["/data/password"] } }]);
    await remove(rig, name, { ref: secretIn(name) });
    expect(audits(rig, name)).toHaveLength(2);
    expect(JSON.stringify(audits(rig, name))).not.toContain(fresh);
  });

  test("is not patched where Git's word would be put back at once", async () => {
    const rig = await placed("live-heal", { automated: { selfHeal: true } });
    expect(await patch(rig, "live-heal", { spec: { replicas: 7 } })).toMatchObject({
      is: "would-be-undone",
      why: "Git sets spec.replicas, and self-heal would put it back at once",
    });
    expect(audits(rig, "live-heal")).toEqual([]);
  });

  test("is deleted, and told as it was", async () => {
    const rig = await placed("live-delete");
    const { uid } = (await world.must("GET", web("live-delete"))).metadata;
    expect(await remove(rig, "live-delete", { propagation: "Background", uid })).toEqual({ is: "deleted" });
    expect(audits(rig, "live-delete")).toMatchObject([
      { action: "delete-resource", details: { uid, propagation: "Background" } },
    ]);
    expect(JSON.stringify(audits(rig, "live-delete")[0]?.before)).toContain(uid);
    await rig.until(
      "live-delete",
      () => rig.cluster.get(`apps/Deployment live-delete/web` as never) === undefined,
    );
    expect((await world.find(web("live-delete")))?.metadata.uid).not.toBe(uid);
  });
});

describe("what a patch may not do", () => {
  const annotation = (name: string, value: unknown) => ({ metadata: { annotations: { [name]: value } } });
  test("change which object it is, whose it is, what is the server's, or what is hidden of it", async () => {
    const name = "live-marks";
    const rig = await placed(name);
    const before = await world.must("GET", web(name));
    for (const body of [
      { metadata: { name: "other" } },
      { metadata: { namespace: "kube-system" } },
      { kind: "StatefulSet" },
      { metadata: { uid: "0" } },
      { metadata: { ownerReferences: [{ apiVersion: "v1", kind: "Pod", name: "x", uid: "gone" }] } },
      annotation(ANNOTATION.trackingId, "other:apps/Deployment:live-marks/web"),
      annotation(ANNOTATION.trackingId, null),
      annotation(ANNOTATION.filledIn, "/data/x"),
      { metadata: { annotations: null } },
      { metadata: null },
      { status: { readyReplicas: 99 } },
      [{ op: "replace", path: "", value: null }],
      [{ op: "remove", path: "/metadata/annotations" }],
    ])
      expect(await rejectionOf(patch(rig, name, body))).toMatchObject({ code: "refused" });
    expect((await world.must("GET", web(name))).metadata.resourceVersion).toBe(
      before.metadata.resourceVersion,
    );
    expect(audits(rig, name)).toEqual([]);
  });

  test("read a Secret: by guesses, by copies to where nothing is masked, or by what its errors say", async () => {
    const name = "live-oracle";
    const rig = await placed(name);
    const ref = secretIn(name);
    for (const op of [
      { op: "test", path: "/data/password", value: ENCODED },
      { op: "copy", from: "/data/password", path: "/metadata/annotations/x" },
      { op: "move", from: "/data", path: "/metadata/labels" },
    ])
      expect(await rejectionOf(patch(rig, name, [op], { ref }))).toMatchObject({ code: "refused" });
    const wrong = patch(rig, name, [{ op: "remove", path: "/data/password/0" }], { ref });
    expect(await endingOf(wrong)).toThrow("the patch does not fit the object");
  });

  test("be larger than the work that a patch may make", async () => {
    const rig = await placed("live-huge");
    const op = { op: "copy", from: "/spec", path: "/metadata/annotations/x" };
    const endless = Array.from({ length: 10_001 }, () => op);
    expect(await rejectionOf(patch(rig, "live-huge", endless))).toMatchObject({ code: "invalid-spec" });
  });
});

describe("whose objects", () => {
  test("of another application, of nobody, and those that others decide about, are left alone", async () => {
    const name = "live-mine";
    const rig = await placed(name);
    await world.must("POST", `/api/v1/namespaces/${name}/configmaps`, configMap(name, "nobodys"));
    await rig.placeNew("live-theirs", {
      "web.yaml": deployment({ namespace: "live-theirs", name: "web" }),
    });
    await rig.untilSettled("live-theirs");
    for (const ref of [
      webIn("live-theirs"),
      { group: "", kind: "ConfigMap", namespace: name, name: "nobodys" },
    ]) {
      expect(await rejectionOf(rig.control.liveObject(key(name), ref))).toMatchObject({ code: "not-found" });
      expect(await rejectionOf(patch(rig, name, { a: 1 }, { ref }))).toMatchObject({ code: "not-found" });
      expect(await rejectionOf(remove(rig, name, { ref }))).toMatchObject({ code: "not-found" });
    }
    for (const ref of [
      { group: "", kind: "Namespace", namespace: "", name },
      { group: "argoproj.io", kind: "Application", namespace: name, name: "x" },
    ])
      expect(await rejectionOf(remove(rig, name, { ref }))).toMatchObject({ code: "refused" });
    expect(await world.find(web("live-theirs"))).toBeDefined();
  });

  test("nothing is done while the daemon holds still, nor what the project does not permit", async () => {
    const name = "live-narrow";
    const rig = await placed(name);
    rig.control.pause({ of: "writes", why: "a test", actor: "user:test" });
    expect(await rejectionOf(patch(rig, name, { metadata: { labels: { a: "b" } } }))).toMatchObject({
      code: "conflict",
    });
    expect(await rejectionOf(remove(rig, name))).toMatchObject({ code: "conflict" });
    rig.control.resume({ why: "a test", actor: "user:test" });
    rig.folder.projects.push({
      file: "projects/narrow.yaml",
      line: 1,
      project: {
        apiVersion: "argoproj.io/v1alpha1",
        kind: "AppProject",
        metadata: { namespace: "argocd", name: "default" },
        spec: {
          sourceRepos: ["*"],
          destinations: [{ server: "*", namespace: "*" }],
          namespaceResourceBlacklist: [{ group: "apps", kind: "Deployment" }],
        },
      } as never,
    });
    rig.read();
    expect(await rejectionOf(remove(rig, name))).toMatchObject({ code: "forbidden" });
    expect(await rejectionOf(patch(rig, name, { metadata: { labels: { a: "b" } } }))).toMatchObject({
      code: "forbidden",
    });
  });
});

describe("others at the same moment", () => {
  test("one that was made anew between look and delete stays, and one that changed is not patched over", async () => {
    const name = "live-raced";
    const rig = await placed(name);
    const old = await world.must("GET", web(name));
    expect(await rejectionOf(remove(rig, name, { uid: "another" }))).toMatchObject({ code: "conflict" });
    expect(await rejectionOf(remove(rig, name, { resourceVersion: "1" }))).toMatchObject({
      code: "conflict",
    });
    const label = () =>
      world.must("PATCH", web(name), { metadata: { labels: { a: "b" } } }, "application/merge-patch+json");
    rig.clusters[0] = interrupted(rig.cluster, label);
    rig.engine.settingsChanged();
    await rig.untilIdle();
    expect(await rejectionOf(patch(rig, name, { metadata: { labels: { a: "c" } } }))).toMatchObject({
      code: "conflict",
    });
    expect((await world.must("GET", web(name))).metadata.labels.a).toBe("b");
    rig.clusters[0] = interrupted(rig.cluster, async () => {
      await world.must("DELETE", `${web(name)}?propagationPolicy=Background`);
      await world.must("POST", web(name).replace(/\/web$/, ""), {
        ...deployment({ namespace: name, name: "web" }),
        metadata: { name: "web", annotations: old.metadata.annotations },
      });
    });
    rig.engine.settingsChanged();
    await rig.untilIdle();
    expect(await rejectionOf(remove(rig, name))).toMatchObject({ code: "conflict" });
    expect((await world.must("GET", web(name))).metadata.uid).not.toBe(old.metadata.uid);
  });
});

describe("an object that a person edits in full", () => {
  const shownOf = async (rig: Rig, name: string, ref = webIn(name)): Promise<KubeObject> => {
    const shown = await rig.control.liveObject(key(name), ref);
    if (shown.is !== "found") throw new Error("it is absent");
    const { managedFields: _, ...metadata } = shown.value.metadata;
    return structuredClone({ ...shown.value, metadata });
  };
  const edit = (
    rig: Rig,
    name: string,
    from: KubeObject,
    edited: KubeObject,
    mode: ObjectEdit["mode"] = "write",
    ref = webIn(name),
  ) => rig.control.editObject(key(name), { ref, from, edited, mode, actor: "user:test" });
  const spec = (object: KubeObject) => object.spec as { replicas: number };

  test("is tried first: what changes, who set it, what Git sets too; then written, for the version that was shown", async () => {
    const name = "live-edit";
    const rig = await placed(name, { automated: {} });
    await world.must(
      "PATCH",
      `${web(name)}?fieldManager=kubectl-scale`,
      { spec: { replicas: 5 } },
      "application/merge-patch+json",
    );
    await eventually("the daemon has seen it", async () => spec(await shownOf(rig, name)).replicas === 5);
    const from = await shownOf(rig, name);
    const edited = structuredClone(from);
    spec(edited).replicas = 4;
    edited.metadata.labels = { ...edited.metadata.labels, tier: "a" };
    const tried = await edit(rig, name, from, edited, "dry-run");
    expect(tried).toMatchObject({ is: "edited", edited: { undoneBySync: ["spec.replicas"] } });
    if (tried.is !== "edited") return;
    expect(tried.edited.fields).toContainEqual(
      expect.objectContaining({
        ...{ path: "spec.replicas", live: 5, desired: 4 },
        owner: expect.objectContaining({ manager: "kubectl-scale" }),
      }),
    );
    expect(tried.edited.patch?.map(({ path }) => path).sort()).toEqual([
      "/metadata/labels",
      "/spec/replicas",
    ]);
    const untouched = await world.must("GET", web(name));
    expect([untouched.spec.replicas, untouched.metadata.labels?.tier]).toEqual([5, undefined]);
    expect(audits(rig, name)).toEqual([]);
    expect(await edit(rig, name, from, edited)).toMatchObject({ is: "edited" });
    const there = await world.must("GET", web(name));
    expect([there.spec.replicas, there.metadata.labels.tier]).toEqual([4, "a"]);
    expect(audits(rig, name)).toMatchObject([
      { action: "patch-resource", actor: "user:test", details: { patch: "edit" } },
    ]);
    // Somebody else changed the same field, then only another one.
    await world.must(
      "PATCH",
      `${web(name)}?fieldManager=kubectl-scale`,
      { spec: { replicas: 6 } },
      "application/merge-patch+json",
    );
    const scaled = structuredClone(there);
    scaled.spec.replicas = 2;
    expect(await rejectionOf(edit(rig, name, there, scaled))).toMatchObject({
      code: "conflict",
      why: expect.stringMatching(/^spec\.replicas was changed since it was read: set by kubectl-scale/),
    });
    const labelled = structuredClone(there);
    labelled.metadata.labels.tier = "b";
    expect(await edit(rig, name, there, labelled)).toMatchObject({ is: "edited" });
    const both = await world.must("GET", web(name));
    expect([both.spec.replicas, both.metadata.labels.tier]).toEqual([6, "b"]);
    const anew = { ...there, metadata: { ...there.metadata, uid: "another" } };
    expect(await rejectionOf(edit(rig, name, anew, labelled))).toMatchObject({ code: "conflict" });
  }, 60_000);

  test("where nothing was changed nothing is sent, and who set what is not anybody's to take away", async () => {
    const name = "live-edit-same";
    const rig = await placed(name);
    const sent = rig.requests.length;
    const shown = await shownOf(rig, name);
    expect(await edit(rig, name, shown, structuredClone(shown))).toMatchObject({ edited: { fields: [] } });
    expect(rig.requests.slice(sent).map(({ verb }) => verb)).not.toContain("patch");
    expect(audits(rig, name)).toEqual([]);
  }, 60_000);

  test("a Secret keeps what was left alone, and what is hidden is neither written nor told", async () => {
    const name = "live-edit-secret";
    const rig = await placed(name);
    const ref = secretIn(name);
    const shown = await shownOf(rig, name, ref);
    const fresh = Buffer.from("a-new-password").toString("base64");
    const data = (object: KubeObject) => (object as unknown as { data: Record<string, string> }).data;
    expect(data(shown)).toEqual({ password: "++++++++" });
    const added = structuredClone(shown);
    data(added)["added"] = fresh;
    const tried = await edit(rig, name, shown, added, "dry-run", ref);
    expect(tried).not.toHaveProperty("edited.patch");
    // Whoever guesses what is hidden is not told whether it is right, by whichever field it is said.
    const guess = async (change: (object: KubeObject) => void) => {
      const guessed = structuredClone(shown);
      change(guessed);
      return JSON.stringify(await edit(rig, name, shown, guessed, "dry-run", ref));
    };
    const wrong = Buffer.from("guessed-wrong").toString("base64");
    const byData = (value: string) => guess((object) => void (data(object)["password"] = value));
    expect(await byData(ENCODED)).toBe(await byData(wrong));
    expect(JSON.parse(await byData(ENCODED)).edited.fields).toMatchObject([{ path: "data.password" }]);
    const byText = (value: string) =>
      guess((object) => Object.assign(object, { stringData: { password: atob(value) } }));
    expect(await byText(ENCODED)).toBe(await byText(wrong));
    const done = await edit(rig, name, shown, added, "write", ref);
    expect((await world.must("GET", login(name))).data).toEqual({ password: ENCODED, added: fresh });
    for (const value of [ENCODED, fresh])
      expect(JSON.stringify([tried, done, audits(rig, name)])).not.toContain(value);
    const next = await shownOf(rig, name, ref);
    // What was shown before is of another version.
    expect(await rejectionOf(edit(rig, name, shown, added, "write", ref))).toMatchObject({
      code: "conflict",
    });
    // What is hidden was changed, and looks as it did.
    await world.must("PATCH", login(name), { data: { password: fresh } }, "application/merge-patch+json");
    const without = structuredClone(next);
    data(without)["password"] = ENCODED;
    expect(await rejectionOf(edit(rig, name, next, without, "write", ref))).toMatchObject({
      code: "conflict",
      why: "it was changed since it was read, and what it holds is hidden",
    });
    next.metadata.resourceVersion = (await world.must("GET", login(name))).metadata.resourceVersion;
    const masked = structuredClone(next);
    data(masked)["other"] = "++++++++";
    expect(await rejectionOf(edit(rig, name, next, masked, "write", ref))).toMatchObject({
      code: "refused",
      why: expect.stringContaining("data.other would be written with the signs"),
    });
  }, 60_000);

  test("what would be put back at once, what is fixed, and what the server refuses are refused, tried or not", async () => {
    const name = "live-edit-no";
    const rig = await placed(name, { automated: { selfHeal: true } });
    const shown = await shownOf(rig, name);
    for (const mode of ["dry-run", "write"] as const) {
      const scaled = structuredClone(shown);
      spec(scaled).replicas = 7;
      expect(await edit(rig, name, shown, scaled, mode)).toMatchObject({ is: "would-be-undone" });
      const renamed = structuredClone(shown);
      renamed.metadata.annotations = {};
      expect(await rejectionOf(edit(rig, name, shown, renamed, mode))).toMatchObject({ code: "refused" });
      const wrong = structuredClone(shown) as KubeObject & { spec: Record<string, unknown> };
      wrong.spec["progressDeadlineSeconds"] = "soon";
      expect(await rejectionOf(edit(rig, name, shown, wrong, mode))).toMatchObject({ code: "refused" });
    }
    expect(audits(rig, name)).toEqual([]);
  }, 60_000);
});
