/** Undo on the real control plane: what a prune deleted comes back as it was, through kill -9, and is not pruned again. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath, deployment } from "../lib/manifests.ts";
import {
  conditions,
  isQuiet,
  isSynced,
  MERGE,
  type Placed,
  type Shown,
  type Stage,
  startStage,
  yaml,
} from "../lib/stage.ts";

setDefaultTimeout(120_000);

let stage: Stage;
beforeAll(async () => {
  stage = await startStage({ config: "prune: { confirmKinds: [] }\n" });
}, 120_000);
afterAll(() => stage?.stop(), 60_000);

async function killAndRestart(): Promise<void> {
  await stage.daemon.kill("SIGKILL");
  await stage.daemon.restart();
}

const undo = async (...args: string[]) => {
  const ran = await stage.daemon.cli("app", "undo", ...args);
  return { ...ran, said: `${ran.stdout}${ran.stderr}` };
};

/** Takes files out of Git and waits until nothing runs any more. */
async function pruneOf(app: Placed, ...files: string[]): Promise<Shown> {
  const sha = await app.commit(Object.fromEntries(files.map((file) => [file, null])));
  return app.until((now) => now.status.sync.revision === sha && isSynced(now) && isQuiet(now));
}

const results = (app: Shown): Record<string, string> =>
  Object.fromEntries(
    app.status.operationState.syncResult.resources.map((one: Shown) => [
      `${one.kind}/${one.name}`,
      one.message,
    ]),
  );

describe("an application whose files were taken out by mistake", () => {
  const NAME = "mistake";
  const at = {
    web: `/apis/apps/v1/namespaces/${NAME}/deployments/web`,
    front: `/api/v1/namespaces/${NAME}/services/front`,
    disk: `/api/v1/namespaces/${NAME}/persistentvolumeclaims/disk`,
    job: `/apis/batch/v1/namespaces/${NAME}/jobs/once`,
    settings: configMapPath(NAME, "settings"),
    password: `/api/v1/namespaces/${NAME}/secrets/password`,
  };
  const objects: Record<string, unknown> = {
    web: deployment({ namespace: NAME, name: "web" }),
    front: {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "front", namespace: NAME },
      spec: { type: "NodePort", selector: { app: "web" }, ports: [{ name: "http", port: 80 }] },
    },
    disk: {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: "disk", namespace: NAME },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    },
    job: {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "once", namespace: NAME },
      spec: {
        template: {
          spec: {
            restartPolicy: "Never",
            containers: [{ name: "c", image: "registry.example.com/once:1" }],
          },
        },
      },
    },
    settings: configMap(NAME, "settings", { mode: "careful" }),
    password: {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "password", namespace: NAME },
      stringData: { password: "swordfish" },
    },
  };
  let app: Placed;
  beforeAll(async () => {
    app = await stage.place({
      name: NAME,
      files: {
        "stays.yaml": yaml(configMap(NAME, "stays")),
        ...Object.fromEntries(
          Array.from({ length: 8 }, (_, index) => [
            `other-${index}.yaml`,
            yaml(configMap(NAME, `other-${index}`)),
          ]),
        ),
        ...Object.fromEntries(
          Object.entries(objects).map(([name, object]) => [`${name}.yaml`, yaml(object)]),
        ),
      },
      spec: {
        syncPolicy: { automated: { prune: true, selfHeal: true } },
        ignoreDifferences: [{ group: "apps", kind: "Deployment", jsonPointers: ["/spec/replicas"] }],
      },
    });
    await app.until(
      (now) => isSynced(now) && isQuiet(now) && now.status.operationState?.phase === "Succeeded",
    );
    // An autoscaler's number, and a note that somebody left.
    await stage.must("PATCH", `${at.web}?fieldManager=autoscaler`, { spec: { replicas: 5 } }, MERGE);
    await stage.must("PATCH", at.settings, { metadata: { labels: { noted: "by-hand" } } }, MERGE);
  }, 120_000);

  test("a dry run of the prune says of each object whether it can come back", async () => {
    await app.edit((spec) => {
      spec.spec.syncPolicy = {};
    });
    await app.commit(Object.fromEntries(Object.keys(objects).map((name) => [`${name}.yaml`, null])));
    const state = await app.sync({ prune: true, dryRun: true });
    const said = results({ status: { operationState: state } });
    expect(said["ConfigMap/settings"]).toBe("dry run: would be pruned. App undo can make it again");
    expect(said["PersistentVolumeClaim/disk"]).toContain("without the data of the old one");
    expect(said["Secret/password"]).toContain("until the daemon is restarted");
    for (const path of Object.values(at)) expect(await stage.find(path)).toBeDefined();
  });

  test("all of it comes back by one command, through a kill -9 between; but for the Secret, and that is said", async () => {
    await app.edit((spec) => {
      spec.spec.syncPolicy = { automated: { prune: true, selfHeal: true } };
    });
    await eventually(
      "they are gone",
      async () =>
        (await Promise.all(Object.values(at).map((path) => stage.find(path)))).every(
          (one) => one === undefined,
        ),
      60_000,
    );
    await app.until((now) => isSynced(now) && isQuiet(now));
    expect((await stage.daemon.cli("app", "get", NAME)).stdout).toContain(
      `can be made again: holdfast app undo argocd/${NAME}`,
    );
    await killAndRestart();
    await app.until((now) => now.status?.sync?.status === "Synced" && isQuiet(now));

    const { code, said } = await undo(NAME, "--yes");
    expect(said).toContain("ConfigMap/settings");
    expect(said).toMatch(/Secret\/password +cannot be +the values of a Secret are kept in no file/);
    expect([code, said]).toEqual([0, expect.stringContaining("made 5 objects again")]);

    const web: Shown = await stage.must("GET", at.web);
    expect(web.spec.replicas).toBe(5);
    const manager = (name: string) => web.metadata.managedFields.find((one: Shown) => one.manager === name);
    expect(JSON.stringify(manager("holdfast-undo").fieldsV1)).toContain("f:replicas");
    const settings = await stage.must("GET", at.settings);
    expect([settings.data, settings.metadata.labels]).toEqual([{ mode: "careful" }, { noted: "by-hand" }]);
    expect((await stage.must("GET", at.front)).spec.ports[0].nodePort).toBeGreaterThan(0);
    expect((await stage.must("GET", at.disk)).spec.volumeName ?? "").toBe("");
    expect(
      (await stage.must("GET", at.job)).spec.template.metadata.labels["batch.kubernetes.io/job-name"],
    ).toBe("once");
    expect(await stage.find(at.password)).toBeUndefined();
    expect(JSON.stringify(await dataFolder())).not.toContain(Buffer.from("swordfish").toString("base64"));
  });

  test("no later sync prunes it, which app get explains; self-heal goes on for the others", async () => {
    const sha = await app.commit({ "new.yaml": yaml(configMap(NAME, "new")) });
    await app.until((now) => now.status.history?.at(-1)?.revision === sha && isSynced(now) && isQuiet(now));
    await stage.must("PATCH", configMapPath(NAME, "stays"), { data: { key: "edited" } }, MERGE);
    await eventually(
      "it is healed",
      async () => (await stage.must("GET", configMapPath(NAME, "stays"))).data.key !== "edited",
    );
    const now = await app.refresh();
    expect(conditions(now, "UndoWarning")[0]).toMatch(
      /^Made again by an undo, and not in Git: .* and 4 more\./,
    );
    expect((await stage.daemon.cli("app", "get", NAME)).stdout).toContain("Made again by an undo");
    for (const path of [at.web, at.front, at.disk, at.job, at.settings])
      expect(await stage.find(path)).toBeDefined();
  });

  test("Git has it again: the marks go, an autoscaler's number stays; undone twice says that it is there", async () => {
    const again = await undo(NAME, "--yes");
    expect([again.code, again.said]).toEqual([
      7,
      expect.stringContaining("None of them can be made again now"),
    ]);
    expect(again.said).toMatch(/ConfigMap\/settings +need not be +it was made again already/);
    const sha = await app.commit({
      "web.yaml": yaml(objects["web"]),
      "settings.yaml": yaml(objects["settings"]),
    });
    await app.until((now) => now.status.history?.at(-1)?.revision === sha && isSynced(now) && isQuiet(now));
    const [web, settings] = [await stage.must("GET", at.web), await stage.must("GET", at.settings)];
    expect(web.spec.replicas).toBe(5);
    for (const { metadata } of [web, settings]) {
      expect(metadata.annotations).not.toHaveProperty("holdfast/undone");
      expect(metadata.annotations).not.toHaveProperty("argocd.argoproj.io/sync-options");
    }
  });

  /** Every file of the data folder as one text. */
  async function dataFolder(): Promise<string> {
    const { join } = await import("node:path");
    const folder = join(stage.daemon.dir, "data");
    const files = [...new Bun.Glob("*.db*").scanSync({ cwd: folder })];
    return (await Promise.all(files.map((file) => Bun.file(join(folder, file)).text()))).join("\n");
  }
});

test("kill -9 in the middle of an undo: it goes on after the restart, none is missing and none is unrecorded", async () => {
  const names = Array.from({ length: 40 }, (_, index) => `map-${index}`);
  const leaving = names.slice(0, 18);
  const app = await stage.place({
    name: "middle",
    files: Object.fromEntries(
      names.map((name) => [`${name}.yaml`, yaml(configMap("middle", name, { of: name }))]),
    ),
    metadata: { finalizers: ["resources-finalizer.argocd.argoproj.io"] },
  });
  await app.untilSettled();
  await pruneOf(app, ...leaving.map((name) => `${name}.yaml`));
  const started = await stage.daemon.api<Shown>("/api/holdfast/v1/applications/argocd/middle/undo", {
    method: "POST",
    body: "{}",
  });
  expect(started.status).toBe(200);
  await eventually("the first one is back", async () =>
    (await Promise.all(leaving.map((name) => stage.find(configMapPath("middle", name))))).some(
      (one) => one !== undefined,
    ),
  );
  await killAndRestart();
  const there = async (): Promise<string[]> =>
    (await stage.must("GET", "/api/v1/namespaces/middle/configmaps")).items
      .map(({ metadata }: Shown) => metadata.name as string)
      .filter((name: string) => name.startsWith("map-"))
      .sort();
  await eventually("all are back", async () => (await there()).length === names.length, 60_000);
  await app.until((now) => isQuiet(now) && isSynced(now));
  for (const name of leaving)
    expect((await stage.must("GET", configMapPath("middle", name))).data).toEqual({ of: name });
  // What is recorded goes with its application.
  await app.remove();
  await app.untilGone(60_000);
  expect(await there()).toEqual([]);
});

test("no undo begins while a sync runs, and a deleted application has none", async () => {
  const app = await stage.place({
    name: "beside",
    files: { "a.yaml": yaml(configMap("beside", "a")), "b.yaml": yaml(configMap("beside", "b")) },
  });
  await app.untilSettled();
  await pruneOf(app, "a.yaml");
  const pending = {
    ...(deployment({ namespace: "beside", name: "web" }) as unknown as Shown),
    metadata: { name: "web", namespace: "beside" },
  };
  (pending as Shown).spec.template.spec.nodeSelector = { no: "such-node" };
  await app.commit({
    "web.yaml": yaml(pending),
    "last.yaml": yaml({
      ...configMap("beside", "last"),
      metadata: { name: "last", namespace: "beside", annotations: { "argocd.argoproj.io/sync-wave": "1" } },
    }),
  });
  await app.until((now) => /waiting/.test(now.status.operationState?.message ?? ""), 60_000);
  const refused = await undo("beside", "--yes");
  expect([refused.code, refused.said]).toEqual([
    7,
    expect.stringContaining("Another operation is already in progress"),
  ]);
  expect(await stage.find(configMapPath("beside", "a"))).toBeUndefined();
  await stage.daemon.cli("app", "terminate", "beside");
  await app.remove();
  await app.untilGone();
  expect((await undo("beside", "--yes")).code).toBe(3);
});

test("what an undo had made again goes with its application, and comes back to the next one of that name", async () => {
  // A folder that is suddenly empty deletes nothing.
  await stage.place({ name: "bystander", files: { "a.yaml": yaml(configMap("bystander", "a")) } });
  const app = await stage.place({
    name: "anew",
    files: {
      "a.yaml": yaml(configMap("anew", "a", { of: "prune" })),
      "b.yaml": yaml(configMap("anew", "b")),
      "c.yaml": yaml(configMap("anew", "c")),
    },
    metadata: { finalizers: ["resources-finalizer.argocd.argoproj.io"] },
  });
  await app.untilSettled();
  await pruneOf(app, "a.yaml");
  expect((await undo("anew", "--yes")).code).toBe(0);
  await stage.must("PATCH", configMapPath("anew", "a"), { data: { of: "a person" } }, MERGE);
  const { spec } = await app.get();
  await app.remove();
  await app.untilGone();
  expect(await stage.find(configMapPath("anew", "a"))).toBeUndefined();
  const runs = await stage.daemon.cli("runs", "--app", "argocd/anew", "-o", "json");
  expect(runs.stdout).toContain("1 that Git may not have is kept: make the application again");
  await killAndRestart();

  const { writeFile } = await import("node:fs/promises");
  const manifest = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name: "anew" },
    spec,
  };
  await writeFile(`${stage.daemon.dir}/apps/anew.yaml`, JSON.stringify(manifest));
  const again = await stage.daemon.until("anew", (now) => isSynced(now) && isQuiet(now));
  expect(again.status.undo).toMatchObject({ objects: 1 });
  expect((await stage.daemon.cli("app", "get", "anew")).stdout).toContain(
    "can be made again: holdfast app undo argocd/anew",
  );
  const { code, said } = await undo("anew", "--yes");
  expect([code, said]).toEqual([
    0,
    expect.stringContaining("deleted 1 object of argocd/anew, the one before of that name,"),
  ]);
  expect((await stage.must("GET", configMapPath("anew", "a"))).data).toEqual({ of: "a person" });
  await eventually(
    "it is told as what it is",
    async () => conditions(await stage.daemon.app("anew"), "UndoWarning").length === 1,
  );
  expect((await stage.daemon.app("anew")).status.undo).toBeUndefined();
});
