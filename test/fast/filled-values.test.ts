/** What a secret store gave to an object that is no Secret: on the cluster as it is, and nowhere else where it can be read. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure } from "../../src/core/model/failure.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { Secret } from "../../src/core/model/secret.ts";
import type { Store } from "../../src/core/ports/store.ts";
import { pluginsIn } from "../../src/daemon/declared-plugins.ts";
import { openStore } from "../../src/store/open-store.ts";
import { AUTOMATED, type Repository, type Rig, startRig, startWorld, type World } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { plugin } from "../lib/management-plugin.ts";
import { configMap, deployment } from "../lib/manifests.ts";
import { key, pruned, undo, undoable } from "../lib/undos.ts";

const [FIRST, SECOND] = ["canary-one-of-the-store", "canary-two-of-the-store"];
let world: World, rig: Rig, folder: string, store: Store;
let value: unknown;
let vault: ReturnType<typeof Bun.serve>;

beforeEach(async () => {
  value = FIRST;
  folder = mkdtempSync(join(tmpdir(), "holdfast-filled-"));
  vault = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: () => Response.json({ data: { data: { key: value } } }),
  });
  world = await startWorld();
  await restart();
});
afterEach(async () => {
  await rig.stop();
  store.close();
  await vault.stop(true);
  await world.stop();
  rmSync(folder, { recursive: true });
});

async function restart(): Promise<void> {
  const { renderers } = await pluginsIn(
    {
      plugins: [],
      configManagementPlugins: [
        { ...plugin(""), name: "filled", makes: { by: "renderer", renderer: "directory" }, secretStore: "v" },
      ],
      secretStores: [
        {
          ...{ name: "v", address: `http://127.0.0.1:${vault.port}`, namespace: "" },
          login: { by: "token", token: new Secret("t") },
          ...{ kvVersion: "2", paths: [] },
        },
      ],
    },
    "test",
  );
  store = openStore(join(folder, "data"));
  rig = await startRig(world, { store, renderers: renderers.filter(({ from }) => from === "operator") });
}

const PLACEHOLDER = "<path:secret/data/app#key>";
const web = (namespace: string): KubeObject => {
  const made = deployment({ namespace, name: "web" });
  const { template } = made.spec as { template: { spec: { containers: Record<string, unknown>[] } } };
  for (const container of template.spec.containers)
    container["env"] = [
      { name: "PLAIN", value: "plain" },
      { name: "TOKEN", value: `x-${PLACEHOLDER}` },
    ];
  return made;
};

async function placed(name: string): Promise<Repository> {
  const repository = await rig.placeNew(
    name,
    {
      ".argocd-source.yaml": "plugin: { name: filled }\n",
      "keep.yaml": configMap(name, "keep"),
      "a.yaml": configMap(name, "a", { password: PLACEHOLDER, plain: "plain" }),
      "web.yaml": web(name),
    },
    { spec: { syncPolicy: AUTOMATED } },
  );
  await rig.untilSettled(name);
  await rig.untilIdle();
  return repository;
}

/** Everything that anybody can read, and every file of ours. */
async function shown(name: string): Promise<string> {
  const told = [
    rig.app(name),
    await rig.control.manifests(key(name)),
    await rig.control.managedResources(key(name)),
    rig.control.resourceTree(key(name)),
    rig.control.deleted(key(name)),
    await undoable(rig, name),
    rig.store.runs({ app: key(name), limit: 50 }),
    rig.store.records(key(name)),
    rig.log.lines,
  ];
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => readFileSync(join(file.parentPath, file.name), "latin1"));
  return [JSON.stringify(told), ...files].join("\n");
}

test("it is masked in every diff and answer, before the first sync and when it changes, and only it", async () => {
  const repository = await placed("shown");
  const live = await world.must("GET", "/api/v1/namespaces/shown/configmaps/a");
  expect(live.data).toEqual({ password: FIRST, plain: "plain" });
  expect(await shown("shown")).not.toContain("canary");
  // A value that rotated, and what somebody else changed: neither the old nor the new one is shown, but that it changed is.
  value = SECOND;
  await repository.commit({
    "a.yaml": configMap("shown", "a", { password: `${PLACEHOLDER}!`, plain: "new" }),
  });
  await rig.refresh("shown");
  await rig.until("shown", ({ status }) => status?.sync.status === "Synced" && status.history?.length === 2);
  await rig.untilIdle();
  const text = await shown("shown");
  expect(text).not.toContain("canary");
  expect(text).toContain("plain");
  expect((await world.must("GET", "/api/v1/namespaces/shown/configmaps/a")).data).toEqual({
    password: `${SECOND}!`,
    plain: "new",
  });
});

test("what a prune took of it is kept in memory alone, comes back whole, and after a restart is said to be lost", async () => {
  const repository = await placed("pruned");
  await pruned(rig, repository, "pruned", "a.yaml");
  expect(await shown("pruned")).not.toContain("canary");
  expect(JSON.stringify(rig.store.runs({ app: key("pruned"), limit: 5 }))).toContain(
    "until the daemon is restarted: what a secret store gave is kept in no file",
  );
  expect(await undoable(rig, "pruned")).toMatchObject({ "ConfigMap/a": { can: "yes" } });
  expect(await undo(rig, "pruned")).toMatchObject({ phase: "Succeeded" });
  expect((await world.must("GET", "/api/v1/namespaces/pruned/configmaps/a")).data?.password).toBe(FIRST);
  await pruned(rig, repository, "pruned", "web.yaml");
  await rig.stop();
  store.close();
  await restart();
  await rig.untilIdle();
  const after = store.keptNotes(key("pruned"));
  expect(after.map(({ ref, holds }) => [ref.kind, holds])).toContainEqual(["Deployment", "secrets"]);
  expect(store.keptObjects(key("pruned")).filter(({ content }) => content !== undefined)).toEqual([]);
});

test("it is masked in what is made of it: Pods of a Deployment, Jobs of a CronJob, and in what is done to them", async () => {
  const containers = (web("made").spec as { template: { spec: object } }).template.spec;
  await rig.placeNew(
    "made",
    {
      ".argocd-source.yaml": "plugin: { name: filled }\n",
      "web.yaml": web("made"),
      "cron.yaml": {
        ...{ apiVersion: "batch/v1", kind: "CronJob", metadata: { name: "nightly", namespace: "made" } },
        spec: {
          schedule: "0 3 * * *",
          jobTemplate: { spec: { template: { spec: { ...containers, restartPolicy: "Never" } } } },
        },
      } as KubeObject,
    },
    { spec: { syncPolicy: AUTOMATED } },
  );
  await rig.until("made", ({ status }) => status?.sync.status === "Synced", 20_000);
  await rig.control.act(key("made"), {
    ref: { group: "batch", kind: "CronJob", namespace: "made", name: "nightly" },
    ...{ action: "create-job", actor: "user:ann" },
  });
  const kinds = ["ReplicaSet", "Pod", "Job"];
  const below = () => {
    const tree = rig.control.resourceTree(key("made"));
    return tree.is === "found" ? tree.value.filter(({ ref }) => kinds.includes(ref.kind)) : [];
  };
  await eventually("they are there", () =>
    kinds.every((kind) => below().some(({ ref }) => ref.kind === kind)),
  );
  for (const { ref } of below()) {
    const found = await rig.control.liveObject(key("made"), ref);
    const text = JSON.stringify(found);
    expect([ref.kind, text.includes("canary"), text.includes("++++++++")]).toEqual([ref.kind, false, true]);
    expect(text).toContain("image");
    const patch = { metadata: { labels: { looked: "at" } } };
    const ask = { ref, how: "merge", patch, actor: "user:ann" } as const;
    // Its status is written at the same moments.
    await eventually("it is patched", async () => {
      const edited = await rig.control
        .patchObject(key("made"), ask)
        .catch((cause: unknown) => cause as Failure);
      if (edited instanceof Failure && edited.code === "conflict") return false;
      expect(JSON.stringify(edited)).toContain('"is":"patched"');
      expect(JSON.stringify(edited)).not.toContain("canary");
      return true;
    });
  }
  expect(JSON.stringify(rig.control.audits({ app: key("made"), limit: 50 }))).not.toContain("canary");
}, 60_000);

test("a refusal of the API server does not repeat it", async () => {
  await rig.placeNew(
    "wrong",
    {
      ".argocd-source.yaml": "plugin: { name: filled }\n",
      "s.yaml": {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "s", namespace: "wrong" },
        spec: { ports: [{ port: PLACEHOLDER as never }] },
      },
    },
    { spec: { syncPolicy: AUTOMATED } },
  );
  await rig.until("wrong", ({ status }) => JSON.stringify(status ?? {}).includes("refuses Service"));
  const text = await shown("wrong");
  expect(text).toContain("the value has the wrong type");
  expect(text).not.toContain("canary");
});
