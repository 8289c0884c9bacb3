import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type Certificates, makeCertificates } from "../../test/lib/certificates.ts";
import {
  failureOf,
  lookups,
  NOW,
  type ProviderStand,
  pageOf,
  providerFacts,
  providerStand,
  TOKEN,
} from "../../test/lib/provider-stand.ts";

const SHA = "0f1e2d3c4b5a69788796a5b4c3d2e1f001122334";

const merge = (iid: number, more: Record<string, unknown> = {}) => ({
  id: 1000 + iid,
  iid,
  title: `Change ${iid}`,
  source_branch: `feature/${iid}`,
  target_branch: "main",
  sha: SHA,
  labels: ["preview"],
  author: { username: "ada" },
  state: "opened",
  ...more,
});

const project = (id: number, path: string, more: Record<string, unknown> = {}) => ({
  id,
  path,
  namespace: { full_path: "acme/web" },
  ssh_url_to_repo: `git@gitlab.com:acme/web/${path}.git`,
  http_url_to_repo: `https://gitlab.com/acme/web/${path}.git`,
  default_branch: "main",
  topics: ["web"],
  ...more,
});

let stand: ProviderStand;
let merges: ReturnType<typeof merge>[];
let projects: unknown[];
let tree: Record<string, string[]>;

/** Pages as GitLab numbers them. */
function paged(all: readonly unknown[], url: URL): Response {
  const { items, number, hasMore } = pageOf(all, url);
  return Response.json(items, {
    headers: {
      "X-Page": String(number),
      "X-Next-Page": hasMore ? String(number + 1) : "",
      "X-Total": String(all.length),
    },
  });
}

beforeEach(() => {
  merges = [];
  projects = [];
  tree = {};
  stand = providerStand((url) => {
    const { pathname, searchParams } = url;
    if (pathname === "/projects/acme%2Fweb%2Fshop/merge_requests") {
      const state = searchParams.get("state") ?? "all";
      const labels = searchParams.get("labels")?.split(",") ?? [];
      const wanted = merges.filter(
        (each) =>
          (state === "all" || each.state === state) && labels.every((one) => each.labels.includes(one)),
      );
      return paged(wanted, url);
    }
    if (pathname === "/groups/acme%2Fweb/projects") return paged(projects, url);
    const [, id, what, name] =
      /^\/projects\/(\d+)\/repository\/(branches|tree)(?:\/(.+))?$/.exec(pathname) ?? [];
    if (what === "branches" && name === undefined)
      return paged(
        [
          { name: "main", commit: { id: SHA } },
          { name: "dev/x", commit: { id: SHA } },
        ],
        url,
      );
    if (what === "branches")
      return id === "2"
        ? Response.json({ message: "404 Branch Not Found" }, { status: 404 })
        : Response.json({ name: decodeURIComponent(name ?? ""), commit: { id: SHA } });
    if (what === "tree") {
      const entries = tree[searchParams.get("path") ?? ""];
      return entries === undefined || searchParams.get("ref") !== SHA
        ? Response.json({ message: "404 Tree Not Found" }, { status: 404 })
        : paged(
            entries.map((path) => ({ path })),
            url,
          );
    }
    return undefined;
  });
});
afterEach(async () => {
  await stand[Symbol.asyncDispose]();
});

const ask = { gitlab: { project: "acme/web/shop", tokenRef: { secretName: "scm", key: "token" } } };
const facts = () => providerFacts({ gitlab: stand.origin });

describe("pullRequests() of GitLab", () => {
  test("reads every page, of every state where the set does not say which", async () => {
    merges = Array.from({ length: 130 }, (_, index) =>
      merge(index + 1, { state: index % 2 ? "opened" : "merged" }),
    );
    const found = await facts().pullRequests(ask);
    expect(found).toHaveLength(130);
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
    const opened = await facts().pullRequests({ gitlab: { ...ask.gitlab, pullRequestState: "opened" } });
    expect(opened).toHaveLength(65);
  });

  test("labels are the server's to compare, and are compared again", async () => {
    merges = [merge(1), merge(2, { labels: ["preview", "eu"] })];
    const gitlab = { ...ask.gitlab, labels: ["preview", "eu"] };
    expect(await facts().pullRequests({ gitlab })).toMatchObject([{ number: 2 }]);
    stand.before.push((url) => paged(merges, url));
    expect(await facts().pullRequests({ gitlab })).toMatchObject([{ number: 2 }]);
  });

  test("one without a commit and without an author is one all the same", async () => {
    merges = [merge(1, { sha: null, author: null })];
    expect(await facts().pullRequests(ask)).toMatchObject([{ headSHA: "", author: "" }]);
  });

  test("without a header for pages it goes on by links, and to the end", async () => {
    merges = Array.from({ length: 200 }, (_, index) => merge(index + 1));
    stand.before.push((url) => {
      const { items, number, hasMore } = pageOf(merges, url);
      const link = `<${url.origin}${url.pathname}?per_page=100&page=${number + 1}>; rel="next"`;
      return Response.json(items, hasMore ? { headers: { Link: link } } : {});
    });
    expect(await facts().pullRequests(ask)).toHaveLength(200);
  });

  test("without a word on what follows, a full page is not taken for the last", async () => {
    merges = Array.from({ length: 150 }, (_, index) => merge(index + 1));
    stand.before.push((url) => Response.json(pageOf(merges, url).items));
    expect(await facts().pullRequests(ask)).toHaveLength(150);
  });

  test("a page that has not changed may have another one after it now", async () => {
    merges = Array.from({ length: 100 }, (_, index) => merge(index + 1));
    const both = facts();
    expect(await both.pullRequests(ask)).toHaveLength(100);
    merges.push(merge(101));
    expect(await both.pullRequests(ask)).toHaveLength(101);
  });

  test("what is said with a page that has not changed counts", async () => {
    merges = Array.from({ length: 20 }, (_, index) => merge(index + 1));
    // It gives 20 at most, whatever is asked for.
    stand.before.push((url, { headers: asked }) => {
      const page = Number(url.searchParams.get("page") ?? "1");
      const items = merges.slice((page - 1) * 20, page * 20);
      const headers = { "X-Next-Page": merges.length > page * 20 ? String(page + 1) : "" };
      return page === 1 && asked.get("if-none-match") !== null
        ? new Response(null, { status: 304, headers })
        : Response.json(items, { headers });
    });
    const both = facts();
    expect(await both.pullRequests(ask)).toHaveLength(20);
    merges.push(merge(21));
    expect(await both.pullRequests(ask)).toHaveLength(21);
  });

  const wrongs: {
    name: string;
    answer: (url: URL) => Response;
    says: string;
    code?: string;
    waits?: number;
  }[] = [
    {
      name: "an empty page where more was said to be",
      answer: (url) =>
        Response.json(url.searchParams.get("page") === "2" ? [] : [merge(1)], {
          headers: { "X-Next-Page": url.searchParams.get("page") === "2" ? "" : "2" },
        }),
      says: "page 2 of its list is empty",
    },
    {
      name: "an empty first page of two",
      answer: () => Response.json([], { headers: { "X-Next-Page": "2" } }),
      says: "page 1 of its list is empty",
    },
    {
      name: "a page that follows itself",
      answer: () => Response.json([merge(1)], { headers: { "X-Next-Page": "1" } }),
      says: "comes again and again",
    },
    {
      name: "a link elsewhere",
      answer: () => Response.json([merge(1)], { headers: { Link: '<http://127.0.0.1:1/x>; rel="next"' } }),
      says: "said to be on another server (http://127.0.0.1:1)",
    },
    {
      name: "a token that is too weak",
      answer: () =>
        Response.json(
          { error: "insufficient_scope", error_description: "The request requires higher privileges" },
          { status: 403 },
        ),
      says: "may not read this (HTTP 403: The request requires higher privileges). Give a token (tokenRef) with the scope read_api",
      code: "provider-auth",
    },
    {
      name: "429",
      answer: () =>
        new Response("Retry later", {
          status: 429,
          headers: { "RateLimit-Reset": String(NOW / 1000 + 30), Date: new Date(NOW).toUTCString() },
        }),
      says: "it takes no more requests until 2026-11-29T10:00:30Z (HTTP 429)",
      waits: 30_000,
    },
    {
      name: "404",
      answer: () => Response.json({ message: "404 Project Not Found" }, { status: 404 }),
      says: "does not show it to whoever asks (HTTP 404: 404 Project Not Found)",
      code: "not-found",
    },
    {
      name: "an error as a mapping",
      answer: () => Response.json({ message: "x" }),
      says: "it must be a list",
    },
  ];
  test.each(wrongs)("$name is an error", async ({ answer, says, code = "provider-unreachable", waits }) => {
    stand.before.push(answer);
    const failure = await failureOf(facts().pullRequests(ask));
    expect(failure.message).toContain(says);
    expect(failure.code).toBe(code as typeof failure.code);
    if (waits !== undefined) expect(failure.retryAfterMs).toBe(waits);
  });
});

describe("repositories() of GitLab", () => {
  const group = { gitlab: { group: "acme/web", tokenRef: { secretName: "scm", key: "token" } } };

  test("gives each with the head of its default branch; an empty one has none", async () => {
    projects = [project(1, "shop"), project(2, "new"), project(3, "bare", { default_branch: null })];
    expect(await facts().repositories(group)).toEqual([
      {
        organization: "acme/web",
        repository: "shop",
        repositoryId: 1,
        url: "git@gitlab.com:acme/web/shop.git",
        branch: "main",
        sha: SHA,
        labels: ["web"],
      },
    ]);
  });

  const questions: [Record<string, unknown>, string][] = [
    [{}, "include_subgroups=false&with_shared=true&archived=false&per_page=100"],
    [
      { includeSubgroups: true, includeSharedProjects: false, includeArchivedRepos: true, topic: "a b" },
      "include_subgroups=true&with_shared=false&topic=a+b&per_page=100",
    ],
  ];
  test.each(questions)("%j is asked as %s", async (more, question) => {
    await facts().repositories({ gitlab: { ...group.gitlab, ...more } });
    expect(stand.asked[0]?.path).toBe(`/groups/acme%2Fweb/projects?${question}`);
  });

  test("looks for paths in the folder that they would be in", async () => {
    projects = [project(1, "shop", { topics: [], tag_list: ["old"] })];
    tree = {
      "": ["deploy", "README.md"],
      deploy: Array.from({ length: 130 }, (_, index) => `deploy/${index}.yaml`),
    };
    const takes = async (filter: Record<string, unknown>) => {
      const gitlab = { ...group.gitlab, allBranches: true };
      const found = await facts().repositories({ gitlab, cloneProtocol: "https", filters: [filter] });
      return found.map(({ branch }) => branch);
    };
    expect(await takes({ pathsExist: ["deploy/129.yaml", "deploy"], labelMatch: "old" })).toEqual([
      "main",
      "dev/x",
    ]);
    expect(await takes({ pathsExist: ["deploy/130.yaml"] })).toEqual([]);
    expect(await takes({ pathsExist: ["gone/x"] })).toEqual([]);
    expect(await takes({ pathsDoNotExist: ["gone/x"], branchMatch: "^dev/" })).toEqual(["dev/x"]);
  });

  test("a project whose code is hidden is an error where it is wanted, not an empty one", async () => {
    const { default_branch: _, ...hidden } = project(4, "secret");
    projects = [project(1, "shop"), hidden];
    const failure = await failureOf(facts().repositories(group));
    expect(failure.message).toContain("it does not show what is in secret to whoever asks");
    expect(failure.code).toBe("provider-auth");
    expect(await facts().repositories({ ...group, filters: [{ repositoryMatch: "^shop" }] })).toHaveLength(1);
    projects = [{ ...hidden, repository_access_level: "disabled" }];
    expect(await facts().repositories(group)).toEqual([]);
  });
});

describe("a GitLab of one's own", () => {
  let server: Bun.Server<undefined>;
  let certificates: Certificates;
  beforeAll(async () => {
    certificates = await makeCertificates(["localhost"]);
    server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      tls: { cert: certificates.cert, key: certificates.key },
      fetch: (request) =>
        new URL(request.url).pathname === "/api/v4/projects/7/merge_requests"
          ? Response.json([merge(1)], { headers: { "X-Next-Page": "" } })
          : new Response("", { status: 404 }),
    });
  });
  afterAll(async () => {
    await server.stop(true);
  });
  const own = () => lookups({ scm: { token: TOKEN } }, { ca: { "ca.crt": certificates.ca, wrong: "x" } });
  const pullRequests = (more: Record<string, unknown>) => {
    const api = `https://localhost:${server.port}`;
    return providerFacts({}, { own: own() }).pullRequests({
      gitlab: { ...ask.gitlab, project: "7", api, ...more },
    });
  };

  test("is trusted by its own authority, by nobody else, or by everybody", async () => {
    const caRef = { configMapName: "ca", key: "ca.crt" };
    expect(await pullRequests({ caRef })).toHaveLength(1);
    expect((await failureOf(pullRequests({}))).message).toContain("its certificate is not trusted");
    expect(await pullRequests({ insecure: true })).toHaveLength(1);
    expect(await pullRequests({ insecure: true, caRef })).toHaveLength(1);
  });

  test("an authority that is none is said", async () => {
    expect((await failureOf(pullRequests({ caRef: { configMapName: "ca", key: "x" } }))).message).toContain(
      "ConfigMap ca (gitlab.caRef) has no x",
    );
    expect(
      (await failureOf(pullRequests({ caRef: { configMapName: "ca", key: "wrong" } }))).message,
    ).toContain("holds no certificate in PEM");
  });
});
