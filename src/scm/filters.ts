/** Which of what was found is meant. Source: Argo CD's documentation: all that one filter says, and any of several filters. */
import type { PullRequest } from "../core/ports/generator-facts.ts";
import { compileGoRegexp, type GoRegexp } from "../lib/go-regexp.ts";
import type { Fields } from "./fields.ts";

type Expression = Extract<GoRegexp, { ok: true }>;

export function pullRequestFilter(ask: Fields): (pull: PullRequest) => boolean {
  const filters = filtersOf(ask).map((filter) => ({
    branch: expressionOf(filter, "branchMatch"),
    target: expressionOf(filter, "targetBranchMatch"),
    title: expressionOf(filter, "titleMatch"),
  }));
  return ({ branch, targetBranch, title }) =>
    filters.length === 0 ||
    filters.some(
      (filter) =>
        finds(filter.branch, branch) && finds(filter.target, targetBranch) && finds(filter.title, title),
    );
}

export interface RepositoryFilter {
  /** What is known of a repository before anybody looks into it. */
  takesRepository(repository: { repository: string; labels: readonly string[] }): boolean;
  takesBranch(branch: string): boolean;
  /** Without slashes at their ends. */
  pathsExist: readonly string[];
  pathsDoNotExist: readonly string[];
}

export function repositoryFilters(ask: Fields): readonly RepositoryFilter[] {
  return filtersOf(ask).map((filter) => {
    const name = expressionOf(filter, "repositoryMatch");
    const label = expressionOf(filter, "labelMatch");
    const branch = expressionOf(filter, "branchMatch");
    const paths = (field: string): string[] =>
      (filter.texts(field) ?? []).map((path) => pathOf(path, filter, field));
    return {
      takesRepository: ({ repository, labels }) =>
        finds(name, repository) && (label === undefined || labels.some((each) => label.finds(each))),
      takesBranch: (found) => finds(branch, found),
      pathsExist: paths("pathsExist"),
      pathsDoNotExist: paths("pathsDoNotExist"),
    };
  });
}

function filtersOf(ask: Fields): readonly Fields[] {
  return ask.maybeList("filters") === undefined ? [] : ask.each("filters");
}

/** Absent: everything. */
function finds(expression: Expression | undefined, text: string): boolean {
  return expression?.finds(text) ?? true;
}

function expressionOf(filter: Fields, field: string): Expression | undefined {
  const text = filter.maybeText(field);
  if (text === undefined) return undefined;
  const compiled = compileGoRegexp(text);
  if (!compiled.ok) throw filter.wrong(`${filter.at}.${field} is no regular expression: ${compiled.problem}`);
  return compiled;
}

function pathOf(path: string, filter: Fields, field: string): string {
  const plain = path.replace(/^\/+|\/+$/g, "");
  if (plain === "" || plain.split("/").some((part) => ["", ".", ".."].includes(part)))
    throw filter.wrong(
      `${filter.at}.${field} has ${JSON.stringify(path)}, which is no path inside a repository`,
    );
  return plain;
}
