/** Repositories over ssh that are added while a daemon runs, from a real sshd. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { start } from "../lib/added-clusters.ts";
import { type GitServer, startGitServer } from "../lib/git-server.ts";
import { type SshServer, startSshServer } from "../lib/ssh-server.ts";

let ssh: SshServer, git: GitServer;
beforeAll(async () => {
  [ssh, git] = [await startSshServer(), await startGitServer()];
  await git.createRepo("shop", { "a.yaml": "{}" });
});
afterAll(async () => {
  await Promise.all([ssh?.close(), git?.close()]);
});

test("a key opens it, a strange key, a host of other keys and one that nobody knows do not, and no key is told", async () => {
  const given = await start({}, undefined, { searchPath: process.env["PATH"] ?? "" });
  const repo = `${ssh.url}${git.pathOf("shop")}`;
  const add = (body: object) => given.ask("POST", "/api/v1/repositories", { repo, ...body });
  const known = { sshKnownHosts: ssh.knownHosts };
  const strange = await add({ sshPrivateKey: ssh.strangeKey, ...known });
  const unknown = await add({ sshPrivateKey: ssh.privateKey });
  const another = await add({
    sshPrivateKey: ssh.privateKey,
    sshKnownHosts: ssh.knownHosts.replace(/AAAA\S+/, (key) => `${key.slice(0, -6)}AAAAAA`),
  });
  expect([strange, unknown, another].map(({ status }) => status)).toEqual([400, 400, 400]);
  expect((await given.ask("GET", "/api/v1/repositories")).body.items).toEqual([]);
  const added = await add({ sshPrivateKey: ssh.privateKey, ...known });
  expect(added).toMatchObject({
    status: 200,
    body: { connectionState: { status: "Successful", message: expect.stringContaining("main@") } },
  });
  const shown = await given.ask("GET", `/api/v1/repositories/${encodeURIComponent(repo)}/refs`);
  expect(shown.body).toEqual({ branches: ["main"], tags: [] });
  const said = JSON.stringify([strange, unknown, another, added, given.log]);
  for (const key of [ssh.privateKey, ssh.strangeKey])
    expect(said).not.toContain(key.split("\n")[2] ?? "no key");
});
