/** Takes a pack from the wire into a store: written beside, proved and indexed, and only then there. */
import { closeSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { BareStore } from "./bare-store.ts";
import { BrokenObject } from "./git-object.ts";
import { indexPack } from "./pack-index.ts";

/** Larger packs are indexed by the git program where there is one: other threads, other memory. */
const INDEX_OUTSIDE_ABOVE_BYTES = 24 * 1024 * 1024;

export type IndexOutside = (packPath: string, store: BareStore, signal: AbortSignal) => Promise<void>;

/**
 * @param kind `thin`: it may build on objects that the store has
 * @throws {BrokenObject} where the pack is damaged; the store is then as it was
 */
export async function receivePack(
  chunks: AsyncIterable<Uint8Array>,
  kind: "whole" | "thin",
  store: BareStore,
  signal: AbortSignal,
  indexOutside?: IndexOutside,
): Promise<void> {
  const path = join(store.packFolder, `new-${crypto.randomUUID()}.pack`);
  const fd = openSync(path, "wx");
  let bytes = 0;
  try {
    try {
      for await (const chunk of chunks) bytes += writeAll(fd, chunk);
    } finally {
      closeSync(fd);
    }
    if (bytes === 0) throw new BrokenObject("the pack is empty");
    if (bytes > INDEX_OUTSIDE_ABOVE_BYTES && indexOutside !== undefined && kind === "whole")
      await indexOutside(path, store, signal);
    else await indexPack(path, store.format, signal, (id) => store.objects.read(id));
    const name = `pack-${crypto.randomUUID().replaceAll("-", "")}`;
    // The index last: a pack without one is not there.
    renameSync(path, join(store.packFolder, `${name}.pack`));
    renameSync(path.replace(/pack$/, "idx"), join(store.packFolder, `${name}.idx`));
  } catch (cause) {
    rmSync(path, { force: true });
    rmSync(path.replace(/pack$/, "idx"), { force: true });
    throw cause;
  }
  store.objects.rescan();
}

function writeAll(fd: number, chunk: Uint8Array): number {
  for (let at = 0; at < chunk.byteLength; ) at += writeSync(fd, chunk, at);
  return chunk.byteLength;
}
