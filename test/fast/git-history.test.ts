/** Where the git program keeps what it asks of histories, and that nothing else is troubled by it. */
import { afterAll, describe, expect, test } from "bun:test";
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CommitSha } from "../../src/core/model/commit-sha.ts";
import { lastChangeOf } from "../../src/core/model/last-change.ts";
import type { RepositoryAccess } from "../../src/core/model/repository-access.ts";
import type { GitRequest, History } from "../../src/core/ports/git.ts";
import { makeGit } from "../lib/git-remotes.ts";
import { runGit, startGitServer } from "../lib/git-server.ts";

const server = await startGitServer();
const dataDir = mkdtempSync(join(tmpdir(), "holdfast-histories-"));
const git = makeGit(dataDir);
const requests: GitRequest[] = [];
git.onRequest((request) => requests.push(request));
afterAll(async () => {
  await git.stop();
  await server.close();
  rmSync(dataDir, { recursive: true, force: true });
});

let repos = 0;
async function makeRepo(): Promise<{ repo: string; access: RepositoryAccess }> {
  const repo = `repo-${++repos}`;
  await server.createRepo(repo, { "pay/a": "0", "web/a": "0" });
  await server.git(repo, "config", "uploadpack.allowFilter", "true");
  return { repo, access: { url: server.urlOf(repo) } };
}
const asked = async (access: RepositoryAccess, tip: string, most = 50): Promise<string[]> => {
  const found: History = await git.history(access, tip as CommitSha, most);
  return found.is === "read" ? found.commits.map(({ subject }) => subject) : [found.why];
};
/** Those that were made since the last call. */
let seen: readonly string[] = [];
function newFolders(): string[] {
  if (!existsSync(join(dataDir, "git"))) return [];
  const all = readdirSync(join(dataDir, "git"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name.length === 64)
    .map(({ name }) => join(dataDir, "git", name));
  const fresh = all.filter((folder) => !seen.includes(folder));
  seen = all;
  return fresh;
}
const packsIn = (folder: string): string[] =>
  readdirSync(join(folder, "history", "objects", "pack"))
    .filter((name) => name.endsWith(".pack"))
    .map((name) => join(folder, "history", "objects", "pack", name));

describe("history() by the git program", () => {
  test("brings commits and folders, and no file; what is delivered is as it was", async () => {
    const { repo, access } = await makeRepo();
    const first = await server.git(repo, "rev-parse", "main");
    const tip = await server.commit(repo, { "web/a": "1" }, "web: one");
    newFolders();
    expect(await asked(access, tip)).toEqual(["web: one", "first"]);
    const [folder = ""] = newFolders();
    const kinds = await runGit([
      ...["-C", join(folder, "history"), "cat-file"],
      ...["--batch-all-objects", "--batch-check=%(objecttype)"],
    ]);
    expect([...new Set(kinds.split("\n"))].sort()).toEqual(["commit", "tree"]);
    // The commit itself was not brought by that, and neither was what is before it.
    for (const commit of [first, tip])
      expect(await git.infoHere(access, commit as CommitSha)).toBeUndefined();
    const tree = await git.tree(access, tip as CommitSha);
    expect(new TextDecoder().decode(await tree.read("web/a"))).toBe("1");
    expect(await asked(access, tip)).toEqual(["web: one", "first"]);
  });

  test("is asked once by all who ask the same at once, and counts as a request", async () => {
    const { repo, access } = await makeRepo();
    const tip = await server.git(repo, "rev-parse", "main");
    await git.resolve(access, "main", { freshness: "latest" });
    const before = requests.length;
    const told = await Promise.all([asked(access, tip), asked(access, tip), asked(access, tip)]);
    expect(told).toEqual([["first"], ["first"], ["first"]]);
    expect(requests.slice(before).map(({ type }) => type)).toEqual(["fetch"]);
  });

  test("what is broken of it is asked for anew", async () => {
    const { repo, access } = await makeRepo();
    newFolders();
    await asked(access, await server.git(repo, "rev-parse", "main"));
    const [folder = ""] = newFolders();
    for (const pack of packsIn(folder)) truncateSync(pack, 40);
    const tip = await server.commit(repo, { "web/a": "1" }, "web: one");
    expect(await asked(access, tip)).toEqual(["web: one", "first"]);
  });

  test("begins anew before it has many packs", async () => {
    const { repo, access } = await makeRepo();
    newFolders();
    await asked(access, await server.git(repo, "rev-parse", "main"));
    const [folder = ""] = newFolders();
    // As so many fetches would leave them.
    for (const [at, pack] of Array.from({ length: 24 }, () => packsIn(folder)[0] ?? "").entries())
      for (const end of ["pack", "idx"])
        copyFileSync(
          pack.replace(/pack$/, end),
          join(folder, "history", "objects", "pack", `pack-${at}.${end}`),
        );
    expect(packsIn(folder).length).toBe(25);
    const tip = await server.commit(repo, { "web/a": "1" }, "web: one");
    expect(await asked(access, tip)).toEqual(["web: one", "first"]);
    expect(packsIn(folder).length).toBe(1);
  });

  test("of a project's own entry lies where nobody else's does", async () => {
    const { repo, access } = await makeRepo();
    const tip = await server.git(repo, "rev-parse", "main");
    newFolders();
    await asked(access, tip);
    await asked({ ...access, scope: "shop" }, tip);
    const folders = newFolders();
    expect(folders.length).toBe(2);
    for (const folder of folders) expect(packsIn(folder).length).toBe(1);
  });

  test("a server that sends files as well is asked for no more than 100 commits", async () => {
    const { repo, access } = await makeRepo();
    await server.git(repo, "config", "uploadpack.allowFilter", "false");
    let tip = "";
    for (let at = 0; at < 104; at++) tip = await server.commit(repo, { "web/a": `${at}` }, `web: ${at}`);
    expect((await asked(access, tip, 10)).length).toBe(10);
    const found = await git.history(access, tip as CommitSha, 2_000);
    if (found.is !== "read") throw new Error(found.why);
    expect(found.commits.length).toBe(100);
    expect(lastChangeOf(found.commits, tip, (paths) => paths.includes("pay/a"))).toEqual({ is: "beyond" });
  }, 60_000);

  test("of a repository whose ids are of SHA-256", async () => {
    const repo = `repo-${++repos}`;
    const folder = server.pathOf(repo);
    await runGit(["init", "-q", "--bare", "--object-format=sha256", "-b", "main", folder]);
    await server.commit(repo, { "pay/a": "0" }, "first");
    const tip = await server.commit(repo, { "web/a": "1" }, "second");
    const found = await git.history({ url: server.urlOf(repo) }, tip as CommitSha, 50);
    expect(tip.length).toBe(64);
    expect(found).toMatchObject({
      is: "read",
      commits: [
        { commit: tip, changed: [["web/a"]] },
        { subject: "first", parents: [], changed: [["pay/a"]] },
      ],
    });
  });
});
