/** What an application that is not there yet would make: told in full, and nothing of it done. */
import { describe, expect, test } from "bun:test";
import type { Application } from "../../src/core/model/application.ts";
import type { ApplicationPreview } from "../../src/core/model/application-preview.ts";
import type { Project } from "../../src/core/model/project.ts";
import { effectsOf } from "../lib/blast-of.ts";
import { endingOf } from "../lib/ending-of.ts";
import { appOf, HOME, type Repository, type Rig, sharedWorld, type World } from "../lib/engine-rig.ts";
import { configMap, deployment } from "../lib/manifests.ts";

let world: World;
const start = sharedWorld((it) => {
  world = it;
});

const preview = async (rig: Rig, app: Application): Promise<ApplicationPreview> => {
  const told = await rig.control.preview(app, new AbortController().signal);
  if (told.is !== "previewed") throw new Error(JSON.stringify(told));
  return told.preview;
};
/** Requests that change something, dry runs left out. */
const writes = (rig: Rig): string[] =>
  rig.requests.flatMap(({ verb }) => (/^(apply|create|patch|replace|delete)$/.test(verb) ? [verb] : []));
const newApp = (name: string, repository: Repository, spec: object = {}): Application =>
  appOf({ name, repository, spec: { syncPolicy: {}, ...spec } });

describe("an application that is not there", () => {
  test("is shown with its objects, images and commit, beside what is live, and nothing is written or kept", async () => {
    const ns = "preview-new";
    await world.makeNamespace(ns);
    const rig = await start();
    await world.must("POST", `/api/v1/namespaces/${ns}/configmaps`, {
      ...configMap(ns, "settings"),
      data: { a: "by hand" },
    });
    const repository = await world.repository(ns, {
      "web.yaml": deployment({ namespace: ns, name: "web" }),
      "settings.yaml": { ...configMap(ns, "settings"), data: { a: "from Git" } } as never,
    });
    const kinds = rig.cluster.size().kinds;
    const told = await preview(rig, newApp(ns, repository));
    expect(effectsOf(told.effect).sort()).toEqual([
      `change ConfigMap ${ns}/settings`,
      `create Deployment ${ns}/web`,
    ]);
    expect(told.revisions).toEqual([expect.stringMatching(/^[0-9a-f]{40}$/)]);
    expect(told.images.length).toBe(1);
    const settings =
      told.effect.is === "compared"
        ? told.effect.objects.find(({ kind }) => kind === "ConfigMap")
        : undefined;
    expect(settings?.fields).toContainEqual(
      expect.objectContaining({ path: "data.a", live: "by hand", desired: "from Git" }),
    );
    expect(settings?.live).toMatchObject({ data: { a: "by hand" } });
    expect(settings?.predicted).toMatchObject({ data: { a: "from Git" } });
    expect(writes(rig)).toEqual([]);
    expect(rig.control.application(`${HOME}/${ns}` as never)).toBeUndefined();
    expect(rig.cluster.size().kinds).toBe(kinds);
    expect(rig.store.audits({ limit: 10 })).toEqual([]);
    expect(await world.find(`/apis/apps/v1/namespaces/${ns}/deployments/web`)).toBeUndefined();
  }, 60_000);

  test("of a branch that is not there is told what is near it", async () => {
    const ns = "preview-near";
    const rig = await start();
    const repository = await world.repository(ns, { "a.yaml": configMap(ns, "a") });
    const app = newApp(ns, repository);
    const { source } = app.spec;
    if (source === undefined) throw new Error("it has one source");
    const told = await preview(rig, {
      ...app,
      spec: { ...app.spec, source: { ...source, targetRevision: "mian" } },
    });
    expect(told.effect).toMatchObject({ is: "failed", fix: "Near it: main" });
    expect(told.effect.is === "failed" && told.effect.why).toContain("mian");
  }, 60_000);

  test("that the project does not permit is not asked for, and says all that stands against it", async () => {
    const ns = "preview-forbidden";
    const rig = await start();
    const repository = await world.repository(ns, { "a.yaml": configMap(ns, "a") });
    const team: Project = {
      ...{
        apiVersion: "argoproj.io/v1alpha1",
        kind: "AppProject",
        metadata: { name: "team", namespace: HOME },
      },
      spec: {
        sourceRepos: ["https://git.example.com/**"],
        destinations: [{ server: "*", namespace: "team-*" }],
      },
    };
    rig.folder.projects = [{ project: team, file: "team.yaml", line: 1 }] as never;
    rig.read();
    const before = rig.gitRequests.length;
    const told = await preview(rig, newApp(ns, repository, { project: "team" }));
    expect(told.effect).toMatchObject({
      is: "failed",
      code: "invalid-spec",
      why: expect.stringMatching(/not permitted in project 'team'[^]*not permitted in project 'team'|team/),
    });
    expect(rig.gitRequests.length).toBe(before);
    const nowhere = await preview(rig, newApp(ns, repository, { project: "nowhere" }));
    expect(nowhere.effect).toMatchObject({ is: "failed", why: expect.stringContaining("nowhere") });
  }, 60_000);

  test("whose folder is not there, and whose objects are another's, is told so", async () => {
    const ns = "preview-odd";
    const rig = await start();
    const repository = await rig.placeNew(ns, { "a.yaml": configMap(ns, "a") });
    await rig.untilSettled(ns);
    const missing = newApp("preview-missing", repository);
    missing.spec.source = { ...missing.spec.source!, path: "nowhere" };
    expect((await preview(rig, missing)).effect).toMatchObject({ is: "failed", code: "git-path" });
    const other = appOf({ name: "preview-other", repository, namespace: ns, spec: { syncPolicy: {} } });
    const { effect } = await preview(rig, other);
    expect(effect).toMatchObject({
      is: "compared",
      warnings: [`ConfigMap ${ns}/a belongs to application ${ns}: it is neither written nor deleted.`],
    });
  }, 60_000);

  test("opens nothing that is secret, and says how one sees it", async () => {
    const ns = "preview-secret";
    const rig = await start();
    const repository = await world.repository(ns, {
      "a.yaml":
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: 'ENC[AES256_GCM,data:aa,iv:aa,tag:aa,type:str]'}\nsops:\n  mac: ENC[AES256_GCM,data:aa,iv:aa,tag:aa,type:str]\n  lastmodified: '2026-01-01T00:00:00Z'\n  version: 3.9.0\n  age: [{recipient: age1x, enc: x}]\n",
    });
    const { effect } = await preview(rig, newApp(ns, repository));
    expect(effect).toMatchObject({
      is: "failed",
      why: expect.stringContaining("encrypted files are not opened"),
      fix: expect.stringContaining("make it so that it is synced by hand"),
    });
  }, 60_000);

  test("of a name that is there already is refused; what is too large too", async () => {
    const ns = "preview-there";
    const rig = await start();
    const repository = await rig.placeNew(ns, { "a.yaml": configMap(ns, "a") });
    await rig.untilSettled(ns);
    const ask = (app: Application) => rig.control.preview(app, new AbortController().signal);
    expect(await ask(newApp(ns, repository))).toMatchObject({
      is: "conflict",
      why: expect.stringContaining(`argocd/${ns} exists already`),
    });
    const large = newApp("preview-large", repository);
    large.metadata.annotations = { a: "x".repeat(3_000_000) };
    expect((await ask(large)).is).toBe("invalid");
  }, 60_000);

  test("ends with whoever asks, and gives its place back", async () => {
    const ns = "preview-left";
    const rig = await start();
    const repository = await world.repository(ns, { "a.yaml": configMap(ns, "a") });
    await world.makeNamespace(ns);
    for (let nth = 0; nth < 12; nth += 1) {
      const left = new AbortController();
      left.abort(new Error("the client is gone"));
      expect(await endingOf(rig.control.preview(newApp(ns, repository), left.signal))).toThrow(
        "the client is gone",
      );
    }
    expect(effectsOf((await preview(rig, newApp(ns, repository))).effect)).toEqual([
      `create ConfigMap ${ns}/a`,
    ]);
  }, 60_000);
});

describe("an application that is written otherwise", () => {
  test("is shown with what its next sync would do, and stays as it is", async () => {
    const ns = "preview-edit";
    await world.makeNamespace(ns);
    const rig = await start();
    const repository = await world.repository(ns, {
      "a/settings.yaml": { ...configMap(ns, "settings"), data: { a: "1" } } as never,
      "a/old.yaml": configMap(ns, "old"),
      "b/settings.yaml": { ...configMap(ns, "settings"), data: { a: "2" } } as never,
      "b/new.yaml": configMap(ns, "new"),
    });
    const app = appOf({ name: ns, repository });
    app.spec.source = { ...app.spec.source!, path: "a" };
    app.spec.syncPolicy = { automated: { prune: true } };
    await rig.place(app);
    await rig.untilSettled(ns);
    const before = rig.control.application(`${HOME}/${ns}` as never);
    const [wrote, entries] = [writes(rig).length, rig.store.audits({ limit: 100 }).length];
    const edited = { ...app, spec: { ...app.spec, source: { ...app.spec.source!, path: "b" } } };
    const told = await rig.control.previewEdit(edited, new AbortController().signal);
    if (told.is !== "previewed") throw new Error(JSON.stringify(told));
    expect(effectsOf(told.preview.effect).sort()).toEqual([
      `change ConfigMap ${ns}/settings`,
      `create ConfigMap ${ns}/new`,
      `delete ConfigMap ${ns}/old`,
    ]);
    expect(writes(rig).length).toBe(wrote);
    expect(rig.store.audits({ limit: 100 }).length).toBe(entries);
    expect(rig.control.application(`${HOME}/${ns}` as never)?.spec).toEqual(before!.spec);
    expect(await world.find(`/api/v1/namespaces/${ns}/configmaps/old`)).toBeDefined();
    // Without prune what left Git stays.
    const kept = { ...edited, spec: { ...edited.spec, syncPolicy: { automated: {} } } };
    const keeping = await rig.control.previewEdit(kept, new AbortController().signal);
    expect(keeping.is === "previewed" ? effectsOf(keeping.preview.effect) : []).not.toContain(
      `delete ConfigMap ${ns}/old`,
    );
  }, 60_000);

  test("that is not there is told so", async () => {
    const rig = await start();
    const repository = await world.repository("preview-nobody", { "a.yaml": configMap("x", "a") });
    const told = await rig.control.previewEdit(
      newApp("preview-nobody", repository),
      new AbortController().signal,
    );
    expect(told).toEqual({ is: "absent" });
  }, 60_000);
});
