/** Source: Microsoft's documentation of Azure DevOps' REST API, version 7.1; which fields become what: Argo CD. */
import { defined } from "../lib/defined.ts";
import type { Api } from "./api.ts";
import type { Fields } from "./fields.ts";
import {
  type Asking,
  type AskPullRequests,
  type Branch,
  type FoundBefore,
  hasAll,
  namesIn,
  type OpenRepositories,
} from "./provider.ts";
import { type ListTerms, readList } from "./read-list.ts";

const VERSION = { "api-version": "7.1" };
const PER_PAGE = 100;
const HEADS = "refs/heads/";

async function openAzure(asking: Asking, reference: string, about: string, cannot: string): Promise<Api> {
  const token = await asking.token(reference);
  const organization = asking.fields.text("organization");
  const base = (asking.named === "" ? asking.usual : asking.named).replace(/\/+$/, "");
  return asking.open({
    provider: "Azure DevOps",
    about,
    cannot,
    needs: `a personal access token (${reference}) with the scope Code, read`,
    answers: "whole",
    base: `${base}/${encodeURIComponent(organization)}`,
    ...defined({
      authorization: token === undefined ? undefined : `Basic ${Buffer.from(`:${token}`).toString("base64")}`,
    }),
  });
}

/** Lists count themselves; what follows is told by a token, or, by pull requests, not at all. */
function azurePage(api: Api, pages: "by token" | "by place"): ListTerms<unknown>["page"] {
  return ({ url, headers, body }, _, size) => {
    const list = api.fields(body, "");
    const items = list.list("value");
    if (list.integer("count") !== items.length)
      throw api.otherShape(`count says ${list.integer("count")}, and there are ${items.length} values`);
    const next = new URL(url);
    const token = headers["x-ms-continuationtoken"] ?? "";
    if (token !== "") {
      next.searchParams.set("continuationToken", token);
      return { items, then: { is: "next", url: next.href } };
    }
    if (pages === "by token" || items.length < size) return { items, then: { is: "last" } };
    next.searchParams.set("$skip", String(Number(next.searchParams.get("$skip") ?? "0") + size));
    return { items, then: { is: "maybe", url: next.href } };
  };
}

export const azurePullRequests: AskPullRequests = async (asking) => {
  const { fields } = asking;
  const [project, repo, labels] = [fields.text("project"), fields.text("repo"), fields.texts("labels")];
  const api = await openAzure(asking, "tokenRef", `${project}/${repo}`, "list its pull requests");
  const found = await readList(api, {
    first: api.url([project, "_apis", "git", "repositories", repo, "pullrequests"], {
      "searchCriteria.status": "active",
      $top: String(PER_PAGE),
      ...VERSION,
    }),
    page: azurePage(api, "by place"),
    item: (pull) => ({
      number: pull.integer("pullRequestId"),
      title: pull.text("title"),
      branch: bare(pull.text("sourceRefName")),
      targetBranch: bare(pull.text("targetRefName")),
      headSHA: pull.in("lastMergeSourceCommit").text("commitId"),
      labels: pull.maybeList("labels") === undefined ? [] : namesIn(pull.each("labels")),
      // Its name without the domain of mail. Source: Argo CD.
      author: pull.maybeIn("createdBy")?.text("uniqueName").split("@")[0] ?? "",
    }),
    key: ({ number }) => String(number),
  });
  return found.filter((pull) => hasAll(labels, pull.labels));
};

export const azureRepositories: OpenRepositories = async (asking) => {
  const { fields } = asking;
  const [organization, project] = [fields.text("organization"), fields.text("teamProject")];
  const api = await openAzure(
    asking,
    "accessTokenRef",
    `${organization}/${project}`,
    "list its repositories",
  );
  const place = ({ repositoryId }: FoundBefore): string[] => [
    project,
    "_apis",
    "git",
    "repositories",
    String(repositoryId),
  ];
  const headOf = (ref: Fields): Branch => ({ name: bare(ref.text("name")), sha: ref.text("objectId") });
  const heads = (repository: FoundBefore, name: string): Promise<Branch[]> =>
    readList(api, {
      first: api.url([...place(repository), "refs"], { filter: `heads/${name}`, $top: "1000", ...VERSION }),
      page: azurePage(api, "by token"),
      item: headOf,
      key: (head) => head.name,
    });
  return {
    async repositories() {
      const found = await readList(api, {
        first: api.url([project, "_apis", "git", "repositories"], VERSION),
        page: azurePage(api, "by token"),
        item: (each) => {
          const defaultBranch = each.maybeText("defaultBranch");
          return {
            isDisabled: each.flag("isDisabled") === true,
            organization,
            repository: each.text("name"),
            repositoryId: each.text("id"),
            // It is the same for both protocols. Source: Argo CD.
            url: each.text("remoteUrl"),
            labels: [],
            ...defined({ defaultBranch: defaultBranch === undefined ? undefined : bare(defaultBranch) }),
          };
        },
        key: ({ repositoryId }) => repositoryId,
      });
      // Source: Argo CD leaves out those without a default branch, and nobody may look into one that is disabled.
      return found.filter(({ isDisabled, defaultBranch }) => !isDisabled && defaultBranch !== undefined);
    },
    // Names that only begin like it come along.
    defaultBranch: async (repository, name) =>
      (await heads(repository, name)).find((head) => head.name === name),
    branches: (repository) => heads(repository, ""),
    async hasPath(repository, { sha }, path) {
      const url = api.url([...place(repository), "items"], {
        path: `/${path}`,
        "versionDescriptor.version": sha,
        "versionDescriptor.versionType": "commit",
        includeContent: "false",
        $format: "json",
        ...VERSION,
      });
      return (await api.find(url, saysNoItem)) !== undefined;
    },
  };
};

function saysNoItem({ text }: { text: string }): boolean {
  return text.includes("GitItemNotFoundException");
}

function bare(ref: string): string {
  return ref.startsWith(HEADS) ? ref.slice(HEADS.length) : ref;
}
