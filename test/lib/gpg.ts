/** A home of gpg with a key in it, and its agent, which ends with it. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./daemon.ts";

export interface Gpg {
  /** Of a key that it has, as `gpg --export-secret-keys --armor` prints it. */
  privateKey(email: string): Promise<string>;
  /** What git says of the signature of a commit, by the keys that are there; `undefined`: it is good. */
  wrongWith(repository: string, revision: string): Promise<string | undefined>;
  remove(): Promise<void>;
}

/** @param keys addresses, each with the kind of its key and its passphrase */
export async function startGpg(
  keys: Readonly<Record<string, { algorithm: "ed25519" | "rsa2048"; passphrase?: string }>>,
): Promise<Gpg> {
  // A socket's path has at most 107 bytes.
  const home = mkdtempSync(join(tmpdir(), "gpg-"));
  chmodSync(home, 0o700);
  const env = { PATH: process.env["PATH"] ?? "", GNUPGHOME: home, LC_ALL: "C" };
  const gpg = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(
      ["gpg", "--batch", "--no-tty", "--pinentry-mode", "loopback", ...args],
      { env },
    );
    if (code !== 0) throw new Error(`gpg ${args.join(" ")}: ${stderr}`);
    return stdout;
  };
  const phrase = (email: string): string[] => {
    const passphrase = keys[email]?.passphrase;
    return passphrase === undefined ? [] : ["--passphrase", passphrase];
  };
  for (const [email, { algorithm, passphrase }] of Object.entries(keys)) {
    const kind =
      algorithm === "ed25519"
        ? ["Key-Type: eddsa", "Key-Curve: ed25519"]
        : ["Key-Type: RSA", "Key-Length: 2048"];
    const asked = [
      ...[...kind, "Key-Usage: sign", "Name-Real: Bot", `Name-Email: ${email}`, "Expire-Date: 0"],
      passphrase === undefined ? "%no-protection" : `Passphrase: ${passphrase}`,
      "%commit",
    ];
    const file = join(home, "asked");
    writeFileSync(file, `${asked.join("\n")}\n`);
    await gpg("--generate-key", file);
  }
  return {
    privateKey: (email) => gpg(...phrase(email), "--armor", "--export-secret-keys", `<${email}>`),
    async wrongWith(repository, revision) {
      const { code, stderr } = await run(["git", "-C", repository, "verify-commit", "--raw", revision], {
        env: { ...env, HOME: home },
      });
      if (code !== 0) return stderr === "" ? "it has no signature" : stderr;
      return /^\[GNUPG:\] GOODSIG /m.test(stderr) ? undefined : stderr;
    },
    async remove() {
      await run(["gpgconf", "--kill", "all"], { env });
      rmSync(home, { recursive: true, force: true });
    },
  };
}
