/** Actions on single objects: what they write, whose it is afterwards, and what keeps them from it. */
import { beforeAll, describe, expect, test } from "bun:test";
import type { AppKey } from "../../src/core/model/application.ts";
import { Failure } from "../../src/core/model/failure.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { ActionRefused, type ActionWrite } from "../../src/core/model/resource-action.ts";
import { waitsForSomebody } from "../../src/core/model/suspended-hook.ts";
import type { Cluster } from "../../src/core/ports/cluster.ts";
import type { UserActionsOf } from "../../src/core/ports/user-actions.ts";
import { endingOf, rejectionOf } from "../lib/ending-of.ts";
import {
  isSettled,
  type Placed,
  type Repository,
  type Rig,
  sharedWorld,
  type World,
} from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath, crd, deployment } from "../lib/manifests.ts";

let world: World;
const users = new Map<string, UserActionsOf>();
const start = sharedWorld((it) => {
  world = it;
});

const key = (name: string): AppKey => `argocd/${name}` as AppKey;
const webIn = (namespace: string) => ({ group: "apps", kind: "Deployment", namespace, name: "web" });
const path = (namespace: string): string => `/apis/apps/v1/namespaces/${namespace}/deployments/web`;

async function placed(
  name: string,
  more: Partial<Placed> = {},
  options: Parameters<typeof start>[0] = {},
): Promise<{ rig: Rig; repository: Repository }> {
  const rig = await start({ ...options, userActions: { of: ({ kind }) => users.get(kind) } });
  const repository = await rig.placeNew(
    name,
    {
      "web.yaml": deployment({ namespace: name, name: "web" }),
      "map.yaml": configMap(name, "settings", { key: "value" }),
    },
    more,
  );
  await rig.untilSettled(name);
  await rig.untilIdle();
  return { rig, repository };
}

const act = (rig: Rig, name: string, action: string, parameters?: Record<string, string>) =>
  rig.control.act(key(name), {
    ref: webIn(name),
    action,
    actor: "user:test",
    ...(parameters === undefined ? {} : { parameters }),
  });

beforeAll(() => users.clear());

describe("an action on an object of an application that heals itself", () => {
  test("restart: the Pods' template gets its annotation, by a name of its own, and stays; nothing is out of sync", async () => {
    const { rig } = await placed("restart");
    const before = await world.must("GET", path("restart"));
    const acted = await act(rig, "restart", "restart");
    expect(acted).toEqual({
      is: "acted",
      done: [{ ref: webIn("restart"), did: "changed", fields: ["spec.template.metadata.annotations"] }],
    });
    const after = await world.must("GET", path("restart"));
    expect(after.metadata.generation).toBe(before.metadata.generation + 1);
    const stamp = after.spec.template.metadata.annotations["kubectl.kubernetes.io/restartedAt"];
    expect(Number.isNaN(Date.parse(stamp))).toBe(false);
    const entry = after.metadata.managedFields.find(
      ({ manager }: { manager: string }) => manager === "holdfast-action",
    );
    expect(JSON.stringify(entry.fieldsV1)).toContain("f:kubectl.kubernetes.io/restartedAt");
    await rig.untilSettled("restart");
    await rig.refresh("restart");
    await rig.untilIdle();
    const later = await world.must("GET", path("restart"));
    expect(later.spec.template.metadata.annotations["kubectl.kubernetes.io/restartedAt"]).toBe(stamp);
    expect(rig.store.runs({ limit: 10 })).toHaveLength(1);
    expect(rig.store.audits({ app: key("restart"), limit: 1 })).toMatchObject([
      {
        actor: "user:test",
        action: "action restart",
        details: {
          object: "apps/Deployment restart/web",
          done: ["changed apps/Deployment restart/web spec.template.metadata.annotations"],
        },
      },
    ]);
  });

  test("what it would do is told as the server would have it, and nothing is kept or noted", async () => {
    const { rig } = await placed("rehearsed");
    const before = await world.must("GET", path("rehearsed"));
    const acted = await rig.control.act(key("rehearsed"), {
      ...{ ref: webIn("rehearsed"), action: "restart", mode: "dry-run", actor: "user:test" },
    });
    expect(acted).toMatchObject({
      is: "acted",
      done: [
        {
          ref: webIn("rehearsed"),
          did: "changed",
          fields: ["spec.template.metadata.annotations"],
          changes: [{ path: expect.stringContaining("spec.template.metadata.annotations") }],
        },
      ],
    });
    const after = await world.must("GET", path("rehearsed"));
    expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
    expect(rig.store.audits({ app: key("rehearsed"), limit: 10 })).toEqual([]);
    // What would be put back at once is refused here already.
    const scaled = await rig.control.act(key("rehearsed"), {
      ...{ ref: webIn("rehearsed"), action: "scale", parameters: { replicas: "7" } },
      ...{ mode: "dry-run", actor: "user:test" },
    });
    expect(scaled.is).toBe("would-be-undone");
  });

  test("a suspended hook is resumed, and its sync goes on: no heal puts back what is compared with nothing", async () => {
    const rig = await start();
    const hook = {
      ...{ apiVersion: "batch/v1", kind: "Job" },
      metadata: {
        name: "approve",
        namespace: "waits",
        annotations: { "argocd.argoproj.io/hook": "PreSync" },
      },
      spec: {
        suspend: true,
        template: { spec: { restartPolicy: "Never", containers: [{ name: "ok", image: "ok:1" }] } },
      },
    };
    await rig.placeNew("waits", {
      "hook.yaml": JSON.stringify(hook),
      "map.yaml": configMap("waits", "settings", { key: "value" }),
    });
    const run = () => rig.app("waits").status?.operationState;
    await eventually("it waits for somebody", async () => waitsForSomebody(run()?.message ?? ""));
    const acted = await rig.control.act(key("waits"), {
      ref: { group: "batch", kind: "Job", namespace: "waits", name: "approve" },
      ...{ action: "resume", actor: "user:test" },
    });
    expect(acted).toMatchObject({ is: "acted", done: [{ did: "changed", fields: ["spec.suspend"] }] });
    await rig.untilSettled("waits");
    expect(run()?.phase).toBe("Succeeded");
  });

  test("a field that Git sets is not touched where it would be put back at once; one that is left to others is", async () => {
    const { rig } = await placed("scaled");
    const before = await world.must("GET", path("scaled"));
    expect(await act(rig, "scaled", "scale", { replicas: "7" })).toEqual({
      is: "would-be-undone",
      object: "apps/Deployment scaled/web",
      cannot: "scale",
      why: "Git sets spec.replicas, and self-heal would put it back at once",
      fix: "Change it in Git and commit, or name the field in spec.ignoreDifferences to leave it to others",
    });
    expect((await world.must("GET", path("scaled"))).metadata.resourceVersion).toBe(
      before.metadata.resourceVersion,
    );
    expect(rig.store.audits({ app: key("scaled"), limit: 10 })).toEqual([]);

    const { rig: other } = await placed("left", {
      spec: { ignoreDifferences: [{ group: "apps", kind: "Deployment", jsonPointers: ["/spec/replicas"] }] },
    });
    expect(await act(other, "left", "scale", { replicas: "3" })).toMatchObject({ is: "acted" });
    await other.until("left", isSettled);
    await other.refresh("left");
    await other.untilIdle();
    expect((await world.must("GET", path("left"))).spec.replicas).toBe(3);
  });

  test("of an application that does not heal itself it is done, and shown as a difference", async () => {
    const { rig } = await placed("manual", { spec: { syncPolicy: { automated: { prune: true } } } });
    expect(await act(rig, "manual", "scale", { replicas: "4" })).toMatchObject({ is: "acted" });
    expect((await world.must("GET", path("manual"))).spec.replicas).toBe(4);
    await rig.until("manual", (app) => app.status?.sync.status === "OutOfSync");
  });
});

describe("which objects, and which actions", () => {
  test("an object of another application, of nobody, or one that is gone is not found, and not written", async () => {
    const { rig } = await placed("mine");
    await rig.placeNew("theirs", { "web.yaml": deployment({ namespace: "theirs", name: "web" }) });
    await rig.untilSettled("theirs");
    await world.must("POST", "/api/v1/namespaces/mine/configmaps", configMap("mine", "nobodys"));
    for (const ref of [
      webIn("theirs"),
      { group: "", kind: "ConfigMap", namespace: "mine", name: "nobodys" },
      { group: "", kind: "Namespace", namespace: "", name: "mine" },
      { ...webIn("mine"), name: "gone" },
    ]) {
      const before = await world.find(path("theirs"));
      const outcome = rig.control.act(key("mine"), { ref, action: "restart", actor: "user:test" });
      expect(await rejectionOf(outcome)).toMatchObject({ code: "not-found" });
      expect(await rejectionOf(rig.control.actions(key("mine"), ref))).toMatchObject({ code: "not-found" });
      expect((await world.find(path("theirs"))).metadata.resourceVersion).toBe(
        before.metadata.resourceVersion,
      );
    }
    expect(
      await rig.control.act(key("nosuch"), { ref: webIn("mine"), action: "restart", actor: "user:test" }),
    ).toEqual({
      is: "absent",
    });
  });

  test("what descends from its objects may be acted on; what the kind has not is told with what it has", async () => {
    const { rig } = await placed("tree");
    const tree = rig.control.resourceTree(key("tree"));
    const pod = tree.is === "found" ? tree.value.find(({ ref }) => ref.kind === "Pod") : undefined;
    expect(await rig.control.actions(key("tree"), pod?.ref ?? webIn("tree"))).toEqual({
      is: "found",
      value: [],
    });
    expect(await endingOf(act(rig, "tree", "promote-full"))).toThrow(
      "apps/Deployment tree/web: cannot promote-full: Deployment has no such action; it has restart, pause, resume, scale",
    );
    expect(await endingOf(act(rig, "tree", "scale", { replicas: "x" }))).toThrow(
      "replicas must be a whole number",
    );
    const offered = await rig.control.actions(key("tree"), webIn("tree"));
    expect(offered.is === "found" ? offered.value.map(({ name }) => name) : []).toEqual([
      "restart",
      "pause",
      "resume",
      "scale",
    ]);
  });

  test("a project that does not permit the kind permits no action on it", async () => {
    const { rig } = await placed("denied");
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
    const before = await world.must("GET", path("denied"));
    expect(await rejectionOf(act(rig, "denied", "restart"))).toMatchObject({ code: "forbidden" });
    expect((await world.must("GET", path("denied"))).metadata.resourceVersion).toBe(
      before.metadata.resourceVersion,
    );
  });
});

describe("others at the same moment", () => {
  /** The cluster, with something done before each of the first `times` patches. */
  function interrupted(cluster: Cluster, times: number, before: () => Promise<unknown>): Cluster {
    let left = times;
    return {
      ...cluster,
      for: (errand) => {
        const objects = cluster.for(errand);
        return Object.assign(Object.create(objects) as typeof objects, {
          patch: async (...asked: Parameters<typeof objects.patch>) => {
            if (asked[3]?.fieldManager === "holdfast-action" && left-- > 0) await before();
            return objects.patch(...asked);
          },
        });
      },
    };
  }

  test("an object that changed since it was read is read again; neither change is lost", async () => {
    const { rig } = await placed("raced", { spec: { syncPolicy: { automated: { prune: true } } } });
    const label = (value: string) =>
      world.must(
        "PATCH",
        path("raced"),
        { metadata: { labels: { other: value } } },
        "application/merge-patch+json",
      );
    let count = 0;
    rig.clusters[0] = interrupted(rig.cluster, 2, () => label(String(++count)));
    rig.engine.settingsChanged();
    await rig.untilIdle();
    expect(await act(rig, "raced", "restart")).toMatchObject({ is: "acted" });
    const after = await world.must("GET", path("raced"));
    expect(after.metadata.labels.other).toBe("2");
    expect(after.spec.template.metadata.annotations).toHaveProperty(["kubectl.kubernetes.io/restartedAt"]);
  });

  test("one that changed between its spec and its status: what is left is done, and told with the rest", async () => {
    const name = "halved";
    const open = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
    const definition = crd({ group: "argoproj.io", kind: "Rollout", plural: "rollouts" });
    const spec = definition["spec"] as { versions: Record<string, unknown>[] };
    const schema = { openAPIV3Schema: { type: "object", properties: { spec: open, status: open } } };
    const rig = await start();
    await rig.placeNew(name, {
      "definition.yaml": {
        ...definition,
        spec: { ...spec, versions: spec.versions.map((one) => ({ ...one, schema })) },
      },
      "rollout.yaml": { apiVersion: "argoproj.io/v1", kind: "Rollout", metadata: { name: "web" }, spec: {} },
    });
    await rig.until(name, ({ status }) => status?.sync.status === "Synced");
    const rollout = `/apis/argoproj.io/v1/namespaces/${name}/rollouts/web`;
    const merge = (body: unknown, at = rollout) =>
      world.must("PATCH", at, body, "application/merge-patch+json");
    await merge({ status: { pauseConditions: [{ reason: "CanaryPauseStep" }] } }, `${rollout}/status`);
    let count = 0;
    rig.clusters[0] = interrupted(rig.cluster, 10, async () => {
      // The controller answers the first of the two writes.
      if (++count === 2) await merge({ status: { observedGeneration: "2" } }, `${rollout}/status`);
    });
    rig.engine.settingsChanged();
    await rig.untilIdle();
    const ref = { group: "argoproj.io", kind: "Rollout", namespace: name, name: "web" };
    expect(await rig.control.act(key(name), { ref, action: "resume", actor: "user:test" })).toEqual({
      is: "acted",
      done: [{ ref, did: "changed", fields: ["spec.paused", "status.pauseConditions"] }],
    });
    expect(count).toBe(3);
    const after = await world.must("GET", rollout);
    expect(after.spec).toEqual({ paused: false });
    expect(after.status).toEqual({ observedGeneration: "2" });
  });

  test("one that never rests is a conflict after five tries, and nothing is written", async () => {
    const { rig } = await placed("restless", { spec: { syncPolicy: { automated: { prune: true } } } });
    let count = 0;
    rig.clusters[0] = interrupted(rig.cluster, 100, () =>
      world.must(
        "PATCH",
        path("restless"),
        { metadata: { labels: { other: String(++count) } } },
        "application/merge-patch+json",
      ),
    );
    rig.engine.settingsChanged();
    await rig.untilIdle();
    const error = await act(rig, "restless", "restart").catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(Failure);
    expect((error as Failure).code).toBe("conflict");
    expect(count).toBe(5);
    expect((await world.must("GET", path("restless"))).spec.template.metadata.annotations).toBeUndefined();
  });
});

describe("actions that an operator wrote", () => {
  function widgets(more: Partial<UserActionsOf>): UserActionsOf {
    return {
      builtIns: "replaced",
      offered: async () => [{ name: "touch", says: "", parameters: [] }],
      run: async () => undefined,
      ...more,
    };
  }
  const mapOf = (namespace: string) => ({ group: "", kind: "ConfigMap", namespace, name: "settings" });
  async function withScript(name: string, run: (object: KubeObject) => ActionWrite[]): Promise<Rig> {
    const { rig } = await placed(name);
    const found = await world.must("GET", configMapPath(name, "settings"));
    users.set(
      "ConfigMap",
      widgets({ run: async (asked) => (asked === "touch" ? run(structuredClone(found)) : undefined) }),
    );
    return rig;
  }
  const touch = (rig: Rig, name: string) =>
    rig.control.act(key(name), { ref: mapOf(name), action: "touch", actor: "user:test" });

  test("what would be made of an object that holds secrets is named, and not shown", async () => {
    const rig = await withScript("hides", () => [
      { do: "create", object: configMap("hides", "made", { of: "canary-of-the-store" }) },
    ]);
    const rehearsed = () =>
      rig.control.act(key("hides"), {
        ...{ ref: mapOf("hides"), action: "touch", mode: "dry-run", actor: "user:test" },
      });
    expect(JSON.stringify(await rehearsed())).toContain("canary-of-the-store");
    const annotations = { "holdfast/filled-in": "/data/key" };
    const at = configMapPath("hides", "settings");
    await world.must("PATCH", at, { metadata: { annotations } }, "application/merge-patch+json");
    // As the server has it now, whatever is watched.
    expect(await rehearsed()).toEqual({
      is: "acted",
      done: [{ ref: { ...mapOf("hides"), name: "made" }, did: "created", fields: [] }],
    });
  });

  test("a change and a new object; both are said", async () => {
    const rig = await withScript("script", (object) => {
      object.metadata.labels = { touched: "yes" };
      return [
        { do: "change", after: object },
        { do: "create", object: configMap("script", "made", { from: "an action" }) },
      ];
    });
    expect(await touch(rig, "script")).toEqual({
      is: "acted",
      done: [
        { ref: mapOf("script"), did: "changed", fields: ["metadata.labels"] },
        { ref: { ...mapOf("script"), name: "made" }, did: "created", fields: [] },
      ],
    });
    expect((await world.must("GET", configMapPath("script", "settings"))).metadata.labels.touched).toBe(
      "yes",
    );
    await eventually("the new one is there", async () => world.hasConfigMap("script", "made"));
  });

  test.each<[string, (object: KubeObject) => ActionWrite[], string]>(
    [
      [
        "another object in its place",
        (object: KubeObject) => [
          { do: "change", after: { ...object, metadata: { ...object.metadata, name: "other" } } },
        ],
        "would write v1 ConfigMap hostile-0/other in its place",
      ],
      [
        "what is the server's",
        (object: KubeObject) => [
          { do: "change", after: { ...object, metadata: { ...object.metadata, uid: "mine" } } },
        ],
        "would write metadata.uid, which is the server's",
      ],
      [
        "a failure of its own",
        () => {
          throw new ActionRefused("the script failed: no way");
        },
        "no way",
      ],
      [
        "an object that the server refuses",
        () => [
          {
            do: "create",
            object: {
              apiVersion: "v1",
              kind: "ConfigMap",
              metadata: { name: "NOT A NAME", namespace: "hostile-3" },
            },
          },
        ],
        "NOT A NAME",
      ],
      [
        "a kind that there is not",
        () => [
          {
            do: "create",
            object: {
              apiVersion: "nosuch.example.com/v1",
              kind: "Thing",
              metadata: { name: "x", namespace: "hostile-4" },
            },
          },
        ],
        "no kind Thing",
      ],
    ].map(([what, run, why], at) => [`hostile-${at} ${what as string}`, run, why] as never),
  )("%s is refused with its reason", async (what, run, why) => {
    const name = what.split(" ")[0] ?? "";
    const rig = await withScript(name, run);
    const before = await world.must("GET", configMapPath(name, "settings"));
    expect(await endingOf(touch(rig, name))).toThrow(why);
    expect((await world.must("GET", configMapPath(name, "settings"))).metadata.resourceVersion).toBe(
      before.metadata.resourceVersion,
    );
  });

  test("where one of two objects would be refused, none is written", async () => {
    const rig = await withScript("both", (object) => [
      { do: "change", after: { ...object, metadata: { ...object.metadata, labels: { touched: "yes" } } } },
      { do: "create", object: configMap("both", "made") },
      { do: "create", object: configMap("nowhere-to-be-found", "made") },
    ]);
    const before = await world.must("GET", configMapPath("both", "settings"));
    expect(await endingOf(touch(rig, "both"))).toThrow("nowhere-to-be-found");
    expect((await world.must("GET", configMapPath("both", "settings"))).metadata.resourceVersion).toBe(
      before.metadata.resourceVersion,
    );
    expect(await world.hasConfigMap("both", "made")).toBe(false);
  });

  test("what was written before the rest of it was refused is in the audit", async () => {
    const name = "cut-short";
    const rig = await withScript(name, (object) => [
      { do: "change", after: { ...object, metadata: { ...object.metadata, labels: { touched: "yes" } } } },
      { do: "create", object: configMap(name, "first") },
      { do: "create", object: configMap(name, "second") },
    ]);
    const { cluster } = rig;
    rig.clusters[0] = {
      ...cluster,
      for: (errand) => {
        const objects = cluster.for(errand);
        return Object.assign(Object.create(objects) as typeof objects, {
          patch: (...asked: Parameters<typeof objects.patch>) => objects.patch(...asked),
          // A quota that was used up in this very moment.
          create: async (...[object, mode]: Parameters<typeof objects.create>) =>
            mode === "write" && object.metadata.name === "second"
              ? { is: "refused", status: 403, reason: "Forbidden", message: "exceeded quota", causes: [] }
              : objects.create(object, mode),
        });
      },
    };
    rig.engine.settingsChanged();
    await rig.untilIdle();
    expect(await endingOf(touch(rig, name))).toThrow("second: exceeded quota");
    expect(rig.store.audits({ app: key(name), limit: 1 })).toMatchObject([
      {
        actor: "user:test",
        action: "action touch",
        details: {
          done: [`changed ConfigMap ${name}/settings metadata.labels`, `created ConfigMap ${name}/first`],
          cutShort: true,
        },
      },
    ]);
  });

  test("a brake that is pulled in between stops what is not written yet, and says so", async () => {
    const name = "braked";
    const rig = await withScript(name, () => [
      { do: "create", object: configMap(name, "first") },
      { do: "create", object: configMap(name, "second") },
    ]);
    const { cluster } = rig;
    rig.clusters[0] = {
      ...cluster,
      for: (errand) => {
        const objects = cluster.for(errand);
        return Object.assign(Object.create(objects) as typeof objects, {
          create: async (...[object, mode]: Parameters<typeof objects.create>) => {
            const made = await objects.create(object, mode);
            if (mode === "write") rig.control.pause({ of: "writes", why: "stop", actor: "user:test" });
            return made;
          },
        });
      },
    };
    rig.engine.settingsChanged();
    await rig.untilIdle();
    expect(await endingOf(touch(rig, name))).toThrow(/cannot touch: .*paused/);
    rig.control.resume({ why: "over", actor: "user:test" });
    expect([await world.hasConfigMap(name, "first"), await world.hasConfigMap(name, "second")]).toEqual([
      true,
      false,
    ]);
    expect(rig.store.audits({ app: key(name), limit: 5 })).toContainEqual(
      expect.objectContaining({
        action: "action touch",
        details: expect.objectContaining({ done: [`created ConfigMap ${name}/first`], cutShort: true }),
      }),
    );
  });

  test("a field that Git sets is not written by a script either", async () => {
    const rig = await withScript("scripted", (object) => [
      { do: "change", after: { ...object, data: { key: "another" } } },
    ]);
    expect(await touch(rig, "scripted")).toMatchObject({
      is: "would-be-undone",
      why: expect.stringContaining("data.key"),
    });
  });
});
