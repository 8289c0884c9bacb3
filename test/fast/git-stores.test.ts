/** What is kept on disk of Git repositories: over many commits, over a kill, and when nobody uses it any more. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CommitSha } from "../../src/core/model/commit-sha.ts";
import { Secret } from "../../src/core/model/secret.ts";
import { failureOf } from "../conformance/git.ts";
import { eventually } from "../lib/eventually.ts";
import { clock, makeGit, systemGit, withoutGit } from "../lib/git-remotes.ts";
import { runGit, startGitServer } from "../lib/git-server.ts";

let dataDir: string;
beforeAll(() => {
  dataDir = mkdtempSync(join(tmpdir(), "holdfast-git-data-"));
});
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));
const files = { "README.md": "read me\n", "apps/web.yaml": "a: 1\n" };
const noise = (): Uint8Array => crypto.getRandomValues(new Uint8Array(60_000));

test("a daemon that starts fetches eight repositories at once, and all in the end", async () => {
  const server = await startGitServer();
  const folder = mkdtempSync(join(dataDir, "many-"));
  const [spy, log] = [join(folder, "git"), join(folder, "log")];
  writeFileSync(
    spy,
    `#!/bin/sh\ncase "$*" in *" fetch "*) echo + >> ${log}; ${systemGit} "$@"; code=$?; echo - >> ${log}; exit $code;; esac\nexec ${systemGit} "$@"\n`,
    { mode: 0o755 },
  );
  const git = makeGit(join(folder, "data"), { systemGit: spy });
  const names = Array.from({ length: 20 }, (_, i) => `many-${i}`);
  for (const name of names) await server.createRepo(name, files);
  await Promise.all(
    names.map(async (name) => {
      const access = { url: server.urlOf(name) };
      const { commit } = await git.resolve(access, "main", { freshness: "latest" });
      expect(await (await git.tree(access, commit)).oid("README.md")).toBeString();
    }),
  );
  let running = 0,
    most = 0;
  for (const sign of readFileSync(log, "utf8").trim().split("\n")) {
    running += sign === "+" ? 1 : -1;
    most = Math.max(most, running);
  }
  expect(running).toBe(0);
  expect(most).toBeLessThanOrEqual(8);
  await Promise.all([git.stop(), server.close()]);
}, 120_000);

describe("the store of a repository", () => {
  test("stays small over many commits with the git program, and git finds no fault in it", async () => {
    const server = await startGitServer();
    const folder = join(dataDir, "long");
    const git = makeGit(folder);
    const url = await server.createRepo(
      "mono",
      Object.fromEntries(
        Array.from({ length: 60 }, (_, i) => [`apps/app-${i}/values.yaml`, `name: app-${i}\n`.repeat(20)]),
      ),
    );
    let commit = "" as CommitSha;
    for (let i = 0; i < 30; i++) {
      commit = (await server.commit(
        "mono",
        { [`apps/app-${i}/values.yaml`]: `name: changed-${i}\n`.repeat(20) },
        `commit ${i}`,
      )) as CommitSha;
      await (await git.tree({ url }, commit)).list("apps");
    }
    await git.stop();
    const store = storesIn(folder)[0] ?? "";
    expect(packsIn(store).length).toBeLessThan(25);
    expect(await runGit(["-C", store, "fsck", "--full", "--strict", "--no-dangling"])).toBe("");
    expect(await runGit(["-C", store, "ls-tree", "-r", commit])).toBe(
      await server.git("mono", "ls-tree", "-r", commit),
    );
    await server.close();
  }, 120_000);

  test("one that somebody removes under a running daemon is fetched anew", async () => {
    const server = await startGitServer();
    const folder = join(dataDir, "removed");
    const git = makeGit(folder, { systemGit });
    const url = await server.createRepo("gone", files);
    const read = async (): Promise<string> => {
      const { commit } = await git.resolve({ url }, "main", { freshness: "latest" });
      return new TextDecoder().decode(await (await git.tree({ url }, commit)).read("README.md"));
    };
    expect(await read()).toBe("read me\n");
    for (const store of storesIn(folder)) rmSync(store, { recursive: true });
    expect(await read()).toBe("read me\n");
    await server.commit("gone", { "README.md": "read me again\n" }, "next");
    expect(await read()).toBe("read me again\n");
    await Promise.all([git.stop(), server.close()]);
  });

  test("one that has outgrown itself is written anew with the commits in use alone", async () => {
    const server = await startGitServer();
    const folder = join(dataDir, "grown");
    const git = makeGit(folder, { stores: { maxAgeMs: 1e12, maxBytes: 1e12, slackBytes: 0 } });
    const url = await server.createRepo("mono", { ...files, noise: noise() });
    const commits = [(await server.git("mono", "rev-parse", "main")) as CommitSha];
    await git.tree({ url }, commits[0] ?? ("" as CommitSha));
    const store = storesIn(folder)[0] ?? "";
    const keptIn = (): string[] => readdirSync(join(store, "refs", "kept"));
    for (let i = 0; i < 40; i++) {
      commits.push((await server.commit("mono", { noise: noise() }, `commit ${i}`)) as CommitSha);
      await git.tree({ url }, commits.at(-1) ?? ("" as CommitSha));
    }
    await eventually("commits that are not in use go", () => keptIn().length < commits.length);
    for (const commit of [commits.at(-1), commits[0]]) {
      const tree = await git.tree({ url }, commit ?? ("" as CommitSha));
      expect(new TextDecoder().decode(await tree.read("README.md"))).toBe("read me\n");
    }
    await git.stop();
    expect(await runGit(["-C", store, "fsck", "--full", "--strict", "--no-dangling"])).toBe("");
    await server.close();
  }, 120_000);

  test.each([
    ["with", systemGit],
    ["without", undefined],
  ])("those that nobody uses any more go after their age, %s the git program", async (_, program) => {
    const server = await startGitServer();
    const folder = mkdtempSync(join(dataDir, "unused-"));
    let now = Date.now();
    const git = makeGit(folder, { systemGit: program, clock: { ...clock, now: () => now } });
    const use = async (name: string): Promise<void> => {
      const access = { url: server.urlOf(name) };
      const { commit } = await git.resolve(access, "main", { freshness: "latest" });
      await (await git.tree(access, commit)).list("");
    };
    for (const name of ["used", "left"]) {
      await server.createRepo(name, files);
      await use(name);
      await use(name);
    }
    expect(storesIn(folder)).toHaveLength(2);
    now += 6 * 24 * 3_600_000;
    await use("used");
    await git.info(
      { url: server.urlOf("used") },
      (await server.git("used", "rev-parse", "main")) as CommitSha,
    );
    expect(storesIn(folder)).toHaveLength(2);
    now += 2 * 24 * 3_600_000;
    await use("used");
    await eventually("the store that nobody uses goes", () => storesIn(folder).length === 1);
    await use("used");
    await use("left");
    await Promise.all([git.stop(), server.close()]);
  });

  test("keys of a run that was killed do not outlive the next start", async () => {
    const folder = mkdtempSync(join(dataDir, "keys-"));
    mkdirSync(join(folder, "git", "run", "x"), { recursive: true });
    writeFileSync(join(folder, "git", "run", "x", "key"), "secret");
    const git = makeGit(folder);
    expect(existsSync(join(folder, "git", "run"))).toBe(false);
    await git.stop();
  });

  test("holds the commits in use alone where there is no git program", async () => {
    const server = await startGitServer();
    const folder = join(dataDir, "long-without");
    let now = Date.now();
    const git = withoutGit(folder, { clock: { ...clock, now: () => now } });
    const url = await server.createRepo("mono", files);
    for (let i = 0; i < 8; i++) {
      const commit = (await server.commit("mono", { "README.md": `${i}\n` }, `commit ${i}`)) as CommitSha;
      await (await git.tree({ url }, commit)).list("");
      now += 10 * 60_000;
    }
    await git.stop();
    expect(readdirSync(storesIn(folder)[0] ?? "").filter((name) => /^[0-9a-f]{40}$/.test(name))).toHaveLength(
      4,
    );
    await server.close();
  }, 120_000);

  test("holds SHA-256 repositories where the git program is, and says what is missing where it is not", async () => {
    const server = await startGitServer();
    await runGit(["init", "-q", "--bare", "-b", "main", "--object-format=sha256", server.pathOf("new")]);
    await server.commit("new", files, "one");
    const git = makeGit(join(dataDir, "sha256"));
    const without = withoutGit(join(dataDir, "sha256-without"));
    for (const url of [server.urlOf("new"), server.pathOf("new")]) {
      for (const revision of ["main", "", await server.git("new", "rev-parse", "main")]) {
        const { commit } = await git.resolve({ url }, revision, { freshness: "latest" });
        expect(commit).toHaveLength(64);
        expect(new TextDecoder().decode(await (await git.tree({ url }, commit)).read("README.md"))).toBe(
          "read me\n",
        );
      }
      const failure = await failureOf(
        without
          .resolve({ url }, "main", { freshness: "latest" })
          .then(({ commit }) => without.tree({ url }, commit)),
      );
      expect({ code: failure.code, object: failure.object }).toEqual({
        code: "git-unreachable",
        object: url,
      });
      expect(failure.message).toContain(
        "SHA-256 ids, which only the git program reads. Install the git program",
      );
    }
    const second = (await server.commit("new", { "README.md": "two\n" }, "two")) as CommitSha;
    expect(
      new TextDecoder().decode(
        await (await git.tree({ url: server.urlOf("new") }, second)).read("README.md"),
      ),
    ).toBe("two\n");
    await Promise.all([git.stop(), without.stop(), server.close()]);
  });

  test.each([
    ["with", systemGit, /tmp_pack/],
    ["without", undefined, /arriving-.*\.pack$/],
  ])(
    "a process that was killed in a fetch %s the git program leaves nothing that counts",
    async (_, program, half) => {
      const server = await startGitServer();
      const folder = mkdtempSync(join(dataDir, "killed-"));
      const url = await server.createRepo("shop", {
        ...files,
        // Many packets, of up to 64 KiB each: git takes none before it is whole.
        "large.bin": Buffer.concat([noise(), noise(), noise(), noise(), noise(), noise(), noise()]),
      });
      const script = `
      import { Repositories } from ${JSON.stringify(join(import.meta.dir, "../../src/git/repositories.ts"))};
      const log = { debug() {}, info() {}, warn() {}, error() {}, with: () => log };
      const git = new Repositories({ dataDir: ${JSON.stringify(folder)}, systemGit: ${JSON.stringify(program)}, log, clock: { now: Date.now, sleep: Bun.sleep } });
      const { commit } = await git.resolve({ url: ${JSON.stringify(url)} }, "main", { freshness: "latest" });
      await git.tree({ url: ${JSON.stringify(url)} }, commit);`;
      const mend = server.fail(
        // Of all answers only the pack is as long.
        { do: "stall", bytes: 200_000 },
        ({ headers }) => headers["content-type"] === "application/x-git-upload-pack-request",
      );
      const child = Bun.spawn([process.execPath, "-e", script], { stdout: "ignore", stderr: "ignore" });
      const partial = (): string[] =>
        (readdirSync(folder, { recursive: true }) as string[]).filter((name) => half.test(name));
      while (partial().length === 0 && child.exitCode === null) await Bun.sleep(10);
      child.kill("SIGKILL");
      await child.exited;
      expect(partial().length).toBe(1);
      mend();
      const git = makeGit(folder, { systemGit: program });
      const { commit } = await git.resolve({ url }, "main", { freshness: "latest" });
      expect(await (await git.tree({ url }, commit)).oid("README.md")).toBeString();
      expect(partial()).toEqual([]);
      await Promise.all([git.stop(), server.close()]);
    },
  );
});

/** Folders of stores below a data folder. */
function storesIn(folder: string): string[] {
  return readdirSync(join(folder, "git"))
    .filter((name) => /^[0-9a-f]{64}$/.test(name))
    .map((name) => join(folder, "git", name));
}

function packsIn(store: string): string[] {
  return readdirSync(join(store, "objects", "pack")).filter((name) => name.endsWith(".pack"));
}

test("what a project's own entry fetched is not there for who knows the commit", async () => {
  const auth = { basic: { username: "ci", password: "s3cret" } };
  const server = await startGitServer({ auth });
  const git = makeGit(mkdtempSync(join(dataDir, "scoped-")));
  const url = await server.createRepo("own", files);
  const own = { url, username: "ci", password: new Secret("s3cret"), scope: "a" };
  const { commit } = await git.resolve(own, "main", { freshness: "latest" });
  expect(await (await git.tree(own, commit)).oid("README.md")).toBeString();
  for (const other of [{ url }, { url, scope: "b" }]) {
    expect(await failureOf(git.resolve(other, "main", { freshness: "known" }))).toMatchObject({
      code: "git-auth",
    });
    expect(await failureOf(git.tree(other, commit))).toMatchObject({ code: "git-auth" });
  }
  await Promise.all([git.stop(), server.close()]);
});
