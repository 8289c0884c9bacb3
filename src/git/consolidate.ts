/** Keeps a store small: many small packs become one, without what no commit in use needs. */
import { closeSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import type { CommitSha } from "../core/ports.ts";
import type { BareStore } from "./bare-store.ts";
import { parseCommit, parseTag } from "./commit-object.ts";
import { BrokenObject, type GitObject } from "./git-object.ts";
import { writeEntryHead } from "./pack-entry.ts";
import type { PackFile } from "./pack-file.ts";
import { indexPack, turns } from "./pack-index.ts";
import { parseTree } from "./tree-object.ts";

/** Each fetch adds a pack; looking an object up asks them in turn. */
const MAX_PACKS = 12;
/** Larger packs stay as they are: writing them anew would cost more than they waste. */
const SMALL_PACK_BYTES = 8 * 1024 * 1024;
const KEPT_COMMITS = 16;

/** Does nothing while there are few packs. Nothing is removed before its replacement is there. */
export async function consolidate(store: BareStore, signal: AbortSignal): Promise<"done" | "not needed"> {
  const small = worthJoining(store.objects.packs());
  if (small.length < MAX_PACKS) return "not needed";
  const [keep, drop] = [store.kept().slice(0, KEPT_COMMITS), store.kept().slice(KEPT_COMMITS)];
  const wanted = await reachable(keep, store, (id) => small.some((pack) => pack.has(id)), signal);
  const path = join(store.packFolder, `new-${crypto.randomUUID()}.pack`);
  try {
    await writePack(path, wanted, store, signal);
    await indexPack(path, store.format, signal);
  } catch (cause) {
    rmSync(path, { force: true });
    throw cause;
  }
  store.forget(drop);
  const name = join(store.packFolder, `pack-${crypto.randomUUID().replaceAll("-", "")}`);
  renameSync(path, `${name}.pack`);
  renameSync(path.replace(/pack$/, "idx"), `${name}.idx`);
  for (const pack of small) {
    // The index first: a pack without one counts as not there.
    rmSync(pack.path.replace(/pack$/, "idx"), { force: true });
    rmSync(pack.path, { force: true });
  }
  store.objects.rescan();
  return "done";
}

/** All small packs; without the largest while the others together are no match for it. */
function worthJoining(packs: readonly PackFile[]): PackFile[] {
  const [largest, ...others] = packs.toSorted((a, b) => b.count - a.count);
  if (largest === undefined) return [];
  const othersCount = others.reduce((sum, pack) => sum + pack.count, 0);
  return (othersCount * 2 > largest.count ? [largest, ...others] : others).filter(
    (pack) => pack.packBytes < SMALL_PACK_BYTES,
  );
}

/** Ids that the commits need and `isSmall` picks. */
async function reachable(
  commits: readonly CommitSha[],
  store: BareStore,
  isSmall: (id: string) => boolean,
  signal: AbortSignal,
): Promise<string[]> {
  const pause = turns(signal);
  const seen = new Set<string>();
  const wanted: string[] = [];
  const stack: string[] = [...commits];
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    if (isSmall(id)) wanted.push(id);
    const object = mustRead(store, id);
    if (object.type === "commit") stack.push(parseCommit(id as CommitSha, object.data).tree);
    else if (object.type === "tag") stack.push(parseTag(object.data).object);
    else if (object.type === "tree") {
      for (const entry of parseTree(object.data, store.format).values()) {
        if (entry.kind === "folder") stack.push(entry.oid);
        else if (entry.kind !== "submodule" && !seen.has(entry.oid)) {
          seen.add(entry.oid);
          if (isSmall(entry.oid)) wanted.push(entry.oid);
        }
      }
    }
    await pause();
  }
  return wanted;
}

async function writePack(
  path: string,
  ids: readonly string[],
  store: BareStore,
  signal: AbortSignal,
): Promise<void> {
  const pause = turns(signal);
  const hash = new Bun.CryptoHasher(store.format);
  const fd = openSync(path, "wx");
  const write = (bytes: Uint8Array): void => {
    hash.update(bytes);
    for (let at = 0; at < bytes.byteLength; ) at += writeSync(fd, bytes, at);
  };
  try {
    const head = Buffer.from("PACK\0\0\0\x02\0\0\0\0", "latin1");
    head.writeUInt32BE(ids.length, 8);
    write(head);
    for (const id of ids) {
      const object = mustRead(store, id);
      write(Buffer.concat([writeEntryHead(object), deflateSync(object.data)]));
      await pause();
    }
    const checksum = hash.digest();
    for (let at = 0; at < checksum.byteLength; ) at += writeSync(fd, checksum, at);
  } finally {
    closeSync(fd);
  }
}

function mustRead(store: BareStore, id: string): GitObject {
  const object = store.objects.read(id);
  if (object === undefined) throw new BrokenObject(`object ${id} is missing`);
  return object;
}
