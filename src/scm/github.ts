/** Source: GitHub's documentation of its REST API, version 2022-11-28; which fields become what: Argo CD. */
import type { Api } from "./api.ts";
import type { Fields } from "./fields.ts";
import { githubAppToken } from "./github-app.ts";
import {
  type Asking,
  type AskPullRequests,
  type Branch,
  type FoundBefore,
  hasAll,
  namesIn,
  type OpenRepositories,
} from "./provider.ts";
import { type ListTerms, linkTo, pageAfter, readList } from "./read-list.ts";
import { wordsIn } from "./refusal.ts";

const HEADERS = { Accept: "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28" };
const PER_PAGE = 100;

async function openGithub(
  asking: Asking,
  place: readonly string[],
  cannot: string,
  right: string,
): Promise<Api> {
  const about = place.slice(1).join("/");
  const { fields } = asking;
  const app = fields.maybeText("appSecretName");
  const terms = { provider: "GitHub", about, cannot, headers: HEADERS };
  if (app !== undefined && app !== "")
    return githubAppToken(asking, app, { ...terms, right, place }, githubBase);
  const token = await asking.token("tokenRef");
  return asking.open({
    ...terms,
    needs: `a token (tokenRef) or a GitHub App (appSecretName) with read access to ${right}`,
    base: githubBase(asking.named) ?? asking.usual,
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  });
}

/** An Enterprise server has its API in a folder. Source: Argo CD, by GitHub's own client. */
function githubBase(address: string): string | undefined {
  if (address === "") return undefined;
  const url = URL.parse(address);
  const plain = address.replace(/\/+$/, "");
  if (url === null || plain.endsWith("/api/v3")) return plain;
  return url.host.startsWith("api.") || url.host.includes(".api.") ? plain : `${plain}/api/v3`;
}

export const githubPullRequests: AskPullRequests = async (asking) => {
  const { fields } = asking;
  const [owner, repo, labels] = [fields.text("owner"), fields.text("repo"), fields.texts("labels")];
  const api = await openGithub(asking, ["repos", owner, repo], "list its pull requests", "pull requests");
  const found = await readList(api, {
    first: api.url(["repos", owner, repo, "pulls"], { state: "open", per_page: String(PER_PAGE) }),
    page: githubPage(api),
    item: (pull) => ({
      number: pull.integer("number"),
      title: pull.text("title"),
      branch: pull.in("head").text("ref"),
      targetBranch: pull.in("base").text("ref"),
      headSHA: pull.in("head").text("sha"),
      labels: namesIn(pull.each("labels")),
      // Who opened it may be gone.
      author: pull.maybeIn("user")?.text("login") ?? "",
    }),
    key: ({ number }) => String(number),
  });
  return found.filter((pull) => hasAll(labels, pull.labels));
};

/** A whole page without a word on what follows may be one whose header somebody took away, so the next one is asked for. */
function githubPage(api: Api): ListTerms<unknown>["page"] {
  return ({ url, headers, body }, _, size) => {
    if (!Array.isArray(body)) throw api.otherShape("it must be a list");
    const next = linkTo("next", headers["link"]);
    if (next !== undefined) return { items: body, then: { is: "next", url: api.nextUrl(next, url) } };
    return body.length < size
      ? { items: body, then: { is: "last" } }
      : { items: body, then: { is: "maybe", url: pageAfter(url) } };
  };
}

export const githubRepositories: OpenRepositories = async (asking) => {
  const { fields } = asking;
  const organization = fields.text("organization");
  const archived = fields.flag("excludeArchivedRepos") === true ? "left out" : "taken";
  const api = await openGithub(
    asking,
    ["orgs", organization],
    "list its repositories",
    "metadata and contents",
  );
  const place = ({ organization: owner, repository }: FoundBefore): string[] => ["repos", owner, repository];
  const headOf = (branch: Fields): Branch => ({
    name: branch.text("name"),
    sha: branch.in("commit").text("sha"),
  });
  return {
    async repositories(protocol) {
      const found = await readList(api, {
        first: api.url(["orgs", organization, "repos"], { per_page: String(PER_PAGE) }),
        page: githubPage(api),
        item: (each) => ({
          isArchived: each.flag("archived") === true,
          organization: each.in("owner").text("login"),
          repository: each.text("name"),
          repositoryId: each.integer("id"),
          url: each.text(protocol === "ssh" ? "ssh_url" : "clone_url"),
          labels: each.texts("topics") ?? [],
          defaultBranch: each.text("default_branch"),
        }),
        key: ({ repositoryId }) => String(repositoryId),
      });
      return found.filter(({ isArchived }) => archived === "taken" || !isArchived);
    },
    async defaultBranch(repository, name) {
      const url = api.url([...place(repository), "branches", name]);
      // Other words for 404 may hide what the credentials may not see, and that is not an empty repository.
      const answer = await api.find(url, ({ text }) => /branch not found/i.test(wordsIn(text)));
      return answer === undefined ? undefined : headOf(api.fields(answer.body, ""));
    },
    branches: (repository) =>
      readList(api, {
        first: api.url([...place(repository), "branches"], { per_page: String(PER_PAGE) }),
        page: githubPage(api),
        item: headOf,
        key: ({ name }) => name,
      }),
    // Its branches were read a moment ago, with rights that files need, too: 404 is about the path.
    hasPath: (repository, { sha }, path) =>
      api.has(api.url([...place(repository), "contents", ...path.split("/")], { ref: sha })),
  };
};
