/** Source: GitLab's documentation of its REST API, version 4; which fields become what: Argo CD. */
import type { Failure } from "../core/model/failure.ts";
import { defined } from "../lib/defined.ts";
import { type Api, NotThere } from "./api.ts";
import type { Fields } from "./fields.ts";
import {
  type Asking,
  type AskPullRequests,
  type Branch,
  type FoundBefore,
  hasAll,
  type OpenRepositories,
} from "./provider.ts";
import { type ListTerms, linkTo, pageAfter, readList } from "./read-list.ts";

const PER_PAGE = 100;

async function openGitlab(asking: Asking, about: string, cannot: string): Promise<Api> {
  const [token, tls] = [await asking.token("tokenRef"), await asking.tls()];
  return asking.open({
    provider: "GitLab",
    about,
    cannot,
    needs: "a token (tokenRef) with the scope read_api and the role Reporter there",
    base: gitlabBase(asking.named) ?? asking.usual,
    ...defined({ tls, authorization: token === undefined ? undefined : `Bearer ${token}` }),
  });
}

/** Source: Argo CD, by GitLab's own client. */
function gitlabBase(address: string): string | undefined {
  const plain = address.replace(/\/+$/, "");
  if (plain === "") return undefined;
  return plain.endsWith("/api/v4") ? plain : `${plain}/api/v4`;
}

/** A server behind another one may not know its own address, so its number of the next page comes before its link. */
function gitlabPage(api: Api): ListTerms<unknown>["page"] {
  return ({ url, headers, body }, _, size) => {
    if (!Array.isArray(body)) throw api.otherShape("it must be a list");
    const number = headers["x-next-page"]?.trim() ?? "";
    if (number !== "") {
      const next = new URL(url);
      next.searchParams.set("page", number);
      return { items: body, then: { is: "next", url: next.href } };
    }
    const link = linkTo("next", headers["link"]);
    if (link !== undefined) return { items: body, then: { is: "next", url: api.nextUrl(link, url) } };
    // Headers may be of when a page was read that has not changed since; after one that is not full there is none.
    return body.length < size
      ? { items: body, then: { is: "last" } }
      : { items: body, then: { is: "maybe", url: pageAfter(url) } };
  };
}

export const gitlabPullRequests: AskPullRequests = async (asking) => {
  const { fields } = asking;
  const [project, labels] = [fields.text("project"), fields.texts("labels")];
  const state = fields.maybeText("pullRequestState") ?? "";
  const api = await openGitlab(asking, project, "list its merge requests");
  const found = await readList(api, {
    first: api.url(["projects", project, "merge_requests"], {
      ...(state === "" ? {} : { state }),
      ...(labels === undefined || labels.length === 0 ? {} : { labels: labels.join(",") }),
      per_page: String(PER_PAGE),
    }),
    page: gitlabPage(api),
    item: (merge) => ({
      number: merge.integer("iid"),
      title: merge.text("title"),
      branch: merge.text("source_branch"),
      targetBranch: merge.text("target_branch"),
      // One without a commit has none.
      headSHA: merge.maybeText("sha") ?? "",
      labels: merge.texts("labels") ?? [],
      author: merge.maybeIn("author")?.text("username") ?? "",
    }),
    key: ({ number }) => String(number),
  });
  return found.filter((merge) => hasAll(labels, merge.labels));
};

export const gitlabRepositories: OpenRepositories = async (asking) => {
  const { fields } = asking;
  const group = fields.text("group");
  const topic = fields.maybeText("topic") ?? "";
  const archived = fields.flag("includeArchivedRepos") === true ? "taken" : "left out";
  const api = await openGitlab(asking, group, "list its projects");
  const place = ({ repositoryId }: FoundBefore): string[] => ["projects", String(repositoryId)];
  // It tells whoever may read the code, even of an empty one. Source: GitLab's own code.
  const hiddenIn = (project: Fields): Failure | undefined =>
    "default_branch" in project.value || project.value["repository_access_level"] === "disabled"
      ? undefined
      : api.failure(
          "provider-auth",
          `it does not show what is in ${project.text("path")} to whoever asks`,
          `Give ${api.terms.needs}, or leave it out by a filter`,
        );
  const headOf = (branch: Fields): Branch => ({
    name: branch.text("name"),
    sha: branch.in("commit").text("id"),
  });
  return {
    repositories: (protocol) =>
      readList(api, {
        first: api.url(["groups", group, "projects"], {
          include_subgroups: String(fields.flag("includeSubgroups") === true),
          // Source: Argo CD, where what is shared belongs to it unless somebody says otherwise.
          with_shared: String(fields.flag("includeSharedProjects") !== false),
          ...(topic === "" ? {} : { topic }),
          ...(archived === "taken" ? {} : { archived: "false" }),
          per_page: String(PER_PAGE),
        }),
        page: gitlabPage(api),
        item: (project) => {
          const topics = project.texts("topics") ?? [];
          const defaultBranch = project.maybeText("default_branch");
          return {
            organization: project.in("namespace").text("full_path"),
            repository: project.text("path"),
            repositoryId: project.integer("id"),
            url: project.text(protocol === "ssh" ? "ssh_url_to_repo" : "http_url_to_repo"),
            // Before 14.5 they had another name.
            labels: topics.length > 0 ? topics : (project.texts("tag_list") ?? []),
            ...defined({ defaultBranch, hidden: hiddenIn(project) }),
          };
        },
        key: ({ repositoryId }) => String(repositoryId),
      }),
    async defaultBranch(repository, name) {
      const url = api.url([...place(repository), "repository", "branches", name]);
      const answer = await api.find(url, saysNoBranch);
      return answer === undefined ? undefined : headOf(api.fields(answer.body, ""));
    },
    branches: (repository) =>
      readList(api, {
        first: api.url([...place(repository), "repository", "branches"], { per_page: String(PER_PAGE) }),
        page: gitlabPage(api),
        item: headOf,
        key: ({ name }) => name,
      }),
    async hasPath(repository, { sha }, path) {
      const folder = path.split("/").slice(0, -1).join("/");
      const url = api.url([...place(repository), "repository", "tree"], {
        ref: sha,
        ...(folder === "" ? {} : { path: folder }),
        per_page: String(PER_PAGE),
      });
      try {
        const entries = await readList(api, {
          first: url,
          page: gitlabPage(api),
          item: (entry) => entry.text("path"),
          key: (entry) => entry,
        });
        return entries.includes(path);
      } catch (cause) {
        // Its branches were read a moment ago, with rights that files need, too: 404 is about the folder.
        if (cause instanceof NotThere) return false;
        throw cause;
      }
    },
  };
};

/** "404 Branch Not Found", beside which "404 Project Not Found" and "404 Not found" may hide something. */
function saysNoBranch({ text }: { text: string }): boolean {
  return /branch not found/i.test(text);
}
