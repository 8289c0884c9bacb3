import { createDecipheriv } from "node:crypto";

/** What an encrypted value was. `comment` and the like do not come out of files that are read as data. */
export type Opened =
  | { is: "text"; text: string }
  /** As the digits stand in it. */
  | { is: "integer" | "float"; text: string }
  | { is: "flag"; value: "true" | "false" }
  | { is: "bytes"; bytes: Uint8Array };

const ENCRYPTED = /^ENC\[AES256_GCM,data:(.*),iv:(.+),tag:(.+),type:(.+)\]$/s;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

/** Whether a text is a value that SOPS encrypted, whole or cut. */
export function isEncrypted(text: string): boolean {
  return text.startsWith("ENC[AES256_GCM,");
}

/**
 * Opens one value. Source: sops 3.10, aes/cipher.go.
 * @param place the keys on the way to it, joined and ended by colons: a value that was moved does not open
 * @returns undefined where it is damaged, moved, or of another key
 */
export function openValue(text: string, key: Uint8Array, place: string): Opened | undefined {
  if (text === "") return { is: "text", text: "" };
  const [, data = "", iv = "", tag = "", type = ""] = ENCRYPTED.exec(text) ?? [];
  const bytes = opened({ data, iv, tag }, key, place);
  if (bytes === undefined) return undefined;
  const plain = bytes.toString("utf8");
  switch (type) {
    case "str":
    case "time":
      return { is: "text", text: plain };
    case "int":
      return { is: "integer", text: plain };
    case "float":
      return { is: "float", text: plain };
    case "bool":
      return { is: "flag", value: /^t/i.test(plain) || plain === "1" ? "true" : "false" };
    case "bytes":
      return { is: "bytes", bytes };
    default:
      return undefined;
  }
}

function opened(
  { data, iv, tag }: { data: string; iv: string; tag: string },
  key: Uint8Array,
  place: string,
): Buffer | undefined {
  const tagBytes = Buffer.from(tag, "base64");
  const ivBytes = Buffer.from(iv, "base64");
  if (key.length !== KEY_BYTES || tagBytes.length !== TAG_BYTES || ivBytes.length === 0) return undefined;
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, ivBytes, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(place));
    decipher.setAuthTag(tagBytes);
    return Buffer.concat([decipher.update(Buffer.from(data, "base64")), decipher.final()]);
  } catch {
    // The tag does not fit: it says no more than that.
    return undefined;
  }
}
