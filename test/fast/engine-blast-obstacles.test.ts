/** What stands in the way of commits that are not merged, and what nobody is to be shown of them: asked of the real engine. */
import { describe, expect, test } from "bun:test";
import type { BlastAsk } from "../../src/core/model/blast-report.ts";
import { blastOf, effectsOf, propose, settled } from "../lib/blast-of.ts";
import { AUTOMATED, appOf, type Files, HOME, type Rig, sharedRig, type World } from "../lib/engine-rig.ts";
import { configMap } from "../lib/manifests.ts";

let world: World, rig: Rig;
sharedRig((...both) => {
  [world, rig] = both;
});
const blast = (ask: BlastAsk) => blastOf(rig, ask);
const key = (name: string): string => `${HOME}/${name}`;

const placed = (name: string, files: Files, spec?: object) => settled(rig, name, files, spec);

describe("what stands in the way", () => {
  test("deletions that a guard would hold back are held, and say what lets them through", async () => {
    const ns = "blast-held";
    const names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    const repository = await placed(
      ns,
      Object.fromEntries(names.map((name) => [`${name}.yaml`, configMap(ns, name)])),
    );
    await propose(repository, Object.fromEntries(names.slice(1).map((name) => [`${name}.yaml`, null])));
    const { applications } = await blast({ repository: repository.url, base: "main", head: "proposed" });
    expect(effectsOf(applications[0]).sort()).toEqual(
      names.slice(1).map((name) => `hold ConfigMap ${ns}/${name}`),
    );
    const [told] = applications;
    expect(told?.is === "compared" && told.objects[0]?.why).toContain("--prune --confirm 7");
  });

  test("what is not pruned by itself stays, and what says Prune=false", async () => {
    const ns = "blast-stays";
    const repository = await placed(
      ns,
      {
        "a.yaml": configMap(ns, "a"),
        "b.yaml": configMap(ns, "b"),
        "c.yaml": configMap(ns, "c", { key: "v" }, { "argocd.argoproj.io/sync-options": "Prune=false" }),
      },
      { syncPolicy: { automated: {} } },
    );
    await propose(repository, { "b.yaml": null, "c.yaml": null });
    const ask = { repository: repository.url, base: "main", head: "proposed" };
    expect(effectsOf((await blast(ask)).applications[0]).toSorted()).toEqual([
      `stay ConfigMap ${ns}/b`,
      `stay ConfigMap ${ns}/c`,
    ]);
  });

  test("a commit that cannot be rendered is that application's failure, and the others are told", async () => {
    const ns = "blast-broken";
    await world.makeNamespace(ns);
    const repository = await world.repository(ns, {
      "one/a.yaml": configMap(ns, "one"),
      "two/a.yaml": configMap(ns, "two"),
    });
    for (const path of ["one", "two"])
      rig.place(
        appOf({ name: `${ns}-${path}`, repository, path, namespace: ns, spec: { syncPolicy: AUTOMATED } }),
      );
    for (const path of ["one", "two"]) await rig.untilSettled(`${ns}-${path}`);
    await propose(repository, {
      "one/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: [",
      "two/b.yaml": configMap(ns, "b"),
    });
    const { applications } = await blast({ repository: repository.url, base: "main", head: "proposed" });
    expect(applications).toMatchObject([
      {
        application: key(`${ns}-one`),
        is: "failed",
        code: "manifest",
        why: expect.stringContaining("one/a.yaml"),
      },
      { application: key(`${ns}-two`), is: "compared" },
    ]);
    expect(effectsOf(applications[1])).toEqual([`create ConfigMap ${ns}/b`]);
    // The pass that goes on beside it is not touched.
    expect((await rig.refresh(`${ns}-one`)).status?.sync.status).toBe("Synced");
  });

  test("a commit that mends a broken application is told as well", async () => {
    const ns = "blast-mends";
    const repository = await placed(ns, { "a.yaml": configMap(ns, "a") });
    await repository.commit({ "a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: [" });
    await rig.refresh(ns);
    expect(rig.app(ns).status?.sync.status).toBe("Unknown");
    await propose(repository, { "a.yaml": configMap(ns, "a", { key: "mended" }) });
    const { applications } = await blast({ repository: repository.url, base: "main", head: "proposed" });
    expect(effectsOf(applications[0])).toEqual([`change ConfigMap ${ns}/a`]);
  });

  test("an object that the API server refuses is refused, with its words", async () => {
    const ns = "blast-refused";
    const repository = await placed(ns, { "a.yaml": configMap(ns, "a") });
    await propose(repository, {
      "a.yaml": configMap(ns, "a", { key: "other" }),
      "elsewhere.yaml": configMap("blast-nowhere", "b"),
    });
    const { applications } = await blast({ repository: repository.url, base: "main", head: "proposed" });
    expect(effectsOf(applications[0]).sort()).toEqual([
      `change ConfigMap ${ns}/a`,
      "refuse ConfigMap blast-nowhere/b",
    ]);
    const refused =
      applications[0]?.is === "compared" && applications[0].objects.find(({ name }) => name === "b");
    expect(refused).toMatchObject({ why: expect.stringContaining("blast-nowhere") });
  });

  test("a namespace and what goes into it, made by one commit, are no refusal", async () => {
    const ns = "blast-made";
    const repository = await placed(ns, { "a.yaml": configMap(ns, "a") });
    await propose(repository, {
      "ns.yaml": { apiVersion: "v1", kind: "Namespace", metadata: { name: "blast-new" } },
      "b.yaml": configMap("blast-new", "b"),
    });
    const { applications } = await blast({ repository: repository.url, base: "main", head: "proposed" });
    expect(effectsOf(applications[0]).sort()).toEqual([
      "create ConfigMap blast-new/b",
      "create Namespace /blast-new",
    ]);
    expect(await world.find("/api/v1/namespaces/blast-new")).toBeUndefined();
  });
});

describe("what a commit must not show", () => {
  const LIVE = "only-administrators-know";

  test("an object that the project does not permit is refused, and neither read nor asked about", async () => {
    const ns = "blast-denied";
    await world.makeNamespace(ns);
    await world.makeNamespace("blast-private");
    await world.must(
      "POST",
      "/api/v1/namespaces/blast-private/configmaps",
      configMap("blast-private", "s", { s: LIVE }),
    );
    const repository = await world.repository(ns, { "a.yaml": configMap(ns, "a") });
    rig.folder.projects.push({
      project: {
        apiVersion: "argoproj.io/v1alpha1",
        kind: "AppProject",
        metadata: { name: "narrow", namespace: HOME },
        spec: { sourceRepos: ["*"], destinations: [{ server: "*", namespace: ns }] },
      } as never,
      file: "projects/narrow.yaml",
      line: 1,
    });
    rig.place(appOf({ name: ns, repository, spec: { project: "narrow", syncPolicy: AUTOMATED } }));
    await rig.untilSettled(ns);
    await propose(repository, { "s.yaml": configMap("blast-private", "s", { s: "guess" }) });
    const before = rig.requests.length;
    const told = await blast({ repository: repository.url, base: "main", head: "proposed" });
    expect(effectsOf(told.applications[0])).toEqual(["refuse ConfigMap blast-private/s"]);
    expect(JSON.stringify(told)).not.toContain(LIVE);
    expect(rig.requests.slice(before).filter(({ kind }) => kind.endsWith("ConfigMap"))).toEqual([]);
  });

  test("another application's object is left to that one", async () => {
    const [ns, other] = ["blast-taker", "blast-owner"];
    await placed(other, { "s.yaml": configMap(other, "s", { s: LIVE }) });
    const repository = await placed(ns, { "a.yaml": configMap(ns, "a") });
    await propose(repository, { "s.yaml": configMap(other, "s", { s: "mine" }) });
    const told = await blast({ repository: repository.url, base: "main", head: "proposed" });
    expect(effectsOf(told.applications[0])).toEqual([]);
    expect(told.applications[0]).toMatchObject({
      warnings: [expect.stringContaining(`ConfigMap ${other}/s belongs to `)],
    });
    expect(JSON.stringify(told)).not.toContain(LIVE);
  });

  test("values of Secrets, of what is there, what is wanted and what is new", async () => {
    const ns = "blast-secrets";
    const secret = (name: string, value: string) => ({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name, namespace: ns },
      data: { password: Buffer.from(value).toString("base64") },
    });
    const repository = await placed(ns, { "s.yaml": secret("s", LIVE), "gone.yaml": secret("gone", LIVE) });
    await propose(repository, {
      "s.yaml": secret("s", "the-next-one"),
      "gone.yaml": null,
      "new.yaml": secret("new", "a-third-one"),
    });
    const told = await blast({ repository: repository.url, base: "main", head: "proposed" });
    expect(effectsOf(told.applications[0]).sort()).toEqual([
      `change Secret ${ns}/s`,
      `create Secret ${ns}/new`,
      `delete Secret ${ns}/gone`,
    ]);
    for (const value of [LIVE, "the-next-one", "a-third-one"]) {
      expect(JSON.stringify(told)).not.toContain(value);
      expect(JSON.stringify(told)).not.toContain(Buffer.from(value).toString("base64"));
    }
  });
});
