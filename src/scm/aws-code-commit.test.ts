import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type AskedOf,
  failureOf,
  NOW,
  type ProviderStand,
  providerFacts,
  providerStand,
} from "../../test/lib/provider-stand.ts";
import { type AwsCredentials, signedHeaders } from "../remote/lent/aws/sign-v4.ts";

const SHA = "5555555555666666666677777777778888888888";
const REGION = "eu-west-1";
const OWN: AwsCredentials = { id: "AKIDOWN", secret: "secret-of-its-own" };
const LENT: AwsCredentials = { id: "ASIALENT", secret: "secret-that-is-lent", session: "session-lent" };
const ENVIRONMENT = { AWS_ACCESS_KEY_ID: OWN.id, AWS_SECRET_ACCESS_KEY: OWN.secret };
const ROLE = "arn:aws:iam::123456789012:role/reader";

interface Repo {
  branches: Record<string, string>;
  defaultBranch?: string;
  tags: Record<string, string>;
}

let stand: ProviderStand;
let repos: Record<string, Repo>;
/** Elements a page. */
let size: number;
/** The one whose signature counts. */
let known: AwsCredentials[];
let expiration: string;
let dir: string;

const error = (type: string, status = 400): Response =>
  Response.json({ __type: `com.amazonaws.codecommit#${type}`, message: `it is ${type}` }, { status });
const xml = (action: string): Response =>
  new Response(
    `<${action}Response><${action}Result><Credentials><AccessKeyId>${LENT.id}</AccessKeyId><SecretAccessKey>${LENT.secret}</SecretAccessKey><SessionToken>${LENT.session}</SessionToken><Expiration>${expiration}</Expiration></Credentials></${action}Result></${action}Response>`,
    { headers: { "content-type": "text/xml" } },
  );

/** Whether one of those that are known signed just this. */
function isSigned(url: URL, { headers, body }: AskedOf, service: string): boolean {
  const sent = headers.get("authorization") ?? "";
  const own = Object.fromEntries(
    [...headers].filter(([name]) => ["content-type", "x-amz-target"].includes(name)),
  );
  const date = headers.get("x-amz-date") ?? "";
  const nowMs = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
  return known.some((who) => {
    const wanted = signedHeaders(who, { url: url.href, headers: own, body, service, region: REGION, nowMs });
    return wanted["Authorization"] === sent && headers.get("x-amz-security-token") === (who.session ?? null);
  });
}

function page<T>(all: readonly T[], token: unknown): { items: T[]; next?: string } {
  const at = Number(token ?? "0");
  const items = all.slice(at, at + size);
  return at + size < all.length ? { items, next: String(at + size) } : { items };
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "holdfast-aws-"));
  size = 100;
  known = [OWN];
  expiration = new Date(NOW + 3_600_000).toISOString();
  repos = {
    shop: { branches: { main: SHA, dev: SHA }, defaultBranch: "main", tags: { team: "web", stage: "live" } },
    tools: { branches: { main: SHA }, defaultBranch: "main", tags: { team: "ops" } },
    empty: { branches: {}, tags: { team: "web" } },
  };
  stand = providerStand((url, asked) => {
    const service = url.pathname.split("/")[1] ?? "";
    if (service === "agent")
      return asked.headers.get("authorization") === "agent-token"
        ? Response.json({
            AccessKeyId: LENT.id,
            SecretAccessKey: LENT.secret,
            Token: LENT.session,
            Expiration: expiration,
          })
        : new Response("no", { status: 401 });
    const form = new URLSearchParams(asked.body);
    if (service === "sts" && form.get("Action") === "AssumeRoleWithWebIdentity")
      return form.get("WebIdentityToken") === "identity" && form.get("RoleArn") === ROLE
        ? xml("AssumeRoleWithWebIdentity")
        : new Response(
            "<ErrorResponse><Error><Code>InvalidIdentityToken</Code><Message>no such token</Message></Error></ErrorResponse>",
            { status: 400 },
          );
    if (!isSigned(url, asked, service)) return error("UnrecognizedClientException", 400);
    if (service === "sts") {
      expect(form.get("Version")).toBe("2011-06-15");
      return form.get("RoleArn") === ROLE ? xml("AssumeRole") : error("AccessDenied", 403);
    }
    const body = JSON.parse(asked.body);
    const repo = repos[body.repositoryName];
    switch (asked.headers.get("x-amz-target")) {
      case "CodeCommit_20150413.ListRepositories": {
        const { items, next } = page(Object.keys(repos), body.nextToken);
        return Response.json({
          repositories: items.map((repositoryName) => ({
            repositoryName,
            repositoryId: `id-${repositoryName}`,
          })),
          nextToken: next,
        });
      }
      case "ResourceGroupsTaggingAPI_20170126.GetResources": {
        expect(body.ResourceTypeFilters).toEqual(["codecommit:repository"]);
        const names = Object.keys(repos);
        const at = Number(body.PaginationToken ?? "0");
        const isTaken = (name: string): boolean =>
          body.TagFilters.every(({ Key, Values }: { Key: string; Values?: string[] }) => {
            const value = repos[name]?.tags[Key];
            return value !== undefined && (Values?.includes(value) ?? true);
          });
        // Pages are of what is looked through, and may have nothing.
        return Response.json({
          ResourceTagMappingList: names
            .slice(at, at + size)
            .filter(isTaken)
            .map((name) => ({ ResourceARN: `arn:aws:codecommit:${REGION}:123456789012:${name}`, Tags: [] })),
          PaginationToken: at + size < names.length ? String(at + size) : "",
        });
      }
      case "CodeCommit_20150413.GetRepository":
        return repo === undefined
          ? error("RepositoryDoesNotExistException")
          : Response.json({
              repositoryMetadata: {
                accountId: "123456789012",
                repositoryName: body.repositoryName,
                repositoryId: `id-${body.repositoryName}`,
                cloneUrlHttp: `https://git-codecommit/${body.repositoryName}`,
                cloneUrlSsh: `ssh://git-codecommit/${body.repositoryName}`,
                defaultBranch: repo.defaultBranch,
              },
            });
      case "CodeCommit_20150413.ListBranches": {
        const { items, next } = page(Object.keys(repo?.branches ?? {}), body.nextToken);
        return Response.json({ branches: items, nextToken: next });
      }
      case "CodeCommit_20150413.GetBranch": {
        const commitId = repo?.branches[body.branchName];
        return commitId === undefined
          ? error("BranchDoesNotExistException")
          : Response.json({ branch: { branchName: body.branchName, commitId } });
      }
      case "CodeCommit_20150413.GetFolder":
        expect(body.commitSpecifier).toBe(SHA);
        if (body.repositoryName === "shop" && body.folderPath === "deploy/prod")
          return Response.json({
            commitId: SHA,
            folderPath: "deploy/prod",
            files: [{ absolutePath: "deploy/prod/app.yaml", relativePath: "app.yaml" }],
          });
        return body.folderPath === "/"
          ? Response.json({ commitId: SHA, folderPath: "", subFolders: [{ relativePath: "deploy" }] })
          : error("FolderDoesNotExistException");
    }
    return error("UnknownOperationException");
  });
});
afterEach(async () => {
  await stand[Symbol.asyncDispose]();
  await rm(dir, { recursive: true });
});

const ask = (
  more: Record<string, unknown> = {},
  rest: Record<string, unknown> = {},
  environment: Record<string, string> = ENVIRONMENT,
) =>
  providerFacts({ awsCodeCommit: stand.origin }, { terms: { environment } }).repositories({
    awsCodeCommit: { region: REGION, ...more },
    ...rest,
  });
const found = async (...args: Parameters<typeof ask>): Promise<string[]> =>
  (await ask(...args)).map(({ repository, branch }) => `${repository} ${branch}`);

describe("awsCodeCommit", () => {
  test("has each repository with a default branch, in Argo CD's fields", async () => {
    const [shop, ...others] = await ask({}, { cloneProtocol: "https" });
    expect(shop).toEqual({
      organization: "123456789012",
      repository: "shop",
      repositoryId: "id-shop",
      url: "https://git-codecommit/shop",
      branch: "main",
      sha: SHA,
      labels: [],
    });
    expect(others.map(({ repository }) => repository)).toEqual(["tools"]);
    expect((await ask())[0]?.url).toBe("ssh://git-codecommit/shop");
  });

  test("has every branch where all are asked for, over several pages of each list", async () => {
    size = 1;
    expect(await found({ allBranches: true })).toEqual(["shop main", "shop dev", "tools main"]);
  });

  test("looks for paths in the folder above them", async () => {
    const paths = (...pathsExist: string[]) => found({}, { filters: [{ pathsExist }] });
    expect(await paths("deploy/prod/app.yaml")).toEqual(["shop main"]);
    expect(await paths("deploy")).toEqual(["shop main", "tools main"]);
    expect(await paths("deploy/prod/other.yaml")).toEqual([]);
    expect(await paths("nowhere/app.yaml")).toEqual([]);
  });

  test("filters by tags: one of a key's values, all keys, any value; pages with nothing are no end", async () => {
    size = 1;
    const tags = (...tagFilters: object[]) => found({ tagFilters });
    expect(await tags({ key: "team", value: "ops" })).toEqual(["tools main"]);
    expect(await tags({ key: "team", value: "ops" }, { key: "team", value: "web" })).toEqual([
      "shop main",
      "tools main",
    ]);
    expect(await tags({ key: "team", value: "web" }, { key: "stage", value: "live" })).toEqual(["shop main"]);
    expect(await tags({ key: "stage" })).toEqual(["shop main"]);
    expect(await tags({ key: "stage" }, { key: "stage", value: "test" })).toEqual(["shop main"]);
    expect(await tags({ key: "nobody" })).toEqual([]);
  });

  test("acts as the role that the generator names, once for as long as it counts", async () => {
    known = [OWN, LENT];
    const facts = providerFacts({ awsCodeCommit: stand.origin }, { terms: { environment: ENVIRONMENT } });
    for (const _ of [1, 2])
      expect(await facts.repositories({ awsCodeCommit: { region: REGION, role: ROLE } })).toHaveLength(2);
    expect(stand.asked.filter(({ path }) => path.startsWith("/sts"))).toHaveLength(1);
    const others = stand.asked.filter(({ path }) => path.startsWith("/codecommit"));
    expect(others.every(({ headers }) => headers.get("x-amz-security-token") === LENT.session)).toBe(true);
    const other = await failureOf(ask({ role: "arn:aws:iam::123456789012:role/nobody" }));
    expect([other.code, other.message]).toEqual(["provider-auth", expect.stringContaining("role/nobody")]);
  });

  test("a role that counts no more is assumed anew by the next question", async () => {
    known = [OWN, LENT];
    const facts = providerFacts({ awsCodeCommit: stand.origin }, { terms: { environment: ENVIRONMENT } });
    const asked = () => facts.repositories({ awsCodeCommit: { region: REGION, role: ROLE } });
    await asked();
    known = [OWN];
    expect((await failureOf(asked())).code).toBe("provider-auth");
    known = [OWN, LENT];
    expect(await asked()).toHaveLength(2);
    expect(stand.asked.filter(({ path }) => path.startsWith("/sts"))).toHaveLength(2);
  });

  test("is its Pod by the web identity of its service account", async () => {
    known = [LENT];
    const file = join(dir, "token");
    await writeFile(file, "identity\n");
    const environment = { AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ROLE_ARN: ROLE };
    expect(await found({}, {}, environment)).toEqual(["shop main", "tools main"]);
    await writeFile(file, "another");
    expect((await failureOf(ask({}, {}, environment))).message).toContain("no such token");
    await rm(file);
    expect((await failureOf(ask({}, {}, environment))).message).toContain(
      "the file of AWS_WEB_IDENTITY_TOKEN_FILE cannot be read",
    );
  });

  test("is its Pod by the agent beside it, which is on this machine or over TLS", async () => {
    known = [LENT];
    const agent = (AWS_CONTAINER_CREDENTIALS_FULL_URI: string) => ({
      AWS_CONTAINER_CREDENTIALS_FULL_URI,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: "agent-token",
    });
    expect(await found({}, {}, agent(`${stand.origin}/agent`))).toEqual(["shop main", "tools main"]);
    expect((await failureOf(ask({}, {}, agent("http://10.0.0.1/agent")))).message).toContain(
      "neither over https:// nor the address of an agent on this machine",
    );
  });

  test.each<[name: string, answer: () => Response, code: string, says: string]>([
    ["a limit", () => error("ThrottlingException"), "provider-unreachable", "takes no more requests"],
    [
      "a right that is missing",
      () => error("AccessDeniedException"),
      "provider-auth",
      "codecommit:ListRepositories",
    ],
    [
      "a page that comes again",
      () => Response.json({ repositories: [{ repositoryName: "shop" }], nextToken: "0" }),
      "provider-unreachable",
      "again and again",
    ],
    ["an answer that is cut", () => new Response('{"repositories": ['), "provider-unreachable", "no JSON"],
    [
      "a list that ends where more was said to be",
      () =>
        Response.json(
          stand.asked.length === 1
            ? { repositories: [{ repositoryName: "shop" }], nextToken: "1" }
            : { repositories: [] },
        ),
      "provider-unreachable",
      "page 2 of its list is empty",
    ],
    ["another shape", () => Response.json({}), "provider-unreachable", "repositories must be a list"],
    ["a server that is not well", () => error("InternalFailure", 500), "provider-unreachable", "not well"],
  ])("%s is an error, and no list", async (_, answer, code, says) => {
    stand.before = [
      (__, { headers }) => (headers.get("x-amz-target")?.endsWith("ListRepositories") ? answer() : undefined),
    ];
    const failure = await failureOf(ask());
    expect([failure.code, failure.message]).toEqual([code as never, expect.stringContaining(says)]);
    expect(failure.message).not.toContain(OWN.secret);
  });

  test("a limit is waited for as long as it says", async () => {
    stand.before = [
      () =>
        Response.json({ __type: "ThrottlingException" }, { status: 400, headers: { "retry-after": "7" } }),
    ];
    expect((await failureOf(ask())).retryAfterMs).toBe(7_000);
  });

  test("a repository that goes between the list and the look at it is an error", async () => {
    stand.before = [
      (_, { headers, body }) =>
        headers.get("x-amz-target")?.endsWith("GetRepository") && body.includes("tools")
          ? error("RepositoryDoesNotExistException")
          : undefined,
    ];
    expect((await failureOf(ask())).code).toBe("not-found");
  });

  test.each([
    [{ region: "evil.example.com/#" }, "must be a region of AWS"],
    [{ region: "" }, "region is not said"],
    [{ role: "admin" }, "must be the ARN of a role"],
  ])("a wrong field (%j) is said before anybody is asked", async (more, says) => {
    expect((await failureOf(ask(more))).message).toContain(says);
    expect(stand.asked).toEqual([]);
  });

  test("a signature of another key is turned away", async () => {
    known = [LENT];
    expect((await failureOf(ask())).code).toBe("provider-auth");
  });
});
