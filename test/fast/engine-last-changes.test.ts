/** Who changed an application, in a repository of several. In this process, on the sandbox and real Git. */
import { describe, expect, test } from "bun:test";
import { type ListRow, ListRows } from "../../src/api/list-rows.ts";
import { type AppKey, type Application, appKey } from "../../src/core/model/application.ts";
import type { ChangeAbout } from "../../src/core/model/commit-about.ts";
import { commitLines } from "../../src/core/model/commit-lines.ts";
import { Failure } from "../../src/core/model/failure.ts";
import type { Project } from "../../src/core/model/project.ts";
import type { Git } from "../../src/core/ports/git.ts";
import type { Deployments } from "../../src/engine/control.ts";
import {
  appOf,
  type Files,
  HOME,
  type Repository,
  type Rig,
  type RigOptions,
  sharedWorld,
  type World,
} from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap } from "../lib/manifests.ts";
import { npmToolSets } from "../lib/render-host.ts";

let world: World;
const startRig = sharedWorld((shared) => {
  world = shared;
});
const keyOf = (name: string): AppKey => appKey(HOME, name);
const fileOf = (name: string, value: string): Files => ({
  [`${name.replace(/-.*/, "")}/it.yaml`]: configMap(name, "it", { value }),
});
const said = (about: ChangeAbout | undefined): string | undefined =>
  about === undefined ? undefined : about.is === "commit" ? about.subject : about.is;

/** Two applications of one repository, `pay-…` and `web-…`. */
interface Stage {
  rig: Rig;
  repository: Repository;
  pay: string;
  web: string;
  /** Histories that were read of Git, by how many commits were asked for. */
  asked: number[];
  told(name: string): Promise<Deployments>;
  /** Commits, and has the branch be learnt by all. */
  commit(files: Files, message: string): Promise<string>;
}

async function stage(
  of: string,
  { history, ...options }: RigOptions & { history?: (asked: number) => Promise<never> | undefined } = {},
): Promise<Stage> {
  const asked: number[] = [];
  const rig = await startRig({
    ...options,
    git: (git): Git => ({
      ...git,
      history: (...ask) => {
        asked.push(ask[2]);
        return history?.(asked.length) ?? git.history(...ask);
      },
    }),
  });
  const [pay, web] = [`pay-${of}`, `web-${of}`];
  await Promise.all([pay, web].map((name) => world.makeNamespace(name)));
  const repository = await world.repository(of, { ...fileOf(pay, "0"), ...fileOf(web, "0") });
  rig.place(appOf({ name: pay, repository, path: "pay" }), appOf({ name: web, repository, path: "web" }));
  await Promise.all([pay, web].map((name) => rig.untilSettled(name)));
  await rig.untilIdle();
  return {
    ...{ rig, repository, pay, web, asked },
    async told(name) {
      const found = await rig.control.deployments(keyOf(name));
      if (found.is === "absent") throw new Error(`there is no application ${name}`);
      return found.value;
    },
    async commit(files, message) {
      const sha = await repository.commit(files, message);
      await rig.refresh(web);
      for (const name of [pay, web]) await rig.until(name, (app) => app.status?.sync.revision === sha);
      await rig.untilIdle();
      return sha;
    },
  };
}

describe("who changed an application last", () => {
  test("is who changed what it reads, and nobody whose commit only moved the branch", async () => {
    const { pay, web, told, commit, repository, rig } = await stage("who");
    await commit(fileOf(pay, "1"), "pay: one\n\nSigned-off-by: Bo <bo@example.com>");
    const tip = await commit(fileOf(web, "1"), "web: one");
    const [ofPay, ofWeb] = [await told(pay), await told(web)];
    expect(ofPay.revisions).toEqual([tip]);
    expect(ofPay.now).toMatchObject([{ subject: "web: one" }]);
    expect(ofPay.changed).toMatchObject([{ subject: "pay: one", signedOffBy: ["Bo <bo@example.com>"] }]);
    expect(ofWeb.changed).toMatchObject([{ subject: "web: one", commit: tip }]);
    expect(ofPay.items.map(({ changed }) => said(changed?.[0]))).toEqual(["first", "pay: one"]);
    expect(ofWeb.items.map(({ changed }) => said(changed?.[0]))).toEqual(["first", "web: one"]);
    // One that was deployed by a look at a commit of others.
    await repository.commit({ "README.md": "x" }, "read me");
    await rig.sync(pay, { revision: "main" });
    await rig.untilIdle();
    expect((await told(pay)).items.map(({ changed }) => said(changed?.[0]))).toEqual([
      ...["first", "pay: one"],
      "pay: one",
    ]);
  }, 180_000);

  test("costs Git nothing until somebody looks, then one list for all of the repository, and none for others' commits", async () => {
    const { pay, web, told, commit, asked, rig } = await stage("cost");
    await commit(fileOf(pay, "1"), "pay: one");
    await commit(fileOf(web, "1"), "web: one");
    expect(asked).toEqual([]);
    await Promise.all([told(pay), told(web), told(pay)]);
    expect(asked).toEqual([100]);
    // It is at another commit now, which is known not to concern it.
    const before = rig.gitRequests.length;
    await commit(fileOf(web, "2"), "web: two");
    expect(rig.control.changeOf(keyOf(pay))?.subject).toBe("pay: one");
    expect(asked).toEqual([100]);
    expect(said((await told(pay)).changed?.[0])).toBe("pay: one");
    expect(said((await told(web)).changed?.[0])).toBe("web: two");
    expect(rig.gitRequests.slice(before).filter(({ type }) => type === "fetch")).toEqual([]);
  }, 180_000);

  test("a list never waits for it, and is told when it is known", async () => {
    const { pay, web, commit, rig, asked } = await stage("list");
    await commit(fileOf(pay, "1"), "pay: one");
    const events: string[] = [];
    rig.control.onEvent(({ type, app }) => void events.push(`${type} ${app.metadata.name}`));
    expect([pay, web].map((name) => rig.control.changeOf(keyOf(name)))).toEqual([undefined, undefined]);
    await eventually("both rows are told", () => events.length >= 2);
    expect(events.sort()).toEqual([`MODIFIED ${pay}`, `MODIFIED ${web}`]);
    expect([pay, web].map((name) => rig.control.changeOf(keyOf(name))?.subject)).toEqual([
      "pay: one",
      "first",
    ]);
    expect(rig.control.changeOf(keyOf(pay))).toBe(rig.control.changeOf(keyOf(pay)) as never);
    expect(asked).toEqual([100]);
    expect(rig.control.changeOf(keyOf("nobody"))).toBeUndefined();
  }, 180_000);

  test("a commit of others is another row of nobody, and whoever asks about one is told where its branch is", async () => {
    const { pay, web, commit, rig, repository } = await stage("tips");
    await commit(fileOf(pay, "1"), "pay: one");
    await rig.control.changesFound([keyOf(pay), keyOf(web), keyOf("nobody")]);
    const rows = new ListRows();
    const rowsNow = (): ListRow[] =>
      rows.ofAll(rig.control.applications(), ({ metadata: { name } }) => ({
        changed: rig.control.changeOf(keyOf(name)),
        newest: rig.control.newestOf(keyOf(name)),
      }));
    const before = rowsNow();
    const told: string[] = [];
    const stop = rig.control.onEvent(({ app }) => void told.push(app.metadata.name));
    const tip = await repository.commit(fileOf(web, "1"), "web: one");
    await rig.refresh(web);
    await rig.until(web, (app) => app.status?.sync.revision === tip);
    await rig.control.changesFound([keyOf(web)]);
    await rig.untilIdle();
    stop();
    expect(new Set(told)).toEqual(new Set([web]));
    expect(rig.control.application(keyOf(pay))?.status?.sync.revision).toBe(tip);
    const columnsOf = (list: readonly ListRow[], name: string) =>
      list.find(({ key }) => key === keyOf(name))?.columns.map(({ text }) => text);
    const after = rowsNow();
    expect(columnsOf(after, pay)).toEqual(columnsOf(before, pay) as string[]);
    expect(columnsOf(after, pay)?.join()).not.toContain(tip);
    expect(columnsOf(after, web)?.join()).toContain(`"commit":"${tip.slice(0, 7)}"`);
  }, 180_000);

  test("whoever waits for what changed all waits for no server that hangs", async () => {
    const never = Promise.withResolvers<never>();
    const { pay, web, rig } = await stage("hangs", { history: () => never.promise });
    await rig.control.changesFound([keyOf(pay), keyOf(web)]);
    expect(rig.control.changeOf(keyOf(pay))).toBeUndefined();
    never.reject(new Error("it is over"));
  }, 180_000);

  test("what was known is of what was read then: a path that is new is looked for anew", async () => {
    const { pay, web, commit, told, rig, repository, asked } = await stage("paths");
    await commit({ "more/it.yaml": configMap(pay, "more", { value: "0" }) }, "more: zero");
    await commit(fileOf(web, "1"), "web: one");
    expect(said((await told(pay)).changed?.[0])).toBe("first");
    rig.place(appOf({ name: pay, repository, path: "more" }));
    await rig.until(pay, (app) => app.status?.history?.at(-1)?.source?.path === "more");
    await rig.untilIdle();
    expect(said((await told(pay)).changed?.[0])).toBe("more: zero");
    // What it was before, it read elsewhere.
    expect((await told(pay)).items.map(({ changed }) => said(changed?.[0]))).toEqual(["first", "more: zero"]);
    expect(asked).toEqual([100]);
  }, 180_000);

  test("what is read beside its folder counts, and a file that nobody reads does not", async () => {
    const programs = (await npmToolSets())[0]?.programs ?? {};
    const { rig, repository, told } = await stage("beside", { programs });
    const name = "over-beside";
    await world.makeNamespace(name);
    await repository.commit(
      {
        "base/kustomization.yaml": "resources: [it.yaml]\n",
        "base/it.yaml": configMap(name, "it", { value: "0" }),
        "over/kustomization.yaml": "resources: [../base]\n",
      },
      "over: all",
    );
    rig.place(appOf({ name, repository, path: "over" }));
    await rig.untilSettled(name);
    expect(said((await told(name)).changed?.[0])).toBe("over: all");
    await repository.commit({ "base/it.yaml": configMap(name, "it", { value: "1" }) }, "base: one");
    await repository.commit({ "base/README.md": "nobody reads it" }, "base: words");
    await rig.refresh(name);
    await rig.untilIdle();
    expect(said((await told(name)).changed?.[0])).toBe("base: one");
  }, 180_000);

  test("a commit that cannot be used is named with its author, and the tip of others behind it is not", async () => {
    const { pay, told, repository, rig } = await stage("broken");
    const [good] = (await told(pay)).revisions;
    await repository.commit(
      { "pay/it.yaml": "kind: ConfigMap\napiVersion: v1\nmetadata: {name: it\n" },
      "pay: broken",
    );
    const tip = await repository.commit({ "README.md": "x" }, "read me");
    await rig.refresh(pay);
    await rig.until(pay, (app) => app.status?.sync.status === "Unknown");
    await rig.untilIdle();
    const found = await told(pay);
    expect(found.revisions).toEqual([good ?? ""]);
    expect(found.changed).toMatchObject([{ subject: "first" }]);
    expect(found.ahead).toMatchObject({ revisions: [tip], changed: [{ subject: "pay: broken" }] });
    await repository.commit(fileOf(pay, "2"), "pay: mended");
    await rig.refresh(pay);
    await rig.untilSettled(pay);
    expect((await told(pay)).ahead).toBeUndefined();
  }, 180_000);

  test("a list names who made what cannot be used, again where another commit cannot either, and not what others made", async () => {
    const { pay, rig, repository, commit } = await stage("blame");
    await commit(fileOf(pay, "1"), "pay: one");
    const told: string[] = [];
    // As the list does: whoever hears of a change looks at the row.
    rig.control.onEvent(({ app }) => {
      if (app.metadata.name !== pay) return;
      rig.control.changeOf(keyOf(pay));
      told.push(rig.control.newestOf(keyOf(pay))?.subject ?? "none");
    });
    const broken = (value: string) => `kind: ConfigMap\napiVersion: v1\nmetadata: {name: it${value}\n`;
    for (const subject of ["pay: broken", "pay: broken again", "pay: broken still"]) {
      await repository.commit({ "pay/it.yaml": broken(`, ${subject}`) }, subject);
      await repository.commit({ "README.md": subject }, "read me");
      await rig.refresh(pay);
      await eventually(`${subject} is told`, () => told.at(-1) === subject);
      await rig.untilIdle();
      expect(rig.control.newestOf(keyOf(pay))?.subject).toBe(subject);
      expect(rig.control.changeOf(keyOf(pay))?.subject).toBe("pay: one");
    }
    // Looked at again it is what it was, all the while.
    const before = told.length;
    await rig.refresh(pay);
    await rig.untilIdle();
    expect(new Set(told.slice(before))).toEqual(new Set(["pay: broken still"]));
    await repository.commit(fileOf(pay, "2"), "pay: mended");
    await rig.refresh(pay);
    await rig.untilSettled(pay);
    expect(rig.control.newestOf(keyOf(pay))).toBeUndefined();
    expect(rig.control.newestOf(keyOf("nobody"))).toBeUndefined();
  }, 180_000);

  test("who made what cannot be used is told of one that was never compared", async () => {
    const { rig, repository, told } = await stage("new");
    const name = "over-new";
    await repository.commit({ "over/it.yaml": "kind: ConfigMap\nmetadata: {name: it\n" }, "over: broken");
    rig.place(appOf({ name, repository, path: "over" }));
    await rig.until(name, (app) => app.status?.sync.status === "Unknown");
    rig.control.newestOf(keyOf(name));
    await eventually("it is told", () => rig.control.newestOf(keyOf(name))?.subject === "over: broken");
    expect(commitLines(rig.control.application(keyOf(name)) as Application, await told(name))).toMatchObject([
      { is: "ahead", lead: "newest change", about: { subject: "over: broken" } },
    ]);
  }, 180_000);

  test("what waits for the end of a hold is named, as far as it changes something", async () => {
    const { pay, told, commit, repository, rig } = await stage("held");
    await commit(fileOf(pay, "1"), "pay: one");
    const back = await rig.control.rollback(keyOf(pay), {
      deployment: 0,
      until: "lifted",
      actor: "user:ann",
    });
    expect(back.is).toBe("written");
    const tip = await repository.commit({ "README.md": "x" }, "read me");
    await rig.refresh(pay);
    await rig.until(pay, (app) => app.status?.hold?.git?.[0] === tip);
    await rig.untilIdle();
    const found = await told(pay);
    expect(found.changed).toMatchObject([{ subject: "first" }]);
    expect(found.ahead).toMatchObject({ revisions: [tip], changed: [{ subject: "pay: one" }] });
    // In a list too, and no commit of others as what waits.
    await eventually("its row is told", () => rig.control.newestOf(keyOf(pay))?.subject === "pay: one");
    const [condition] = rig.control.application(keyOf(pay))?.status?.conditions ?? [];
    expect(condition?.message).toContain("What main has since then waits");
    expect(condition?.message).not.toContain(tip.slice(0, 7));
    // The newer ones too, which what it is held at does not lead to.
    expect(found.items.map(({ changed }) => said(changed?.[0]))).toEqual(["first", "pay: one", "first"]);
  }, 180_000);

  test("where Git cannot be asked it says so, and asks again after a pause alone", async () => {
    let down = true;
    const { pay, told, asked, rig, commit } = await stage("down", {
      history: () =>
        down
          ? Promise.reject(
              new Failure("git-unreachable", "it", "backoff", { cannot: "read from Git", why: "it is down" }),
            )
          : undefined,
    });
    await commit(fileOf(pay, "1"), "pay: one");
    expect((await told(pay)).changed).toEqual([{ is: "unknown", why: "it is down" }]);
    expect((await told(pay)).changed).toEqual([{ is: "unknown", why: "it is down" }]);
    expect(rig.control.changeOf(keyOf(pay))).toBeUndefined();
    down = false;
    expect((await told(pay)).changed).toEqual([{ is: "unknown", why: "it is down" }]);
    expect(asked.length).toBe(1);
    rig.clock.advance(31_000);
    expect(said((await told(pay)).changed?.[0])).toBe("pay: one");
    expect(asked.length).toBe(2);
  }, 180_000);

  test("who waits does so for a moment, and is not held up by a server that says nothing", async () => {
    const hung = Promise.withResolvers<never>();
    const { pay, told } = await stage("hung", { history: () => hung.promise });
    expect((await told(pay)).changed).toEqual([{ is: "unknown", why: "it is not known yet" }]);
    hung.reject(new Error("over"));
  }, 180_000);

  test("a repository that the project does not permit any more is not looked into", async () => {
    const { pay, told, asked, rig } = await stage("refused");
    const project: Project = {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "AppProject",
      metadata: { name: "default", namespace: HOME },
      spec: {
        sourceRepos: ["https://elsewhere.example.com/*"],
        destinations: [{ server: "*", namespace: "*" }],
      },
    };
    rig.folder.projects = [{ project, file: "apps/default.yaml", line: 1 }];
    rig.read();
    await rig.until(pay, (app) => app.status?.sync.status === "Unknown");
    await rig.untilIdle();
    const found = await told(pay);
    expect(found.changed).toMatchObject([{ is: "unknown", why: expect.stringContaining("not permitted") }]);
    for (const { changed } of found.items) expect(changed).toMatchObject([{ is: "unknown" }]);
    expect(asked).toEqual([]);
  }, 180_000);
});
