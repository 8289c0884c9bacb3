import { comparableGitUrl } from "../../lib/git-url.ts";
import { BY_SEGMENT } from "../../lib/glob.ts";
import type { Project } from "../model/project.ts";
import { isDeny, matchesPattern } from "./pattern.ts";

/** Why the project does not permit a repository; undefined where it does. One deny that applies is enough. */
export function refuseSource(project: Project, repoURL: string): string | undefined {
  const url = comparableGitUrl(repoURL);
  let permitted = false;
  for (const pattern of project.spec.sourceRepos ?? []) {
    const comparable = isDeny(pattern) ? `!${comparableGitUrl(pattern.slice(1))}` : comparableGitUrl(pattern);
    if (matchesPattern(comparable, url, BY_SEGMENT)) permitted = true;
    else if (isDeny(comparable)) {
      permitted = false;
      break;
    }
  }
  return permitted
    ? undefined
    : `application repo ${repoURL} is not permitted in project '${project.metadata.name}'`;
}
