import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { type GithubStand, githubStand, pull, repository, SHA } from "../../test/lib/github-stand.ts";
import {
  failureOf,
  lookups,
  NOW,
  type ProviderStand,
  pageOf,
  providerFacts,
  TOKEN,
} from "../../test/lib/provider-stand.ts";
import { Providers } from "./providers.ts";

let hub: GithubStand;
let stand: ProviderStand;
beforeEach(() => {
  hub = githubStand();
  stand = hub.stand;
});
afterEach(async () => {
  await stand[Symbol.asyncDispose]();
});

const ask = { github: { owner: "acme", repo: "shop", tokenRef: { secretName: "scm", key: "token" } } };
const facts = () => providerFacts({ github: stand.origin });

describe("pullRequests() of GitHub", () => {
  test("reads every page, and asks with the token", async () => {
    hub.pulls = Array.from({ length: 230 }, (_, index) => pull(index + 1));
    const found = await facts().pullRequests(ask);
    expect(found.map(({ number }) => number)).toEqual(hub.pulls.map((_, index) => index + 1));
    expect(found[0]).toEqual({
      number: 1,
      title: "Change 1",
      branch: "feature/1",
      targetBranch: "main",
      headSHA: SHA,
      labels: ["preview"],
      author: "ada",
    });
    expect(stand.asked.every(({ headers }) => headers.get("authorization") === `Bearer ${TOKEN}`)).toBe(true);
  });

  test("none is an answer", async () => {
    expect(await facts().pullRequests(ask)).toEqual([]);
    expect(stand.asked).toHaveLength(1);
  });

  test("all labels must be there, and a filter's expressions match together", async () => {
    hub.pulls = [
      pull(1, { labels: [{ name: "preview" }, { name: "eu" }] }),
      pull(2),
      pull(3, { labels: [{ name: "preview" }, { name: "eu" }], base: { ref: "old" } }),
      pull(4, { labels: [{ name: "preview" }, { name: "eu" }], title: "wip: no" }),
    ];
    const found = await facts().pullRequests({
      github: { ...ask.github, labels: ["preview", "eu"] },
      filters: [
        { branchMatch: "^feature/", targetBranchMatch: "^main$", titleMatch: "^Change" },
        { titleMatch: "(?i)^WIP" },
      ],
    });
    expect(found.map(({ number }) => number)).toEqual([1, 4]);
  });

  test("what people write stays a text", async () => {
    const title = 'a\nb: "{{ .x }}" ../\u0000';
    hub.pulls = [pull(1, { title, head: { ref: "x/../../y$(z)", sha: SHA }, user: null })];
    expect(await facts().pullRequests(ask)).toMatchObject([{ title, branch: "x/../../y$(z)", author: "" }]);
  });

  test("what has not changed is not sent again", async () => {
    hub.pulls = Array.from({ length: 120 }, (_, index) => pull(index + 1));
    const both = facts();
    await both.pullRequests(ask);
    const before = stand.asked.length;
    expect(await both.pullRequests(ask)).toHaveLength(120);
    const later = stand.asked.slice(before);
    expect(later.every(({ headers }) => headers.get("if-none-match") !== null)).toBe(true);
    hub.pulls.push(pull(121));
    expect(await both.pullRequests(ask)).toHaveLength(121);
  });

  test("a page that has not changed may have another one after it now", async () => {
    hub.pulls = Array.from({ length: 100 }, (_, index) => pull(index + 1));
    const both = facts();
    expect(await both.pullRequests(ask)).toHaveLength(100);
    hub.pulls.push(pull(101));
    expect(await both.pullRequests(ask)).toHaveLength(101);
  });

  test("a page that has not changed may have none after it any more", async () => {
    hub.pulls = Array.from({ length: 101 }, (_, index) => pull(index + 1));
    const both = facts();
    expect(await both.pullRequests(ask)).toHaveLength(101);
    hub.pulls.splice(100);
    expect(await both.pullRequests(ask)).toHaveLength(100);
  });

  test("a page that has not changed and says that there is more is believed, and an empty one is not", async () => {
    hub.pulls = Array.from({ length: 101 }, (_, index) => pull(index + 1));
    const both = facts();
    expect(await both.pullRequests(ask)).toHaveLength(101);
    stand.before.push((url) => (url.searchParams.get("page") === "2" ? Response.json([]) : undefined));
    expect((await failureOf(both.pullRequests(ask))).message).toContain("page 2 of its list is empty");
  });

  test("answers are kept for whoever asked for them", async () => {
    hub.pulls = [pull(1)];
    const providers = new Providers({ now: () => NOW, reach: "anywhere", usual: { github: stand.origin } });
    await providerFacts({}, { providers }).pullRequests(ask);
    const other = lookups({ scm: { token: "another-token" } });
    await providerFacts({}, { providers, own: other }).pullRequests(ask);
    expect(stand.asked.map(({ headers }) => headers.get("if-none-match"))).toEqual([null, null]);
  });

  test("one that is closed while pages are read takes no other with it", async () => {
    hub.pulls = Array.from({ length: 150 }, (_, index) => pull(index + 1));
    let first = true;
    stand.before.push((url) => {
      if (url.searchParams.get("page") === "2" && first) {
        first = false;
        hub.pulls.shift();
      }
      return undefined;
    });
    const found = await facts().pullRequests(ask);
    expect(found.map(({ number }) => number)).toEqual(Array.from({ length: 149 }, (_, index) => index + 2));
  });

  test("what people write much of is read in smaller pages", async () => {
    const body = "x".repeat(400_000);
    hub.pulls = Array.from({ length: 120 }, (_, index) => pull(index + 1, index % 2 === 0 ? { body } : {}));
    const found = await facts().pullRequests(ask);
    expect(found.map(({ number }) => number)).toEqual(hub.pulls.map((_, index) => index + 1));
    // The twelfth is full and says nothing of another one, so that is asked for, too.
    expect(stand.asked.at(-1)?.path).toContain("per_page=10&page=13");
  });

  test("what is edited while pages are read holds up nobody", async () => {
    hub.pulls = Array.from({ length: 150 }, (_, index) => pull(index + 1));
    stand.before.push(() => {
      hub.pulls[0] = pull(1, { title: `Edit ${stand.asked.length}` });
      return undefined;
    });
    expect(await facts().pullRequests(ask)).toHaveLength(150);
    expect(stand.asked).toHaveLength(4);
  });

  test("a list that never rests is an error", async () => {
    hub.pulls = Array.from({ length: 150 }, (_, index) => pull(index + 1));
    stand.before.push((url) => {
      if (url.searchParams.get("page") === "2") hub.pulls.shift();
      return undefined;
    });
    expect((await failureOf(facts().pullRequests(ask))).message).toContain(
      "its list changed each time it was read",
    );
  });

  test("a full page without Link is not taken for the last", async () => {
    hub.pulls = Array.from({ length: 150 }, (_, index) => pull(index + 1));
    stand.before.push((url) => Response.json(pageOf(hub.pulls, url).items));
    expect(await facts().pullRequests(ask)).toHaveLength(150);
    hub.pulls = hub.pulls.slice(0, 100);
    expect(await facts().pullRequests(ask)).toHaveLength(100);
  });

  test("an Enterprise server has its API in a folder", async () => {
    stand.before.push((url) =>
      url.pathname.startsWith("/api/v3/repos/") ? Response.json([pull(7)]) : undefined,
    );
    const github = { ...ask.github, api: `${stand.origin}/` };
    expect(await facts().pullRequests({ github })).toMatchObject([{ number: 7 }]);
  });
});

describe("repositories() of GitHub", () => {
  const organization = { github: { organization: "acme", tokenRef: { secretName: "scm", key: "token" } } };

  test("gives each with the head of its default branch; an empty one has none", async () => {
    hub.repositories = [
      repository(1, "shop"),
      repository(2, "empty"),
      repository(3, "old", { archived: true }),
    ];
    expect(await facts().repositories(organization)).toEqual([
      {
        organization: "acme",
        repository: "shop",
        repositoryId: 1,
        url: "git@github.com:acme/shop.git",
        branch: "main",
        sha: SHA,
        labels: ["web"],
      },
      expect.objectContaining({ repository: "old" }),
    ]);
    const github = { ...organization.github, excludeArchivedRepos: true, allBranches: true };
    const all = await facts().repositories({ github, cloneProtocol: "https" });
    expect(all.map(({ url, branch }) => `${url} ${branch}`)).toEqual([
      "https://github.com/acme/shop.git main",
      "https://github.com/acme/shop.git dev",
      "https://github.com/acme/empty.git main",
      "https://github.com/acme/empty.git dev",
    ]);
  });

  test("what a filter says holds together, and any of several filters takes", async () => {
    hub.repositories = [
      repository(1, "shop", { topics: ["a", "web"] }),
      repository(2, "web", { topics: [] }),
      repository(3, "tool", { topics: ["cli", "web"] }),
    ];
    hub.files = { shop: ["deploy/app.yaml"], tool: ["deploy/app.yaml", "skip.txt"], web: [] };
    const github = { ...organization.github, allBranches: true };
    const found = await facts().repositories({
      github,
      filters: [
        {
          repositoryMatch: "^s",
          labelMatch: "^web$",
          branchMatch: "^dev$",
          pathsExist: ["/deploy/app.yaml/"],
        },
        { repositoryMatch: "^web$", branchMatch: "main", pathsDoNotExist: ["deploy/app.yaml"] },
        { labelMatch: "cli", pathsExist: ["deploy/app.yaml"], pathsDoNotExist: ["skip.txt"] },
      ],
    });
    expect(found.map(({ repository, branch }) => `${repository} ${branch}`)).toEqual([
      "shop dev",
      "web main",
    ]);
  });

  test("nobody looks into what no filter takes by its name", async () => {
    hub.repositories = [repository(1, "shop"), repository(2, "web")];
    await facts().repositories({ ...organization, filters: [{ repositoryMatch: "^shop$" }] });
    expect(stand.asked.map(({ path }) => path)).toEqual([
      "/orgs/acme/repos?per_page=100",
      "/repos/acme/shop/branches/main",
    ]);
  });

  test("what a commit was seen to have is not asked again, what it did not have is", async () => {
    hub.repositories = [repository(1, "shop"), repository(2, "web")];
    hub.files = { shop: ["a"], web: [] };
    const both = facts();
    const ask = { ...organization, filters: [{ pathsExist: ["a"] }] };
    expect(await both.repositories(ask)).toHaveLength(1);
    const before = stand.asked.length;
    hub.files = { shop: [], web: ["a"] };
    expect(await both.repositories(ask)).toHaveLength(2);
    const looked = stand.asked.slice(before).filter(({ path }) => path.includes("/contents/"));
    expect(looked.map(({ path }) => path)).toEqual([`/repos/acme/web/contents/a?ref=${SHA}`]);
  });

  test("a repository that hides its branches is an error, not an empty one", async () => {
    hub.repositories = [repository(1, "shop"), repository(2, "web")];
    stand.before.push((url) =>
      url.pathname === "/repos/acme/web/branches/main"
        ? Response.json({ message: "Not Found" }, { status: 404 })
        : undefined,
    );
    expect((await failureOf(facts().repositories(organization))).message).toContain(
      "does not show it to whoever asks",
    );
  });

  test("a path that could not be looked for is neither there nor not there", async () => {
    hub.repositories = [repository(1, "shop")];
    stand.before.push((url) =>
      url.pathname.includes("/contents/") ? new Response("", { status: 500 }) : undefined,
    );
    for (const filter of [{ pathsExist: ["a"] }, { pathsDoNotExist: ["a"] }])
      expect(
        (await failureOf(facts().repositories({ ...organization, filters: [filter] }))).message,
      ).toContain("HTTP 500");
  });

  const wrong: { name: string; more: Record<string, unknown>; says: string }[] = [
    {
      name: "another protocol",
      more: { cloneProtocol: "git" },
      says: 'cloneProtocol must be ssh or https, and is "git"',
    },
    {
      name: "CodeCommit, where nobody knows who asks",
      more: { github: undefined, awsCodeCommit: { region: "eu-west-1" } },
      says: "the daemon's environment has no credentials of AWS",
    },
    {
      name: "no expression",
      more: { filters: [{ branchMatch: "(" }] },
      says: "filters[0].branchMatch is no regular expression",
    },
    {
      name: "a path out of it",
      more: { filters: [{ pathsExist: ["../x"] }] },
      says: "no path inside a repository",
    },
    { name: "two providers", more: { gitlab: { group: "x" } }, says: "it must name one provider" },
  ];
  test.each(wrong)("$name is said before anybody is asked", async ({ more, says }) => {
    const failure = await failureOf(facts().repositories({ ...organization, ...more }));
    expect(failure.message).toContain(says);
    expect(stand.asked).toEqual([]);
  });
});
