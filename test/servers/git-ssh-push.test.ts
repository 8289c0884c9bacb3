/** A commit that puts files back, pushed over ssh to a real sshd: what refuses it, and whose words say why. Needs `apt-get install -y openssh-server`. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CommitSha } from "../../src/core/model/commit-sha.ts";
import type { RepositoryAccess } from "../../src/core/model/repository-access.ts";
import { Secret } from "../../src/core/model/secret.ts";
import type { PutBack } from "../../src/core/ports/git-writer.ts";
import { Repositories } from "../../src/git/repositories.ts";
import { failureOf } from "../conformance/git.ts";
import { clock, quiet, systemGit } from "../lib/git-remotes.ts";
import { type GitServer, startGitServer } from "../lib/git-server.ts";
import { type SshServer, startSshServer } from "../lib/ssh-server.ts";

// An ssh login takes a tenth of a second and more.
setDefaultTimeout(60_000);

let dir: string, ssh: SshServer, server: GitServer, git: Repositories;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "holdfast-ssh-push-"));
  [ssh, server] = [await startSshServer(), await startGitServer()];
  git = new Repositories({ dataDir: dir, systemGit, clock, log: quiet, timeoutMs: 20_000 });
});
afterAll(async () => {
  await git.stop();
  await Promise.all([ssh.close(), server.close()]);
  rmSync(dir, { recursive: true, force: true });
});

const withKey = (repo: string, key = ssh.privateKey): RepositoryAccess => ({
  url: `${ssh.url}${server.pathOf(repo)}`,
  sshPrivateKey: new Secret(key),
  sshKnownHosts: ssh.knownHosts,
});

/** Two commits: the second changed, added and removed something in `app`, and something beside it. */
async function twice(repo: string): Promise<{ from: CommitSha; tip: CommitSha }> {
  await server.createRepo(repo, { "app/a.yaml": "one", "app/gone.yaml": "x", "b.yaml": "b" });
  const from = (await server.git(repo, "rev-parse", "main")) as CommitSha;
  const changes = { "app/a.yaml": "two", "app/gone.yaml": null, "app/new.yaml": "n", "b.yaml": "bb" };
  return { from, tip: (await server.commit(repo, changes, "second")) as CommitSha };
}
const ask = (at: { from: CommitSha; tip: CommitSha }, more: Partial<PutBack> = {}): PutBack => ({
  ...at,
  paths: ["app"],
  to: "refs/heads/main",
  message: "Roll back\n",
  at: Date.UTC(2026, 10, 28, 9, 0, 0),
  ...more,
});

describe("putBack() over ssh", () => {
  test("puts back these paths on top of the tip, and says so when there is nothing to put back", async () => {
    const at = await twice("paths");
    const end = await git.putBack(withKey("paths"), ask(at));
    if (end.is !== "pushed") throw new Error(JSON.stringify(end));
    expect(await server.git("paths", "rev-parse", "main", "main^")).toBe(`${end.commit}\n${at.tip}`);
    expect(await server.git("paths", "diff", "--stat", at.from, "main", "--", "app")).toBe("");
    expect(await server.git("paths", "show", "main:b.yaml")).toBe("bb");
    expect(await git.putBack(withKey("paths"), ask({ ...at, tip: end.commit }))).toEqual({ is: "same" });
  });

  test("to a branch that is new", async () => {
    const at = await twice("branch");
    const end = await git.putBack(withKey("branch"), ask(at, { to: "refs/heads/back/it" }));
    if (end.is !== "pushed") throw new Error(JSON.stringify(end));
    expect(await server.git("branch", "rev-parse", "main", "back/it")).toBe(`${at.tip}\n${end.commit}`);
  });

  test("never goes over what came meanwhile", async () => {
    const at = await twice("moved");
    const third = await server.commit("moved", { "b.yaml": "third" }, "third");
    expect(await git.putBack(withKey("moved"), ask(at))).toEqual({ is: "moved" });
    expect(await server.git("moved", "rev-parse", "main")).toBe(third);
  });

  test("leaves no key and nothing of its work behind", async () => {
    const at = await twice("rest");
    await git.putBack(withKey("rest"), ask(at));
    expect(readdirSync(join(dir, "git", "run"), { recursive: true })).toEqual([]);
  });

  test("refused by a rule of the server: its words are told, whatever they say of who may", async () => {
    const at = await twice("ruled");
    const hook = join(server.pathOf("ruled"), "hooks", "pre-receive");
    const words = "You are not allowed to push code to protected branches: permission denied, fetch first";
    await Bun.write(hook, `#!/bin/sh\necho '${words}' >&2\nexit 1\n`);
    chmodSync(hook, 0o755);
    const failure = await failureOf(git.putBack(withKey("ruled"), ask(at)));
    expect(failure.code).toBe("refused");
    expect(failure.message).toContain(`the server refuses it (pre-receive hook declined): ${words}`);
    expect(failure.fix).toContain("--branch");
    expect(await server.git("ruled", "rev-parse", "main")).toBe(at.tip);
  });

  test("a key that nobody knows is git-auth", async () => {
    const at = await twice("stranger");
    const failure = await failureOf(git.putBack(withKey("stranger", ssh.strangeKey), ask(at)));
    expect(failure.code).toBe("git-auth");
  });
});

/** As GitHub, GitLab, Gitea, Gitolite and Bitbucket say it: the line that counts is before git's own. */
const TURNED_AWAY: [host: string, says: string, told: string][] = [
  [
    "GitHub",
    "ERROR: The key you are authenticating with has been marked as read only.\n",
    "The key you are authenticating with has been marked as read only.",
  ],
  [
    "GitLab",
    "Welcome to GitLab\nremote: \nremote: ========\nremote: \nremote: ERROR: This deploy key does not have write access to this project.\nremote: \nremote: ========\n",
    "This deploy key does not have write access to this project.",
  ],
  [
    "Gitea",
    "Gitea: Unauthorized\nDeploy key: 3:ci is not authorized to write to shop/web.\n",
    "Deploy key: 3:ci is not authorized to write to shop/web.",
  ],
  ["Gitolite", "FATAL: W any shop ci DENIED by fallthru\n", "W any shop ci DENIED by fallthru"],
];

describe("a key that may read and not write", () => {
  test.each(TURNED_AWAY)("%s's words are told, and what to do", async (host, says, told) => {
    const repo = `deploy-${host}`;
    const at = await twice(repo);
    const access = withKey(repo, ssh.deployKey);
    ssh.turnAway("git-receive-pack", says);
    // It may read.
    expect((await git.tree(access, at.tip)).commit).toBe(at.tip);
    const failure = await failureOf(git.putBack(access, ask(at)));
    expect(failure.code).toBe("git-auth");
    expect(failure.message).toContain(`cannot push to main: it refused the credentials (${told})`);
    expect(failure.fix).toContain("credentials in the config that may write to it");
    expect(await server.git(repo, "rev-parse", "main")).toBe(at.tip);
  });

  test("that may not even read says the server's words too, and not git's own", async () => {
    await server.createRepo("hidden", { "a.yaml": "a" });
    ssh.turnAway("git-upload-pack", "ERROR: Repository not found.\n");
    const failure = await failureOf(
      git.resolve(withKey("hidden", ssh.deployKey), "main", { freshness: "latest" }),
    );
    expect(failure.why).toContain("Repository not found.");
    expect(failure.message).not.toContain("Could not read from remote repository");
  });
});
