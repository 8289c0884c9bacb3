/** What led to a commit, read by the git program from objects that are here. It reads commits and folders, and no file. */
import type { CommitSha } from "../core/model/commit-sha.ts";
import type { ChangedPaths, CommitChange } from "../core/model/last-change.ts";
import { changeOf, type ParsedCommit, parseCommit } from "./commit-object.ts";
import { formatOfId, objectId } from "./git-object.ts";
import type { RoadParts } from "./road.ts";
import { GIT_LIMITS, type GitResult, READING_FILE_BYTES, runGit } from "./run-git.ts";

/** Of all commits together, as git prints them. What is beyond is not told. */
const MAX_COMMIT_BYTES = 16 * 1024 * 1024;
/** Of all that they changed. */
const MAX_PATH_BYTES = 8 * 1024 * 1024;
/** The end of an output that was cut is less than this before its limit. */
const CUT_WITHIN = 128 * 1024;
/** Of one commit, against one of its parents. */
const MOST_PATHS = 20_000;

export interface HistoryAsk {
  commit: CommitSha;
  /** From 1. */
  most: number;
  /** Commits whose parents are not here, though they have some. */
  cutAt: ReadonlySet<string>;
}

export type RunReading = (
  argv: readonly string[],
  options: { maxOutputBytes: number; stdin?: string },
) => Promise<GitResult>;

/** It opens no file of the network, whatever is missing here. */
export function readingBy(git: string, { env }: Pick<RoadParts, "env">, signal: AbortSignal): RunReading {
  return (argv, more) =>
    runGit({
      ...{ git, argv, protocol: "", env, signal, ...more },
      limits: { ...GIT_LIMITS, fileBytes: READING_FILE_BYTES },
    });
}

/** @returns undefined where it cannot be read: what is here is broken, or is not all there */
export async function readHistory(
  { commit, most, cutAt }: HistoryAsk,
  run: RunReading,
): Promise<CommitChange[] | undefined> {
  // One more: what the last one changed is told by the one before it.
  const listed = await run(
    ["rev-list", "--header", "--date-order", `--max-count=${most + 1}`, "--end-of-options", commit, "--"],
    { maxOutputBytes: MAX_COMMIT_BYTES },
  );
  const commits = commitsIn(listed, MAX_COMMIT_BYTES);
  if (commits === undefined) return undefined;
  const treeBy = new Map(commits.map((one) => [one.commit as string, one.tree]));
  const whole = commits
    .slice(0, most)
    .filter((one) => !cutAt.has(one.commit) && one.parents.every((parent) => treeBy.has(parent)));
  const empty = objectId(formatOfId(commit), { type: "tree", data: Buffer.alloc(0) });
  const pairs = whole.flatMap(({ parents, tree }) =>
    (parents.length === 0 ? [empty] : parents.map((parent) => treeBy.get(parent))).map(
      (before) => `${before} ${tree}`,
    ),
  );
  if (pairs.length === 0) return [];
  const compared = await run(
    ["diff-tree", "--stdin", "-r", "-z", "--name-status", "--no-renames", "--no-ext-diff"],
    { maxOutputBytes: MAX_PATH_BYTES, stdin: `${pairs.join("\n")}\n` },
  );
  const isCut = wasCut(compared, MAX_PATH_BYTES);
  if (compared.code !== 0 && !isCut) return undefined;
  const changed = changedIn(compared.stdout);
  // What came last is not whole.
  if (isCut) changed.pop();
  else if (changed.length !== pairs.length) return undefined;
  return beside(whole, changed);
}

function wasCut({ code, stdout }: GitResult, limit: number): boolean {
  return code !== 0 && Buffer.byteLength(stdout) > limit - CUT_WITHIN;
}

/** Each as `rev-list --header` has it: its id, then the commit with its message moved in, then NUL. */
function commitsIn(listed: GitResult, limit: number): ParsedCommit[] | undefined {
  const isCut = wasCut(listed, limit);
  if (listed.code !== 0 && !isCut) return undefined;
  // What is behind the last NUL is nothing, or the part that came of one that was cut.
  const records = listed.stdout.split("\0").slice(0, -1);
  return records.map((record) => {
    const [id = "", text = ""] = cutAtFirst(record, "\n");
    const [head, message] = cutAtFirst(text, "\n\n");
    return parseCommit(id as CommitSha, Buffer.from(`${head}\n\n${message.replace(/^ {4}/gm, "")}`));
  });
}

function cutAtFirst(text: string, mark: string): [before: string, after: string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + mark.length)];
}

/** A word that says how, and a path; before the first of a pair of folders their ids. A path may be any text but NUL. */
const PAIR = /^[0-9a-f]{40,64} [0-9a-f]{40,64}\n/;

function changedIn(stdout: string): ChangedPaths[] {
  const all: { paths: string[]; count: number }[] = [];
  const words = stdout.split("\0");
  for (let at = 0; at < words.length; at += 2) {
    let word = words[at] ?? "";
    for (let pair = PAIR.exec(word); pair !== null; pair = PAIR.exec(word)) {
      all.push({ paths: [], count: 0 });
      word = word.slice(pair[0].length);
    }
    const path = words[at + 1];
    const last = all.at(-1);
    if (word === "" || path === undefined || last === undefined) continue;
    if (++last.count <= MOST_PATHS) last.paths.push(path);
  }
  return all.map(({ paths, count }) => (count > MOST_PATHS ? "too many" : paths));
}

/** As many as are told whole. */
function beside(commits: readonly ParsedCommit[], changed: readonly ChangedPaths[]): CommitChange[] {
  let at = 0;
  return commits.flatMap((one): CommitChange[] => {
    const own = changed.slice(at, at + Math.max(1, one.parents.length));
    at += Math.max(1, one.parents.length);
    return own.length < Math.max(1, one.parents.length) ? [] : [changeOf(one, own)];
  });
}
