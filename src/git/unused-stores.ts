/** Removes what was fetched of repositories that nobody uses any more, by age and by size. */
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface StoreLimits {
  /** A store that nobody used for so long goes. */
  maxAgeMs: number;
  /** All stores together; beyond, those go that nobody uses, the one used longest ago first. */
  maxBytes: number;
  /** What one store may waste, beside its own size over again, before it is written anew. */
  slackBytes: number;
}

export const STORE_LIMITS: StoreLimits = {
  maxAgeMs: 7 * 24 * 3_600_000,
  maxBytes: 8 * 2 ** 30,
  slackBytes: 64 * 2 ** 20,
};

/** A use is noted on disk this often: age is counted in days. */
const NOTE_EVERY_MS = 3_600_000;
/** In the store's folder; its time says when it was used last. */
const USED = "used";

/** Notes that the store in this folder is in use. @param lastMs when that was noted last @returns the same for the next call */
export function noteUse(folder: string, nowMs: number, lastMs: number): number {
  if (nowMs - lastMs < NOTE_EVERY_MS || !existsSync(folder)) return lastMs;
  writeFileSync(join(folder, USED), "");
  utimesSync(join(folder, USED), nowMs / 1000, nowMs / 1000);
  return nowMs;
}

/**
 * @param root holds a folder for each store
 * @param inUse names of folders that stay whatever their age
 * @returns names of the folders that were removed
 */
export function removeUnused(
  root: string,
  inUse: ReadonlySet<string>,
  nowMs: number,
  limits: StoreLimits,
): string[] {
  mkdirSync(root, { recursive: true });
  const stores = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && /^[0-9a-f]{64}$/.test(entry.name))
    .map(({ name }) => ({ name, usedMs: usedAt(join(root, name)), bytes: bytesOf(join(root, name)) }))
    .sort((a, b) => a.usedMs - b.usedMs);
  let bytes = stores.reduce((sum, store) => sum + store.bytes, 0);
  const removed: string[] = [];
  for (const store of stores) {
    if (inUse.has(store.name)) continue;
    if (nowMs - store.usedMs <= limits.maxAgeMs && bytes <= limits.maxBytes) continue;
    rmSync(join(root, store.name), { recursive: true, force: true });
    bytes -= store.bytes;
    removed.push(store.name);
  }
  return removed;
}

function usedAt(folder: string): number {
  const stat =
    statSync(join(folder, USED), { throwIfNoEntry: false }) ?? statSync(folder, { throwIfNoEntry: false });
  return stat?.mtimeMs ?? 0;
}

function bytesOf(folder: string): number {
  let bytes = 0;
  for (const path of readdirSync(folder, { recursive: true })) {
    const stat = statSync(join(folder, String(path)), { throwIfNoEntry: false });
    if (stat?.isFile() === true) bytes += stat.size;
  }
  return bytes;
}
