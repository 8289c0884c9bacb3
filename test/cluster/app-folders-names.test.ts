/** Whose name it is, who may leave, and what never hangs: the rules of the application folders on the binary. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../lib/daemon.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath, deployment } from "../lib/manifests.ts";
import {
  conditions,
  isSynced,
  MERGE,
  type Placed,
  type Shown,
  type Stage,
  startStage,
  yaml,
} from "../lib/stage.ts";

setDefaultTimeout(120_000);

const FINALIZER = "resources-finalizer.argocd.argoproj.io";
let stage: Stage;
beforeAll(async () => {
  stage = await startStage({
    config: "removal: { missingFor: 1500ms, budgetApplications: 3, budgetPercent: 20 }\n",
  });
  // Stays, so that no folder is suddenly empty.
  const keeper = await stage.place({ name: "keeper", files: { "a.yaml": yaml(configMap("keeper", "a")) } });
  await keeper.untilSettled();
}, 120_000);
afterAll(() => stage?.stop(), 60_000);

const uidOf = async (path: string): Promise<string | undefined> => (await stage.find(path))?.metadata.uid;
const deletions = (namespace: string) =>
  stage.writes(namespace).filter(({ verb }) => verb.startsWith("delete"));
const problems = async (): Promise<string[]> => {
  const { body } = await stage.daemon.api<{ items: Shown[] }>("/api/holdfast/v1/problems");
  return body.items.map(({ file = "", text }) => `${file} ${text}`);
};
const problem = (what: RegExp) =>
  eventually(`a problem like ${what}`, async () => (await problems()).find((text) => what.test(text)));

describe("a name that is taken twice", () => {
  /** A file of the same name with another path, whose objects are others. */
  async function twice(
    name: string,
  ): Promise<{ first: Placed; file: (as: string) => string; text: string; uid: string | undefined }> {
    const first = await stage.place({
      name,
      metadata: { finalizers: [FINALIZER] },
      files: {
        "a.yaml": yaml(deployment({ namespace: name, name: "web" })),
        "/other/b.yaml": yaml(configMap(name, "other")),
      },
    });
    await first.untilSettled();
    const { metadata, spec } = await first.get();
    const app = {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Application",
      metadata: { name, finalizers: metadata.finalizers },
      spec: { ...spec, source: { ...spec.source, path: "other" } },
    };
    return {
      first,
      text: JSON.stringify(app, null, 1),
      file: (as) => join(stage.daemon.dir, "apps", as),
      uid: await uidOf(`/apis/apps/v1/namespaces/${name}/deployments/web`),
    };
  }

  test.each(["0-before.yaml", "zz-after.yaml"])(
    "prunes nothing of the incumbent's, also after a restart; the newcomer in %s is the error, and takes over when the incumbent is gone",
    async (as) => {
      const name = as.replace(/\W|yaml|\d/g, "");
      const { first, file, text, uid } = await twice(name);
      const web = `/apis/apps/v1/namespaces/${name}/deployments/web`;
      writeFileSync(file(as), text);
      await problem(new RegExp(`${as} this name is taken in .*${name}\\.yaml`));
      await first.refresh();
      await stage.daemon.restart();
      await problem(new RegExp(`${as} this name is taken in .*${name}\\.yaml`));
      const seen = await first.untilSettled();
      expect(seen.spec.source.path).toBe("app");
      expect([await uidOf(web), await uidOf(configMapPath(name, "other")), deletions(name)]).toEqual([
        uid,
        undefined,
        [],
      ]);

      const { uid: appUid } = seen.metadata;
      await first.remove();
      const heir = await first.until((now) => now.spec.source.path === "other" && isSynced(now));
      expect(heir.metadata.uid).toBe(appUid);
      expect(heir.metadata.deletionTimestamp).toBeUndefined();
      await eventually("what it wants is there", () => uidOf(configMapPath(name, "other")));
      const { body } = await stage.daemon.api<Shown>("/api/holdfast/v1/audit?limit=1000");
      expect(
        body.items.filter(({ action, app }: Shown) => action === "delete" && app === `argocd/${name}`),
      ).toEqual([]);
      rmSync(file(as));
      await first.untilGone();
    },
  );

  test("a file that is renamed takes its application along: nothing is deleted and nothing is told", async () => {
    const { first, file, uid } = await twice("renamed");
    const { metadata } = await first.get();
    renameSync(file("renamed.yaml"), file("elsewhere.yaml"));
    await eventually("it lives there", async () => {
      const { body } = await stage.daemon.api<Shown>("/api/holdfast/v1/applications/argocd/renamed");
      return body.origin.file.includes("elsewhere.yaml");
    });
    await Bun.sleep(2_500);
    const seen = await first.untilSettled();
    expect([seen.metadata.uid, await uidOf("/apis/apps/v1/namespaces/renamed/deployments/web")]).toEqual([
      metadata.uid,
      uid,
    ]);
    expect([deletions("renamed"), (await problems()).filter((text) => text.includes("renamed"))]).toEqual([
      [],
      [],
    ]);
    rmSync(file("elsewhere.yaml"));
    await first.untilGone();
  });
});

test("many applications that lose their files at once wait for a person, who approves of those by the command line", async () => {
  const apps: Placed[] = [];
  for (let at = 0; at < 5; at++)
    apps.push(
      await stage.place({
        name: `many-${at}`,
        metadata: { finalizers: [FINALIZER] },
        files: { "a.yaml": yaml(configMap(`many-${at}`, "a")) },
      }),
    );
  for (const app of apps) await app.untilSettled();
  const leaving = apps.slice(0, 4);
  for (const app of leaving) await app.remove();
  await problem(/4 applications are missing from the folders/);
  await Bun.sleep(3_000);
  for (const app of leaving) {
    const seen = await app.get();
    expect(seen.metadata.deletionTimestamp).toBeUndefined();
    expect(conditions(seen, "ApplicationMissingWarning")[0]).toContain("wait for a person's approval");
    expect(deletions(app.namespace)).toEqual([]);
  }
  const wrong = await stage.daemon.cli("admin", "approve-removal", "--confirm", "3");
  expect([wrong.code, wrong.stdout]).toEqual([7, leaving.map(({ name }) => `argocd/${name}\n`).join("")]);
  const right = await stage.daemon.cli("admin", "approve-removal", "--confirm", "4");
  expect(right).toMatchObject({ code: 0, stderr: expect.stringContaining("Approved: 4 applications") });
  for (const app of leaving) await app.untilGone();
  expect(await uidOf(configMapPath("many-0", "a"))).toBeUndefined();
  expect(await uidOf(configMapPath("many-4", "a"))).toBeDefined();
  const audit = await stage.daemon.api<Shown>("/api/holdfast/v1/audit?limit=1000");
  expect(audit.body.items.find(({ action }: Shown) => action === "approve-removal")).toMatchObject({
    actor: "user:local",
  });
});

test("a FIFO, by itself or behind a link, hangs nothing: it is told, and applications go on", async () => {
  const app = await stage.place({ name: "fifo", files: { "a.yaml": yaml(configMap("fifo", "a")) } });
  await app.untilSettled();
  const fifo = join(stage.daemon.dir, "a-fifo"),
    link = join(stage.daemon.dir, "apps", "linked.yaml");
  expect((await run(["mkfifo", fifo])).code).toBe(0);
  symlinkSync(fifo, link);
  await problem(/linked\.yaml cannot be read: it is a FIFO, not a file/);
  expect((await stage.daemon.api("/healthz")).status).toBe(200);
  await app.edit(({ spec }) => void (spec.info = [{ name: "is", value: "edited" }]));
  await stage.daemon.restart();
  await problem(/linked\.yaml cannot be read: it is a FIFO, not a file/);
  await app.untilSettled();
  const validated = await stage.daemon.cli("validate", link);
  expect([validated.code, validated.stdout + validated.stderr]).toEqual([
    2,
    expect.stringContaining("it is a FIFO"),
  ]);
  rmSync(link);
});

describe("a deletion that cannot end", () => {
  const held = (name: string) => {
    const object = configMap(name, "held");
    object.metadata.finalizers = ["example.com/hold"];
    return object;
  };

  test("says which object is held by whose finalizer; the command line calls nothing gone; cascade=false lets go", async () => {
    const app = await stage.place({
      name: "held",
      metadata: { finalizers: [FINALIZER] },
      files: { "a.yaml": yaml(held("held")) },
    });
    await app.untilSettled();
    await app.remove();
    const seen = await app.until((now) => conditions(now, "DeletionHeldWarning").length > 0);
    expect(conditions(seen, "DeletionHeldWarning")).toEqual([
      expect.stringMatching(
        /^ConfigMap held\/held was asked to go at .* and is held by the finalizer example\.com\/hold/,
      ),
    ]);
    const again = await stage.daemon.cli("app", "delete", "held", "--yes");
    expect([again.code, again.stdout]).toEqual([0, expect.stringContaining("is being deleted since")]);
    const made = await stage.daemon.api<Shown>("/api/v1/applications?upsert=true", {
      method: "POST",
      body: JSON.stringify({ metadata: { name: "held" }, spec: seen.spec }),
    });
    expect([made.status, made.body.message]).toEqual([
      400,
      expect.stringContaining("is being deleted. Wait until it is gone"),
    ]);
    const released = await stage.daemon.cli("app", "delete", "held", "--yes", "--cascade=false", "--wait");
    expect([released.code, released.stdout]).toEqual([0, expect.stringContaining("held: is gone")]);
    await app.untilGone();
    expect(await uidOf(configMapPath("held", "held"))).toBeDefined();
    await stage.must("PATCH", configMapPath("held", "held"), { metadata: { finalizers: null } }, MERGE);
  });

  test("is released by taking the application's finalizer away", async () => {
    const app = await stage.place({
      name: "unfinal",
      metadata: { finalizers: [FINALIZER] },
      files: { "a.yaml": yaml(held("unfinal"), configMap("unfinal", "b")) },
    });
    await app.untilSettled();
    await app.remove();
    await app.until((now) => conditions(now, "DeletionHeldWarning").length > 0);
    const patched = await stage.daemon.api<Shown>("/api/v1/applications/unfinal", {
      method: "PATCH",
      body: JSON.stringify({ patchType: "merge", patch: JSON.stringify({ metadata: { finalizers: null } }) }),
    });
    expect(patched.status).toBe(200);
    await app.untilGone();
    expect(await uidOf(configMapPath("unfinal", "held"))).toBeDefined();
    await stage.must("PATCH", configMapPath("unfinal", "held"), { metadata: { finalizers: null } }, MERGE);
  });
});
