import { canonicalJson } from "./canonical-json.ts";

/** The first 128 bits of SHA-256, 32 hex digits. */
export function hashText(text: string | Uint8Array): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("hex").slice(0, 32);
}

/** Hash of a value in canonical form: equal hashes are equal values, whatever the order of their keys. */
export function hashValue(value: unknown): string {
  return hashText(canonicalJson(value));
}

/** Of a file's content, read in pieces. */
export async function hashFile(path: string): Promise<string> {
  const hasher = new Bun.CryptoHasher("sha256");
  for await (const piece of Bun.file(path).stream()) hasher.update(piece);
  return hasher.digest("hex").slice(0, 32);
}

/** All of SHA-256, in base64. */
export function hashSha256Base64(bytes: Uint8Array): string {
  return new Bun.CryptoHasher("sha256").update(bytes).digest("base64");
}

/** All of SHA-256, 64 hex digits. */
export function hashSha256(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("hex");
}
