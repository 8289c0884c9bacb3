/** `sha1`: ids of 20 bytes, `sha256`: of 32. A repository has one of them. */
export type ObjectFormat = "sha1" | "sha256";
export type ObjectType = "commit" | "tree" | "blob" | "tag";

export interface GitObject {
  type: ObjectType;
  data: Buffer;
}

export function idBytes(format: ObjectFormat): 20 | 32 {
  return format === "sha1" ? 20 : 32;
}

export function formatOfId(id: string): ObjectFormat {
  return id.length === 64 ? "sha256" : "sha1";
}

export function objectId(format: ObjectFormat, { type, data }: GitObject): string {
  return new Bun.CryptoHasher(format).update(`${type} ${data.byteLength}\0`).update(data).digest("hex");
}

export function isObjectId(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

/** Thrown where bytes are not what Git's formats allow: a broken disk, a lying server. Callers turn it into a Failure. */
export class BrokenObject extends Error {
  override readonly name = "BrokenObject";
}
