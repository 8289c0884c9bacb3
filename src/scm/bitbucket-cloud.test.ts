import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  failureOf,
  lookups,
  type ProviderStand,
  pageOf,
  providerFacts,
  providerStand,
  TOKEN,
} from "../../test/lib/provider-stand.ts";

const HASH = "aabbccddeeff";
const SHA = "aabbccddeeff00112233445566778899aabbccdd";

const pull = (id: number, more: Record<string, unknown> = {}) => ({
  id,
  title: `Change ${id}`,
  source: {
    branch: { name: `feature/${id}` },
    commit: { hash: HASH },
    repository: { full_name: "fork/shop" },
  },
  destination: { branch: { name: "main" } },
  author: { nickname: "ada" },
  ...more,
});
const repository = (slug: string, more: Record<string, unknown> = {}) => ({
  slug,
  uuid: `{${slug}}`,
  mainbranch: { name: "main" },
  links: {
    clone: [
      { name: "https", href: `https://bitbucket.org/acme/${slug}.git` },
      { name: "ssh", href: `git@bitbucket.org:acme/${slug}.git` },
    ],
  },
  ...more,
});

let stand: ProviderStand;
let pulls: unknown[];
let repositories: unknown[];

function paged(all: readonly unknown[], url: URL): Response {
  const { items, number, size, hasMore } = pageOf(all, url, "pagelen");
  const next = new URL(url);
  next.searchParams.set("page", String(number + 1));
  return Response.json({ values: items, pagelen: size, ...(hasMore ? { next: next.href } : {}) });
}

beforeEach(() => {
  pulls = [];
  repositories = [];
  stand = providerStand((url) => {
    const path = url.pathname.replace("/2.0", "");
    if (path === "/repositories/acme/shop/pullrequests") return paged(pulls, url);
    if (path === "/repositories/acme") return paged(repositories, url);
    const [, rest = ""] = /^\/repositories\/acme\/\w+\/(.*)$/.exec(path) ?? [];
    const branch = (name: string) => ({ name, target: { hash: SHA } });
    if (rest === "refs/branches") return paged([branch("main"), branch("dev")], url);
    if (rest === "refs/branches/main") return Response.json(branch("main"));
    if (rest === `src/${SHA}/deploy/app.yaml` && url.searchParams.get("format") === "meta")
      return Response.json({ type: "commit_file" });
    if (rest.startsWith("src/"))
      return Response.json(
        { type: "error", error: { message: "No such file or directory: x" } },
        { status: 404 },
      );
    return undefined;
  });
});
afterEach(async () => {
  await stand[Symbol.asyncDispose]();
});

const facts = () =>
  providerFacts(
    { bitbucket: `${stand.origin}/2.0` },
    { own: lookups({ scm: { token: TOKEN, password: "pä ss:word" } }) },
  );
const ask = { owner: "acme", repo: "shop" };
const pullRequests = (more: Record<string, unknown> = {}) =>
  facts().pullRequests({ bitbucket: { ...ask, ...more } });
const found = (more: Record<string, unknown> = {}, other: Record<string, unknown> = {}) =>
  facts().repositories({
    bitbucket: { owner: "acme", user: "ci", appPasswordRef: { secretName: "scm", key: "password" }, ...more },
    ...other,
  });
const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;

describe("pullRequests() of Bitbucket Cloud", () => {
  test("reads every page of those that are open", async () => {
    pulls = Array.from({ length: 120 }, (_, index) => pull(index + 1));
    const all = await pullRequests({ api: `${stand.origin}/2.0/` });
    expect(all.map(({ number }) => number)).toEqual(pulls.map((_, index) => index + 1));
    expect(all[0]).toEqual({
      number: 1,
      title: "Change 1",
      branch: "feature/1",
      targetBranch: "main",
      headSHA: HASH,
      author: "ada",
    });
    expect(stand.asked[0]?.path).toBe("/2.0/repositories/acme/shop/pullrequests?state=OPEN&pagelen=50");
  });

  const credentials: [Record<string, unknown>, string | null][] = [
    [{}, null],
    [{ bearerToken: { tokenRef: { secretName: "scm", key: "token" } } }, `Bearer ${TOKEN}`],
    [
      { basicAuth: { username: "ci", passwordRef: { secretName: "scm", key: "password" } } },
      basic("ci", "pä ss:word"),
    ],
  ];
  test.each(credentials)("%j", async (more, authorization) => {
    expect(await pullRequests(more)).toEqual([]);
    expect(stand.asked[0]?.headers.get("authorization") ?? null).toBe(authorization);
  });

  test("a fork and a person that are gone are no errors", async () => {
    pulls = [pull(1, { author: null, source: { branch: { name: "x" }, commit: null, repository: null } })];
    expect(await pullRequests()).toMatchObject([{ branch: "x", headSHA: "", author: "" }]);
  });

  const wrongs: [string, (url: URL) => Response, string][] = [
    ["no values", () => Response.json({}), "values must be a list"],
    [
      "an empty page before others",
      (url) => Response.json({ values: [], next: `${url.href}&page=2` }),
      "page 1 of its list is empty",
    ],
    [
      "a page that leads to itself",
      (url) => Response.json({ values: [pull(1)], next: url.href }),
      "comes again and again",
    ],
    [
      "a page elsewhere",
      () => Response.json({ values: [pull(1)], next: "https://evil.example.com/2.0" }),
      "said to be on another server (https://evil.example.com)",
    ],
    [
      "429",
      () =>
        Response.json(
          { type: "error", error: { message: "Rate limit for this resource has been exceeded" } },
          { status: 429 },
        ),
      "it takes no more requests (HTTP 429: Rate limit for this resource has been exceeded). Give an access token",
    ],
  ];
  test.each(wrongs)("%s is an error", async (_, answer, says) => {
    stand.before.push(answer);
    expect((await failureOf(pullRequests())).message).toContain(says);
  });
});

describe("repositories() of Bitbucket Cloud", () => {
  test("gives each with the head of its main branch; an empty one has none", async () => {
    repositories = [repository("shop"), repository("new", { mainbranch: null })];
    expect(await found()).toEqual([
      {
        organization: "acme",
        repository: "shop",
        repositoryId: "{shop}",
        url: "git@bitbucket.org:acme/shop.git",
        branch: "main",
        sha: SHA,
        labels: [],
      },
    ]);
    expect(stand.asked[0]?.headers.get("authorization")).toBe(basic("ci", "pä ss:word"));
    expect(stand.asked[0]?.path).toBe("/2.0/repositories/acme?role=member&pagelen=100");
  });

  test("looks for paths, and at all branches where it is told to", async () => {
    repositories = [repository("shop")];
    const exists = {
      filters: [{ pathsExist: ["deploy/app.yaml"], pathsDoNotExist: ["gone"] }],
      cloneProtocol: "https",
    };
    expect((await found({ allBranches: true }, exists)).map(({ url, branch }) => `${url} ${branch}`)).toEqual(
      ["https://bitbucket.org/acme/shop.git main", "https://bitbucket.org/acme/shop.git dev"],
    );
    expect(await found({}, { filters: [{ pathsExist: ["gone"] }] })).toEqual([]);
  });

  test("one that cannot be cloned so is an error", async () => {
    repositories = [repository("shop", { links: { clone: [] } })];
    expect((await failureOf(found())).message).toContain("[0].links.clone has no ssh");
  });
});
