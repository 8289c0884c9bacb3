/** Submodules of repositories of a test's Git server, without a checkout. */
import { rmSync } from "node:fs";
import { type GitServer, runGit } from "./git-server.ts";

/**
 * Adds a submodule at a path of a repository, beside what its .gitmodules says already.
 * @param of the repository whose newest commit it is at
 * @param url as .gitmodules says it
 * @returns the commit of `repo`
 */
export async function addSubmodule(
  server: GitServer,
  repo: string,
  path: string,
  of: string,
  url: string,
): Promise<string> {
  const oid = await server.git(of, "rev-parse", "main");
  const before = await server.git(repo, "show", "main:.gitmodules").catch(() => "");
  await server.commit(
    repo,
    { ".gitmodules": `${before}\n[submodule "${path}"]\n\tpath = ${path}\n\turl = ${url}\n` },
    `names ${path}`,
  );
  return putGitlink(server, repo, path, oid);
}

/** A commit more, whose entry at the path is a commit of another repository. */
export async function putGitlink(
  server: GitServer,
  repo: string,
  path: string,
  oid: string,
): Promise<string> {
  const index = `${server.pathOf(repo)}/index-${crypto.randomUUID()}`;
  const run = (...argv: string[]): Promise<string> =>
    runGit(["-C", server.pathOf(repo), ...argv], undefined, { GIT_INDEX_FILE: index });
  await run("read-tree", "main");
  await run("update-index", "--add", "--cacheinfo", `160000,${oid},${path}`);
  const commit = await run("commit-tree", await run("write-tree"), "-p", "main", "-m", path);
  await run("update-ref", "refs/heads/main", commit);
  rmSync(index, { force: true });
  return commit;
}
