/** The hold that keeps an automated application at what it was rolled back to: what moves it, what ends it, and what it outlives. In this process, on the sandbox. */
import { describe, expect, test } from "bun:test";
import { RESOURCES_FINALIZER } from "../../src/core/model/application.ts";
import { defined } from "../../src/lib/defined.ts";
import { memoryStore } from "../fakes/memory-store.ts";
import { endingOf } from "../lib/ending-of.ts";
import { appOf, conditions, isQuiet } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath } from "../lib/manifests.ts";
import { causes, deliver, deployed, holding, keyOf, rollback, rollbackStage } from "../lib/rollback-stage.ts";

const on = rollbackStage();
const { startRig, valueIn } = on;

describe("a rollback of an automated application", () => {
  test("is a hold: no poll, commit or edit by hand moves past it, and drift is healed to what is held", async () => {
    const rig = await startRig();
    const { repository, commits } = await deployed(rig, "held", ["one", "two"]);
    expect(await rollback(rig, "held", 0)).toMatchObject({ is: "written" });
    expect(await valueIn("held")).toBe("one");
    const three = await repository.commit(holding("held", "three"));
    await rig.refresh("held");
    await rig.refresh("held", "hard");
    await rig.untilIdle();
    expect(await valueIn("held")).toBe("one");
    await on.world.must(
      "PATCH",
      configMapPath("held", "it"),
      { data: { value: "by hand" } },
      "application/merge-patch+json",
    );
    await eventually("it is healed", async () => (await valueIn("held")) === "one");
    await rig.untilIdle();
    const { status } = rig.app("held");
    expect(status).toMatchObject({
      sync: { status: "Synced", revision: commits[0] },
      hold: { deployment: 0, by: "user:ann", until: "lifted", extras: "kept", git: [three] },
    });
    expect(conditions(rig.app("held"), "HeldWarning")).toEqual([
      expect.stringMatching(
        new RegExp(
          `^held at ${commits[0]?.slice(0, 7)} by ann \\(deployment 0, since .*\\)\\. What main has since then waits\\. .*holdfast app unhold argocd/held$`,
        ),
      ),
    ]);
  });

  test("ends when a person lifts it: what waited is delivered", async () => {
    const rig = await startRig();
    const { repository } = await deployed(rig, "lifted", ["one", "two"]);
    await rollback(rig, "lifted", 0);
    const three = await repository.commit(holding("lifted", "three"));
    expect(await rig.control.unhold(keyOf("lifted"), "user:ben")).toMatchObject({ is: "written" });
    await rig.until("lifted", (app) => app.status?.sync.revision === three && isQuiet(app));
    await eventually("it is delivered", async () => (await valueIn("lifted")) === "three");
    expect(rig.app("lifted").status?.hold).toBeUndefined();
    expect(conditions(rig.app("lifted"), "HeldWarning")).toEqual([]);
    expect(rig.control.audits({ app: keyOf("lifted"), limit: 20 })).toContainEqual(
      expect.objectContaining({ action: "unhold", actor: "user:ben" }),
    );
    expect(await rig.control.unhold(keyOf("lifted"), "user:ben")).toMatchObject({
      is: "conflict",
      why: expect.stringContaining("is not held"),
    });
  });

  test("tells before it is lifted what Git says now would change, and writes nothing for that", async () => {
    const rig = await startRig();
    const { repository } = await deployed(rig, "lifted-soon", ["one", "two"]);
    expect(await endingOf(rig.control.unholdPlan(keyOf("lifted-soon")))).toThrow(
      "is not held: it follows what is written",
    );
    await rollback(rig, "lifted-soon", 0);
    const third = await repository.commit({
      ...holding("lifted-soon", "three"),
      "new.yaml": configMap("lifted-soon", "new"),
    });
    const before = rig.requests.length;
    const plan = await rig.control.unholdPlan(keyOf("lifted-soon"));
    if (plan.is === "absent") throw new Error("there is no such application");
    const { revisions, resources, extras, refusals } = plan.value;
    expect([revisions, extras, refusals]).toEqual([[third], "deleted", []]);
    expect(
      resources.map(({ ref, live, fields }) => [
        ref.name,
        live !== undefined,
        fields.map(({ path }) => path),
      ]),
    ).toEqual([
      ["it", true, ["data.value"]],
      ["new", false, []],
    ]);
    const writes = rig.requests
      .slice(before)
      .filter(({ verb }) => !/dry-run|get|list|watch|discover/.test(verb));
    expect([writes, rig.app("lifted-soon").status?.hold?.deployment]).toEqual([[], 0]);
    expect(await rig.control.unholdPlan(keyOf("nobody"))).toEqual({ is: "absent" });
    expect(await valueIn("lifted-soon")).toBe("one");
  });

  test("of an application that is being deleted is refused, and so is every plan of it", async () => {
    const rig = await startRig();
    const name = "going";
    const metadata = { finalizers: [RESOURCES_FINALIZER] };
    const { repository } = await deployed(rig, name, ["one", "two"], { metadata });
    const stays = configMap(name, "stays");
    stays.metadata = { ...stays.metadata, finalizers: ["example.com/held"] } as typeof stays.metadata;
    await deliver(rig, name, repository, { "stays.yaml": stays, "pruned.yaml": configMap(name, "pruned") });
    await deliver(rig, name, repository, { "pruned.yaml": null });
    await rollback(rig, name, 1, { prune: false });
    rig.unplace(name);
    await rig.until(name, ({ metadata }) => metadata.deletionTimestamp !== undefined);
    const why = "the application argocd/going is being deleted";
    const { control } = rig;
    expect(await endingOf(control.rollbackPlan(keyOf(name), 0))).toThrow(why);
    expect(await endingOf(control.unholdPlan(keyOf(name)))).toThrow(why);
    expect(await endingOf(control.revertPlan(keyOf(name), 0))).toThrow(why);
    expect(await rig.control.unhold(keyOf(name), "user:ann")).toEqual({ is: "conflict", why });
    expect(await rollback(rig, name, 0)).toEqual({ is: "conflict", why });
    const kept = await rig.control.undoable(keyOf(name));
    expect(kept.is === "found" && kept.value.objects.map(({ can, why }) => [can, why])).toEqual([
      ["no", why],
    ]);
    await on.world.must(
      "PATCH",
      configMapPath(name, "stays"),
      { metadata: { finalizers: null } },
      "application/merge-patch+json",
    );
    await rig.untilGone(name);
  });

  test("until the next commit: one that changes nothing of it is none", async () => {
    const rig = await startRig();
    const { repository, commits } = await deployed(rig, "until", ["one", "two"]);
    await rollback(rig, "until", 0, { until: "next-commit" });
    await repository.commit({ "README.md": "nothing of it" });
    await rig.refresh("until");
    await rig.untilIdle();
    expect(rig.app("until").status).toMatchObject({
      hold: { until: "next-commit" },
      sync: { revision: commits[0] },
    });
    expect(await valueIn("until")).toBe("one");
    await repository.commit(holding("until", "mended"));
    await rig.refresh("until");
    await eventually("it is delivered", async () => (await valueIn("until")) === "mended");
    expect(rig.app("until").status?.hold).toBeUndefined();
    expect(rig.control.audits({ app: keyOf("until"), limit: 20 })).toContainEqual(
      expect.objectContaining({ action: "unhold", actor: "daemon" }),
    );
  });

  test("until the next commit, from one that cannot be rendered: it lasts until one can", async () => {
    const rig = await startRig();
    const { repository } = await deployed(rig, "broken", ["one", "two"]);
    await repository.commit({ "it.yaml": "kind: ConfigMap\napiVersion: v1\nmetadata: {name: [" });
    await rig.refresh("broken");
    await rollback(rig, "broken", 0, { until: "next-commit" });
    expect(await valueIn("broken")).toBe("one");
    await repository.commit({ "it.yaml": "kind: ConfigMap\napiVersion: v1\nmetadata: {name: {" });
    await rig.refresh("broken");
    await rig.untilIdle();
    expect(rig.app("broken").status?.hold?.trouble).toMatch(/it\.yaml/);
    expect(rig.app("broken").status?.sync.status).toBe("Synced");
    await repository.commit(holding("broken", "mended"));
    await rig.refresh("broken");
    await eventually("it is delivered", async () => (await valueIn("broken")) === "mended");
  });

  test("until the next commit: an edit of the source is one, and what is not synced by itself is held by none", async () => {
    const rig = await startRig();
    const { repository } = await deployed(rig, "turned", ["one", "two"]);
    await repository.commit({ "moved/it.yaml": configMap("turned", "it", { value: "moved" }) });
    await rig.refresh("turned");
    await rig.untilIdle();
    await rollback(rig, "turned", 0, { until: "next-commit" });
    expect(await valueIn("turned")).toBe("one");
    rig.place(appOf({ name: "turned", repository, path: "moved" }));
    await eventually("it is delivered", async () => (await valueIn("turned")) === "moved");
    await rig.untilIdle();
    expect(rig.app("turned").status?.hold).toBeUndefined();
  });

  test("of several sources goes back to each one's commit, and what one of them says waits", async () => {
    const rig = await startRig();
    await on.world.makeNamespace("several");
    const [a, b] = [
      await on.world.repository("several-a", { "a.yaml": configMap("several", "it", { value: "one" }) }),
      await on.world.repository("several-b", { "b.yaml": configMap("several", "b", { value: "one" }) }),
    ];
    const sources = [a, b].map(({ url }) => ({ repoURL: url, path: ".", targetRevision: "main" }));
    const app = appOf({ name: "several", repository: a });
    const { source: _, ...spec } = app.spec;
    rig.place({ ...app, spec: { ...spec, sources } });
    await rig.untilSettled("several");
    const first = rig.app("several").status?.sync.revisions;
    await b.commit({ "b.yaml": configMap("several", "b", { value: "two" }) });
    await rig.refresh("several");
    await rig.untilIdle();
    const second = rig.app("several").status?.sync.revisions;
    expect(second).not.toEqual(first);
    await rollback(rig, "several", 0);
    await a.commit({ "a.yaml": configMap("several", "it", { value: "two" }) });
    await rig.refresh("several");
    await rig.untilIdle();
    expect(await valueIn("several", "it")).toBe("one");
    expect(await valueIn("several", "b")).toBe("one");
    const { status } = rig.app("several");
    expect(status?.sync.revisions).toEqual(first as string[]);
    expect(status?.hold?.git?.[1]).toBe(second?.[1] as string);
    expect(status?.history?.at(-1)).toMatchObject({ revisions: first, cause: "rollback to 0" });
  });

  test("survives a restart, and so does one whose sync was only asked for", async () => {
    const store = memoryStore();
    const before = await startRig({ store });
    const { repository, commits } = await deployed(before, "restart", ["one", "two"]);
    // Asked for, and the daemon ends before it is begun.
    await before.control.rollback(keyOf("restart"), { deployment: 0, until: "lifted", actor: "user:ann" });
    await before.stop();
    await repository.commit(holding("restart", "three"));
    const rig = await startRig({ store, folder: before.folder });
    await rig.until("restart", (app) => app.status?.sync.status === "Synced" && isQuiet(app));
    await rig.untilIdle();
    await rig.refresh("restart");
    await rig.untilIdle();
    expect(await valueIn("restart")).toBe("one");
    expect(rig.app("restart").status).toMatchObject({
      hold: { deployment: 0 },
      sync: { revision: commits[0] },
    });
    expect(causes(rig.app("restart")).at(-1)).toBe("rollback to 0");
  });

  test("after a restart no commit of others in its repository becomes its own", async () => {
    const store = memoryStore();
    const before = await startRig({ store });
    const repository = await on.world.repository("mono", {
      "a/it.yaml": configMap("mono", "it", { value: "one" }),
      "b/other.yaml": configMap("mono", "other"),
    });
    await on.world.makeNamespace("mono");
    before.place(appOf({ name: "mono", repository, path: "a" }));
    before.place(appOf({ name: "beside", repository, path: "b", namespace: "mono" }));
    await before.untilSettled("mono");
    await before.untilSettled("beside");
    const first = before.app("mono").status?.sync.revision;
    await repository.commit({ "a/it.yaml": configMap("mono", "it", { value: "two" }) });
    await before.refresh("mono");
    await eventually("two", async () => (await valueIn("mono")) === "two");
    await before.untilIdle();
    await rollback(before, "mono", 0);
    const { folder } = before;
    await before.stop();
    // It alone is there at first, and so the first to say where main is.
    const [mono] = folder.applications;
    if (mono === undefined) throw new Error("the folder is empty");
    const rig = await startRig({ store, folder: { ...folder, applications: [mono] } });
    await rig.untilSettled("mono");
    await rig.untilIdle();
    rig.place(appOf({ name: "beside", repository, path: "b", namespace: "mono" }));
    await rig.untilSettled("beside");
    const third = await repository.commit({ "b/more.yaml": configMap("mono", "more") });
    rig.engine.pushed([repository.url]);
    await rig.until("beside", (app) => app.status?.sync.revision === third && isQuiet(app));
    await rig.untilIdle();
    expect(rig.app("mono").status?.sync).toMatchObject({ revision: first, status: "Synced" });
    expect(await valueIn("mono")).toBe("one");
  });

  test("after a restart it says what it is held at, whatever of others was committed since then", async () => {
    const store = memoryStore();
    const before = await startRig({ store });
    const repository = await on.world.repository("said", {
      "a/it.yaml": configMap("said", "it", { value: "one" }),
      "b/other.yaml": configMap("said", "other"),
    });
    await on.world.makeNamespace("said");
    before.place(appOf({ name: "said", repository, path: "a" }));
    await before.untilSettled("said");
    const first = before.app("said").status?.sync.revision;
    const second = await repository.commit({ "b/other.yaml": configMap("said", "other", { value: "two" }) });
    await rollback(before, "said", 0);
    const { folder } = before;
    await before.stop();
    const rig = await startRig({ store, folder });
    await rig.untilSettled("said");
    await rig.untilIdle();
    // Who follows the same branch finds it further on, by a commit that is none of its business.
    rig.place(appOf({ name: "said-beside", repository, path: "b", namespace: "said" }));
    await rig.until("said-beside", (app) => app.status?.sync.revision === second && isQuiet(app));
    const patch = { data: { value: "by hand" } };
    await on.world.must("PATCH", configMapPath("said", "it"), patch, "application/merge-patch+json");
    await eventually("it is put back", async () => (await valueIn("said")) === "one");
    await rig.until("said", isQuiet);
    await rig.untilIdle();
    const { status } = rig.app("said");
    expect([status?.sync.revision, status?.operationState?.syncResult?.revision]).toEqual([first, first]);
  });

  test("neither is anybody else moved back by what it is held at", async () => {
    const rig = await startRig();
    const { repository, commits } = await deployed(rig, "mate", ["one", "two"]);
    await on.world.makeNamespace("mates");
    rig.place(appOf({ name: "mates", repository, namespace: "mate2" }));
    await on.world.makeNamespace("mate2");
    await rig.until("mates", (app) => app.status?.sync.revision !== undefined);
    await rollback(rig, "mate", 0);
    await rig.refresh("mate");
    await rig.untilIdle();
    expect(rig.app("mates").status?.sync.revision).toBe(commits[1]);
    const three = await repository.commit({ "more.yaml": configMap("mate2", "more") });
    await rig.refresh("mates");
    await rig.until("mates", (app) => app.status?.sync.revision === three);
    expect(rig.app("mate").status?.sync.revision).toBe(commits[0]);
  });

  test("a sync by a person meanwhile is refused with the ways on, and one of what is held goes through", async () => {
    const rig = await startRig();
    const { commits } = await deployed(rig, "asked", ["one", "two"]);
    await rollback(rig, "asked", 0);
    const sync = (revision?: string, dryRun?: true) =>
      rig.control.sync(keyOf("asked"), {
        operation: { sync: defined({ revision, dryRun }) },
        actor: "user:ben",
      });
    for (const revision of [undefined, "HEAD", commits[1]])
      expect(await sync(revision)).toMatchObject({
        is: "held",
        why: expect.stringContaining("by ann (deployment 0, since "),
        fix: expect.stringContaining("holdfast app unhold argocd/asked"),
      });
    expect(await sync(commits[0]?.slice(0, 8))).toMatchObject({ is: "written" });
    await rig.until("asked", isQuiet);
    expect(await sync(commits[1], true)).toMatchObject({ is: "written" });
    await rig.until("asked", isQuiet);
    expect(await valueIn("asked")).toBe("one");
    expect(rig.app("asked").status?.hold).toBeDefined();
  });

  test("what came after stays until a person says so, and guards stop it as ever", async () => {
    const rig = await startRig();
    const { repository } = await deployed(rig, "extras", ["one"]);
    await deliver(rig, "extras", repository, { "new.yaml": configMap("extras", "new") });
    await rollback(rig, "extras", 0);
    await rig.refresh("extras");
    await rig.untilIdle();
    expect(await on.world.hasConfigMap("extras", "new")).toBe(true);
    await rollback(rig, "extras", 0, { prune: true });
    await eventually("it is gone", async () => !(await on.world.hasConfigMap("extras", "new")));
    expect(rig.app("extras").status?.hold).toMatchObject({ extras: "pruned" });
  });

  test("another one may follow from there, to any entry", async () => {
    const rig = await startRig();
    await deployed(rig, "again", ["one", "two", "three"]);
    await rollback(rig, "again", 0);
    await rollback(rig, "again", 1);
    expect(await valueIn("again")).toBe("two");
    expect(rig.app("again").status?.hold).toMatchObject({ deployment: 1 });
    expect(causes(rig.app("again")).slice(-2)).toEqual(["rollback to 0", "rollback to 1"]);
  });

  test("a rehearsal holds nothing", async () => {
    const rig = await startRig();
    await deployed(rig, "dry", ["one", "two"]);
    expect(await rollback(rig, "dry", 0, { dryRun: true })).toMatchObject({ is: "written" });
    expect(rig.app("dry").status?.operationState?.message).toContain("dry run");
    expect(rig.app("dry").status?.hold).toBeUndefined();
    expect(await valueIn("dry")).toBe("two");
  });

  test("edits of the spec: its source waits, everything else counts", async () => {
    const rig = await startRig();
    const { repository } = await deployed(rig, "edited", ["one", "two"]);
    await rollback(rig, "edited", 0);
    await repository.commit({ "moved/it.yaml": configMap("edited", "it", { value: "moved" }) });
    rig.place(appOf({ name: "edited", repository, path: "moved" }));
    await rig.refresh("edited");
    await rig.untilIdle();
    expect(await valueIn("edited")).toBe("one");
    rig.place(appOf({ name: "edited", repository, path: "moved", spec: { syncPolicy: {} } }));
    await rig.refresh("edited");
    await rig.control.unhold(keyOf("edited"), "user:ann");
    await rig.refresh("edited");
    await rig.untilIdle();
    expect(await valueIn("edited")).toBe("one");
    expect(rig.app("edited").status?.sync.status).toBe("OutOfSync");
  });

  test("an application that is deleted and made again has neither its history nor its hold", async () => {
    const rig = await startRig();
    const { repository } = await deployed(rig, "anew", ["one", "two"]);
    await rollback(rig, "anew", 0);
    rig.unplace("anew");
    rig.read();
    await rig.untilGone("anew");
    rig.place(appOf({ name: "anew", repository }));
    await rig.until("anew", (app) => app.status?.history !== undefined && isQuiet(app));
    expect(rig.app("anew").status?.history).toHaveLength(1);
    expect(rig.app("anew").status?.hold).toBeUndefined();
    expect(await rollback(rig, "anew", 2)).toMatchObject({ is: "invalid" });
  });
});
