/** The way back by a commit, pushed to the branch that is followed. In this process, with a real repository and the git program. */
import { beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { AppKey } from "../../src/core/model/application.ts";
import type { CommitSha } from "../../src/core/model/commit-sha.ts";
import type { Reverted, RevertRequest } from "../../src/engine/control.ts";
import { endingOf, rejectionOf } from "../lib/ending-of.ts";
import {
  appOf,
  HOME,
  isQuiet,
  type Repository,
  type Rig,
  sharedWorld,
  type World,
} from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath } from "../lib/manifests.ts";

let world: World;
const startRig = sharedWorld((shared) => {
  world = shared;
});
const git = async (cwd: string, ...argv: string[]): Promise<string> => {
  const child = Bun.spawn(["git", ...argv], { cwd, stdout: "pipe", stderr: "pipe" });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) throw new Error(`git ${argv.join(" ")}: ${err}`);
  return out.trim();
};
const keyOf = (name: string): AppKey => `${HOME}/${name}` as AppKey;
const valueIn = async (namespace: string): Promise<string | undefined> =>
  (await world.find(configMapPath(namespace, "it")))?.data?.value;

interface Bare extends Repository {
  folder: string;
  head(): Promise<string>;
}

/** A bare repository that a working copy pushes to, as a server has one. */
async function bare(name: string, files: Parameters<Repository["commit"]>[0]): Promise<Bare> {
  const work = await world.repository(`${name}-work`, files);
  const folder = join(world.dir, "git", `${name}.git`);
  await git(world.dir, "clone", "-q", "--bare", work.url, folder);
  return {
    url: folder,
    folder,
    head: () => git(folder, "rev-parse", "main"),
    async commit(changes, message) {
      await git(work.url, "pull", "-q", "--ff-only", folder, "main").catch(() => undefined);
      await work.commit(changes, message);
      await git(work.url, "push", "-q", folder, "HEAD:refs/heads/main");
      return git(work.url, "rev-parse", "HEAD");
    },
  };
}

const pushes = { settings: { repositories: [{ url: "/", push: "allowed" as const }] } };

/** Deployed once for each value, from the folder `app` of a repository with other things in it. */
async function deployed(
  rig: Rig,
  name: string,
  values: readonly string[],
): Promise<{ repository: Bare; commits: string[] }> {
  const files = (value: string) => ({ "app/it.yaml": configMap(name, "it", { value }) });
  const [first = "", ...rest] = values;
  const repository = await bare(name, { ...files(first), "other/README.md": "one" });
  await world.makeNamespace(name);
  rig.place(appOf({ name, repository, path: "app" }));
  await rig.untilSettled(name);
  const commits = [rig.app(name).status?.sync.revision ?? ""];
  for (const value of rest) {
    const sha = await repository.commit({ ...files(value), "other/README.md": value });
    await rig.refresh(name);
    await rig.until(name, (app) => app.status?.sync.revision === sha && isQuiet(app));
    await rig.untilIdle();
    commits.push(sha);
  }
  return { repository, commits };
}

const revert = (rig: Rig, name: string, more: Partial<RevertRequest> = {}): Promise<Reverted> =>
  rig.control.revert(keyOf(name), { deployment: 0, shared: "refuse", actor: "user:ann", ...more });

describe("a rollback by a commit", () => {
  test("puts back the application's files alone, and what follows the branch delivers it", async () => {
    const rig = await startRig(pushes);
    const { repository, commits } = await deployed(rig, "revert", ["one", "two"]);
    const plan = await rig.control.revertPlan(keyOf("revert"), 0);
    expect(plan).toMatchObject({
      is: "found",
      value: { branch: "main", tip: commits[1], from: commits[0], paths: ["app/it.yaml"], sharedWith: [] },
    });
    const done = await revert(rig, "revert", { reason: "two fails" });
    if (done.is !== "pushed") throw new Error(JSON.stringify(done));
    expect(await repository.head()).toBe(done.commit);
    expect(await git(repository.folder, "rev-parse", `${done.commit}^`)).toBe(commits[1] ?? "");
    expect(await git(repository.folder, "diff", "--name-only", commits[1] ?? "", done.commit)).toBe(
      "app/it.yaml",
    );
    expect(await git(repository.folder, "show", `${done.commit}:other/README.md`)).toBe("two");
    const said = await git(repository.folder, "log", "-1", "--format=%an%n%B", done.commit);
    expect(said).toContain("Holdfast\nRoll back argocd/revert to ");
    expect(said).toContain("Asked for by user:ann: two fails");
    await eventually("it is delivered", async () => (await valueIn("revert")) === "one");
    await rig.until("revert", (app) => app.status?.sync.revision === done.commit && isQuiet(app));
    expect(rig.app("revert").status?.hold).toBeUndefined();
    expect(rig.control.audits({ app: keyOf("revert"), limit: 5 })).toContainEqual(
      expect.objectContaining({ action: "revert-in-git", actor: "user:ann" }),
    );
    // A second one finds nothing to put back.
    expect(await endingOf(revert(rig, "revert"))).toThrow("its files are what they were then");
  });

  test("brings back what was deleted, and takes away what came", async () => {
    const rig = await startRig(pushes);
    const { repository } = await deployed(rig, "shape", ["one"]);
    const second = await repository.commit({
      "app/it.yaml": null,
      "app/new/deep.yaml": configMap("shape", "deep"),
      "app/it.yaml.d/x.yaml": configMap("shape", "x"),
    });
    await rig.refresh("shape");
    const done = await revert(rig, "shape");
    if (done.is !== "pushed") throw new Error(JSON.stringify(done));
    expect(await git(repository.folder, "ls-tree", "-r", "--name-only", done.commit)).toBe(
      "app/it.yaml\nother/README.md",
    );
    expect(second).not.toBe(done.commit);
  });

  test("goes to a new branch where one is named, and never to one that is there", async () => {
    const rig = await startRig(pushes);
    const { repository, commits } = await deployed(rig, "branch", ["one", "two"]);
    const done = await revert(rig, "branch", { branch: "back/to-one" });
    expect(done).toMatchObject({ is: "pushed", branch: "back/to-one" });
    expect(await repository.head()).toBe(commits[1] ?? "");
    expect(await git(repository.folder, "show", "back/to-one:app/it.yaml")).toContain('"one"');
    expect(await endingOf(revert(rig, "branch", { branch: "back/to-one" }))).toThrow(
      "a branch of that name already",
    );
    expect(await valueIn("branch")).toBe("two");
  });

  test("is refused without leave in the config, with what to write there", async () => {
    const rig = await startRig();
    const { repository, commits } = await deployed(rig, "leave", ["one", "two"]);
    expect(await endingOf(revert(rig, "leave"))).toThrow(/does not allow pushes to .*push: allowed/);
    expect(await repository.head()).toBe(commits[1] ?? "");
  });

  test("of files that another application reads says whose, and goes only where that is meant", async () => {
    const rig = await startRig(pushes);
    const { repository, commits } = await deployed(rig, "shared", ["one", "two"]);
    await world.makeNamespace("shared2");
    rig.place(appOf({ name: "reader", repository, path: "app", namespace: "shared2" }));
    await rig.until("reader", (app) => app.status?.sync.revision !== undefined);
    expect(await revert(rig, "shared")).toMatchObject({
      is: "conflict",
      why: expect.stringContaining("argocd/reader reads some of what would be put back (app/it.yaml)"),
    });
    expect(await repository.head()).toBe(commits[1] ?? "");
    expect(await revert(rig, "shared", { shared: "too" })).toMatchObject({ is: "pushed" });
  });

  test("sees that another application reads the files, however it writes the address", async () => {
    const rig = await startRig(pushes);
    const { repository, commits } = await deployed(rig, "spelt", ["one", "two"]);
    await world.makeNamespace("spelt2");
    const other = { ...repository, url: `${repository.url}/` };
    rig.place(appOf({ name: "speller", repository: other, path: "app", namespace: "spelt2" }));
    await rig.until("speller", (app) => app.status?.sync.revision !== undefined);
    expect(await revert(rig, "spelt")).toMatchObject({
      is: "conflict",
      why: expect.stringContaining("argocd/speller reads some of what would be put back"),
    });
    expect(await repository.head()).toBe(commits[1] ?? "");
  });

  test("asks about whoever comes to read the files while the branch moves on", async () => {
    const meanwhile: (() => unknown)[] = [];
    const rig = await startRig({
      ...pushes,
      git: (git) => ({
        ...git,
        async resolve(...ask) {
          const found = await git.resolve(...ask);
          if (ask[2]?.freshness === "latest") await meanwhile.shift()?.();
          return found;
        },
      }),
    });
    const { repository } = await deployed(rig, "joined", ["one", "two"]);
    await world.makeNamespace("joined2");
    let elsewhere = "";
    meanwhile.push(
      // The branch moves on behind the first plan, so that its push fails, and somebody comes with the second one.
      async () => {
        elsewhere = await repository.commit({ "other/README.md": "meanwhile" });
      },
      () => rig.place(appOf({ name: "joiner", repository, path: "app", namespace: "joined2" })),
    );
    expect(await revert(rig, "joined")).toMatchObject({
      is: "conflict",
      why: expect.stringContaining("argocd/joiner reads some of what would be put back"),
    });
    expect(await repository.head()).toBe(elsewhere);
  });

  test("tells of who follows the branch, and not of who reads the files of a tag or another branch", async () => {
    const rig = await startRig(pushes);
    const { repository } = await deployed(rig, "followed", ["one", "two"]);
    await git(repository.folder, "tag", "v1", "main");
    await git(repository.folder, "branch", "older", "main");
    await world.makeNamespace("followed2");
    const reads = (name: string, repoURL: string, targetRevision: string): void =>
      rig.place(
        appOf({
          name,
          repository,
          namespace: "followed2",
          spec: { source: { repoURL, path: "app", targetRevision }, syncPolicy: {} },
        }),
      );
    reads("by-head", repository.url, "HEAD");
    reads("by-tag", repository.url, "v1");
    reads("by-branch", repository.url, "older");
    for (const name of ["by-head", "by-tag", "by-branch"])
      await rig.until(name, (app) => app.status?.sync.revision !== undefined && isQuiet(app));
    expect(await rig.control.revertPlan(keyOf("followed"), 0)).toMatchObject({
      is: "found",
      value: { sharedWith: ["argocd/by-head"] },
    });
  });

  test("follows a branch that moved on elsewhere, and stops where that changed the same files", async () => {
    const rig = await startRig(pushes);
    const { repository, commits } = await deployed(rig, "race", ["one", "two"]);
    const seen = commits[1] as CommitSha;
    const elsewhere = await repository.commit({ "other/README.md": "meanwhile" });
    const done = await revert(rig, "race", { tip: seen });
    if (done.is !== "pushed") throw new Error(JSON.stringify(done));
    expect(await git(repository.folder, "rev-parse", `${done.commit}^`)).toBe(elsewhere);
    await repository.commit({ "app/it.yaml": configMap("race", "it", { value: "three" }) });
    expect(await revert(rig, "race", { tip: seen })).toMatchObject({
      is: "conflict",
      why: expect.stringContaining("that changed its files"),
    });
    expect(await git(repository.folder, "show", "main:app/it.yaml")).toContain('"three"');
  });

  test("that the server refuses says why in its words, and changes nothing", async () => {
    const rig = await startRig(pushes);
    const { repository, commits } = await deployed(rig, "protected", ["one", "two"]);
    const hook = join(repository.folder, "hooks", "pre-receive");
    await Bun.write(hook, "#!/bin/sh\necho 'main is protected: open a pull request'\nexit 1\n");
    await git(repository.folder, "config", "core.fileMode", "true");
    chmodSync(hook, 0o755);
    expect(await endingOf(revert(rig, "protected"))).toThrow(
      /cannot push to main: the server refuses it \(pre-receive hook declined\): main is protected: open a pull request\. Push to a branch of its own with --branch/,
    );
    expect(await repository.head()).toBe(commits[1] ?? "");
    rmSync(hook);
  });

  test("of a tag, of another source than then, or of an entry that is not there is refused with the reason", async () => {
    const rig = await startRig(pushes);
    const { repository } = await deployed(rig, "tagged", ["one", "two"]);
    await git(repository.folder, "tag", "v2", "main");
    const source = { repoURL: repository.url, path: "app", targetRevision: "v2" };
    rig.place(appOf({ name: "tagged", repository, path: "app", spec: { source } }));
    await rig.refresh("tagged");
    expect(await endingOf(revert(rig, "tagged"))).toThrow("is followed at v2, which is no branch");
    rig.place(appOf({ name: "tagged", repository, path: "other" }));
    expect(await endingOf(revert(rig, "tagged"))).toThrow("its source was written otherwise then");
    expect(await revert(rig, "tagged", { deployment: 77 })).toMatchObject({
      is: "invalid",
      problems: [{ text: "there is no deployment 77 in its history" }],
    });
    expect(await rejectionOf(rig.control.revertPlan(keyOf("tagged"), 77))).toMatchObject({
      code: "not-found",
    });
    expect(
      await rig.control.revert(keyOf("nobody"), { deployment: 0, shared: "refuse", actor: "x" }),
    ).toEqual({
      is: "absent",
    });
  });

  test("where what is there now cannot be rendered is made all the same", async () => {
    const rig = await startRig(pushes);
    const { repository } = await deployed(rig, "mends", ["one"]);
    await repository.commit({ "app/it.yaml": "kind: ConfigMap\napiVersion: v1\nmetadata: {name: [" });
    await rig.refresh("mends");
    expect(rig.app("mends").status?.sync.status).toBe("Unknown");
    expect(await revert(rig, "mends")).toMatchObject({ is: "pushed", paths: ["app/it.yaml"] });
    await rig.untilSettled("mends");
  });
});

beforeAll(() => {
  if (Bun.which("git") === null) throw new Error("these tests push by the git program: install git");
});
