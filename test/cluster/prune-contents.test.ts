/** What others have in a Namespace or of a kind holds back whoever would delete it: in every view, and until a person says so. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath, crd } from "../lib/manifests.ts";
import {
  conditions,
  isQuiet,
  isSynced,
  type Placed,
  type Shown,
  type Stage,
  startStage,
  yaml,
} from "../lib/stage.ts";

setDefaultTimeout(60_000);

const SYNC_OPTIONS = "argocd.argoproj.io/sync-options",
  APPROVED = "argocd.argoproj.io/deletion-approved";
let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
}, 120_000);
afterAll(() => stage?.stop(), 60_000);

const spacePath = (name: string): string => `/api/v1/namespaces/${name}`;
const space = (name: string, annotations: Record<string, string>) => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name, annotations },
});
const keep = (namespace: string): KubeObject => configMap(namespace, "keep");

async function settled(name: string, objects: unknown[]): Promise<Placed> {
  const app = await stage.place({ name, files: { "all.yaml": yaml(...objects) } });
  await app.until(
    (seen) => isSynced(seen) && isQuiet(seen) && seen.status.operationState?.phase === "Succeeded",
  );
  return app;
}

const isBlocked = (app: Shown): boolean => isQuiet(app) && conditions(app, "PruneBlocked").length > 0;

test("a Namespace with nothing but what every one has goes, and one with others' objects waits, counted and named", async () => {
  const name = "contents";
  const made = [`${name}-empty`, `${name}-shared`];
  const options = { [SYNC_OPTIONS]: "Prune=true" };
  const app = await settled(name, [...made.map((one) => space(one, options)), keep(name)]);
  for (const one of made) {
    await eventually("its ServiceAccount", () => stage.isThere(`${spacePath(one)}/serviceaccounts/default`));
    await eventually("its root certificates", () => stage.isThere(configMapPath(one, "kube-root-ca.crt")));
  }
  const shared = `${name}-shared`;
  await stage.must("POST", `${spacePath(shared)}/configmaps`, configMap(shared, "theirs"));
  await stage.must("POST", `${spacePath(shared)}/secrets`, {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "theirs" },
  });
  // Both at once would be the last of several: one goes, then the other.
  await app.commit({ "all.yaml": yaml(space(shared, options), keep(name)) });
  await stage.untilNone(spacePath(`${name}-empty`));
  await app.commit({ "all.yaml": yaml(keep(name)) });
  const blocked = await app.until(isBlocked);
  const [sentence = ""] = conditions(blocked, "PruneBlocked");
  expect(sentence).toStartWith(
    `Namespace ${shared} is no longer in Git and waits for a person's approval, because it holds 2 objects that are not this application's (`,
  );
  for (const one of ["ConfigMap", "Secret"]) expect(sentence).toContain(`${one} ${shared}/theirs`);
  const dry = await stage.daemon.cli("app", "sync", name, "--prune", "--dry-run");
  expect(dry.stdout + dry.stderr).toContain("it holds 2 objects that are not this application's");
  const plain = await app.sync({ prune: true });
  expect(JSON.stringify(plain.syncResult.resources)).toContain("it holds 2 objects");
  expect(await stage.isThere(configMapPath(shared, "theirs"))).toBe(true);
  const approved = await app.sync({ prune: true, confirmPrune: 1 });
  expect(approved.phase).toBe("Succeeded");
  await stage.untilNone(spacePath(shared));
  // Each deletion named what it was judged by.
  const deletions = stage.writes("").filter(({ verb, name: of }) => verb === "delete" && of.startsWith(name));
  expect(deletions.map(({ name: of }) => of).sort()).toEqual(made);
  for (const { judged } of deletions)
    expect(judged).toEqual({ uid: expect.any(String), resourceVersion: expect.any(String) });
});

test("a definition stays while there are objects of its kind that others made, in any Namespace", async () => {
  const name = "contents-kind";
  const definition = crd({ group: "contents.example.com", kind: "Content", plural: "contents" });
  const { metadata } = definition;
  const marked = { ...definition, metadata: { ...metadata, annotations: { [SYNC_OPTIONS]: "Prune=true" } } };
  const app = await settled(name, [marked, keep(name)]);
  const theirs = "/apis/contents.example.com/v1/namespaces/default/contents";
  const object = {
    apiVersion: "contents.example.com/v1",
    kind: "Content",
    metadata: { name: "theirs" },
    spec: {},
  };
  await eventually("the kind is served", () => stage.isThere(theirs));
  await stage.must("POST", theirs, object);
  await app.commit({ "all.yaml": yaml(keep(name)) });
  const [sentence = ""] = conditions(await app.until(isBlocked), "PruneBlocked");
  expect(sentence).toContain(
    "there is 1 object of its kind that is not this application's (contents.example.com/Content default/theirs), and it would go with it",
  );
  expect(await stage.isThere(`${theirs}/theirs`)).toBe(true);
  await stage.must("DELETE", `${theirs}/theirs`);
  await app.refresh();
  await eventually("it goes when they are gone", async () => {
    const isLeft = await stage.isThere(
      `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${metadata.name}`,
    );
    if (isLeft) await app.sync({ prune: true });
    return !isLeft;
  });
});

describe("the deletion of an application leaves a Namespace to those who are in it", () => {
  /** Made by the API, so that a person may delete it; deleted, until it waits for a person. */
  async function waiting(name: string): Promise<string> {
    const made = `${name}-made`;
    await stage.makeNamespace(name);
    const files = { "app/all.yaml": yaml(space(made, {}), configMap(made, "ours")) };
    const app = {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Application",
      metadata: { name, namespace: "argocd" },
      spec: {
        project: "default",
        source: { repoURL: await stage.git.createRepo(name, files), path: "app", targetRevision: "main" },
        destination: { server: "https://kubernetes.default.svc", namespace: name },
        syncPolicy: { automated: {} },
      },
    };
    const body = JSON.stringify(app);
    expect((await stage.daemon.api("/api/v1/applications", { method: "POST", body })).status).toBe(200);
    await stage.daemon.until(name, (seen) => isSynced(seen) && isQuiet(seen));
    await stage.must("POST", `${spacePath(made)}/configmaps`, configMap(made, "theirs"));
    expect((await stage.daemon.cli("app", "delete", name, "--yes")).code).toBe(0);
    const seen = await stage.daemon.until(name, (now) =>
      conditions(now, "DeletionError").join().includes("waits for a person's approval"),
    );
    expect(conditions(seen, "DeletionError").join()).toContain(
      `Namespace ${made} waits for a person's approval (it holds 1 object that is not this application's (ConfigMap ${made}/theirs)`,
    );
    await stage.untilNone(configMapPath(made, "ours"));
    expect(await stage.isThere(configMapPath(made, "theirs"))).toBe(true);
    return made;
  }

  test("until a person approves", async () => {
    const name = "contents-approved";
    const made = await waiting(name);
    const patch = JSON.stringify({ metadata: { annotations: { [APPROVED]: new Date().toISOString() } } });
    const approved = await stage.daemon.api(`/api/v1/applications/${name}`, {
      method: "PATCH",
      body: JSON.stringify({ patchType: "merge", patch }),
    });
    expect(approved.status).toBe(200);
    await stage.untilNone(spacePath(made));
  });

  test("until they have left", async () => {
    const made = await waiting("contents-left");
    await stage.must("DELETE", configMapPath(made, "theirs"));
    await stage.untilNone(spacePath(made));
  });
});
