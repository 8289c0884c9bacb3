/** Source: Atlassian's documentation of Bitbucket Cloud's REST API, version 2.0; which fields become what: Argo CD. */
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

const PULLS_PER_PAGE = "50";
const PER_PAGE = "100";

function openBitbucket(
  asking: Asking,
  about: string,
  cannot: string,
  { authorization, scopes, by }: { authorization: string | undefined; scopes: string; by: string },
): Api {
  return asking.open({
    provider: "Bitbucket Cloud",
    about,
    cannot,
    needs: `${by} with the scope ${scopes}`,
    base: (asking.named === "" ? asking.usual : asking.named).replace(/\/+$/, ""),
    ...defined({ authorization }),
  });
}

function bitbucketPage(api: Api): (answer: Answer) => Page {
  return ({ url, body }) => {
    const page = api.fields(body, "");
    const next = page.maybeText("next");
    return {
      items: page.list("values"),
      then: next === undefined || next === "" ? { is: "last" } : { is: "next", url: api.nextUrl(next, url) },
    };
  };
}

export const bitbucketPullRequests: AskPullRequests = async (asking) => {
  const { fields } = asking;
  const [owner, repo] = [fields.text("owner"), fields.text("repo")];
  const api = openBitbucket(asking, `${owner}/${repo}`, "list its pull requests", {
    authorization: await basicAuth(asking),
    by: "an access token (bearerToken) or an API token (basicAuth)",
    scopes: "read:pullrequest",
  });
  return readList(api, {
    first: api.url(["repositories", owner, repo, "pullrequests"], { state: "OPEN", pagelen: PULLS_PER_PAGE }),
    page: bitbucketPage(api),
    item: (pull) => ({
      number: pull.integer("id"),
      title: pull.text("title"),
      branch: pull.in("source").in("branch").text("name"),
      targetBranch: pull.in("destination").in("branch").text("name"),
      // A fork that is gone has none.
      headSHA: pull.in("source").maybeIn("commit")?.text("hash") ?? "",
      author: pull.maybeIn("author")?.maybeText("nickname") ?? "",
    }),
    key: ({ number }) => String(number),
  });
};

export const bitbucketRepositories: OpenRepositories = async (asking) => {
  const { fields } = asking;
  const owner = fields.text("owner");
  const bearer = fields.maybeIn("bearerToken");
  const password = await asking.password("appPasswordRef");
  const authorization =
    bearer !== undefined
      ? `Bearer ${await asking.token("tokenRef", bearer)}`
      : password === undefined
        ? undefined
        : `Basic ${Buffer.from(`${fields.text("user")}:${password}`).toString("base64")}`;
  const api = openBitbucket(asking, owner, "list its repositories", {
    authorization,
    by: "an API token or app password (user, appPasswordRef)",
    scopes: "read:repository",
  });
  const place = ({ repository }: FoundBefore): string[] => ["repositories", owner, repository];
  const headOf = (branch: Fields): Branch => ({
    name: branch.text("name"),
    sha: branch.in("target").text("hash"),
  });
  return {
    repositories: (protocol) =>
      readList(api, {
        first: api.url(["repositories", owner], { role: "member", pagelen: PER_PAGE }),
        page: bitbucketPage(api),
        item: (each) => {
          const defaultBranch = each.maybeIn("mainbranch")?.text("name");
          const link = each
            .in("links")
            .each("clone")
            .find((clone) => clone.text("name") === protocol);
          if (link === undefined) throw api.otherShape(`${each.at}.links.clone has no ${protocol}`);
          return {
            organization: owner,
            repository: each.text("slug"),
            repositoryId: each.text("uuid"),
            url: link.text("href"),
            labels: [],
            ...defined({ defaultBranch }),
          };
        },
        key: ({ repositoryId }) => repositoryId,
      }),
    async defaultBranch(repository, name) {
      const { body } = await api.get(api.url([...place(repository), "refs", "branches", name]));
      return headOf(api.fields(body, ""));
    },
    branches: (repository) =>
      readList(api, {
        first: api.url([...place(repository), "refs", "branches"], { pagelen: PER_PAGE }),
        page: bitbucketPage(api),
        item: headOf,
        key: ({ name }) => name,
      }),
    // Its branches were read a moment ago: 404 is about the path.
    hasPath: async (repository, { sha }, path) =>
      (await api.find(
        api.url([...place(repository), "src", sha, ...path.split("/")], { format: "meta" }),
      )) !== undefined,
  };
};
