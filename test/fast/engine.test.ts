/** From a commit to a healthy cluster, and what that costs: the engine in this process, its neighbours real. */
import { beforeEach, describe, expect, test } from "bun:test";
import { endingOf } from "../lib/ending-of.ts";
import {
  AUTOMATED,
  appOf,
  conditions,
  counted,
  type Files,
  fourObjects,
  isQuiet,
  isSettled,
  isSynced,
  type Placed,
  type Repository,
  type Rig,
  sharedRig,
  type World,
} from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath, deployment } from "../lib/manifests.ts";

const MERGE = "application/merge-patch+json";

let world: World, rig: Rig;
sharedRig((...both) => {
  [world, rig] = both;
});
beforeEach(() => rig.untilIdle());

/** An application of its own repository and namespace, settled. */
async function settled(name: string, files: Files, more: Partial<Placed> = {}): Promise<Repository> {
  const repository = await rig.placeNew(name, files, more);
  await rig.untilSettled(name);
  await rig.untilIdle();
  return repository;
}

const dataOf = async (namespace: string, name: string): Promise<Record<string, string>> =>
  (await world.must("GET", configMapPath(namespace, name))).data;
const set = (namespace: string, name: string, data: Record<string, string>) =>
  world.must("PATCH", configMapPath(namespace, name), { data }, MERGE);

describe("a commit", () => {
  test("becomes Synced and Healthy, at a dry run and an apply for each object and at most one more", async () => {
    await settled("warm-up", { "all.yaml": fourObjects("warm-up") });
    const before = rig.requests.length;
    await settled("four", { "all.yaml": fourObjects("four") });
    const { apply, "apply-dry-run": dryRuns = 0, ...others } = counted(rig.requests.slice(before));
    expect(apply).toBe(4);
    expect(others).toEqual({});
    expect(dryRuns).toBeWithin(4, 6);
    const { status } = rig.app("four");
    expect(status?.operationState).toMatchObject({
      phase: "Succeeded",
      operation: { initiatedBy: { automated: true } },
    });
    expect(status?.history).toHaveLength(1);
    expect(status?.resources?.map((resource) => `${resource.kind} ${resource.status}`).sort()).toEqual([
      "ConfigMap Synced",
      "Deployment Synced",
      "Service Synced",
      "ServiceAccount Synced",
    ]);
  });

  test("that changes one object writes one object", async () => {
    const repository = await settled("one-change", {
      "a.yaml": configMap("one-change", "a"),
      "b.yaml": configMap("one-change", "b"),
    });
    const before = rig.requests.length;
    const sha = await repository.commit({ "b.yaml": configMap("one-change", "b", { key: "second" }) });
    await rig.refresh("one-change");
    const app = await rig.until("one-change", (now) => now.status?.sync.revision === sha && isSettled(now));
    await rig.untilIdle();
    expect(await dataOf("one-change", "b")).toEqual({ key: "second" });
    expect(counted(rig.requests.slice(before))["apply"]).toBeLessThanOrEqual(2);
    expect(app.status?.history?.at(-1)).toMatchObject({ revision: sha });
  });

  test("that changes nothing of an application is taken note of without a request", async () => {
    const repository = await settled(
      "beside",
      { "app/a.yaml": configMap("beside", "a"), README: "first" },
      { path: "app" },
    );
    const before = rig.requests.length,
      rendered = rig.rendered.length;
    const sha = await repository.commit({ README: "second" });
    await rig.refresh("beside");
    await rig.until("beside", (now) => now.status?.sync.revision === sha && isSettled(now));
    await rig.untilIdle();
    expect(counted(rig.requests.slice(before))).toEqual({});
    expect(rig.rendered.slice(rendered)).toEqual([]);
    expect(rig.app("beside").status?.history).toHaveLength(1);
  });

  test("to a monorepo renders the one application that it touches; the others take the new revision at no request", async () => {
    const names = Array.from({ length: 20 }, (_, at) => `mono-${at}`);
    await world.makeNamespace("mono");
    const repository = await world.repository(
      "mono",
      Object.fromEntries(names.map((name) => [`${name}/a.yaml`, configMap("mono", name)])),
    );
    rig.place(...names.map((name) => appOf({ name, repository, path: name, namespace: "mono" })));
    for (const name of names) await rig.untilSettled(name);
    await rig.untilIdle();
    const rendered = rig.rendered.length,
      before = rig.requests.length,
      listed = rig.gitRequests.length;
    const sha = await repository.commit({ "mono-7/a.yaml": configMap("mono", "mono-7", { key: "second" }) });
    await rig.refresh("mono-7");
    for (const name of names)
      await rig.until(name, (now) => now.status?.sync.revision === sha && isSettled(now));
    await rig.untilIdle();
    expect(rig.rendered.slice(rendered)).toEqual(["mono-7"]);
    expect(counted(rig.requests.slice(before))["apply"]).toBe(1);
    expect(rig.gitRequests.slice(listed).map(({ type }) => type)).toEqual(["ls-remote"]);
  });
});

test("two hundred applications of one repository cost one ls-refs at the start, and one a poll", async () => {
  const names = Array.from({ length: 200 }, (_, at) => `many-${at}`);
  const repository = await world.repository(
    "many",
    Object.fromEntries(names.map((name) => [`${name}/a.yaml`, configMap("many", name)])),
  );
  await world.makeNamespace("many");
  const before = rig.gitRequests.length;
  // Not automated: what is counted is looking.
  rig.place(
    ...names.map((name) =>
      appOf({ name, repository, path: name, namespace: "many", spec: { syncPolicy: {} } }),
    ),
  );
  for (const name of names) await rig.until(name, (app) => app.status?.sync.status === "OutOfSync");
  await rig.untilIdle();
  expect(rig.gitRequests.slice(before).map(({ type }) => type)).toEqual(["ls-remote"]);
  const again = rig.gitRequests.length,
    requests = rig.requests.length,
    rendered = rig.rendered.length;
  rig.engine.pushed([repository.url]);
  await eventually("the push was looked after", () => rig.gitRequests.length > again);
  await rig.untilIdle();
  expect(rig.gitRequests.slice(again).map(({ type }) => type)).toEqual(["ls-remote"]);
  expect(counted(rig.requests.slice(requests))).toEqual({});
  expect(rig.rendered.slice(rendered)).toEqual([]);
});

describe("looking again", () => {
  test("asks the cluster nothing, and moves reconciledAt", async () => {
    await settled("again", { "all.yaml": fourObjects("again") });
    // Once more in a later second, where our own entry alone decides.
    rig.clock.advance(2_000);
    await rig.refresh("again");
    await rig.untilIdle();
    const before = rig.requests.length,
      seen = rig.app("again").status?.reconciledAt ?? "";
    rig.clock.advance(2_000);
    await rig.refresh("again");
    await rig.untilIdle();
    expect(rig.requests.slice(before).map(({ verb }) => verb)).toEqual([]);
    expect((rig.app("again").status?.reconciledAt ?? "") > seen).toBe(true);
  });

  test("a hard refresh lists anew what the application follows, and compares at no further request", async () => {
    await settled("listed", { "all.yaml": fourObjects("listed") });
    rig.clock.advance(2_000);
    await rig.refresh("listed");
    await rig.untilIdle();
    const before = rig.requests.length;
    await rig.refresh("listed", "hard");
    await rig.untilIdle();
    const verbs = new Map<string, number>();
    for (const { verb, kind } of rig.requests.slice(before))
      if (verb === "list") verbs.set(kind, (verbs.get(kind) ?? 0) + 1);
    for (const kind of ["apps/Deployment", "/ConfigMap", "/Service", "/ServiceAccount"])
      expect(verbs.get(kind)).toBe(1);
    expect(counted(rig.requests.slice(before))).toEqual({});
  });

  test("a status that changes is no reason to ask", async () => {
    await settled("status", { "web.yaml": deployment({ namespace: "status", name: "web" }) });
    rig.clock.advance(2_000);
    await rig.refresh("status");
    await rig.untilIdle();
    const before = rig.requests.length;
    await world.must(
      "PATCH",
      "/apis/apps/v1/namespaces/status/deployments/web/status",
      { status: { conditions: [{ type: "Noise", status: "True" }] } },
      MERGE,
    );
    await rig.refresh("status");
    await rig.untilIdle();
    expect(counted(rig.requests.slice(before))).toEqual({});
  });

  test("a hard refresh renders anew, everybody who asked is answered, and a pass that ran before answers nobody", async () => {
    await settled("asked", { "a.yaml": configMap("asked", "a") });
    const rendered = rig.rendered.length;
    const answers = await Promise.all([
      rig.refresh("asked"),
      rig.refresh("asked", "hard"),
      rig.refresh("asked"),
      rig.refresh("asked"),
    ]);
    expect(answers.every(isSynced)).toBe(true);
    expect(rig.rendered.slice(rendered)).toEqual(["asked"]);
  });

  test("who gives up waiting for a refresh is let go", async () => {
    await settled("impatient", { "a.yaml": configMap("impatient", "a") });
    const answer = rig.control.refresh(
      "argocd/impatient" as never,
      "normal",
      AbortSignal.abort(new Error("gone")),
    );
    expect(await endingOf(answer)).toThrow("gone");
    await rig.untilIdle();
  });
});

describe("drift", () => {
  test("is put right from the watch, object by object", async () => {
    await settled("drift", { "a.yaml": configMap("drift", "a"), "b.yaml": configMap("drift", "b") });
    const before = rig.requests.length;
    await set("drift", "a", { key: "edited" });
    await eventually("the edit is undone", async () => (await dataOf("drift", "a"))["key"] === "value");
    const app = await rig.untilSettled("drift");
    await rig.untilIdle();
    expect(app.status?.operationState?.operation.sync?.resources).toEqual([
      expect.objectContaining({ kind: "ConfigMap", name: "a" }),
    ]);
    const { apply, ...others } = counted(rig.requests.slice(before));
    expect(apply).toBe(1);
    // One question to learn what the edit means; none of these is about the other object.
    expect(Object.values(others).reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(3);
  });

  test("an object that was deleted comes back", async () => {
    await settled("deleted", { "a.yaml": configMap("deleted", "a") });
    await world.must("DELETE", configMapPath("deleted", "a"));
    await eventually("it is there again", () => world.find(configMapPath("deleted", "a")));
    await rig.untilSettled("deleted");
  });

  test("is shown and left where self-heal is off", async () => {
    await settled("left", { "a.yaml": configMap("left", "a") }, { spec: { syncPolicy: { automated: {} } } });
    await set("left", "a", { key: "edited" });
    await rig.until("left", (app) => app.status?.sync.status === "OutOfSync");
    await rig.untilIdle();
    expect(await dataOf("left", "a")).toEqual({ key: "edited" });
  });

  test("in fields that nobody wrote into Git is none", async () => {
    await settled("foreign-fields", { "a.yaml": configMap("foreign-fields", "a") });
    await set("foreign-fields", "a", { other: "theirs" });
    await rig.untilIdle();
    await rig.refresh("foreign-fields");
    expect(isSynced(rig.app("foreign-fields"))).toBe(true);
    expect(await dataOf("foreign-fields", "a")).toEqual({ key: "value", other: "theirs" });
  });

  test("somebody who fights for a field slows the heals down, and only those of that field", async () => {
    await settled("fight", { "a.yaml": configMap("fight", "a"), "b.yaml": configMap("fight", "b") });
    const heal = async (name: string, value: string): Promise<void> => {
      await set("fight", name, { key: value });
      await eventually(
        `${name} is healed of ${value}`,
        async () => (await dataOf("fight", name))["key"] === "value",
      );
      await rig.untilIdle();
    };
    await heal("a", "1");
    await heal("a", "2");
    await set("fight", "a", { key: "3" });
    await rig.until("fight", (app) => app.status?.sync.status === "OutOfSync" && isQuiet(app));
    await rig.untilIdle();
    expect(await dataOf("fight", "a")).toEqual({ key: "3" });
    // Another object of the same application is healed at once.
    await heal("b", "1");
    expect(await dataOf("fight", "a")).toEqual({ key: "3" });
    rig.clock.advance(2_000);
    await rig.refresh("fight");
    await eventually(
      "it is healed when its pause is over",
      async () => (await dataOf("fight", "a"))["key"] === "value",
    );
    await rig.untilSettled("fight");
  });
});

describe("ignoreDifferences", () => {
  test("an ignored field is set when the object is made, and then left to whoever writes it", async () => {
    const spec = {
      syncPolicy: AUTOMATED,
      ignoreDifferences: [{ group: "apps", kind: "Deployment", jsonPointers: ["/spec/replicas"] }],
    };
    const repository = await settled(
      "ignored",
      { "web.yaml": deployment({ namespace: "ignored", name: "web", replicas: 2 }) },
      { spec },
    );
    const path = "/apis/apps/v1/namespaces/ignored/deployments/web";
    expect((await world.must("GET", path)).spec.replicas).toBe(2);
    await world.must("PATCH", path, { spec: { replicas: 4 } }, MERGE);
    await rig.untilSettled("ignored");
    await rig.untilIdle();
    const sha = await repository.commit({
      "web.yaml": deployment({
        namespace: "ignored",
        name: "web",
        replicas: 2,
        image: "registry.example.com/web:2",
      }),
    });
    await rig.refresh("ignored");
    await rig.until("ignored", (now) => now.status?.sync.revision === sha && isSettled(now));
    const live = await world.must("GET", path);
    expect(live.spec.replicas).toBe(4);
    expect(live.spec.template.spec.containers[0].image).toBe("registry.example.com/web:2");
  });
});

describe("an object that belongs to another application", () => {
  test("is neither written nor pruned, and both are told", async () => {
    await settled("owner", { "a.yaml": configMap("owner", "shared", { key: "owner's" }) });
    const repository = await world.repository("intruder", {
      "a.yaml": configMap("owner", "shared", { key: "intruder's" }),
      "b.yaml": configMap("owner", "own"),
    });
    rig.place(appOf({ name: "intruder", repository, namespace: "owner" }));
    const app = await rig.until(
      "intruder",
      (now) => conditions(now, "SharedResourceWarning").length > 0 && isQuiet(now),
    );
    expect(conditions(app, "SharedResourceWarning").join()).toContain("owner");
    await rig.untilIdle();
    expect(await dataOf("owner", "shared")).toEqual({ key: "owner's" });
    await repository.commit({ "a.yaml": null });
    await rig.refresh("intruder");
    await rig.untilSettled("intruder");
    expect(await dataOf("owner", "shared")).toEqual({ key: "owner's" });
  });
});
