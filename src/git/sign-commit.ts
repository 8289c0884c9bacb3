/** Signatures of OpenPGP in commits, made without a program: gpg wants a home, an agent and a ring of keys. */
import { readFileSync } from "node:fs";

export type Signer =
  | { by: "nobody" }
  /** Git's own program of OpenSSH reads the file. */
  | { by: "ssh"; file: string }
  | { by: "openpgp"; key: string };

const PRIVATE = "-----BEGIN PGP PRIVATE KEY BLOCK-----";

/** Which kind of key is in a file; of one that cannot be read git says so. */
export function signerOf(file: string | undefined): Signer {
  if (file === undefined) return { by: "nobody" };
  let text = "";
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return { by: "ssh", file };
  }
  return text.trimStart().startsWith(PRIVATE) ? { by: "openpgp", key: text } : { by: "ssh", file };
}

/**
 * The same commit with a signature over all of it, as git looks for it.
 * @param commit as `git cat-file commit` gives it @param key armoured, without a passphrase
 * @throws {Error} with why it cannot be signed, without a word of the key
 */
export async function signedCommit(commit: string, key: string, format: "sha1" | "sha256"): Promise<string> {
  const { createMessage, readPrivateKey, sign } = await import("openpgp");
  const signingKeys = await readPrivateKey({ armoredKey: key.trim() }).catch(() => {
    throw new Error("the file holds no private key of OpenPGP that can be read");
  });
  if (!signingKeys.isDecrypted()) throw new Error("the key has a passphrase, which nobody is there to type");
  const message = await createMessage({ binary: new TextEncoder().encode(commit) });
  const armoured = await sign({ message, signingKeys, detached: true });
  const lines = armoured.replaceAll("\r\n", "\n").trimEnd().split("\n");
  const header = format === "sha1" ? "gpgsig" : "gpgsig-sha256";
  // The last of its headers: what is signed is the commit without it.
  const end = commit.indexOf("\n\n");
  return `${commit.slice(0, end)}\n${header} ${lines.join("\n ")}${commit.slice(end)}`;
}
