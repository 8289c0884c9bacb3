import { createHash, timingSafeEqual } from "node:crypto";
import type { YamlTree } from "../../../src/lib/yaml.ts";
import { isEncrypted, type Opened, openValue } from "./cipher.ts";
import { isEncryptedBy, type Metadata } from "./metadata.ts";
import { type PlainScalar, withoutExponent } from "./plain-scalar.ts";

export type OpenedValues =
  /** Of each document, without SOPS's own; `secrets`: what was encrypted, as text. */
  { is: "open"; documents: unknown[]; secrets: string[] } | { is: "wrong"; why: string };

/** So that a check over encrypted values alone never equals one over all. Source: sops 3.10, sops.go. */
const ENCRYPTED_ALONE = Buffer.from(
  "8a3fd2ad54ce66527b1034f3d147be0b0b975b3bf44f72c6fdadec8176f27d69",
  "hex",
);

/**
 * Opens every value and checks that none was changed, moved, added or taken away.
 * @param plain what a scalar means that is not encrypted
 */
export function openValues(
  documents: readonly YamlTree[],
  metadata: Metadata,
  key: Uint8Array,
  plain: (text: string) => PlainScalar,
): OpenedValues {
  const hash = createHash("sha512");
  const secrets: string[] = [];
  if (metadata.macCovers === "what is encrypted") hash.update(ENCRYPTED_ALONE);

  const leaf = (text: string, style: "plain" | "quoted", path: readonly string[]): unknown => {
    if (isEncryptedBy(metadata.rule, path) === "plain") {
      const { value, counted } = style === "quoted" ? { value: text, counted: text } : plain(text);
      if (metadata.macCovers === "everything" && counted !== undefined) hash.update(counted);
      return value;
    }
    // What is nothing cannot be encrypted.
    if (style === "plain" && plain(text).value === null) return null;
    if (!isEncrypted(text) && text !== "") throw new Wrong(path, "is not encrypted, and should be");
    const opened = openValue(text, key, `${path.join(":")}:`);
    if (opened === undefined) throw new Wrong(path, "does not open: it was changed, moved or cut");
    const { value, counted } = meaningOf(opened);
    hash.update(counted);
    secrets.push(String(value));
    return value;
  };
  const walk = (node: YamlTree, path: readonly string[]): unknown => {
    if (node.is === "scalar") return leaf(node.text, node.style, path);
    if (node.is === "list") return node.items.map((item) => walk(item, path));
    return Object.fromEntries(
      node.entries.map(({ key: name, value }) => [name, walk(value, [...path, name])]),
    );
  };
  try {
    const open = documents.map((document) =>
      walk(document.is === "map" ? withoutMetadata(document) : document, []),
    );
    return isSame(hash.digest("hex"), metadata, key)
      ? { is: "open", documents: open, secrets }
      : {
          is: "wrong",
          why: "its values are not those that were encrypted: one was changed, added or taken away (the MAC differs)",
        };
  } catch (cause) {
    if (cause instanceof Wrong) return { is: "wrong", why: cause.message };
    throw cause;
  }
}

class Wrong extends Error {
  override readonly name = "Wrong";
  constructor(path: readonly string[], what: string) {
    super(`the value at ${path.join(".")} ${what}`);
  }
}

function withoutMetadata(document: YamlTree & { is: "map" }): YamlTree {
  return { ...document, entries: document.entries.filter(({ key }) => key !== "sops") };
}

function meaningOf(opened: Opened): { value: unknown; counted: string | Uint8Array } {
  switch (opened.is) {
    case "text":
      return { value: opened.text, counted: opened.text };
    case "integer": {
      const integer = BigInt(opened.text);
      const value = Number.isSafeInteger(Number(integer)) ? Number(integer) : integer;
      return { value, counted: String(integer) };
    }
    case "float":
      return { value: Number(opened.text), counted: withoutExponent(Number(opened.text)) };
    case "flag":
      return { value: opened.value === "true", counted: opened.value === "true" ? "True" : "False" };
    case "bytes":
      return { value: Buffer.from(opened.bytes).toString("utf8"), counted: opened.bytes };
  }
}

function isSame(digest: string, { mac, lastModified }: Metadata, key: Uint8Array): boolean {
  const written = openValue(mac, key, lastModified);
  if (written?.is !== "text") return false;
  const [ours, theirs] = [Buffer.from(digest.toUpperCase()), Buffer.from(written.text)];
  return ours.length === theirs.length && timingSafeEqual(ours, theirs);
}
