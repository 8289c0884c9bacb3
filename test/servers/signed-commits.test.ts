/** Commits that we sign, as git and gpg judge them. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { signedCommit } from "../../src/git/sign-commit.ts";
import { type Gpg, startGpg } from "../lib/gpg.ts";

const dir = mkdtempSync(join(tmpdir(), "sign-commit-"));
let gpg: Gpg;
beforeAll(async () => {
  gpg = await startGpg({
    "ed@example.com": { algorithm: "ed25519" },
    "rsa@example.com": { algorithm: "rsa2048" },
  });
}, 60_000);
afterAll(async () => {
  await gpg?.remove();
  rmSync(dir, { recursive: true, force: true });
}, 60_000);

function git(repository: string, argv: readonly string[], stdin = ""): string {
  const who = ["-c", "user.name=Bot", "-c", "user.email=bot@example.com"];
  const ran = Bun.spawnSync(["git", "-C", repository, ...who, ...argv], { stdin: Buffer.from(stdin) });
  if (ran.exitCode !== 0) throw new Error(ran.stderr.toString());
  return ran.stdout.toString();
}
/** @returns an empty repository, and a commit of it as git prints it */
function made(format: "sha1" | "sha256", message: string): { repository: string; commit: string } {
  const repository = mkdtempSync(join(dir, "repository-"));
  git(repository, ["init", "-q", "--bare", `--object-format=${format}`, "."]);
  const tree = git(repository, ["mktree"]).trim();
  const id = git(repository, ["commit-tree", tree, "-F", "-"], message).trim();
  return { repository, commit: git(repository, ["cat-file", "commit", id]) };
}
const kept = (repository: string, commit: string): string =>
  git(repository, ["hash-object", "-t", "commit", "-w", "--stdin"], commit).trim();

const MESSAGE = "build: größer → 1.0.1\n\n- two lines\n\n  and one that is set in\n";

describe("signedCommit()", () => {
  test.each([
    ["ed@example.com", "sha1"],
    ["rsa@example.com", "sha1"],
    ["ed@example.com", "sha256"],
  ] as const)(
    "by the key of %s in a repository of %s is what git and gpg take for good",
    async (who, format) => {
      const { repository, commit } = made(format, MESSAGE);
      const signed = await signedCommit(commit, await gpg.privateKey(who), format);
      const id = kept(repository, signed);
      expect(await gpg.wrongWith(repository, id)).toBeUndefined();
      expect(git(repository, ["log", "-1", "--format=%B", id]).trimEnd()).toBe(MESSAGE.trimEnd());
      // Of other words the same signature is none.
      const other = kept(repository, signed.replace("größer", "kleiner"));
      expect(await gpg.wrongWith(repository, other)).toContain("BADSIG");
      expect(await gpg.wrongWith(repository, kept(repository, commit))).toBe("it has no signature");
    },
  );
});
