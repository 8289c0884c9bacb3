import { comparableGitUrl } from "../../lib/git-url.ts";
import { BY_SEGMENT } from "../../lib/glob.ts";
import { WRITE_PLAINLY, whyLeadsAway, whyNotPlain } from "../../lib/plain-address.ts";
import type { Project } from "../model/project.ts";
import { isDeny, matchesPattern } from "./pattern.ts";

/** Why the project does not permit a repository; undefined where it does. One deny that applies is enough. */
export function refuseSource(project: Project, repoURL: string): string | undefined {
  const url = comparableGitUrl(repoURL);
  const patterns = project.spec.sourceRepos ?? [];
  const refused = `application repo ${repoURL} is not permitted in project '${project.metadata.name}'`;
  const unclear = whyUnclear(repoURL, patterns);
  if (unclear !== undefined) return `${refused}: ${unclear}. ${WRITE_PLAINLY}`;
  let permitted = false;
  for (const pattern of patterns) {
    const comparable = isDeny(pattern) ? `!${comparableGitUrl(pattern.slice(1))}` : comparableGitUrl(pattern);
    if (matchesPattern(comparable, url, BY_SEGMENT)) permitted = true;
    else if (isDeny(comparable)) {
      permitted = false;
      break;
    }
  }
  return permitted ? undefined : refused;
}

/** A permit is for what begins as it says; a deny is for what is meant, in whatever way it is written. */
function whyUnclear(repoURL: string, patterns: readonly string[]): string | undefined {
  if (patterns.some(isDeny)) return whyNotPlain(repoURL);
  return patterns.includes("*") ? undefined : whyLeadsAway(repoURL);
}
