import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  failureOf,
  type ProviderStand,
  providerFacts,
  providerStand,
  TOKEN,
} from "../../test/lib/provider-stand.ts";

const SHA = "5555555555666666666677777777778888888888";

const pull = (pullRequestId: number, more: Record<string, unknown> = {}) => ({
  pullRequestId,
  title: `Change ${pullRequestId}`,
  sourceRefName: `refs/heads/feature/${pullRequestId}`,
  targetRefName: "refs/heads/main",
  lastMergeSourceCommit: { commitId: SHA },
  labels: [{ id: "1", name: "preview", active: true }],
  createdBy: { uniqueName: "ada@example.com" },
  ...more,
});
const repository = (name: string, more: Record<string, unknown> = {}) => ({
  id: `id-of-${name}`,
  name,
  defaultBranch: "refs/heads/main",
  remoteUrl: `https://acme@dev.azure.com/acme/Web%20Team/_git/${name}`,
  ...more,
});

let stand: ProviderStand;
let pulls: unknown[];
let repositories: unknown[];
let heads: string[];

const list = (value: readonly unknown[], headers: Record<string, string> = {}) =>
  Response.json({ value, count: value.length }, { headers });

beforeEach(() => {
  pulls = [];
  repositories = [];
  heads = ["main", "main-old", "dev"];
  stand = providerStand((url) => {
    const { searchParams } = url;
    const path = decodeURIComponent(url.pathname).replace("/acme/Web Team/_apis/git/repositories", "");
    if (path === "/shop/pullrequests") {
      const skip = Number(searchParams.get("$skip") ?? "0");
      return list(pulls.slice(skip, skip + Number(searchParams.get("$top"))));
    }
    if (path === "") return list(repositories);
    if (path === "/id-of-shop/refs") {
      const all = heads.filter((name) => `heads/${name}`.startsWith(searchParams.get("filter") ?? ""));
      const at = Number(searchParams.get("continuationToken") ?? "0");
      const value = all.slice(at, at + 2).map((name) => ({ name: `refs/heads/${name}`, objectId: SHA }));
      return list(value, at + 2 < all.length ? { "x-ms-continuationtoken": String(at + 2) } : {});
    }
    if (path === "/id-of-shop/items")
      return searchParams.get("path") === "/deploy/app.yaml" &&
        searchParams.get("versionDescriptor.version") === SHA
        ? Response.json({ path: "/deploy/app.yaml" })
        : Response.json(
            { message: "TF401174: The item could not be found", typeKey: "GitItemNotFoundException" },
            { status: 404 },
          );
    return Response.json(
      { message: "TF401019: The Git repository does not exist", typeKey: "GitRepositoryNotFoundException" },
      { status: 404 },
    );
  });
});
afterEach(async () => {
  await stand[Symbol.asyncDispose]();
});

const token = { secretName: "scm", key: "token" };
const facts = () => providerFacts({ azuredevops: stand.origin, azureDevOps: stand.origin });
const pullRequests = (more: Record<string, unknown> = {}, ask: Record<string, unknown> = {}) =>
  facts().pullRequests({
    azuredevops: { organization: "acme", project: "Web Team", repo: "shop", tokenRef: token, ...more },
    ...ask,
  });
const found = (more: Record<string, unknown> = {}, ask: Record<string, unknown> = {}) =>
  facts().repositories({
    azureDevOps: { organization: "acme", teamProject: "Web Team", accessTokenRef: token, ...more },
    ...ask,
  });

describe("pullRequests() of Azure DevOps", () => {
  test.each([230, 200, 100, 3])("reads every page of %i", async (count) => {
    pulls = Array.from({ length: count }, (_, index) => pull(index + 1));
    const all = await pullRequests();
    expect(all.map(({ number }) => number)).toEqual(pulls.map((_, index) => index + 1));
    expect(all[0]).toEqual({
      number: 1,
      title: "Change 1",
      branch: "feature/1",
      targetBranch: "main",
      headSHA: SHA,
      labels: ["preview"],
      author: "ada",
    });
    expect(stand.asked[0]?.headers.get("authorization")).toBe(`Basic ${btoa(`:${TOKEN}`)}`);
  });

  test("a page that has not changed may have another one after it now", async () => {
    pulls = Array.from({ length: 100 }, (_, index) => pull(index + 1));
    const both = facts();
    const ask = { azuredevops: { organization: "acme", project: "Web Team", repo: "shop" } };
    expect(await both.pullRequests(ask)).toHaveLength(100);
    pulls.push(pull(101));
    expect(await both.pullRequests(ask)).toHaveLength(101);
  });

  test("labels must all be there; one without labels has none", async () => {
    const { labels: _, ...bare } = pull(2);
    pulls = [pull(1), bare];
    expect(await pullRequests({ labels: ["preview"] })).toMatchObject([{ number: 1 }]);
    expect(await pullRequests()).toHaveLength(2);
  });

  test("a repository that is not there is said, and none where the set says so", async () => {
    expect((await failureOf(pullRequests({ repo: "gone" }))).message).toContain(
      "(HTTP 404: TF401019: The Git repository does not exist)",
    );
    expect(await pullRequests({ repo: "gone" }, { continueOnRepoNotFoundError: true })).toEqual([]);
  });

  const wrongs: [string, () => Response, string][] = [
    [
      "a page for signing in",
      () => new Response("<html>", { status: 203 }),
      "may not read this (HTTP 203, a page for signing in)",
    ],
    [
      "fewer than are counted",
      () => Response.json({ value: [], count: 3 }),
      "count says 3, and there are 0 values",
    ],
    ["no list", () => Response.json({ count: 0 }), "value must be a list"],
    ["nothing at all", () => Response.json({ $id: "1" }), "value must be a list"],
    [
      "the same page for ever",
      () => list(Array.from({ length: 100 }, (_, at) => pull(at))),
      "comes again and again",
    ],
    [
      "401",
      () => new Response("", { status: 401 }),
      "Give a personal access token (tokenRef) with the scope Code, read",
    ],
  ];
  test.each(wrongs)("%s is an error", async (_, answer, says) => {
    stand.before.push(answer);
    expect((await failureOf(pullRequests())).message).toContain(says);
  });
});

describe("repositories() of Azure DevOps", () => {
  test("gives each with the head of its default branch, and no branch whose name only begins so", async () => {
    const { defaultBranch: _, ...empty } = repository("new");
    heads = ["main-old", "main"];
    repositories = [repository("shop"), empty, repository("off", { isDisabled: true })];
    expect(await found()).toEqual([
      {
        organization: "acme",
        repository: "shop",
        repositoryId: "id-of-shop",
        url: "https://acme@dev.azure.com/acme/Web%20Team/_git/shop",
        branch: "main",
        sha: SHA,
        labels: [],
      },
    ]);
  });

  test("follows tokens through all branches, and looks for paths", async () => {
    repositories = [repository("shop")];
    const branches = async (filter: Record<string, unknown>) =>
      (await found({ allBranches: true }, { filters: [filter] })).map(({ branch }) => branch);
    expect(await branches({ pathsExist: ["deploy/app.yaml"] })).toEqual(["main", "main-old", "dev"]);
    expect(await branches({ pathsExist: ["gone"] })).toEqual([]);
    expect(await branches({ pathsDoNotExist: ["gone"], branchMatch: "^d" })).toEqual(["dev"]);
  });

  test("an empty page with a token for more is an error", async () => {
    repositories = [repository("shop")];
    stand.before.push((url) =>
      url.pathname.endsWith("/refs") ? list([], { "x-ms-continuationtoken": "2" }) : undefined,
    );
    expect((await failureOf(found({ allBranches: true }))).message).toContain("page 1 of its list is empty");
  });

  test("a repository that hides its files is an error, not one without that path", async () => {
    repositories = [repository("shop")];
    stand.before.push((url) =>
      url.pathname.endsWith("/items")
        ? Response.json({ message: "gone", typeKey: "GitRepositoryNotFoundException" }, { status: 404 })
        : undefined,
    );
    expect((await failureOf(found({}, { filters: [{ pathsDoNotExist: ["x"] }] }))).code).toBe("not-found");
  });
});
