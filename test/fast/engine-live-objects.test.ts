/** Single objects of an application, shown, patched and deleted for a person: what is written, and what keeps from it. */
import { describe, expect, test } from "bun:test";
import { ANNOTATION, type AppKey } from "../../src/core/model/application.ts";
import type { ObjectDeletion, ObjectPatch } from "../../src/core/model/live-request.ts";
import type { Cluster } from "../../src/core/ports/cluster.ts";
import { type Rig, sharedWorld, type World } from "../lib/engine-rig.ts";
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
      await expect(patch(rig, name, body)).rejects.toMatchObject({ code: "refused" });
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
      await expect(patch(rig, name, [op], { ref })).rejects.toMatchObject({ code: "refused" });
    const wrong = patch(rig, name, [{ op: "remove", path: "/data/password/0" }], { ref });
    await expect(wrong).rejects.toThrow("the patch does not fit the object");
  });

  test("be larger than the work that a patch may make", async () => {
    const rig = await placed("live-huge");
    const op = { op: "copy", from: "/spec", path: "/metadata/annotations/x" };
    const endless = Array.from({ length: 10_001 }, () => op);
    await expect(patch(rig, "live-huge", endless)).rejects.toMatchObject({ code: "invalid-spec" });
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
      await expect(rig.control.liveObject(key(name), ref)).rejects.toMatchObject({ code: "not-found" });
      await expect(patch(rig, name, { a: 1 }, { ref })).rejects.toMatchObject({ code: "not-found" });
      await expect(remove(rig, name, { ref })).rejects.toMatchObject({ code: "not-found" });
    }
    for (const ref of [
      { group: "", kind: "Namespace", namespace: "", name },
      { group: "argoproj.io", kind: "Application", namespace: name, name: "x" },
    ])
      await expect(remove(rig, name, { ref })).rejects.toMatchObject({ code: "refused" });
    expect(await world.find(web("live-theirs"))).toBeDefined();
  });

  test("nothing is done while the daemon holds still, nor what the project does not permit", async () => {
    const name = "live-narrow";
    const rig = await placed(name);
    rig.control.pause({ of: "writes", why: "a test", actor: "user:test" });
    await expect(patch(rig, name, { metadata: { labels: { a: "b" } } })).rejects.toMatchObject({
      code: "conflict",
    });
    await expect(remove(rig, name)).rejects.toMatchObject({ code: "conflict" });
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
    await expect(remove(rig, name)).rejects.toMatchObject({ code: "forbidden" });
    await expect(patch(rig, name, { metadata: { labels: { a: "b" } } })).rejects.toMatchObject({
      code: "forbidden",
    });
  });
});

describe("others at the same moment", () => {
  test("one that was made anew between look and delete stays, and one that changed is not patched over", async () => {
    const name = "live-raced";
    const rig = await placed(name);
    const old = await world.must("GET", web(name));
    await expect(remove(rig, name, { uid: "another" })).rejects.toMatchObject({ code: "conflict" });
    await expect(remove(rig, name, { resourceVersion: "1" })).rejects.toMatchObject({ code: "conflict" });
    const label = () =>
      world.must("PATCH", web(name), { metadata: { labels: { a: "b" } } }, "application/merge-patch+json");
    rig.clusters[0] = interrupted(rig.cluster, label);
    rig.engine.settingsChanged();
    await rig.untilIdle();
    await expect(patch(rig, name, { metadata: { labels: { a: "c" } } })).rejects.toMatchObject({
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
    await expect(remove(rig, name)).rejects.toMatchObject({ code: "conflict" });
    expect((await world.must("GET", web(name))).metadata.uid).not.toBe(old.metadata.uid);
  });
});
