import type { FoundRepository, PullRequest } from "../ports/generator-facts.ts";
import type { ParameterSet } from "../ports/template-engine.ts";
import { normalizeName, slugOf } from "./names.ts";
import { flatten, type Spelling } from "./parameters.ts";

export function pullRequestSet(
  { number, title, branch, targetBranch, headSHA, labels = [], author }: PullRequest,
  spelling: Spelling,
): ParameterSet {
  return {
    number: String(number),
    title,
    branch,
    branch_slug: slugOf(branch),
    target_branch: targetBranch,
    target_branch_slug: slugOf(targetBranch),
    head_sha: headSHA,
    head_short_sha: headSHA.slice(0, 8),
    head_short_sha_7: headSHA.slice(0, 7),
    author,
    // Source: a flat set has no place for a list.
    ...(spelling === "nested" ? { labels: [...labels] } : {}),
  };
}

export function repositorySet({
  organization,
  repository,
  repositoryId,
  url,
  branch,
  sha,
  labels = [],
}: FoundRepository): ParameterSet {
  return {
    organization,
    repository,
    repository_id: repositoryId ?? null,
    url,
    branch,
    branchNormalized: normalizeName(branch),
    sha,
    short_sha: sha.slice(0, 8),
    short_sha_7: sha.slice(0, 7),
    labels: labels.join(","),
  };
}

/** What a plugin answered, and what it was asked with. */
export function pluginSet(
  answer: Readonly<Record<string, unknown>>,
  input: Readonly<Record<string, unknown>>,
  spelling: Spelling,
): ParameterSet {
  return {
    ...(spelling === "nested" ? answer : flatten(answer)),
    generator: { input: { parameters: input } },
  };
}
