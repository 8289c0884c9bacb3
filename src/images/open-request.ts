/** A pull request for a branch that was pushed: opened with the push, or with a later look where that could not be. */
import type { ImagesPorts, PullRequestAsk } from "./images-ports.ts";
import type { GroupEnd } from "./write-git.ts";
import type { GitPlace } from "./write-place.ts";

/**
 * @param known whether the branch has one already, as far as is remembered
 * @throws {Failure}
 * @returns its address; undefined where there is nothing to open
 */
export async function openRequest(
  end: GroupEnd,
  { access, pullRequest }: GitPlace,
  known: "has one" | "has none",
  ports: Pick<ImagesPorts, "git" | "openPullRequest">,
): Promise<string | undefined> {
  const { branch, base, head, baseTip } = end;
  if (pullRequest === "none" || branch === base) return undefined;
  if (end.is === "written")
    return ports.openPullRequest(access, { from: branch, into: base, ...said(end.message) });
  if (known === "has one" || head === undefined) return undefined;
  // What was merged and not deleted has nothing to be merged.
  for (const commit of [head, baseTip]) await ports.git.tree(access, commit);
  const parts = await ports.git.mergeBase(access, head, baseTip);
  if (parts.is === "found" && parts.commit === head) return undefined;
  const { message } = await ports.git.info(access, head);
  return ports.openPullRequest(access, { from: branch, into: base, ...said(message) });
}

function said(message: string): Pick<PullRequestAsk, "title" | "body"> {
  const [title = "", ...body] = message.split("\n");
  return { title: title || "Update images", body: body.join("\n").trim() };
}
