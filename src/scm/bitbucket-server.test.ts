import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  failureOf,
  lookups,
  type ProviderStand,
  providerFacts,
  providerStand,
  TOKEN,
} from "../../test/lib/provider-stand.ts";

const SHA = "99887766554433221100ffeeddccbbaa99887766";

const pull = (id: number) => ({
  id,
  title: `Change ${id}`,
  fromRef: { id: `refs/heads/feature/${id}`, displayId: `feature/${id}`, latestCommit: SHA },
  toRef: { id: "refs/heads/main", displayId: "main", latestCommit: SHA },
  author: { user: { name: "ada" } },
});
const repository = (id: number, slug: string) => ({
  id,
  slug,
  name: slug.toUpperCase(),
  project: { key: "WEB" },
  links: {
    clone: [
      { name: "http", href: `https://bitbucket.example.com/scm/web/${slug}.git` },
      { name: "ssh", href: `ssh://git@bitbucket.example.com:7999/web/${slug}.git` },
    ],
  },
});

let stand: ProviderStand;
let pulls: unknown[];
let repositories: unknown[];

function paged(all: readonly unknown[], url: URL): Response {
  const start = Number(url.searchParams.get("start") ?? "0");
  const limit = Number(url.searchParams.get("limit") ?? "25");
  const values = all.slice(start, start + limit);
  const isLastPage = start + limit >= all.length;
  return Response.json({
    values,
    size: values.length,
    limit,
    start,
    isLastPage,
    nextPageStart: isLastPage ? null : start + limit,
  });
}

const error = (exceptionName: string, message: string) =>
  Response.json({ errors: [{ context: null, message, exceptionName }] }, { status: 404 });

beforeEach(() => {
  pulls = [];
  repositories = [];
  stand = providerStand((url) => {
    const path = url.pathname.replace("/rest/api/1.0", "");
    if (path === "/projects/WEB/repos/shop/pull-requests") return paged(pulls, url);
    if (path === "/projects/WEB/repos") return paged(repositories, url);
    const [, slug, rest = ""] = /^\/projects\/WEB\/repos\/(\w+)\/(.*)$/.exec(path) ?? [];
    const branch = (displayId: string) => ({ id: `refs/heads/${displayId}`, displayId, latestCommit: SHA });
    if (rest === "branches") return paged([branch("main"), branch("dev")], url);
    if (rest === "branches/default")
      switch (slug) {
        case "unset":
          return new Response(null, { status: 204 });
        case "dangling":
          return error("com.atlassian.bitbucket.repository.NoDefaultBranchException", "no default branch");
        case "gone":
          return error(
            "com.atlassian.bitbucket.repository.NoSuchRepositoryException",
            "Repository WEB/gone does not exist.",
          );
        default:
          return Response.json(branch("main"));
      }
    if (rest === "browse/deploy/app.yaml" && url.searchParams.get("at") === SHA)
      return Response.json({ type: "FILE" });
    return error("com.atlassian.bitbucket.content.NoSuchPathException", "The path does not exist");
  });
});
afterEach(async () => {
  await stand[Symbol.asyncDispose]();
});

const facts = () => providerFacts({}, { own: lookups({ scm: { token: TOKEN, password: "p" } }) });
const basicAuth = { username: "ci", passwordRef: { secretName: "scm", key: "password" } };
const pullRequests = (more: Record<string, unknown> = {}) =>
  facts().pullRequests({
    bitbucketServer: { project: "WEB", repo: "shop", api: stand.origin, basicAuth, ...more },
  });
const found = (more: Record<string, unknown> = {}, ask: Record<string, unknown> = {}) =>
  facts().repositories({
    bitbucketServer: { project: "WEB", api: stand.origin, basicAuth, ...more },
    ...ask,
  });

describe("pullRequests() of Bitbucket Server", () => {
  test("reads every page", async () => {
    pulls = Array.from({ length: 230 }, (_, index) => pull(index + 1));
    const all = await pullRequests();
    expect(all.map(({ number }) => number)).toEqual(pulls.map((_, index) => index + 1));
    expect(all[0]).toEqual({
      number: 1,
      title: "Change 1",
      branch: "feature/1",
      targetBranch: "main",
      headSHA: SHA,
      author: "ada",
    });
    expect(stand.asked[0]?.headers.get("authorization")).toBe(`Basic ${btoa("ci:p")}`);
  });

  test.each(["", "/", "/rest", "/rest/"])("its API is found below %j", async (path) => {
    pulls = [pull(1)];
    const bearerToken = { tokenRef: { secretName: "scm", key: "token" } };
    expect(await pullRequests({ api: `${stand.origin}${path}`, bearerToken })).toHaveLength(1);
    expect(stand.asked[0]?.headers.get("authorization")).toBe(`Bearer ${TOKEN}`);
  });

  const page = { values: [pull(1)], size: 1, isLastPage: false, nextPageStart: 1 };
  const wrongs: [string, unknown, string][] = [
    [
      "a page that does not say whether it is the last",
      { values: [], size: 0 },
      "isLastPage must be true or false",
    ],
    ["a page with fewer than it says", { ...page, size: 2 }, "size says 2, and there are 1 values"],
    ["an empty page that is not the last", { ...page, values: [], size: 0 }, "page 1 of its list is empty"],
    [
      "a page that does not say where the next one is",
      { ...page, nextPageStart: null },
      "nextPageStart must be a whole number",
    ],
    ["the same page for ever", page, "a page of its list comes again and again"],
    ["no values", { isLastPage: true, size: 0 }, "values must be a list"],
  ];
  test.each(wrongs)("%s is an error", async (_, answer, says) => {
    stand.before.push(() => Response.json(answer));
    expect((await failureOf(pullRequests())).message).toContain(says);
  });

  test("its words for an error are said", async () => {
    stand.before.push(() =>
      error(
        "com.atlassian.bitbucket.repository.NoSuchRepositoryException",
        "Repository WEB/shop does not exist.",
      ),
    );
    expect((await failureOf(pullRequests())).message).toContain(
      "(HTTP 404: Repository WEB/shop does not exist)",
    );
  });
});

describe("repositories() of Bitbucket Server", () => {
  test("gives each with the head of its default branch; one without has none", async () => {
    repositories = [repository(1, "shop"), repository(2, "unset"), repository(3, "dangling")];
    expect(await found()).toEqual([
      {
        organization: "WEB",
        repository: "SHOP",
        repositoryId: 1,
        url: "ssh://git@bitbucket.example.com:7999/web/shop.git",
        branch: "main",
        sha: SHA,
        labels: [],
      },
    ]);
    const all = await found({ allBranches: true }, { cloneProtocol: "https" });
    expect(all[1]).toMatchObject({ url: "https://bitbucket.example.com/scm/web/shop.git", branch: "dev" });
  });

  test("looks for paths", async () => {
    repositories = [repository(1, "shop")];
    expect(await found({}, { filters: [{ pathsExist: ["deploy/app.yaml"] }] })).toHaveLength(1);
    expect(await found({}, { filters: [{ pathsExist: ["deploy/other.yaml"] }] })).toEqual([]);
    expect(await found({}, { filters: [{ pathsDoNotExist: ["deploy/other.yaml"] }] })).toHaveLength(1);
  });

  test("a repository that is hidden is an error, not an empty one", async () => {
    repositories = [repository(1, "shop"), repository(2, "gone")];
    expect((await failureOf(found())).message).toContain("Repository WEB/gone does not exist");
  });
});
