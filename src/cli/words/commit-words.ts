import type { ChangeAbout } from "../../core/model/commit-about.ts";
import { shortRevision } from "../../core/model/short-revision.ts";
import { ago } from "../../lib/ago.ts";
import { plainText } from "../terminal/plain-text.ts";

/** What the API tells of a commit. */
export interface CommitFacts {
  author: string;
  date: string;
  message: string;
}

/**
 * Of a revision that an application is at, behind its id: who changed the application last, by another commit where the
 * revision changed nothing of it. Where that is not known nothing is said, because the revision may be somebody else's.
 *
 * @param change undefined: the daemon does not tell, and what it tells of the revision itself is said
 */
export function aboutRevision(
  revision: string,
  change: ChangeAbout | undefined,
  commit: CommitFacts | undefined,
  nowMs: number,
): string {
  if (change === undefined) return aboutCommit(commit, nowMs);
  if (change.is !== "commit") return "";
  const { author, date, subject } = change;
  const words = aboutCommit({ author, date, message: subject }, nowMs);
  return change.commit === revision ? words : `, last changed by ${shortRevision(change.commit)}${words}`;
}

/** ` "web: bump to 1.5.0" (Ana Ruiz, 4 min ago)`, with a space before it; "" where nothing is known. */
export function aboutCommit(commit: CommitFacts | undefined, nowMs: number): string {
  if (commit === undefined) return "";
  const subject = plainText(commit.message.split("\n", 1)[0] ?? "");
  const author = plainText(commit.author.replace(/\s*<[^>]*>$/, ""));
  const who = [author, ago(commit.date, nowMs)].filter((part) => part !== "").join(", ");
  return `${subject === "" ? "" : `  "${subject}"`}${who === "" ? "" : ` (${who})`}`;
}
