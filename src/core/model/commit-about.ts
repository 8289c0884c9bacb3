/** A commit, for people. */
export interface CommitTold {
  is: "commit";
  /** First line of its message. */
  subject: string;
  /** `Ana Ruiz <ana@example.com>`. */
  author: string;
  /** RFC 3339. */
  date: string;
  /** Who signed it off, as its last lines say; nobody proves them. */
  signedOffBy: string[];
}

/**
 * Which commit changed last what is read of a source, as of the commit that it is at: that one is the tip of a branch, and
 * may be a commit of others.
 */
export type ChangeAbout = (CommitTold & { commit: string }) | Exclude<CommitAbout, CommitTold>;

/** What is said of a commit that was deployed, to whoever reads the history. */
export type CommitAbout =
  | CommitTold
  /** Its source is a chart or another artifact, at a version. */
  | { is: "version" }
  /** `why`: a sentence without a full stop. */
  | { is: "unknown"; why: string };

const MOST_SIGNERS = 5;
const LONGEST = 300;

export function commitAbout({
  subject,
  author,
  date,
  message,
}: {
  subject: string;
  author: string;
  date: string;
  message: string;
}): CommitTold {
  const signed = [...message.matchAll(/^signed-off-by:[ \t]*(.+)$/gim)].map(([, who = ""]) =>
    cut(who.trim()),
  );
  return {
    is: "commit",
    ...{ subject: cut(subject), author: cut(author), date },
    signedOffBy: [...new Set(signed)].slice(-MOST_SIGNERS),
  };
}

function cut(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`;
}
