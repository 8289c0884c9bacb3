import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { stampOf } from "./read-regular-file.ts";
import { reasonOf } from "./read-settings.ts";

const MANIFEST_FILE = /\.(ya?ml|json)$/i;
const MAX_DEPTH = 32;

/** What stands below one configured path, as it was listed. */
export interface Listing {
  /** Absolute, in a stable order. */
  files: string[];
  /** Places that could not be listed, with the reason. */
  unreadable: { place: string; why: string }[];
}

/**
 * Manifest files of a file or folder, with all that is below it, or those of which `isOne` says so by their name. Names that begin with a dot are left out: editors and
 * version control keep their own things there, and so are links to folders, which could lead round in a circle (a mounted
 * ConfigMap's `..data` among them; its files are links to files, and found). What has a manifest's name and is a FIFO or
 * the like is found too, so that reading it says what it is.
 */
export function findManifests(path: string, isOne = (name: string) => MANIFEST_FILE.test(name)): Listing {
  const listing: Listing = { files: [], unreadable: [] };
  try {
    if (statSync(path).isDirectory()) walk(path, 0, isOne, listing);
    else listing.files.push(path);
  } catch (cause) {
    listing.unreadable.push({ place: path, why: reasonOf(cause) });
  }
  return listing;
}

function walk(folder: string, depth: number, isOne: (name: string) => boolean, into: Listing): void {
  if (depth > MAX_DEPTH) {
    into.unreadable.push({ place: folder, why: "folders are nested too deep" });
    return;
  }
  try {
    const entries = readdirSync(folder, { withFileTypes: true })
      .filter(({ name }) => !name.startsWith("."))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) walk(path, depth + 1, isOne, into);
      else if (isOne(entry.name) && !isFolder(path)) into.files.push(path);
    }
  } catch (cause) {
    into.unreadable.push({ place: folder, why: reasonOf(cause) });
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (cause) {
    // A link that leads nowhere, or round in a circle: reading it says so.
    if (cause instanceof Error) return false;
    throw cause;
  }
}

function stampAt(file: string): string {
  try {
    return stampOf(statSync(file));
  } catch (cause) {
    return reasonOf(cause);
  }
}

/**
 * Every file that was found, and which state of it: two that are equal saw one and the same.
 * @param stampOfFile default: as it is now; given for what was read, which may be another state than any look found
 */
export function fingerprintOf(
  { files, unreadable }: Listing,
  stampOfFile: (file: string) => string | undefined = () => undefined,
): string {
  const stamps = files.map((file) => `${file} ${stampOfFile(file) ?? stampAt(file)}`);
  return [...stamps, ...unreadable.map(({ place, why }) => `${place} ${why}`)].join("\n");
}
