import { type FSWatcher, lstatSync, readdirSync, statSync, watch } from "node:fs";
import { dirname, join } from "node:path";

export interface WatchOptions {
  /** Editors and checkouts write in bursts: changes this close together are one. */
  settleMs?: number;
  /** Where the system's own notices do not come (network file systems, replaced folders), this finds changes. */
  pollMs?: number;
}

const MAX_DEPTH = 32;

/**
 * Calls `onChange` when a file, or anything in a folder, has changed, appeared or gone. Paths need not exist.
 * What counts is a difference in time, size or identity of the files, not the notice alone.
 *
 * @param signal ends the watch
 */
export function watchFiles(
  paths: readonly string[],
  onChange: () => void,
  signal: AbortSignal,
  { settleMs = 200, pollMs = 15_000 }: WatchOptions = {},
): void {
  if (signal.aborted) return;
  /** By place, with the identity of what stood there: a folder that was replaced keeps its watcher on the old one. */
  const watchers = new Map<string, { watcher: FSWatcher; identity: string }>();
  let known = paths.map(fingerprint).join("\n");
  let settling: ReturnType<typeof setTimeout> | undefined;

  const look = () => {
    const now = paths.map(fingerprint).join("\n");
    arm();
    if (now === known) return;
    known = now;
    onChange();
  };
  const notice = () => {
    clearTimeout(settling);
    settling = setTimeout(look, settleMs);
  };
  const drop = (path: string) => {
    watchers.get(path)?.watcher.close();
    watchers.delete(path);
  };
  const arm = () => {
    for (const [place, { identity }] of watchers) if (statOf(place) !== identity) drop(place);
    for (const path of paths) {
      for (const place of watchable(path)) {
        if (watchers.has(place)) continue;
        try {
          const watcher = watch(place, { recursive: place === path, persistent: false }, notice);
          watcher.on("error", () => drop(place));
          watchers.set(place, { watcher, identity: statOf(place) });
        } catch (cause) {
          // Out of watches, or gone since: the poll still sees changes.
          if (!(cause instanceof Error)) throw cause;
          drop(place);
        }
      }
    }
  };

  arm();
  const poll = setInterval(look, pollMs);
  signal.addEventListener(
    "abort",
    () => {
      clearInterval(poll);
      clearTimeout(settling);
      for (const path of [...watchers.keys()]) drop(path);
    },
    { once: true },
  );
}

/** A folder itself, and where a link leads to it the link's folder; of a file its folder, since editors put a new file in its place. */
function watchable(path: string): string[] {
  const parent = dirname(path);
  try {
    if (!statSync(path).isDirectory()) return [parent];
    return lstatSync(path).isSymbolicLink() ? [path, parent] : [path];
  } catch (cause) {
    if (cause instanceof Error) return statOf(parent) === "" ? [] : [parent];
    throw cause;
  }
}

/** Everything below a path with its time, size and identity; "" where there is nothing. */
function fingerprint(path: string, depth = 0): string {
  const own = statOf(path);
  if (!own.startsWith("folder") || depth > MAX_DEPTH) return `${path} ${own}`;
  try {
    const names = readdirSync(path)
      .filter((name) => !name.startsWith("."))
      .sort();
    return [`${path} ${own}`, ...names.map((name) => fingerprint(join(path, name), depth + 1))].join("\n");
  } catch (cause) {
    if (cause instanceof Error) return `${path} unreadable`;
    throw cause;
  }
}

function statOf(path: string): string {
  try {
    const { mtimeMs, size, ino, mode } = statSync(path);
    // A folder's own time changes with hidden files too, which are nobody's business.
    return (mode & 0o170000) === 0o040000 ? `folder ${ino}` : `file ${mtimeMs} ${size} ${ino}`;
  } catch (cause) {
    if (cause instanceof Error) return "";
    throw cause;
  }
}
