/** Histories that the git program asks a server for: commits and folders without their files. */
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { CommitSha } from "../core/model/commit-sha.ts";
import type { Failure } from "../core/model/failure.ts";
import type { History, MergeBase } from "../core/ports/git.ts";
import { formatOf, makeBare } from "./bare-store.ts";
import { formatOfId, isObjectId } from "./git-object.ts";
import { isRefusal } from "./program-failure.ts";
import { type RunReading, readHistory } from "./read-history.ts";
import type { RoadParts } from "./road.ts";
import type { GitResult } from "./run-git.ts";

/** How far back two commits are followed, in turn: the second one is a few megabytes of commits. */
const BASE_DEPTHS = [64, 10_000];
/** Each fetch adds one, and looking an object up asks them in turn. */
const MOST_PACKS = 24;
/** A server that sends the files too sends all of them: so much history is worth that, and no more. */
const MOST_WITH_FILES = 100;

const UNASKABLE = "the server gives out no history of commits by their ids";

/** The server, and how it is asked. */
export interface Asking {
  url: string;
  parts: Pick<RoadParts, "folder" | "scratch" | "limits">;
  /** What was learnt of the server by asking it. */
  learnt: { filter: "unknown" | "ignored" };
  /** What every fetch begins with. */
  fetch: readonly string[];
  /** With credentials, to this server. */
  run(argv: readonly string[]): Promise<GitResult>;
  /** With neither: what is here. */
  read: RunReading;
  /** What a run that failed says. */
  failed(result: GitResult): Promise<Failure>;
}

/** Commits alone, without their files, in a folder that goes again: what is fetched has no history, and needs none. */
export async function fetchMergeBase(one: CommitSha, other: CommitSha, asking: Asking): Promise<MergeBase> {
  const { parts, url, fetch, run, failed } = asking;
  const folder = join(parts.scratch, `history-${crypto.randomUUID()}`);
  makeBare(folder, formatOfId(one));
  try {
    for (const depth of BASE_DEPTHS) {
      const refs = [`${one}:refs/arriving/one`, `${other}:refs/arriving/other`];
      const fetched = await run([
        ...[`--git-dir=${folder}`, ...fetch, "--filter=tree:0", `--depth=${depth}`, "--", url],
        ...refs,
      ]);
      if (fetched.code !== 0) {
        if (!isRefusal(fetched.stderr)) throw await failed(fetched);
        return { is: "unknown", why: UNASKABLE };
      }
      const found = await run([`--git-dir=${folder}`, "merge-base", one, other]);
      const commit = found.stdout.trim();
      if (found.code === 0 && isObjectId(commit)) return { is: "found", commit: commit as CommitSha };
      if (!existsSync(join(folder, "shallow"))) return { is: "none" };
    }
    return { is: "unknown", why: `they part more than ${BASE_DEPTHS.at(-1)} commits ago, if at all` };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Stays beside what is fetched of the repository, so that the next commit brings what is new alone. One at a time.
 * @throws {Failure}
 */
export async function fetchHistory(commit: CommitSha, most: number, asking: Asking): Promise<History> {
  const { parts, url, learnt, fetch, run, read, failed } = asking;
  const folder = join(parts.folder, "history");
  if (!isUsable(folder, formatOfId(commit), parts.limits.maxPackBytes))
    rmSync(folder, { recursive: true, force: true });
  // Once more from nothing, where what was here before is in the way.
  for (const isFirst of [true, false]) {
    const wasHere = existsSync(join(folder, "HEAD"));
    if (!wasHere) makeBare(folder, formatOfId(commit));
    clearLocks(folder);
    const depth = learnt.filter === "ignored" ? Math.min(most, MOST_WITH_FILES) : most;
    const fetched = await run([
      ...[`--git-dir=${folder}`, ...fetch, "--filter=blob:none", `--depth=${depth + 1}`, "--", url],
      `+${commit}:refs/heads/tip`,
    ]);
    if (/filtering not recognized/i.test(fetched.stderr)) learnt.filter = "ignored";
    if (fetched.code === 0) {
      const cutAt = cutIn(join(folder, "shallow"));
      const commits = await readHistory({ commit, most, cutAt }, (argv, more) =>
        read([`--git-dir=${folder}`, ...argv], more),
      );
      if (commits !== undefined) return { is: "read", commits };
    } else if (isRefusal(fetched.stderr)) return { is: "unknown", why: UNASKABLE };
    else if (!wasHere || !isFirst) {
      rmSync(folder, { recursive: true, force: true });
      throw await failed(fetched);
    }
    rmSync(folder, { recursive: true, force: true });
    if (!wasHere) break;
  }
  return { is: "unknown", why: "what the server gave of its history cannot be read" };
}

/** Commits whose parents are elsewhere. @param path of git's own list of them */
export function cutIn(path: string): ReadonlySet<string> {
  return new Set(existsSync(path) ? readFileSync(path, "utf8").split("\n").filter(isObjectId) : []);
}

function isUsable(folder: string, format: ReturnType<typeof formatOfId>, maxBytes: number): boolean {
  if (!existsSync(join(folder, "HEAD")) || formatOf(folder) !== format) return false;
  const packs = readdirSync(join(folder, "objects", "pack")).filter((name) => name.endsWith(".pack"));
  const bytes = packs.map((name) => statSync(join(folder, "objects", "pack", name)).size);
  return packs.length <= MOST_PACKS && bytes.reduce((sum, size) => sum + size, 0) <= maxBytes;
}

/** Of a git that was killed: they would stop the next one. */
function clearLocks(folder: string): void {
  for (const name of ["shallow.lock", "config.lock", "packed-refs.lock", "refs/heads/tip.lock"])
    rmSync(join(folder, name), { force: true });
}
