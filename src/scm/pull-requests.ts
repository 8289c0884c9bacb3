/** Opens pull requests for branches that were pushed, by the credentials that pushed them. Source: the providers' REST documentations. */
import { Failure } from "../core/model/failure.ts";
import type { RepositoryAccess } from "../core/model/repository-access.ts";
import { defined } from "../lib/defined.ts";
import { isMapping } from "../lib/is-mapping.ts";
import { Lru } from "../lib/lru.ts";
import { withoutUserinfo } from "../lib/url-userinfo.ts";
import type { LentLogins } from "../remote/lent/lent-logins.ts";
import { termsOf } from "../remote/terms-of.ts";
import { Api, type ApiTerms } from "./api.ts";

/** A branch that is to be merged into another one. */
export interface NewPullRequest {
  from: string;
  into: string;
  title: string;
  body: string;
}

interface Place {
  origin: string;
  /** Of the path, without `.git`. */
  steps: readonly string[];
}

/** How one provider is asked, below the address of its API. */
interface Way {
  name: string;
  base(place: Place): string;
  authorization(access: RepositoryAccess): string | undefined;
  /** Where requests are listed and made. @returns undefined where the address names no repository */
  at(api: Api, place: Place, query?: Record<string, string>): string | undefined;
  /** What narrows the list down to those of the branch. */
  query(place: Place, ask: NewPullRequest): Record<string, string>;
  body(ask: NewPullRequest): unknown;
  /** Characters of a description that it takes. */
  mostText: number;
  /** The page of a request, of what was answered. */
  page(item: unknown, ask: NewPullRequest): string | undefined;
}

const REQUESTS = 6;
const BYTES = 8 << 20;
const WAIT_MS = 60_000;
/** Characters of a title that every provider takes. */
const MOST_TITLE = 250;
const MOST_TEXT = 60_000;

export class PullRequests {
  constructor(
    private readonly parts: {
      now(): number;
      /** A repository's entry may have its token from somebody who lends it. */
      lent: Pick<LentLogins, "opened">;
    },
  ) {}

  /**
   * @returns its address: of the one that is open already, or of a new one
   * @throws {Failure} provider-unreachable, provider-auth, invalid-spec where nobody knows how
   */
  async open(access: RepositoryAccess, ask: NewPullRequest): Promise<string> {
    const place = placeOf(access.url);
    if (place === undefined)
      throw cannot(
        access,
        "its address is none of HTTP, and only those lead to an API",
        "Give the repository by its https address",
      );
    const way = wayOf(place);
    if (way === undefined)
      throw cannot(
        access,
        `it is not known which provider answers at ${new URL(place.origin).host}`,
        "Open it by hand, and leave out holdfast.dev/image-pull-request; GitHub, GitLab, Gitea, Forgejo, Bitbucket and Azure DevOps are known by their host's name",
      );
    const api = this.#api(await this.parts.lent.opened(access), place, way);
    const list = way.at(api, place, way.query(place, ask));
    const make = way.at(api, place);
    if (list === undefined || make === undefined)
      throw cannot(access, "its address names no repository", "Correct it");
    const there = itemsIn((await api.get(list)).body)
      .map((item) => way.page(item, ask))
      .find((page) => page !== undefined);
    if (there !== undefined) return there;
    const asked = { ...ask, title: cut(ask.title, MOST_TITLE), body: cut(ask.body, way.mostText) };
    const made = way.page((await api.post(make, way.body(asked))).body, asked);
    if (made === undefined) throw api.otherShape("it must say where the pull request is");
    return made;
  }

  #api(access: RepositoryAccess, place: Place, way: Way): Api {
    const terms: ApiTerms = {
      provider: way.name,
      about: place.steps.join("/"),
      cannot: "open a pull request",
      needs: "the repository's entry a token that may open pull requests",
      base: way.base(place),
      ...defined({ authorization: way.authorization(access), ...termsOf(access) }),
    };
    return new Api(terms, {
      now: this.parts.now,
      // Its entry says that it may be pushed to: an operator named it.
      reach: "anywhere",
      kept: new Lru(1),
      budget: { requests: REQUESTS, bytes: BYTES },
      signal: AbortSignal.timeout(WAIT_MS),
    });
  }
}

function cannot({ url }: RepositoryAccess, why: string, fix: string): Failure {
  return new Failure("invalid-spec", withoutUserinfo(url), "after-edit", {
    cannot: "open a pull request",
    ...{ why, fix },
  });
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).toWellFormed()}…`;
}

function placeOf(url: string): Place | undefined {
  const parsed = URL.parse(url);
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) return undefined;
  const steps = parsed.pathname
    .replace(/\.git\/?$/, "")
    .split("/")
    .filter((step) => step !== "")
    .map(decodeURIComponent);
  return { origin: parsed.origin, steps };
}

function wayOf({ origin }: Place): Way | undefined {
  const { hostname } = new URL(origin);
  const known = WAYS.find(({ host }) => host.test(hostname));
  return known?.way;
}

/** A list, or the list in a page of it. */
function itemsIn(body: unknown): readonly unknown[] {
  if (Array.isArray(body)) return body;
  const values = isMapping(body) ? (body["values"] ?? body["value"]) : undefined;
  return Array.isArray(values) ? values : [];
}

function textAt(value: unknown, ...path: readonly (string | number)[]): string | undefined {
  let now: unknown = value;
  for (const step of path)
    now = Array.isArray(now) ? now[Number(step)] : isMapping(now) ? now[String(step)] : undefined;
  return typeof now === "string" && /^https?:\/\/\S+$/.test(now) ? now : undefined;
}

function named(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((now, step) => (isMapping(now) ? now[step] : undefined), value);
}

const token = ({ bearerToken, password }: RepositoryAccess): string | undefined =>
  (bearerToken ?? password)?.reveal();
const bearer = (access: RepositoryAccess): string | undefined => {
  const secret = token(access);
  return secret === undefined ? undefined : `Bearer ${secret}`;
};
const basic = ({ username = "", password, bearerToken }: RepositoryAccess): string | undefined =>
  bearerToken !== undefined
    ? `Bearer ${bearerToken.reveal()}`
    : password === undefined
      ? undefined
      : `Basic ${Buffer.from(`${username}:${password.reveal()}`).toString("base64")}`;

const github: Way = {
  name: "GitHub",
  base: ({ origin }) => (origin === "https://github.com" ? "https://api.github.com" : `${origin}/api/v3`),
  authorization: bearer,
  at: (api, { steps: [owner, repo] }, query) =>
    owner === undefined || repo === undefined ? undefined : api.url(["repos", owner, repo, "pulls"], query),
  query: ({ steps: [owner] }, { from, into }) => ({ head: `${owner}:${from}`, base: into, state: "open" }),
  body: ({ from, into, title, body }) => ({ head: from, base: into, title, body }),
  page: (item) => textAt(item, "html_url"),
  mostText: MOST_TEXT,
};
const gitlab: Way = {
  name: "GitLab",
  base: ({ origin }) => `${origin}/api/v4`,
  authorization: bearer,
  at: (api, { steps }, query) =>
    steps.length < 2 ? undefined : api.url(["projects", steps.join("/"), "merge_requests"], query),
  query: (_, { from, into }) => ({ source_branch: from, target_branch: into, state: "opened" }),
  body: ({ from, into, title, body }) => ({
    ...{ source_branch: from, target_branch: into, title, description: body },
  }),
  page: (item) => textAt(item, "web_url"),
  mostText: MOST_TEXT,
};
const gitea: Way = {
  name: "Gitea",
  base: ({ origin }) => `${origin}/api/v1`,
  authorization: (access) => {
    const secret = token(access);
    return secret === undefined ? undefined : `token ${secret}`;
  },
  at: (api, { steps: [owner, repo] }, query) =>
    owner === undefined || repo === undefined ? undefined : api.url(["repos", owner, repo, "pulls"], query),
  query: () => ({ state: "open", sort: "recentupdate", limit: "50" }),
  body: ({ from, into, title, body }) => ({ head: from, base: into, title, body }),
  // The list is of all branches.
  page: (item, { from, into }) =>
    named(item, "head", "ref") === from && named(item, "base", "ref") === into
      ? textAt(item, "html_url")
      : undefined,
  mostText: MOST_TEXT,
};
const bitbucket: Way = {
  name: "Bitbucket",
  base: () => "https://api.bitbucket.org/2.0",
  authorization: basic,
  at: (api, { steps: [owner, repo] }, query) =>
    owner === undefined || repo === undefined
      ? undefined
      : api.url(["repositories", owner, repo, "pullrequests"], query),
  query: (_, { from, into }) => ({
    q: `state="OPEN" AND source.branch.name=${JSON.stringify(from)} AND destination.branch.name=${JSON.stringify(into)}`,
  }),
  body: ({ from, into, title, body }) => ({
    ...{ title, description: body },
    source: { branch: { name: from } },
    destination: { branch: { name: into } },
  }),
  page: (item) => textAt(item, "links", "html", "href"),
  mostText: 30_000,
};
const bitbucketServer: Way = {
  name: "Bitbucket",
  base: ({ origin }) => `${origin}/rest/api/1.0`,
  authorization: bearer,
  at: (api, { steps: [scm, project, repo] }, query) =>
    scm !== "scm" || project === undefined || repo === undefined
      ? undefined
      : api.url(["projects", project, "repos", repo, "pull-requests"], query),
  query: (_, { from }) => ({ at: `refs/heads/${from}`, direction: "OUTGOING", state: "OPEN" }),
  body: ({ from, into, title, body }) => ({
    ...{ title, description: body },
    fromRef: { id: `refs/heads/${from}` },
    toRef: { id: `refs/heads/${into}` },
  }),
  // The list is of all that lead out of the branch.
  page: (item, { into }) =>
    named(item, "toRef", "id") === `refs/heads/${into}`
      ? textAt(item, "links", "self", 0, "href")
      : undefined,
  mostText: 30_000,
};
const azure: Way = {
  name: "Azure DevOps",
  base: ({ origin, steps: [organization = ""] }) => `${origin}/${encodeURIComponent(organization)}`,
  authorization: (access) => basic({ ...access, username: "" }),
  at: (api, { steps: [, project, git, repo] }, query) =>
    project === undefined || git !== "_git" || repo === undefined
      ? undefined
      : api.url([project, "_apis", "git", "repositories", repo, "pullrequests"], {
          "api-version": "7.1",
          ...query,
        }),
  query: (_, { from, into }) => ({
    "searchCriteria.sourceRefName": `refs/heads/${from}`,
    "searchCriteria.targetRefName": `refs/heads/${into}`,
    "searchCriteria.status": "active",
  }),
  body: ({ from, into, title, body }) => ({
    ...{ sourceRefName: `refs/heads/${from}`, targetRefName: `refs/heads/${into}`, title, description: body },
  }),
  page: (item) => {
    const [site, id] = [textAt(item, "repository", "webUrl"), named(item, "pullRequestId")];
    return site !== undefined && typeof id === "number" ? `${site}/pullrequest/${id}` : textAt(item, "url");
  },
  mostText: 4_000,
};

const WAYS: readonly { host: RegExp; way: Way }[] = [
  { host: /^dev\.azure\.com$/, way: azure },
  { host: /^bitbucket\.org$/, way: bitbucket },
  { host: /bitbucket/, way: bitbucketServer },
  { host: /github/, way: github },
  { host: /gitlab/, way: gitlab },
  { host: /gitea|forgejo|codeberg/, way: gitea },
];
