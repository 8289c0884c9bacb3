/** Git repositories on this machine, read where they are by the git program and by isomorphic-git. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  chmodSync,
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
import { failureOf } from "../conformance/git.ts";
import { makeGit, systemGit } from "../lib/git-remotes.ts";
import { runGit } from "../lib/git-server.ts";

let dataDir: string;
beforeAll(() => {
  dataDir = mkdtempSync(join(tmpdir(), "holdfast-git-data-"));
});
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

describe("a repository on this machine with settings of its own", () => {
  test.each([
    ["with", systemGit],
    ["without", undefined],
  ])("runs none of the programs that they name, %s the git program", async (_, program) => {
    const folder = mkdtempSync(join(dataDir, "settings-"));
    const work = join(folder, "work");
    const marker = join(folder, "pwned");
    const trap = join(folder, "trap");
    writeFileSync(trap, `#!/bin/sh\ntouch ${marker}\n`);
    chmodSync(trap, 0o755);
    await runGit(["init", "-q", "-b", "main", work]);
    writeFileSync(join(work, "a.yaml"), "a: 1\n");
    writeFileSync(join(work, ".gitattributes"), "* filter=evil diff=evil\n");
    await runGit(["-C", work, "add", "."]);
    await runGit(["-C", work, "commit", "-q", "-m", "one"]);
    const blob = await runGit(["-C", work, "rev-parse", "main:a.yaml"]);
    writeFileSync(
      join(work, ".git", "config"),
      [
        "[core]",
        "repositoryformatversion = 1",
        `fsmonitor = ${trap}`,
        `hooksPath = ${folder}`,
        `sshCommand = ${trap}`,
        `pager = ${trap}`,
        `editor = ${trap}`,
        `alternateRefsCommand = ${trap}`,
        "[extensions]",
        "partialClone = origin",
        '[remote "origin"]',
        "promisor = true",
        `url = ext::${trap}`,
        `uploadpack = ${trap}`,
        '[filter "evil"]',
        `smudge = ${trap}`,
        `clean = ${trap}`,
        '[diff "evil"]',
        `textconv = ${trap}`,
        "[alias]",
        `cat-file = !${trap}`,
        `show-ref = !${trap}`,
        "[uploadpack]",
        `packObjectsHook = ${trap}`,
        "[credential]",
        `helper = ${trap}`,
        "",
      ].join("\n"),
    );
    for (const hook of ["post-checkout", "reference-transaction", "pre-auto-gc"])
      writeFileSync(join(work, ".git", "hooks", hook), `#!/bin/sh\ntouch ${marker}\n`, { mode: 0o755 });
    const git = makeGit(join(folder, "data"), { systemGit: program });
    const access = { url: work };
    const { commit } = await git.resolve(access, "main", { freshness: "latest" });
    const tree = await git.tree(access, commit);
    expect(new TextDecoder().decode(await tree.read("a.yaml"))).toBe("a: 1\n");
    // One object less: git would ask the remote that the settings name.
    rmSync(join(work, ".git", "objects", blob.slice(0, 2), blob.slice(2)));
    expect((await failureOf(tree.read("a.yaml"))).code).toBe("git-unreachable");
    expect(existsSync(marker)).toBe(false);
    await git.stop();
  });

  test("a pack whose index names one object as another is found out", async () => {
    const folder = mkdtempSync(join(dataDir, "lying-"));
    const work = join(folder, "work");
    await runGit(["init", "-q", "-b", "main", work]);
    writeFileSync(join(work, "a.yaml"), "password: guess\n");
    writeFileSync(join(work, "b.yaml"), "a: 1\n");
    await runGit(["-C", work, "add", "."]);
    await runGit(["-C", work, "commit", "-q", "-m", "one"]);
    await runGit(["-C", work, "gc", "-q"]);
    const packs = join(work, ".git", "objects", "pack");
    const name = readdirSync(packs).find((each) => each.endsWith(".idx")) ?? "";
    chmodSync(join(packs, name), 0o644);
    const ids = await Promise.all(
      ["a", "b"].map((file) => runGit(["-C", work, "rev-parse", `main:${file}.yaml`])),
    );
    writeFileSync(join(packs, name), withSwapped(readFileSync(join(packs, name)), ids));
    for (const program of [systemGit, undefined]) {
      const git = makeGit(join(folder, "data"), { systemGit: program });
      const { commit } = await git.resolve({ url: work }, "main", { freshness: "latest" });
      const failure = await failureOf((await git.tree({ url: work }, commit)).read("b.yaml"));
      expect(failure.message).toContain("is damaged: its content has another id");
      await git.stop();
    }
  });

  test("a place that is no repository, or hangs whoever opens it, is a sentence", async () => {
    const folder = mkdtempSync(join(dataDir, "places-"));
    await runGit(["init", "-q", "--bare", "-b", "main", join(folder, "fifo.git")]);
    rmSync(join(folder, "fifo.git", "HEAD"));
    Bun.spawnSync(["/usr/bin/mkfifo", join(folder, "fifo.git", "HEAD"), join(folder, "fifo")]);
    mkdirSync(join(folder, "empty"));
    writeFileSync(join(folder, "file"), "x");
    for (const program of [systemGit, undefined]) {
      const git = makeGit(join(folder, "data"), { systemGit: program, timeoutMs: 1_000 });
      for (const name of ["none", "empty", "file", "fifo", "fifo.git"]) {
        const failure = await failureOf(
          git.resolve({ url: `file://${join(folder, name)}` }, "main", { freshness: "latest" }),
        );
        expect({ name, code: failure.code }).toEqual({ name, code: "git-unreachable" });
      }
      await git.stop();
    }
  });
});

test("a git program that went away is a sentence, for refs and for objects", async () => {
  const folder = mkdtempSync(join(dataDir, "gone-"));
  const work = join(folder, "work");
  await runGit(["init", "-q", "-b", "main", work]);
  writeFileSync(join(work, "a.yaml"), "a: 1\n");
  await runGit(["-C", work, "add", "."]);
  await runGit(["-C", work, "commit", "-q", "-m", "one"]);
  const commit = (await runGit(["-C", work, "rev-parse", "main"])) as CommitSha;
  const git = makeGit(join(folder, "data"), { systemGit: join(folder, "no-git") });
  const refs = await failureOf(git.resolve({ url: work }, "main", { freshness: "latest" }));
  const objects = await failureOf(git.tree({ url: work }, commit));
  expect([refs.code, objects.code]).toEqual(["tool-missing", "tool-missing"]);
  await git.stop();
});

describe("a local working copy", () => {
  test("is read from its .git folder, packed or not, and through a linked worktree", async () => {
    const folder = mkdtempSync(join(dataDir, "copy-"));
    const work = join(folder, "work");
    await runGit(["init", "-q", "-b", "main", work]);
    writeFileSync(join(work, "a.yaml"), "a: 1\n");
    await runGit(["-C", work, "add", "."]);
    await runGit(["-C", work, "commit", "-q", "-m", "one"]);
    await runGit(["-C", work, "tag", "-a", "-m", "x", "v1.0.0"]);
    const git = makeGit(join(folder, "data"), { systemGit: undefined });
    const access = { url: `file://${work}` };
    const read = async (url: string, revision: string): Promise<string> => {
      const { commit } = await git.resolve({ url }, revision, { freshness: "latest" });
      return new TextDecoder().decode(await (await git.tree({ url }, commit)).read("a.yaml"));
    };
    expect(await read(access.url, "")).toBe("a: 1\n");
    expect(await read(access.url, "1.x")).toBe("a: 1\n");
    await runGit(["-C", work, "gc", "-q"]);
    expect(await read(access.url, "v1.0.0")).toBe("a: 1\n");
    await runGit(["-C", work, "worktree", "add", "-q", "-b", "side", join(folder, "side")]);
    writeFileSync(join(folder, "side", "a.yaml"), "a: 2\n");
    await runGit(["-C", join(folder, "side"), "commit", "-q", "-a", "-m", "two"]);
    expect(await read(join(folder, "side"), "")).toBe("a: 2\n");
    await runGit(["clone", "-q", "--shared", work, join(folder, "borrower")]);
    expect(await read(join(folder, "borrower"), "")).toBe("a: 1\n");
    await git.stop();
  });
});

/** A pack's index (version 2) in which two objects have each other's place. Format: git's gitformat-pack. */
function withSwapped(index: Buffer, ids: readonly string[]): Buffer {
  const count = index.readUInt32BE(8 + 255 * 4);
  const idsAt = 8 + 256 * 4;
  const offsetsAt = idsAt + count * 24;
  const [first, second] = ids.map((id) => {
    for (let i = 0; i < count; i++)
      if (index.toString("hex", idsAt + i * 20, idsAt + i * 20 + 20) === id) return offsetsAt + i * 4;
    throw new Error(`the index does not hold ${id}`);
  }) as [number, number];
  const swapped = Buffer.from(index);
  swapped.writeUInt32BE(index.readUInt32BE(second), first);
  swapped.writeUInt32BE(index.readUInt32BE(first), second);
  swapped.set(
    new Bun.CryptoHasher("sha1").update(swapped.subarray(0, -20)).digest(),
    swapped.byteLength - 20,
  );
  return swapped;
}
