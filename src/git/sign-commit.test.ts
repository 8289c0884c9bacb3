import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Gpg, startGpg } from "../../test/lib/gpg.ts";
import { signedCommit, signerOf } from "./sign-commit.ts";

const dir = mkdtempSync(join(tmpdir(), "sign-commit-"));
let gpg: Gpg;
beforeAll(async () => {
  gpg = await startGpg({
    "ed@example.com": { algorithm: "ed25519" },
    "rsa@example.com": { algorithm: "rsa2048" },
    "locked@example.com": { algorithm: "ed25519", passphrase: "a long phrase" },
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

  test("a key with a passphrase, half a key and what is none are refused without a word of them", async () => {
    const { commit } = made("sha1", MESSAGE);
    const key = await gpg.privateKey("ed@example.com");
    const cases = [
      [await gpg.privateKey("locked@example.com"), "the key has a passphrase"],
      [key.slice(0, key.length / 2), "the file holds no private key"],
      [`${key.slice(0, 200)}${key.slice(210)}`, "the file holds no private key"],
      [
        "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nbm9uZQ==\n-----END PGP PRIVATE KEY BLOCK-----",
        "the file holds",
      ],
    ] as const;
    for (const [bad, why] of cases) {
      const said = await signedCommit(commit, bad, "sha1").then(
        () => "it is signed",
        (cause) => String(cause),
      );
      expect(said).toContain(why);
      for (const line of bad.split("\n").filter(({ length }) => length > 20))
        expect(said).not.toContain(line);
    }
  });
});

test("signerOf() tells keys of OpenPGP from others, and leaves to git what cannot be read", async () => {
  const [pgp, ssh] = [join(dir, "pgp"), join(dir, "ssh")];
  const key = await gpg.privateKey("ed@example.com");
  writeFileSync(pgp, `\n${key}`);
  writeFileSync(ssh, "-----BEGIN OPENSSH PRIVATE KEY-----\n");
  expect(signerOf(undefined)).toEqual({ by: "nobody" });
  expect(signerOf(pgp)).toEqual({ by: "openpgp", key: `\n${key}` });
  expect(signerOf(ssh)).toEqual({ by: "ssh", file: ssh });
  expect(signerOf(join(dir, "none"))).toEqual({ by: "ssh", file: join(dir, "none") });
  expect(signerOf(dir)).toEqual({ by: "ssh", file: dir });
});
