/** Source: Gitea's documentation of its API, version 1; which fields become what: Argo CD. */
import { defined } from "../lib/defined.ts";
import type { Answer, Api } from "./api.ts";
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
import { type Page, pageAfter, readList } from "./read-list.ts";

/** What servers give at most, unless they are told otherwise; fewer come where one gives fewer. */
const LIMIT = { limit: "50" };

async function openGitea(asking: Asking, about: string, cannot: string, right: string): Promise<Api> {
  const [token, tls] = [await asking.token("tokenRef"), await asking.tls()];
  const base = asking.named.replace(/\/+$/, "");
  return asking.open({
    provider: "Gitea",
    about,
    cannot,
    needs: `a token (tokenRef) with the scope ${right} of somebody who may read there`,
    answers: "whole",
    base: base.endsWith("/api/v1") ? base : `${base}/api/v1`,
    ...defined({ tls, authorization: token === undefined ? undefined : `token ${token}` }),
  });
}

/** Its links name the address that it believes to have, so pages are counted, by how many there are in all. */
function giteaPage(api: Api): (answer: Answer, seen: number) => Page {
  return ({ url, headers, body }, seen) => {
    if (!Array.isArray(body)) throw api.otherShape("it must be a list");
    const total = headers["x-total-count"];
    const next = pageAfter(url);
    if (total === undefined || !/^\d+$/.test(total)) return { items: body, then: { is: "maybe", url: next } };
    return seen + body.length < Number(total)
      ? { items: body, then: { is: "next", url: next } }
      : { items: body, then: { is: "last" } };
  };
}

export const giteaPullRequests: AskPullRequests = async (asking) => {
  const { fields } = asking;
  const [owner, repo, labels] = [fields.text("owner"), fields.text("repo"), fields.texts("labels")];
  const api = await openGitea(asking, `${owner}/${repo}`, "list its pull requests", "read:repository");
  const found = await readList(api, {
    first: api.url(["repos", owner, repo, "pulls"], { state: "open", ...LIMIT }),
    page: giteaPage(api),
    item: (pull) => ({
      number: pull.integer("number"),
      title: pull.text("title"),
      branch: pull.in("head").text("ref"),
      targetBranch: pull.in("base").text("ref"),
      headSHA: pull.in("head").text("sha"),
      labels: pull.maybeList("labels") === undefined ? [] : namesIn(pull.each("labels")),
      author: pull.maybeIn("user")?.text("login") ?? "",
    }),
    key: ({ number }) => String(number),
  });
  return found.filter((pull) => hasAll(labels, pull.labels));
};

export const giteaRepositories: OpenRepositories = async (asking) => {
  const { fields } = asking;
  const owner = fields.text("owner");
  const archived = fields.flag("excludeArchivedRepos") === true ? "left out" : "taken";
  const api = await openGitea(asking, owner, "list its repositories", "read:organization, read:repository");
  const place = ({ repository }: FoundBefore): string[] => ["repos", owner, repository];
  const headOf = (branch: Fields): Branch => ({
    name: branch.text("name"),
    sha: branch.in("commit").text("id"),
  });
  const labelsOf = (repository: string): Promise<string[]> =>
    readList(api, {
      first: api.url(["repos", owner, repository, "labels"], LIMIT),
      page: giteaPage(api),
      item: (label) => label.text("name"),
      key: (name) => name,
    });
  return {
    async repositories(protocol) {
      const found = await readList(api, {
        first: api.url(["orgs", owner, "repos"], LIMIT),
        page: giteaPage(api),
        item: (each) => {
          const isEmpty = each.flag("empty") === true;
          return {
            isArchived: each.flag("archived") === true,
            organization: owner,
            repository: each.text("name"),
            repositoryId: each.integer("id"),
            // Source: Argo CD takes the page's address, which can be cloned as well.
            url: each.text(protocol === "ssh" ? "ssh_url" : "html_url"),
            labels: [] as string[],
            ...defined({ defaultBranch: isEmpty ? undefined : each.text("default_branch") }),
          };
        },
        key: ({ repositoryId }) => String(repositoryId),
      });
      const taken = found.filter(({ isArchived }) => archived === "taken" || !isArchived);
      for (const each of taken) each.labels = await labelsOf(each.repository);
      return taken;
    },
    async defaultBranch(repository, name) {
      const { body } = await api.get(api.url([...place(repository), "branches", name]));
      return headOf(api.fields(body, ""));
    },
    branches: (repository) =>
      readList(api, {
        first: api.url([...place(repository), "branches"], LIMIT),
        page: giteaPage(api),
        item: headOf,
        key: ({ name }) => name,
      }),
    /** A folder's list has no contents in it, which a file's answer would. */
    async hasPath(repository, { sha }, path) {
      const parts = path.split("/");
      const answer = await api.find(
        api.url([...place(repository), "contents", ...parts.slice(0, -1)], { ref: sha }),
      );
      // Its branches were read a moment ago: 404 is about the folder. A mapping is a file where a folder was meant.
      if (answer === undefined || !Array.isArray(answer.body)) return false;
      return answer.body.some((entry, at) => api.fields(entry, `[${at}]`).text("name") === parts.at(-1));
    },
  };
};
