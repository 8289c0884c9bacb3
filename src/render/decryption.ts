import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { SourceTree } from "../core/ports/source-tree.ts";
import type { DecryptionKeys, Decryptor, InputPath, KeyFile } from "../plugin/contract.ts";
import { closeLinks } from "./link-closure.ts";

/** Who opens encrypted files, and with which keys. */
export interface Decryption {
  decryptors: readonly Decryptor[];
  keys: DecryptionKeys;
}

/** @param files of keys, absolute */
export function keysIn(files: { age: readonly string[]; pgp: readonly string[] }): DecryptionKeys {
  const asKey = (path: string): KeyFile => ({ file: basename(path), read: () => readFile(path) });
  return { age: files.age.map(asKey), pgp: files.pgp.map(asKey) };
}

/** What one render has opened. */
export interface OpenedFiles {
  paths: string[];
  /** Every form of every secret, for words that must not repeat one. */
  secrets: Set<string>;
}

/** A tree in which files that a renderer wants opened hold what they held before they were encrypted. */
export async function openedTree(
  tree: SourceTree,
  asked: readonly InputPath[],
  { decryptors, keys }: Decryption,
  opened: OpenedFiles,
): Promise<SourceTree> {
  const wanted = asked.filter(({ encrypted }) => encrypted === "opened");
  if (wanted.length === 0) return tree;
  // As they are named, and as they really lie behind links.
  const places = [...wanted, ...(await closeLinks(tree, wanted)).filter(({ take }) => take !== "link")];
  const isWanted = (path: string): boolean =>
    places.some((place) => place.path === "" || path === place.path || path.startsWith(`${place.path}/`));
  const { readLink } = tree;
  return {
    oid: (path) => tree.oid(path),
    entry: (path) => tree.entry(path),
    list: (path) => tree.list(path),
    ...(readLink === undefined ? {} : { readLink: (path: string) => readLink.call(tree, path) }),
    async read(path) {
      const content = await tree.read(path);
      if (!isWanted(path)) return content;
      const decryptor = decryptors.find((each) => each.recognizes(path, content) === "yes");
      if (decryptor === undefined) return content;
      const inside = await decryptor.open(path, content, keys);
      opened.paths.push(path);
      for (const secret of inside.secrets) opened.secrets.add(secret);
      return inside.content;
    },
  };
}
