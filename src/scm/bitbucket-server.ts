/** Source: Atlassian's documentation of Bitbucket Data Center's REST API, version 1.0; which fields become what: Argo CD. */
import { defined } from "../lib/defined.ts";
import type { Answer, Api } from "./api.ts";
import type { Fields } from "./fields.ts";
import {
  type Asking,
  type AskPullRequests,
  type Branch,
  basicAuth,
  type FoundBefore,
  type OpenRepositories,
} from "./provider.ts";
import { type Page, readList } from "./read-list.ts";

const LIMIT = { limit: "100" };
/** Whoever sends what a browser may send is asked for more. Source: Argo CD. */
const HEADERS = { "X-Atlassian-Token": "no-check", "X-Requested-With": "XMLHttpRequest" };

async function openServer(asking: Asking, about: string, cannot: string): Promise<Api> {
  const [authorization, tls] = [await basicAuth(asking), await asking.tls()];
  const plain = asking.named.replace(/\/+$/, "");
  return asking.open({
    provider: "Bitbucket Server",
    about,
    cannot,
    needs: "an HTTP access token (bearerToken) or a user (basicAuth) that may read the project",
    base: `${plain.endsWith("/rest") ? plain : `${plain}/rest`}/api/1.0`,
    headers: HEADERS,
    ...defined({ authorization, tls }),
  });
}

function serverPage(api: Api): (answer: Answer) => Page {
  return ({ url, body }) => {
    const page = api.fields(body, "");
    const items = page.list("values");
    const isLast = page.flag("isLastPage");
    if (isLast === undefined) throw api.otherShape("isLastPage must be true or false");
    if (page.integer("size") !== items.length)
      throw api.otherShape(`size says ${page.integer("size")}, and there are ${items.length} values`);
    if (isLast) return { items, then: { is: "last" } };
    const next = new URL(url);
    next.searchParams.set("start", String(page.integer("nextPageStart")));
    return { items, then: { is: "next", url: next.href } };
  };
}

export const bitbucketServerPullRequests: AskPullRequests = async (asking) => {
  const { fields } = asking;
  const [project, repo] = [fields.text("project"), fields.text("repo")];
  const api = await openServer(asking, `${project}/${repo}`, "list its pull requests");
  return readList(api, {
    first: api.url(["projects", project, "repos", repo, "pull-requests"], { state: "OPEN", ...LIMIT }),
    page: serverPage(api),
    item: (pull) => ({
      number: pull.integer("id"),
      title: pull.text("title"),
      branch: pull.in("fromRef").text("displayId"),
      targetBranch: pull.in("toRef").text("displayId"),
      headSHA: pull.in("fromRef").text("latestCommit"),
      author: pull.maybeIn("author")?.in("user").text("name") ?? "",
    }),
    key: ({ number }) => String(number),
  });
};

export const bitbucketServerRepositories: OpenRepositories = async (asking) => {
  const project = asking.fields.text("project");
  const api = await openServer(asking, project, "list its repositories");
  const place = ({ organization, slug = "" }: FoundBefore): string[] => [
    "projects",
    organization,
    "repos",
    slug,
  ];
  const headOf = (branch: Fields): Branch => ({
    name: branch.text("displayId"),
    sha: branch.text("latestCommit"),
  });
  return {
    repositories: (protocol) =>
      readList(api, {
        first: api.url(["projects", project, "repos"], LIMIT),
        page: serverPage(api),
        item: (each) => {
          const name = protocol === "ssh" ? "ssh" : "http";
          const link = each
            .in("links")
            .each("clone")
            .find((clone) => clone.text("name") === name);
          if (link === undefined) throw api.otherShape(`${each.at}.links.clone has no ${name}`);
          return {
            organization: each.in("project").text("key"),
            repository: each.text("name"),
            slug: each.text("slug"),
            repositoryId: each.integer("id"),
            url: link.text("href"),
            labels: [],
            // Which one it is, is another question.
            defaultBranch: "",
          };
        },
        key: ({ repositoryId }) => String(repositoryId),
      }),
    async defaultBranch(repository) {
      const answer = await api.find(api.url([...place(repository), "branches", "default"]), saysNoBranch);
      return answer === undefined ? undefined : headOf(api.fields(answer.body, ""));
    },
    branches: (repository) =>
      readList(api, {
        first: api.url([...place(repository), "branches"], LIMIT),
        page: serverPage(api),
        item: headOf,
        key: ({ name }) => name,
      }),
    // Its branches were read a moment ago: 404 is about the path.
    hasPath: async (repository, { sha }, path) =>
      (await api.find(
        api.url([...place(repository), "browse", ...path.split("/")], { at: sha, type: "true", limit: "1" }),
      )) !== undefined,
  };
};

/** 204: it has none, and nothing else; 404: the one that it should have is not there, or the repository is not. */
function saysNoBranch({ status, text }: { status: number; text: string }): boolean {
  return status === 204 || (status === 404 && /NoDefaultBranchException|NoSuchBranchException/.test(text));
}
