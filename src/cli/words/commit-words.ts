import { ago } from "../../lib/ago.ts";
import { plainText } from "../terminal/plain-text.ts";

/** What the API tells of a commit. */
export interface CommitFacts {
  author: string;
  date: string;
  message: string;
}

/** ` "web: bump to 1.5.0" (Ana Ruiz, 4 min ago)`, with a space before it; "" where nothing is known. */
export function aboutCommit(commit: CommitFacts | undefined, nowMs: number): string {
  if (commit === undefined) return "";
  const subject = plainText(commit.message.split("\n", 1)[0] ?? "");
  const author = plainText(commit.author.replace(/\s*<[^>]*>$/, ""));
  const who = [author, ago(commit.date, nowMs)].filter((part) => part !== "").join(", ");
  return `${subject === "" ? "" : `  "${subject}"`}${who === "" ? "" : ` (${who})`}`;
}
