import type { CommitSha } from "../core/model/commit-sha.ts";
import { unreachable } from "./failures.ts";
import { isObjectId } from "./git-object.ts";
import { isRefName, isWanted, MAX_REFS, type Refs } from "./refs.ts";

/**
 * The output of `git ls-remote --symref`, or of `git show-ref --head --dereference` with a blank in place of the tab.
 * @param extra full names of refs beside branches and tags
 * @throws {Failure} git-unreachable for more refs than we take
 */
export function parseLsRemote(output: string, show: string, extra: readonly string[]): Refs {
  const commitByName = new Map<string, CommitSha>();
  let headRef = "HEAD";
  let headCommit: CommitSha | undefined;
  let format: Refs["format"] = "sha1";
  for (const text of output.split("\n")) {
    const [, what = "", name = ""] = /^((?:ref: )?[^\t ]+)[\t ](.*)$/.exec(text) ?? [];
    if (what.startsWith("ref: ")) {
      const target = what.slice("ref: ".length);
      if (name === "HEAD" && isRefName(target)) headRef = target;
      continue;
    }
    if (!isObjectId(what)) continue;
    if (what.length === 64) format = "sha256";
    const commit = what as CommitSha;
    // An annotated tag comes twice, and what it leads to comes second.
    const bare = name.endsWith("^{}") ? name.slice(0, -3) : name;
    if (bare === "HEAD") headCommit = commit;
    else if (isRefName(bare) && isWanted(bare, extra)) commitByName.set(bare, commit);
    if (commitByName.size > MAX_REFS)
      throw unreachable(show, `it has more than ${MAX_REFS} refs`, "Use a smaller repository");
  }
  return {
    commitByName,
    head: headCommit === undefined ? undefined : { commit: headCommit, ref: headRef },
    format,
  };
}
