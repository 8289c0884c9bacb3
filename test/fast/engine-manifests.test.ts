/** What a folder of manifests says by mistake is said, and never taken for a removal. */

import { describe, expect, test } from "bun:test";
import { type Application, appKey } from "../../src/core/model/application.ts";
import { defined } from "../../src/lib/defined.ts";
import {
  appOf,
  conditions,
  type Files,
  HOME,
  isSettled,
  type Placed,
  type Repository,
  type Rig,
  results,
  sharedRig,
  startRig,
  type World,
} from "../lib/engine-rig.ts";

let world: World, rig: Rig;
sharedRig((...both) => {
  [world, rig] = both;
});

async function settled(
  name: string,
  files: Files,
  spec?: Placed["spec"],
): Promise<Repository & { change(files: Files): Promise<Application> }> {
  const repository = await rig.placeNew(name, files, defined({ spec }));
  await rig.untilSettled(name);
  await rig.untilIdle();
  return {
    ...repository,
    async change(changes) {
      const commit = await repository.commit(changes);
      const app = await rig.refresh(name);
      await rig.untilIdle();
      return app.status?.sync.revision === commit ? rig.app(name) : app;
    },
  };
}

const text = (namespace: string, name: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n  namespace: ${namespace}\ndata: {key: value}\n`;
const three = (namespace: string): Files => ({
  "a.yaml": text(namespace, "a"),
  "b.yaml": text(namespace, "b"),
  "c.yaml": text(namespace, "c"),
});

describe("a file that gave an object and holds none now is refused, and the object stays:", () => {
  test.each<{ name: string; becomes: (good: string) => string; says: RegExp }>([
    {
      name: "metdata",
      becomes: (good) => good.replace("metadata:", "metdata:"),
      says: /b\.yaml:3: .*Did you mean metadata\?/,
    },
    {
      name: "api-verson",
      becomes: (good) => good.replace("apiVersion:", "apiVerson:"),
      says: /b\.yaml:1: .*Did you mean apiVersion\?/,
    },
    {
      name: "cut-after-kind",
      becomes: (good) => good.slice(0, good.indexOf("kind:") + 5),
      says: /b\.yaml:2: kind: this field is required/,
    },
    {
      name: "cut-after-version",
      becomes: (good) => good.slice(0, good.indexOf("kind:")),
      says: /b\.yaml:1: the file gave ConfigMap cut-after-version\/b, and holds no manifest any more: kind: this field is required/,
    },
    {
      name: "cut-in-a-word",
      becomes: (good) => good.slice(0, 6),
      says: /b\.yaml:1: the file gave ConfigMap cut-in-a-word\/b, .*no Kubernetes object but a string/,
    },
    {
      name: "values-now",
      becomes: () => "replicas: 2\n",
      says: /b\.yaml:1: the file gave ConfigMap values-now\/b/,
    },
    {
      name: "kustomization-now",
      becomes: () => "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: []\n",
      says: /b\.yaml:1: the file gave ConfigMap kustomization-now\/b/,
    },
  ])("$name", async ({ name, becomes, says }) => {
    const repository = await settled(name, three(name));
    // One file is gone on purpose in the same commit: a reading that is refused prunes nothing at all.
    const app = await repository.change({ "b.yaml": becomes(text(name, "b")), "c.yaml": null });
    expect(conditions(app, "ComparisonError").join("\n")).toMatch(says);
    expect(app.status?.sync.status).toBe("Unknown");
    for (const each of ["a", "b", "c"]) expect(await world.hasConfigMap(name, each)).toBe(true);
    await repository.change({ "b.yaml": text(name, "b") });
    await rig.until(name, isSettled);
    expect(await world.hasConfigMap(name, "b")).toBe(true);
    expect(await world.hasConfigMap(name, "c")).toBe(false);
  });
});

test("also across a restart, and of an object that a file gave after it was moved", async () => {
  const name = "moved";
  const repository = await settled(name, three(name));
  await repository.change({ "b.yaml": null, "moved.yaml": text(name, "b") });
  await rig.until(name, isSettled);
  await rig.engine.stop();
  const { store, folder } = rig;
  rig = await startRig(world, { store, folder });
  const app = await repository.change({ "moved.yaml": "replicas: 2\n" });
  expect(conditions(app, "ComparisonError").join()).toMatch(
    /moved\.yaml:1: the file gave ConfigMap moved\/b/,
  );
  expect(await world.hasConfigMap(name, "b")).toBe(true);
});

describe("what is meant as a removal is one:", () => {
  test.each<{ name: string; changes: Files; spec?: Placed["spec"] }>([
    { name: "removed", changes: { "b.yaml": null } },
    { name: "emptied", changes: { "b.yaml": "" } },
    { name: "commented", changes: { "b.yaml": "# kept for later\n# kind: ConfigMap\n" } },
    { name: "skipped", changes: { "b.yaml": "# +argocd:skip-file-rendering\nreplicas: 1\n" } },
    { name: "empty-list", changes: { "b.yaml": "apiVersion: v1\nkind: List\nitems:\n" } },
  ])("$name", async ({ name, changes }) => {
    const repository = await settled(name, three(name));
    await repository.change(changes);
    await rig.until(name, isSettled);
    expect(await world.hasConfigMap(name, "b")).toBe(false);
    expect(await world.hasConfigMap(name, "a")).toBe(true);
  });
});

test("files that never were manifests warn, and hold up no prune, ever", async () => {
  const name = "neighbours";
  const repository = await settled(name, {
    ...three(name),
    "values.yaml": "replicas: 1\nkind: big\n",
    "chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
    "dashboard.json": '{"title": "Requests"}',
    "broken.yaml": "{{- range .Values.hosts }}\n- {{ . }}\n{{- end }}\n",
  });
  expect(conditions(rig.app(name), "ManifestWarning")).toHaveLength(4);
  await repository.change({ "b.yaml": null, ".golangci.yaml": "version: '2'\n" });
  await rig.until(name, isSettled);
  expect(await world.hasConfigMap(name, "b")).toBe(false);
  await repository.change({ "c.yaml": null, "values.yaml": "replicas: 2\n" });
  await rig.until(name, isSettled);
  expect(await world.hasConfigMap(name, "c")).toBe(false);
  expect(conditions(rig.app(name), "PruneBlocked")).toEqual([]);
});

test("an object of an older revision, synced by hand, stays while its file holds no manifest in the newest one", async () => {
  const name = "back-and-forth";
  await world.makeNamespace(name);
  const repository = await world.repository(name, three(name));
  const older = await repository.commit({ "c.yaml": null });
  await repository.commit({ "b.yaml": "replicas: 1\n" });
  rig.place(appOf({ name, repository, spec: { syncPolicy: {} } }));
  await rig.until(name, ({ status }) => status?.sync.status === "OutOfSync");
  await rig.sync(name);
  expect(await world.hasConfigMap(name, "b")).toBe(false);
  await rig.sync(name, { revision: older });
  expect(await world.hasConfigMap(name, "b")).toBe(true);
  const { message } = await rig.sync(name, { prune: true });
  expect(message).toContain("1 not pruned");
  expect(results(rig.app(name))["ConfigMap/b"]).toBe("PruneSkipped");
  expect(await world.hasConfigMap(name, "b")).toBe(true);
  await rig.sync(name, { prune: true, confirmPrune: 1 });
  expect(await world.hasConfigMap(name, "b")).toBe(false);
});

test.each<{ name: string; file: string; says: RegExp }>([
  {
    name: "many-keys",
    file: `${text("many-keys", "b")}more:\n${Array.from({ length: 300_000 }, (_, at) => `  k${at}: v`).join("\n")}\n`,
    says: /b\.yaml:1: the document has more than 200000 values/,
  },
  {
    name: "many-documents",
    file: "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n---\n".repeat(150_000),
    says: /b\.yaml: with this file the application has more than 5000 objects/,
  },
])(
  "$name: a file made to hold everything up costs its application a sync, and nobody else anything",
  async (row) => {
    const { name, file, says } = row;
    const repository = await settled(name, three(name));
    const app = await repository.change({ "b.yaml": file, "c.yaml": null });
    expect(conditions(app, "ComparisonError").join("\n")).toMatch(says);
    await settled(`beside-${name}`, three(`beside-${name}`));
    for (const each of ["a", "b", "c"]) expect(await world.hasConfigMap(name, each)).toBe(true);
  },
);

test("where Git writes an object is known by the last render, and of no other", async () => {
  await settled("written", { "b.yaml": `---\n${text("written", "a")}---\n${text("written", "b")}` });
  const at = (name: string, kind = "ConfigMap") =>
    rig.control.writtenAt(appKey(HOME, "written"), { group: "", kind, namespace: "written", name });
  expect(at("b")).toEqual({ is: "found", value: { source: 0, file: "b.yaml", line: 9 } });
  expect([at("c"), at("b", "Secret")]).toEqual(Array(2).fill({ is: "found", value: undefined }));
  expect(rig.control.writtenAt("argocd/nobody" as never, {} as never)).toEqual({ is: "absent" });
});
