import { commitAbout } from "../core/model/commit-about.ts";
import type { CommitSha } from "../core/model/commit-sha.ts";
import type { ChangedPaths, CommitChange } from "../core/model/last-change.ts";
import type { CommitInfo } from "../core/ports/git.ts";
import { withoutUserinfo } from "../lib/url-userinfo.ts";
import { BrokenObject } from "./git-object.ts";

export interface ParsedCommit extends CommitInfo {
  tree: string;
  parents: string[];
}

export function parseCommit(commit: CommitSha, data: Buffer): ParsedCommit {
  const end = data.indexOf("\n\n");
  const head = data.toString("utf8", 0, end < 0 ? data.byteLength : end).split("\n");
  const message = end < 0 ? "" : data.toString("utf8", end + 2).trimEnd();
  const values = (name: string): string[] =>
    head.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));
  const [tree] = values("tree");
  if (tree === undefined) throw new BrokenObject(`commit ${commit} names no tree`);
  const written = /^(?<who>.*) (?<seconds>-?\d+) [+-]\d+$/.exec(values("author")[0] ?? "")?.groups;
  return {
    commit,
    tree,
    parents: values("parent"),
    author: written?.["who"] ?? "",
    date: rfc3339(Number(written?.["seconds"] ?? 0)),
    subject: message.split("\n")[0] ?? "",
    message,
  };
}

/** The object that an annotated tag speaks of. */
export function parseTag(data: Buffer): { object: string; type: string } {
  const [, object, type] = /^object ([0-9a-f]+)\ntype (\w+)\n/.exec(data.toString("latin1", 0, 256)) ?? [];
  if (object === undefined || type === undefined) throw new BrokenObject("a tag names no object");
  return { object, type };
}

/** In UTC, without fractions. Dates that JavaScript does not have become its first or last one. */
function rfc3339(seconds: number): string {
  const limit = 8_640_000_000_000;
  return new Date(Math.max(-limit, Math.min(limit, seconds)) * 1000).toISOString().replace(/\.\d+Z$/, "Z");
}

/** For people to read, as the rest of what is told of a commit. */
export function changeOf(
  { commit, parents, subject, author, date, message }: ParsedCommit,
  changed: readonly ChangedPaths[],
): CommitChange {
  const told = { author, date, subject: withoutUserinfo(subject), message: withoutUserinfo(message) };
  const { is: _, ...about } = commitAbout(told);
  return { ...about, commit, parents, changed };
}
