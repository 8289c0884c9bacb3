import type { PrivateKey } from "openpgp";
import { messageOf } from "../../../src/lib/caught.ts";
import type { DecryptionKeys } from "../../../src/plugin/contract.ts";
import type { Metadata } from "./metadata.ts";

export type DataKey = { is: "key"; key: Uint8Array } | { is: "no key"; why: string; fix: string };

const NAME_KEYS = "Name a file with the key in decryption.ageKeys or decryption.pgpKeys of the config";

/** The key that a file's values are encrypted with, by whichever of our keys opens it. */
export async function dataKeyOf({ age, pgp }: Metadata, keys: DecryptionKeys): Promise<DataKey> {
  if (keys.age.length + keys.pgp.length === 0)
    return { is: "no key", why: "it is encrypted with SOPS, and the config names no key", fix: NAME_KEYS };
  const troubles: string[] = [];
  const found = (await byAge(age, keys.age, troubles)) ?? (await byPgp(pgp, keys.pgp, troubles));
  if (found !== undefined) return { is: "key", key: found };
  const recipients = [
    ...age.map(({ recipient }) => `age ${recipient}`),
    ...pgp.map(({ fingerprint }) => `PGP ${fingerprint}`),
  ];
  const trouble = troubles[0] === undefined ? "" : ` (${troubles[0]})`;
  return {
    is: "no key",
    why: `it is encrypted for ${recipients.join(", ")}, and none of the configured keys is one of them${trouble}`,
    fix: `${NAME_KEYS}, or encrypt it for one that is there`,
  };
}

async function byAge(
  recipients: Metadata["age"],
  files: DecryptionKeys["age"],
  troubles: string[],
): Promise<Uint8Array | undefined> {
  if (recipients.length === 0) return undefined;
  // Loaded by whoever needs it: most daemons never do.
  const { armor, Decrypter } = await import("age-encryption");
  const decrypter = new Decrypter();
  let identities = 0;
  for (const { file, read } of files) {
    const text = await readKey(file, read, troubles);
    for (const line of (text ?? "").split("\n").map((each) => each.trim())) {
      if (line === "" || line.startsWith("#")) continue;
      try {
        decrypter.addIdentity(line);
        identities++;
      } catch {
        // What is wrong with a line of a key file must not be repeated.
        troubles.push(`${file} holds a line that is no age identity`);
      }
    }
  }
  if (identities === 0) return undefined;
  for (const { enc } of recipients) {
    try {
      return await decrypter.decrypt(armor.decode(enc));
    } catch {
      // Another's, or damaged: the next one may open.
    }
  }
  return undefined;
}

async function byPgp(
  recipients: Metadata["pgp"],
  files: DecryptionKeys["pgp"],
  troubles: string[],
): Promise<Uint8Array | undefined> {
  if (recipients.length === 0) return undefined;
  const { decrypt, readMessage, readPrivateKey, readPrivateKeys } = await import("openpgp");
  const decryptionKeys: PrivateKey[] = [];
  for (const { file, read } of files) {
    const text = await readKey(file, read, troubles);
    if (text === undefined) continue;
    try {
      const found = await readPrivateKeys({ armoredKeys: text }).catch(async () => [
        await readPrivateKey({ armoredKey: text }),
      ]);
      decryptionKeys.push(...found.filter((key) => key.isDecrypted()));
      if (found.some((key) => !key.isDecrypted()))
        troubles.push(`a key of ${file} has a passphrase, and nobody is there to give it`);
    } catch {
      troubles.push(`${file} holds no armored PGP secret key`);
    }
  }
  if (decryptionKeys.length === 0) return undefined;
  for (const { enc } of recipients) {
    try {
      const message = await readMessage({ armoredMessage: enc });
      const { data } = await decrypt({ message, decryptionKeys, format: "binary" });
      return data as Uint8Array;
    } catch {
      // Another's, or damaged: the next one may open.
    }
  }
  return undefined;
}

async function readKey(
  file: string,
  read: () => Promise<Uint8Array>,
  troubles: string[],
): Promise<string | undefined> {
  try {
    return Buffer.from(await read()).toString("utf8");
  } catch (cause) {
    troubles.push(`${file} cannot be read: ${messageOf(cause)}`);
    return undefined;
  }
}
