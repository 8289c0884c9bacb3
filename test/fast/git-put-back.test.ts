/** A commit that puts paths back, pushed to a real server over HTTP, and to a folder: what refuses it, and what is never said. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CommitSha } from "../../src/core/model/commit-sha.ts";
import { Failure } from "../../src/core/model/failure.ts";
import type { RepositoryAccess } from "../../src/core/model/repository-access.ts";
import { Secret } from "../../src/core/model/secret.ts";
import type { PutBack } from "../../src/core/ports/git-writer.ts";
import { Repositories } from "../../src/git/repositories.ts";
import { endingOf } from "../lib/ending-of.ts";
import { basic, clock, quiet, systemGit } from "../lib/git-remotes.ts";
import { type GitServer, startGitServer } from "../lib/git-server.ts";

const { username, password } = basic.basic;
let dir: string, server: GitServer, git: Repositories;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "holdfast-put-back-"));
  server = await startGitServer({ auth: basic });
  git = new Repositories({ dataDir: dir, systemGit, clock, log: quiet, timeoutMs: 10_000 });
});
afterAll(async () => {
  await git.stop();
  await server.close();
  rmSync(dir, { recursive: true, force: true });
});

const overHttp = (repo: string, more: Partial<RepositoryAccess> = {}): RepositoryAccess => ({
  url: server.urlOf(repo),
  username,
  password: new Secret(password),
  ...more,
});
const onDisk = (repo: string): RepositoryAccess => ({ url: server.pathOf(repo) });

/** Two commits: the second changed, added and removed something in `app`, and something beside it. */
async function twice(repo: string): Promise<{ from: CommitSha; tip: CommitSha }> {
  await server.createRepo(repo, {
    "app/a.yaml": "one",
    "app/gone.yaml": "x",
    "app/[x] ü.yaml": "odd",
    "b.yaml": "b",
  });
  const from = (await server.git(repo, "rev-parse", "main")) as CommitSha;
  const tip = (await server.commit(
    repo,
    {
      "app/a.yaml": "two",
      "app/gone.yaml": null,
      "app/[x] ü.yaml": "odder",
      "app/new/n.yaml": "n",
      "b.yaml": "bb",
    },
    "second",
  )) as CommitSha;
  return { from, tip };
}
const ask = (at: { from: CommitSha; tip: CommitSha }, more: Partial<PutBack> = {}): PutBack => ({
  ...at,
  paths: ["app"],
  to: "refs/heads/main",
  message: "Roll back\n\nbecause\n",
  at: Date.UTC(2026, 10, 28, 9, 0, 0),
  ...more,
});
async function failureOf(work: Promise<unknown>): Promise<Failure> {
  try {
    await work;
  } catch (cause) {
    if (cause instanceof Failure) return cause;
    throw cause;
  }
  throw new Error("it did not fail");
}

describe.each([
  ["over HTTP", overHttp],
  ["over HTTP, by the git program alone", (repo: string) => overHttp(repo, { implementation: "system" })],
  ["on disk", onDisk],
])("putBack() %s", (where, access) => {
  const name = (what: string): string => `${what}-${where.replace(/\W+/g, "-")}`.toLowerCase();

  test("puts back these paths and nothing else, on top of the tip", async () => {
    const repo = name("paths");
    const at = await twice(repo);
    const end = await git.putBack(access(repo), ask(at));
    if (end.is !== "pushed") throw new Error(JSON.stringify(end));
    expect(await server.git(repo, "rev-parse", "main", "main^")).toBe(`${end.commit}\n${at.tip}`);
    expect(await server.git(repo, "diff", "--stat", at.from, "main", "--", "app")).toBe("");
    expect(await server.git(repo, "show", "main:b.yaml")).toBe("bb");
    expect(await server.git(repo, "log", "-1", "--format=%an %ae %cI %B", "main")).toBe(
      "Holdfast holdfast@localhost 2026-11-28T09:00:00+00:00 Roll back\n\nbecause",
    );
    expect(await git.putBack(access(repo), ask({ ...at, tip: end.commit }))).toEqual({ is: "same" });
  });

  test("takes a path for a path, and everything where that is asked", async () => {
    const repo = name("literal");
    const at = await twice(repo);
    const end = await git.putBack(access(repo), ask(at, { paths: ["app/[x] ü.yaml"] }));
    if (end.is !== "pushed") throw new Error(JSON.stringify(end));
    expect(await server.git(repo, "-c", "core.quotePath=false", "diff", "--name-only", at.tip, "main")).toBe(
      "app/[x] ü.yaml",
    );
    const all = await git.putBack(access(repo), ask({ ...at, tip: end.commit }, { paths: [""] }));
    if (all.is !== "pushed") throw new Error(JSON.stringify(all));
    expect(await server.git(repo, "rev-parse", "main^{tree}")).toBe(
      await server.git(repo, "rev-parse", `${at.from}^{tree}`),
    );
  });

  test("takes a path for a path also where git would read something else in it", async () => {
    const repo = name("magic");
    const files = (text: string) => ({
      ":/a.yaml": text,
      "a.yaml": text,
      ":(glob)*.yaml": text,
      "b.yaml": text,
    });
    await server.createRepo(repo, files("one"));
    const from = (await server.git(repo, "rev-parse", "main")) as CommitSha;
    const tip = (await server.commit(repo, files("two"), "second")) as CommitSha;
    const paths = [":/a.yaml", ":(glob)*.yaml"];
    const end = await git.putBack(access(repo), ask({ from, tip }, { paths }));
    if (end.is !== "pushed") throw new Error(JSON.stringify(end));
    const changed = await server.git(repo, "diff", "--name-only", tip, "main");
    expect(changed.split("\n").sort()).toEqual([...paths].sort());
  });

  test("never goes over what came meanwhile", async () => {
    const repo = name("moved");
    const at = await twice(repo);
    const third = await server.commit(repo, { "b.yaml": "third" }, "third");
    expect(await git.putBack(access(repo), ask(at))).toEqual({ is: "moved" });
    expect(await server.git(repo, "rev-parse", "main")).toBe(third);
  });

  test("leaves nothing of its work behind, and what is fetched can be read on", async () => {
    const repo = name("rest");
    const at = await twice(repo);
    await git.putBack(access(repo), ask(at));
    expect(readdirSync(join(dir, "git", "run"), { recursive: true })).toEqual([]);
    const tree = await git.tree(access(repo), at.tip);
    expect(new TextDecoder().decode(await tree.read("app/a.yaml"))).toBe("two");
  });
});

describe("putBack() where it is refused", () => {
  test("by credentials that may read and not write: who may is told, and no secret is", async () => {
    const at = await twice("read-only");
    const end = server.fail({ do: "status", status: 403, body: `no, ${password}` }, ({ path }) =>
      path.includes("git-receive-pack"),
    );
    const failure = await failureOf(git.putBack(overHttp("read-only"), ask(at)));
    end();
    expect(failure.code).toBe("git-auth");
    expect(failure.message).toContain("cannot push to main");
    expect(failure.message).toContain("Give this repository credentials in the config that may write to it");
    expect(failure.message).not.toContain(password);
    expect(await server.git("read-only", "rev-parse", "main")).toBe(at.tip);
  });

  test("by a rule of the server: its words are told, without what is secret in them", async () => {
    const at = await twice("ruled");
    const hook = join(server.pathOf("ruled"), "hooks", "pre-receive");
    await Bun.write(hook, `#!/bin/sh\necho 'merge by a request, ${password}'\nexit 1\n`);
    chmodSync(hook, 0o755);
    const failure = await failureOf(git.putBack(overHttp("ruled"), ask(at)));
    expect(failure.code).toBe("refused");
    expect(failure.message).toContain(
      "the server refuses it (pre-receive hook declined): merge by a request, …",
    );
    expect(failure.message).not.toContain(password);
    expect(await server.git("ruled", "rev-parse", "main")).toBe(at.tip);
  });

  test("by a working copy that has the branch checked out", async () => {
    const at = await twice("bare-source");
    const work = join(dir, "work");
    await Bun.spawn(["git", "clone", "-q", server.pathOf("bare-source"), work]).exited;
    const failure = await failureOf(git.putBack({ url: work }, ask(at)));
    expect(failure.message).toContain("push to a bare repository, or to another branch with --branch");
  });

  test("by the library, which does not push", async () => {
    const at = await twice("library");
    const failure = await failureOf(
      git.putBack(overHttp("library", { implementation: "isomorphic" }), ask(at)),
    );
    expect(failure.code).toBe("tool-missing");
    expect(failure.message).toContain("only the git program pushes");
  });

  test("by a server that is not there, or a commit that is not", async () => {
    const at = await twice("gone");
    const nothing = "0123456789012345678901234567890123456789" as CommitSha;
    expect(await endingOf(git.putBack(overHttp("gone"), ask({ ...at, from: nothing })))).toThrow(
      /0123456789/,
    );
    const end = server.fail({ do: "status", status: 503 }, ({ path }) => path.includes("git-receive-pack"));
    const failure = await failureOf(git.putBack(overHttp("gone"), ask(at)));
    end();
    expect(failure.code).toBe("git-unreachable");
    expect(await server.git("gone", "rev-parse", "main")).toBe(at.tip);
  });
});
