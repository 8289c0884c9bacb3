/** Git over ssh, from a real sshd. Fails where there is none: `apt-get install -y openssh-server`. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RepositoryAccess } from "../../src/core/model/repository-access.ts";
import { Secret } from "../../src/core/model/secret.ts";
import type { Git } from "../../src/core/ports/git.ts";
import { failureOf, type GitRemote, gitConformance } from "../conformance/git.ts";
import { makeGit } from "../lib/git-remotes.ts";
import { type GitServer, startGitServer } from "../lib/git-server.ts";
import { type SshServer, startSshServer } from "../lib/ssh-server.ts";

gitConformance("Git over ssh with a key", makeGit, async (): Promise<GitRemote> => {
  const [ssh, server] = [await startSshServer(), await startGitServer()];
  return {
    ...server,
    access: (repo) => ({
      url: `${ssh.url}${server.pathOf(repo)}`,
      sshPrivateKey: new Secret(ssh.privateKey),
      sshKnownHosts: ssh.knownHosts,
    }),
    objects: "copies",
    breakOff(repo) {
      renameSync(server.pathOf(repo), `${server.pathOf(repo)}.away`);
      return () => renameSync(`${server.pathOf(repo)}.away`, server.pathOf(repo));
    },
    async close() {
      await Promise.all([ssh.close(), server.close()]);
    },
  };
});

let ssh: SshServer;
let server: GitServer;
let git: Git;
let dataDir: string;
beforeAll(async () => {
  [ssh, server] = [await startSshServer(), await startGitServer()];
  dataDir = mkdtempSync(join(tmpdir(), "holdfast-git-data-"));
  git = makeGit(dataDir);
  await server.createRepo("shop", { "README.md": "read me\n" });
});
afterAll(async () => {
  await Promise.all([git.stop(), ssh.close(), server.close()]);
  rmSync(dataDir, { recursive: true, force: true });
});
const ask = (access: Partial<RepositoryAccess>) =>
  git.resolve(
    {
      url: `${ssh.url}${server.pathOf("shop")}`,
      sshPrivateKey: new Secret(ssh.privateKey),
      sshKnownHosts: ssh.knownHosts,
      ...access,
    },
    "main",
    { freshness: "latest" },
  );

test("a key that the server does not know is git-auth", async () => {
  expect((await failureOf(ask({ sshPrivateKey: new Secret(ssh.strangeKey) }))).code).toBe("git-auth");
});

test("a text that is no key is git-auth, and is not printed", async () => {
  const failure = await failureOf(
    ask({ sshPrivateKey: new Secret("-----BEGIN nothing-----\nsecret-words\n") }),
  );
  expect(failure.code).toBe("git-auth");
  expect(failure.message).not.toContain("secret-words");
});

test("an unknown host is refused, with what to give", async () => {
  for (const sshKnownHosts of [
    "",
    `[127.0.0.1]:${ssh.port} ${(await Bun.file(`${import.meta.dir}/strange-host.pub`).text()).trim()}`,
  ]) {
    const failure = await failureOf(ask({ sshKnownHosts }));
    expect(failure.code).toBe("git-unreachable");
    expect(failure.fix).toContain("known hosts");
  }
});

test("keys do not outlive the run", async () => {
  await ask({});
  expect(readdirSync(join(dataDir, "git", "run"))).toEqual([]);
});
