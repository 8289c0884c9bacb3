import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateKey } from "openpgp";
import { signedCommit, signerOf } from "./sign-commit.ts";

const dir = mkdtempSync(join(tmpdir(), "sign-commit-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** As `gpg --export-secret-keys --armor` prints one. What gpg says of what it signs is in test/servers/signed-commits.test.ts. */
async function privateKey(passphrase?: string): Promise<string> {
  const made = await generateKey({
    userIDs: [{ name: "Bot", email: "bot@example.com" }],
    ...(passphrase === undefined ? {} : { passphrase }),
  });
  return made.privateKey;
}

const COMMIT = `tree ${"4b825dc642cb6eb9a060e54bf8d69288fbee4904"}
author Bot <bot@example.com> 1700000000 +0000
committer Bot <bot@example.com> 1700000000 +0000

build: größer → 1.0.1
`;

describe("signedCommit()", () => {
  test("adds its signature behind who committed, and changes nothing else", async () => {
    const signed = await signedCommit(COMMIT, await privateKey(), "sha1");
    const [, signature = ""] = /^(gpgsig -----BEGIN PGP SIGNATURE-----\n(?: .*\n)+)\n/m.exec(signed) ?? [];
    expect(signature).toContain("-----END PGP SIGNATURE-----");
    expect(signed.replace(signature, "")).toBe(COMMIT);
  });

  test("a key with a passphrase, half a key and what is none are refused without a word of them", async () => {
    const key = await privateKey();
    const cases = [
      [await privateKey("a long phrase"), "the key has a passphrase"],
      [key.slice(0, key.length / 2), "the file holds no private key"],
      [`${key.slice(0, 200)}${key.slice(210)}`, "the file holds no private key"],
      [
        "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nbm9uZQ==\n-----END PGP PRIVATE KEY BLOCK-----",
        "the file holds",
      ],
    ] as const;
    for (const [bad, why] of cases) {
      const said = await signedCommit(COMMIT, bad, "sha1").then(
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
  const key = await privateKey();
  writeFileSync(pgp, `\n${key}`);
  writeFileSync(ssh, "-----BEGIN OPENSSH PRIVATE KEY-----\n");
  expect(signerOf(undefined)).toEqual({ by: "nobody" });
  expect(signerOf(pgp)).toEqual({ by: "openpgp", key: `\n${key}` });
  expect(signerOf(ssh)).toEqual({ by: "ssh", file: ssh });
  expect(signerOf(join(dir, "none"))).toEqual({ by: "ssh", file: join(dir, "none") });
  expect(signerOf(dir)).toEqual({ by: "ssh", file: dir });
});
