import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  failureOf,
  type ProviderStand,
  pageOf,
  providerFacts,
  providerStand,
  TOKEN,
} from "../../test/lib/provider-stand.ts";

const SHA = "1111111111222222222233333333334444444444";

const pull = (number: number, more: Record<string, unknown> = {}) => ({
  number,
  title: `Change ${number}`,
  head: { ref: `feature/${number}`, sha: SHA },
  base: { ref: "main" },
  user: { login: "ada" },
  labels: [{ name: "preview" }],
  ...more,
});
const repository = (id: number, name: string, more: Record<string, unknown> = {}) => ({
  id,
  name,
  ssh_url: `git@gitea.example.com:acme/${name}.git`,
  html_url: `https://gitea.example.com/acme/${name}`,
  default_branch: "main",
  empty: false,
  archived: false,
  ...more,
});

let stand: ProviderStand;
let pulls: unknown[];
let repositories: unknown[];
/** Fewer than are asked for: what a server gives at most is its own. */
let most: number;

/** Pages with how many there are in all, and links to an address that nobody can reach. */
function paged(all: readonly unknown[], url: URL): Response {
  const size = String(Math.min(most, Number(url.searchParams.get("limit") ?? "30")));
  const own = new URL(url);
  own.searchParams.set("limit", size);
  return Response.json(pageOf(all, own, "limit").items, {
    headers: {
      "X-Total-Count": String(all.length),
      Link: '<https://inner.example.com/x?page=2>; rel="next"',
    },
  });
}

beforeEach(() => {
  pulls = [];
  repositories = [];
  most = 50;
  stand = providerStand((url) => {
    const path = url.pathname.replace("/api/v1", "");
    if (path === "/repos/acme/shop/pulls" && url.searchParams.get("state") === "open")
      return paged(pulls, url);
    if (path === "/orgs/acme/repos") return paged(repositories, url);
    const [, name, rest = ""] = /^\/repos\/acme\/(\w+)\/(.*)$/.exec(path) ?? [];
    if (rest === "labels") return paged(name === "shop" ? [{ name: "web" }, { name: "eu" }] : [], url);
    if (rest === "branches")
      return paged(
        ["main", "dev"].map((each) => ({ name: each, commit: { id: SHA } })),
        url,
      );
    if (rest === "branches/main") return Response.json({ name: "main", commit: { id: SHA } });
    if (url.searchParams.get("ref") !== SHA) return undefined;
    if (rest === "contents") return Response.json([{ name: "deploy" }, { name: "README.md" }]);
    if (rest === "contents/deploy") return Response.json([{ name: "app.yaml" }]);
    if (rest === "contents/README.md") return Response.json({ name: "README.md", content: "" });
    return undefined;
  });
});
afterEach(async () => {
  await stand[Symbol.asyncDispose]();
});

const tokenRef = { secretName: "scm", key: "token" };
const facts = () => providerFacts({});
const pullRequests = (more: Record<string, unknown> = {}) =>
  facts().pullRequests({ gitea: { owner: "acme", repo: "shop", api: stand.origin, tokenRef, ...more } });
const found = (more: Record<string, unknown> = {}, ask: Record<string, unknown> = {}) =>
  facts().repositories({ gitea: { owner: "acme", api: stand.origin, tokenRef, ...more }, ...ask });

describe("pullRequests() of Gitea", () => {
  test("reads as many as there are, whatever fits on a page", async () => {
    pulls = Array.from({ length: 75 }, (_, index) => pull(index + 1));
    most = 20;
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
    expect(stand.asked.every(({ headers }) => headers.get("authorization") === `token ${TOKEN}`)).toBe(true);
  });

  test("labels must all be there", async () => {
    pulls = [pull(1), pull(2, { labels: null }), pull(3, { labels: [{ name: "eu" }, { name: "preview" }] })];
    expect(await pullRequests({ labels: ["preview", "eu"] })).toMatchObject([{ number: 3 }]);
  });

  test("where it is not said how many there are, it goes on until there are no more", async () => {
    pulls = Array.from({ length: 20 }, (_, index) => pull(index + 1));
    stand.before.push((url) => Response.json(pageOf(pulls, url, "limit").items.slice(0, 50)));
    expect(await pullRequests()).toHaveLength(20);
  });

  test("a page that has not changed may have another one after it now", async () => {
    most = 20;
    pulls = Array.from({ length: 20 }, (_, index) => pull(index + 1));
    const both = facts();
    const ask = { gitea: { owner: "acme", repo: "shop", api: stand.origin, tokenRef } };
    expect(await both.pullRequests(ask)).toHaveLength(20);
    pulls.push(pull(21));
    expect(await both.pullRequests(ask)).toHaveLength(21);
  });

  const wrongs: [string, (url: URL) => Response, string][] = [
    [
      "fewer than there are",
      (url) =>
        Response.json(url.searchParams.get("page") === "2" ? [] : [pull(1)], {
          headers: { "X-Total-Count": "2" },
        }),
      "page 2 of its list is empty, and more was said to be there",
    ],
    [
      "none of some",
      () => Response.json([], { headers: { "X-Total-Count": "2" } }),
      "page 1 of its list is empty",
    ],
    [
      "the same again",
      () => Response.json([pull(1)], { headers: { "X-Total-Count": "2" } }),
      "a page of its list comes again and again",
    ],
    ["null", () => Response.json(null), "it must be a list"],
    [
      "403",
      () =>
        Response.json({ message: "token does not have at least one of required scope(s)" }, { status: 403 }),
      "the scope read:repository",
    ],
  ];
  test.each(wrongs)("%s is an error", async (_, answer, says) => {
    stand.before.push(answer);
    expect((await failureOf(pullRequests())).message).toContain(says);
  });
});

describe("repositories() of Gitea", () => {
  test("gives each with its labels and the head of its default branch; an empty one has none", async () => {
    repositories = [
      repository(1, "shop"),
      repository(2, "new", { empty: true }),
      repository(3, "old", { archived: true }),
    ];
    expect(await found({ excludeArchivedRepos: true })).toEqual([
      {
        organization: "acme",
        repository: "shop",
        repositoryId: 1,
        url: "git@gitea.example.com:acme/shop.git",
        branch: "main",
        sha: SHA,
        labels: ["web", "eu"],
      },
    ]);
    const all = await found({ allBranches: true }, { cloneProtocol: "https" });
    expect(all.map(({ url, branch }) => `${url} ${branch}`)).toContain(
      "https://gitea.example.com/acme/old dev",
    );
  });

  const paths: [Record<string, string[]>, number][] = [
    [{ pathsExist: ["deploy/app.yaml", "deploy", "README.md"] }, 1],
    [{ pathsExist: ["deploy/other.yaml"] }, 0],
    [{ pathsExist: ["gone/app.yaml"] }, 0],
    [{ pathsExist: ["README.md/x"] }, 0],
    [{ pathsDoNotExist: ["gone/app.yaml", "deploy/other.yaml"] }, 1],
  ];
  test.each(paths)("%j", async (filter, count) => {
    repositories = [repository(1, "shop")];
    expect(await found({}, { filters: [filter] })).toHaveLength(count);
  });

  test("a branch that is not there is an error: the repository said that it is", async () => {
    repositories = [repository(1, "shop", { default_branch: "gone" })];
    expect((await failureOf(found())).code).toBe("not-found");
  });
});
