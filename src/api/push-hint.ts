import { isMapping } from "../lib/is-mapping.ts";

export interface PushHint {
  /** Every address that the payload gives for the repository: web, clone, ssh. */
  urls: string[];
  /** `refs/heads/main`, or a branch's name, or "" where none is said. */
  ref: string;
}

/** Where providers write a repository's addresses. */
const REPOSITORY_PLACES = [
  ["repository"],
  ["project"],
  ["resource", "repository"],
  ["push", "repository"],
] as const;
const URL_FIELDS = [
  "url",
  "html_url",
  "clone_url",
  "ssh_url",
  "git_url",
  "web_url",
  "homepage",
  "git_http_url",
  "git_ssh_url",
  "http_url",
  "remoteUrl",
  "sshUrl",
  "webUrl",
] as const;
const URL_CAP = 2_048;
/** A real payload gives a handful. */
const MOST_URLS = 20;

/**
 * Reads the push payloads of GitHub, GitLab, Gitea, Forgejo, Gogs, Bitbucket and Azure DevOps, and anything that looks
 * like them. What is missing or of another type is passed over; nothing here throws.
 * @returns undefined where no address was found
 */
export function pushHint(payload: unknown): PushHint | undefined {
  const urls = new Set<string>();
  for (const place of REPOSITORY_PLACES) {
    const repository = at(payload, ...place);
    for (const field of URL_FIELDS) collect(at(repository, field));
    collect(at(repository, "links", "html", "href"));
    for (const link of list(at(repository, "links", "clone"))) collect(at(link, "href"));
  }
  if (urls.size === 0) return undefined;
  const ref = [
    at(payload, "ref"),
    at(list(at(payload, "push", "changes"))[0], "new", "name"),
    at(list(at(payload, "changes"))[0], "ref", "id"),
    at(list(at(payload, "resource", "refUpdates"))[0], "name"),
  ].find((value) => typeof value === "string");
  return { urls: [...urls], ref: typeof ref === "string" ? ref.slice(0, URL_CAP) : "" };

  function collect(value: unknown): void {
    if (typeof value === "string" && value !== "" && value.length <= URL_CAP && urls.size < MOST_URLS)
      urls.add(value);
  }
}

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce(
    (holder, field) => (isMapping(holder) && Object.hasOwn(holder, field) ? holder[field] : undefined),
    value,
  );
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
