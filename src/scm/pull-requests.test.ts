import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { type Certificates, makeCertificates } from "../../test/lib/certificates.ts";
import { endingOf } from "../../test/lib/ending-of.ts";
import { Failure } from "../core/model/failure.ts";
import type { RepositoryAccess } from "../core/model/repository-access.ts";
import { Secret } from "../core/model/secret.ts";
import { PullRequests } from "./pull-requests.ts";

const HOSTS = [
  ...["api.github.com", "github.example.com", "gitlab.com", "codeberg.org"],
  ...["api.bitbucket.org", "bitbucket.example.com", "dev.azure.com"],
];
const ASK = { from: "images-web", into: "main", title: "Update web", body: "- web 1 → 2" };

interface Asked {
  method: string;
  url: string;
  authorization: string | null;
  body: any;
}

let certificates: Certificates, proxy: { host: string; stop(): void };
let server: ReturnType<typeof Bun.serve>;
let asked: Asked[];
let answer: (request: Asked) => Response;

/** All names lead to one server, as a proxy has them. */
beforeAll(async () => {
  certificates = await makeCertificates(HOSTS);
  server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    tls: { cert: certificates.cert, key: certificates.key },
    async fetch(request) {
      const text = await request.text();
      const one: Asked = {
        method: request.method,
        url: request.url,
        authorization: request.headers.get("authorization"),
        body: text === "" ? undefined : JSON.parse(text),
      };
      asked.push(one);
      return answer(one);
    },
  });
  const tunnels = createServer().on("connect", (_, socket, head) => {
    const onward = connect(server.port ?? 0, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      onward.write(head);
      onward.pipe(socket);
      socket.pipe(onward);
    });
    for (const one of [onward, socket]) one.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => tunnels.listen(0, "127.0.0.1", resolve));
  proxy = {
    host: `127.0.0.1:${(tunnels.address() as AddressInfo).port}`,
    stop() {
      tunnels.closeAllConnections();
      tunnels.close();
    },
  };
});
afterAll(async () => {
  proxy.stop();
  await server.stop(true);
});
beforeEach(() => {
  asked = [];
});

const access = (url: string, more: Partial<RepositoryAccess> = {}): RepositoryAccess => ({
  ...{ url, username: "ci", password: new Secret("token"), ca: certificates.ca },
  proxy: new Secret(`http://${proxy.host}`),
  ...more,
});
const lent = { opened: async (one: RepositoryAccess) => one };
const requests = new PullRequests({ now: () => 0, lent });

const BASIC = `Basic ${Buffer.from("ci:token").toString("base64")}`;
interface Provider {
  url: string;
  at: string;
  /** What narrows the list down. */
  query: Record<string, string>;
  authorization: string;
  body: object;
  /** One as the provider says it, that leads into a branch. */
  item(into: string): object;
  /** A list as it says it. */
  list(items: readonly object[]): unknown;
  page: string;
}

const PROVIDERS: Record<string, Provider> = {
  GitHub: {
    url: "https://github.com/team/shop.git",
    at: "https://api.github.com/repos/team/shop/pulls",
    query: { head: "team:images-web", base: "main", state: "open" },
    authorization: "Bearer token",
    body: { head: "images-web", base: "main", title: ASK.title, body: ASK.body },
    item: () => ({ html_url: "https://github.com/team/shop/pull/7" }),
    list: (items) => items,
    page: "https://github.com/team/shop/pull/7",
  },
  "GitHub Enterprise": {
    url: "https://github.example.com/team/shop",
    at: "https://github.example.com/api/v3/repos/team/shop/pulls",
    query: { head: "team:images-web" },
    authorization: "Bearer token",
    body: { head: "images-web" },
    item: () => ({ html_url: "https://github.example.com/team/shop/pull/7" }),
    list: (items) => items,
    page: "https://github.example.com/team/shop/pull/7",
  },
  GitLab: {
    url: "https://gitlab.com/team/sub/shop.git",
    at: "https://gitlab.com/api/v4/projects/team%2Fsub%2Fshop/merge_requests",
    query: { source_branch: "images-web", target_branch: "main", state: "opened" },
    authorization: "Bearer token",
    body: { source_branch: "images-web", target_branch: "main", title: ASK.title, description: ASK.body },
    item: () => ({ web_url: "https://gitlab.com/team/sub/shop/-/merge_requests/7" }),
    list: (items) => items,
    page: "https://gitlab.com/team/sub/shop/-/merge_requests/7",
  },
  Forgejo: {
    url: "https://codeberg.org/team/shop.git",
    at: "https://codeberg.org/api/v1/repos/team/shop/pulls",
    query: { state: "open" },
    authorization: "token token",
    body: { head: "images-web", base: "main", title: ASK.title, body: ASK.body },
    item: (into) => ({
      ...{ head: { ref: "images-web" }, base: { ref: into } },
      html_url: "https://codeberg.org/team/shop/pulls/7",
    }),
    list: (items) => items,
    page: "https://codeberg.org/team/shop/pulls/7",
  },
  "Bitbucket Cloud": {
    url: "https://bitbucket.org/team/shop.git",
    at: "https://api.bitbucket.org/2.0/repositories/team/shop/pullrequests",
    query: {
      q: 'state="OPEN" AND source.branch.name="images-web" AND destination.branch.name="main"',
    },
    authorization: BASIC,
    body: {
      ...{ title: ASK.title, description: ASK.body },
      ...{ source: { branch: { name: "images-web" } }, destination: { branch: { name: "main" } } },
    },
    item: () => ({ links: { html: { href: "https://bitbucket.org/team/shop/pull-requests/7" } } }),
    list: (values) => ({ values }),
    page: "https://bitbucket.org/team/shop/pull-requests/7",
  },
  "Bitbucket Data Center": {
    url: "https://bitbucket.example.com/scm/team/shop.git",
    at: "https://bitbucket.example.com/rest/api/1.0/projects/team/repos/shop/pull-requests",
    query: { at: "refs/heads/images-web", direction: "OUTGOING", state: "OPEN" },
    authorization: "Bearer token",
    body: {
      ...{ title: ASK.title, description: ASK.body },
      ...{ fromRef: { id: "refs/heads/images-web" }, toRef: { id: "refs/heads/main" } },
    },
    item: (into) => ({
      toRef: { id: `refs/heads/${into}` },
      links: { self: [{ href: "https://bitbucket.example.com/projects/team/repos/shop/pull-requests/7" }] },
    }),
    list: (values) => ({ values }),
    page: "https://bitbucket.example.com/projects/team/repos/shop/pull-requests/7",
  },
  "Azure DevOps": {
    url: "https://dev.azure.com/acme/team/_git/shop",
    at: "https://dev.azure.com/acme/team/_apis/git/repositories/shop/pullrequests",
    query: {
      "searchCriteria.sourceRefName": "refs/heads/images-web",
      "searchCriteria.targetRefName": "refs/heads/main",
      "searchCriteria.status": "active",
    },
    authorization: `Basic ${Buffer.from(":token").toString("base64")}`,
    body: {
      ...{ sourceRefName: "refs/heads/images-web", targetRefName: "refs/heads/main" },
      ...{ title: ASK.title, description: ASK.body },
    },
    item: () => ({
      pullRequestId: 7,
      repository: { webUrl: "https://dev.azure.com/acme/team/_git/shop" },
    }),
    list: (value) => ({ value }),
    page: "https://dev.azure.com/acme/team/_git/shop/pullrequest/7",
  },
};

describe.each(Object.entries(PROVIDERS))("%s", (_, { url, at, query, list, ...said }) => {
  const answers = (there: readonly object[]) => {
    answer = ({ method }) => Response.json(method === "POST" ? said.item("main") : list(there));
  };

  test("where none is open one is made, by the credentials that pushed, through the repository's proxy", async () => {
    answers([]);
    expect(await requests.open(access(url), ASK)).toBe(said.page);
    expect(asked.map(({ method }) => method)).toEqual(["GET", "POST"]);
    const [looked, made] = asked.map((one) => ({ ...one, url: new URL(one.url) }));
    expect(looked && looked.url.origin + looked.url.pathname).toBe(at);
    expect(looked && Object.fromEntries(looked.url.searchParams)).toMatchObject(query);
    expect(made && made.url.origin + made.url.pathname).toBe(at);
    expect(made?.body).toMatchObject(said.body);
    expect(asked.map(({ authorization }) => authorization)).toEqual([said.authorization, said.authorization]);
  });

  test("one that is open already is found again, and none is made beside it", async () => {
    answers([said.item("main")]);
    expect(await requests.open(access(url), ASK)).toBe(said.page);
    expect(asked.map(({ method }) => method)).toEqual(["GET"]);
  });

  test("a text that it would refuse for its length is cut", async () => {
    answers([]);
    await requests.open(access(url), { ...ASK, title: "t".repeat(1_000), body: "😀".repeat(100_000) });
    const { title, body, description } = asked[1]?.body ?? {};
    const text: string = body ?? description;
    expect([title.length, title.at(-1), text.at(-1), text.isWellFormed()]).toEqual([250, "…", "…", true]);
    expect(text.length).toBeLessThanOrEqual(url.includes("azure") ? 4_000 : 60_000);
  });

  test("an answer of another shape, and a refusal, are said and nothing is taken for a request", async () => {
    answer = ({ method }) => Response.json(method === "POST" ? {} : list([]));
    expect(await endingOf(requests.open(access(url), ASK))).toThrow("it must say where the pull request is");
    answer = () => Response.json({ message: "no" }, { status: 403 });
    expect(await endingOf(requests.open(access(url), ASK))).toThrow("open a pull request");
  });
});

test.each(["Forgejo", "Bitbucket Data Center"])(
  "%s lists what leads into other branches too, which is not it",
  async (name) => {
    const { url, item, list, page } = PROVIDERS[name] as Provider;
    answer = ({ method }) =>
      Response.json(method === "POST" ? item("main") : list([item("release"), item("main-2")]));
    expect(await requests.open(access(url), ASK)).toBe(page);
    expect(asked.map(({ method }) => method)).toEqual(["GET", "POST"]);
  },
);

test("an entry whose token is lent opens it with that one", async () => {
  answer = ({ method }) => Response.json(method === "POST" ? { html_url: "https://github.com/x" } : []);
  const opened: string[] = [];
  const borrowing = new PullRequests({
    now: () => 0,
    lent: {
      async opened(one) {
        opened.push(one.url);
        return { ...one, username: "x-access-token", password: new Secret("lent-for-an-hour") };
      },
    },
  });
  await borrowing.open(access("https://github.com/team/shop"), ASK);
  expect(opened).toEqual(["https://github.com/team/shop"]);
  expect(asked[1]?.authorization).toBe("Bearer lent-for-an-hour");
});

test.each([
  ["git@github.com:team/shop.git", "its address is none of HTTP"],
  ["https://git.example.com/team/shop", "it is not known which provider answers at git.example.com"],
  ["https://github.com/shop", "its address names no repository"],
])("%s is a sentence with what to do", async (url, why) => {
  const failed = await requests.open(access(url), ASK).catch((cause) => cause);
  expect(failed).toBeInstanceOf(Failure);
  expect([failed.code, failed.retry, failed.why]).toEqual([
    "invalid-spec",
    "after-edit",
    expect.stringContaining(why),
  ]);
  expect(asked).toEqual([]);
});
