/** Logins that a GitHub App, a service account of Google Cloud or Azure lends, over each road to Git and to artifacts. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ArtifactPlaces } from "../../src/artifacts/artifacts.ts";
import type { CommitSha } from "../../src/core/model/commit-sha.ts";
import type { RepositoryAccess } from "../../src/core/model/repository-access.ts";
import { Secret } from "../../src/core/model/secret.ts";
import type { TokenLender } from "../../src/core/model/token-lender.ts";
import { Repositories } from "../../src/git/repositories.ts";
import { messageOf } from "../../src/lib/caught.ts";
import { makeCertificates } from "../lib/certificates.ts";
import { chartArchive, startChartRepository } from "../lib/chart-repository.ts";
import { clock, type Implementation, quiet, systemGit } from "../lib/git-remotes.ts";
import { type GitServer, startGitServer } from "../lib/git-server.ts";
import { googleKey, type Lenders, startLenders } from "../lib/lenders.ts";

const ROADS: Implementation[] = ["auto", "isomorphic", "system"];
const CANARY = "canary-9f2b";
const OTHER_KEY = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
}).privateKey;
let server: GitServer, lenders: Lenders, dir: string, head: CommitSha;
/** The header that lets in; undefined: nobody is. */
let wanted: () => string | undefined;
const stops: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "holdfast-lent-"));
  server = await startGitServer();
  await server.createRepo("team/shop", { "a.yaml": "a: 1\n" });
  head = (await server.git("team/shop", "rev-parse", "main")) as CommitSha;
  server.fail({ do: "status", status: 401 }, ({ headers }) => headers["authorization"] !== wanted());
});
afterAll(async () => {
  await server.close();
  rmSync(dir, { recursive: true, force: true });
});
beforeEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  lenders = startLenders();
  stops.push(() => lenders.stop());
  wanted = () => basic("x-access-token");
});

const basic = (user: string): string =>
  `Basic ${Buffer.from(`${user}:${lenders.token()}`).toString("base64")}`;
const app = (more: object = {}): TokenLender => ({
  from: "github-app",
  appId: "7",
  privateKey: new Secret(lenders.privateKey),
  baseUrl: `${lenders.url}/api/v3/`,
  ...more,
});
const access = (lender: TokenLender, implementation: Implementation = "auto"): RepositoryAccess => ({
  url: server.urlOf("team/shop"),
  implementation,
  lender,
});
function git(environment: Record<string, string> = {}, ahead: () => number = () => 0): Repositories {
  lenders.now = () => Date.now() + ahead();
  const made = new Repositories({
    ...{ dataDir: mkdtempSync(join(dir, "git-")), systemGit, log: quiet, timeoutMs: 10_000, environment },
    clock: { ...clock, now: lenders.now, monotonic: () => performance.now() + ahead() },
  });
  stops.push(() => made.stop());
  return made;
}
async function refusal(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "it went well",
    (cause: unknown) => messageOf(cause),
  );
}

describe("a GitHub App", () => {
  test.each(ROADS)("opens a repository over the road %s, with one token for all requests", async (road) => {
    const subject = git();
    const found = await subject.resolve(access(app(), road), "main", { freshness: "latest" });
    expect(found.commit).toBe(head);
    const tree = await subject.tree(access(app(), road), head);
    expect(Buffer.from(await tree.read("a.yaml")).toString()).toBe("a: 1\n");
    expect(lenders.asked).toEqual([
      "GET /api/v3/repos/team/shop/installation",
      "POST /api/v3/app/installations/42/access_tokens",
    ]);
    expect(lenders.header["alg"]).toBe("RS256");
    const { iss, iat, exp } = lenders.claims as { iss: string; iat: number; exp: number };
    expect(iss).toBe("7");
    expect(exp - iat).toBeLessThanOrEqual(600);
  });

  test("is not asked where it is installed when that is said", async () => {
    await git().resolve(access(app({ installationId: "42" })), "main", { freshness: "latest" });
    expect(lenders.asked).toEqual(["POST /api/v3/app/installations/42/access_tokens"]);
  });

  test("lends anew shortly before the end, and what the server turned away is not shown again", async () => {
    let now = 0;
    const subject = git({}, () => now);
    const look = () =>
      subject.resolve(access(app({ installationId: "42" })), "main", { freshness: "latest" });
    await look();
    now = 54 * 60_000;
    await look();
    expect(lenders.asked).toHaveLength(1);
    now = 55.5 * 60_000;
    await look();
    expect(lenders.asked).toHaveLength(2);
    now += 60_000;
    const revoked = lenders.token();
    wanted = () => (lenders.token() === revoked ? undefined : basic("x-access-token"));
    expect(await refusal(look())).toContain("it refused the credentials (HTTP 401)");
    now += 60_000;
    await look();
    expect(lenders.asked).toHaveLength(3);
  });

  test("of which the git program's fetch is turned away lends anew too", async () => {
    let now = 0;
    const subject = git({}, () => now);
    const at = access(app({ installationId: "42" }), "system");
    await subject.resolve(at, "main", { freshness: "latest" });
    const revoked = lenders.token();
    wanted = () => (lenders.token() === revoked ? undefined : basic("x-access-token"));
    now = 60_000;
    expect(await refusal(subject.tree(at, head))).toContain("it refused the credentials");
    await subject.tree(at, head);
    expect(lenders.asked).toHaveLength(2);
  });

  test.each<[string, object, string]>([
    [
      "does not know the key",
      { privateKey: "other" },
      `cannot get which installation it is for it from HOST: it answered HTTP 401: A JSON web token could not be decoded. Check the app's id and key, and that it is installed where the repository is and may read its contents`,
    ],
    [
      "is not installed there",
      { installationId: "43" },
      "cannot get a token for it from HOST: it answered HTTP 404: Not Found. Check the app's id and key, and that it is installed where the repository is and may read its contents",
    ],
  ])("that %s says so", async (_, more, sentence) => {
    const given = "privateKey" in more ? { privateKey: new Secret(OTHER_KEY) } : more;
    expect(await refusal(git().resolve(access(app(given)), "main", { freshness: "latest" }))).toContain(
      sentence.replace("HOST", new URL(lenders.url).host),
    );
  });

  test.each<[string, () => Response, string]>([
    ["nothing", () => new Response("", { status: 201 }), "its lender answered without a token"],
    ["no JSON", () => new Response("<html>", { status: 200 }), "its lender answered without a token"],
    [
      "a break of a line",
      () => Response.json({ token: "a\nb" }, { status: 201 }),
      "answered without a token",
    ],
    ["another place", () => Response.redirect("https://evil.example/"), "it redirects to another server"],
    ["not now", () => new Response("", { status: 503 }), "it answered HTTP 503"],
  ])("that answers with %s opens nothing", async (_, answer, sentence) => {
    lenders.answer = () => answer();
    const said = await refusal(
      git().resolve(access(app({ installationId: "42" })), "main", { freshness: "latest" }),
    );
    expect(said).toContain(sentence);
    expect(said).not.toContain("PRIVATE KEY");
  });

  test("is asked once for all repositories of an owner, and one that is not there costs the others nothing", async () => {
    let now = 0;
    const subject = git({}, () => now);
    await server.createRepo("team/blog", { "a.yaml": "a: 2\n" });
    const look = (name: string) =>
      subject.resolve({ ...access(app()), url: server.urlOf(`team/${name}`) }, "main", {
        freshness: "latest",
      });
    await Promise.all([look("shop"), look("blog")]);
    for (const _ of [1, 2, 3]) {
      now += 1_000;
      expect(await refusal(look("gone"))).toContain("cannot get which installation it is");
      expect(await refusal(look("hidden"))).toContain("there is no such repository (HTTP 404)");
    }
    await look("shop");
    expect(lenders.asked.filter((one) => one.startsWith("POST"))).toHaveLength(1);
    expect(lenders.asked.filter((one) => /shop|blog|hidden/.test(one))).toHaveLength(3);
  });

  test("is asked once for many who come at once", async () => {
    const subject = git();
    const many = Array.from({ length: 20 }, () =>
      subject.tree({ ...access(app({ installationId: "42" })) }, head),
    );
    await Promise.all(many);
    expect(lenders.asked).toHaveLength(1);
  });
});

describe("a service account of Google Cloud", () => {
  test("opens a repository of Git by its name, and a chart repository by that of all tokens", async () => {
    wanted = () => basic("ci@shop.example");
    const lender: TokenLender = { from: "google", key: new Secret(googleKey(lenders)) };
    await git().resolve(access(lender), "main", { freshness: "latest" });
    expect(lenders.form["grant_type"]).toBe("urn:ietf:params:oauth:grant-type:jwt-bearer");
    expect(lenders.header["kid"]).toBe("k1");
    expect(lenders.claims).toMatchObject({ iss: "ci@shop.example", aud: `${lenders.url}/google` });
    const charts = await startChartRepository();
    stops.push(() => charts.stop());
    charts.publish({ name: "shop", version: "1.0.0", archive: chartArchive("shop", "1.0.0") });
    const places = artifacts();
    const repository: RepositoryAccess = { url: charts.url, type: "helm", lender };
    const found = await places.resolve(
      { kind: "helm-chart", repository, chart: "shop", version: "1.0.0" },
      { freshness: "latest" },
    );
    await places.packed(found);
    expect(charts.requests.map(({ authorization }) => authorization)).toEqual([
      basic("oauth2accesstoken"),
      basic("oauth2accesstoken"),
    ]);
  });

  test("opens a registry by the name of all tokens, which answers for nobody else", async () => {
    const lender: TokenLender = { from: "google", key: new Secret(googleKey(lenders)) };
    const seen: (string | null)[] = [];
    const registry = Bun.serve({
      ...{ hostname: "127.0.0.1", port: 0 },
      fetch({ headers, url }) {
        const sent = headers.get("authorization");
        seen.push(sent);
        if (sent !== basic("oauth2accesstoken"))
          return new Response("", { status: 401, headers: { "WWW-Authenticate": "Basic realm=x" } });
        expect(new URL(url).pathname).toStartWith("/v2/project/team/shop/");
        return Response.json({ name: "project/team/shop", tags: ["1.0.0"] });
      },
    });
    stops.push(() => registry.stop(true));
    const url = `oci://127.0.0.1:${registry.port}/project/team/shop`;
    const tags = (of: object) =>
      artifacts().images.tags({ url, type: "oci", plainHttp: true, ...of }, clock.now());
    expect(await tags({ lender })).toEqual(["1.0.0"]);
    expect(lenders.claims["scope"]).toBe("https://www.googleapis.com/auth/cloud-platform");
    expect(await refusal(tags({}))).toContain("it wants credentials (HTTP 401)");
    expect(seen).toContain(basic("oauth2accesstoken"));
  });

  test("that is not known says so", async () => {
    const key = { ...(JSON.parse(googleKey(lenders)) as object), private_key: OTHER_KEY };
    const lender: TokenLender = { from: "google", key: new Secret(JSON.stringify(key)) };
    expect(await refusal(git().resolve(access(lender), "main", { freshness: "latest" }))).toContain(
      "it answered HTTP 400: nobody knows you. Check that the service account is there",
    );
  });
});

describe("Azure", () => {
  const principal = (secret: string): TokenLender => ({
    from: "azure-principal",
    tenantId: "tenant",
    clientId: "client",
    clientSecret: new Secret(secret),
    authority: lenders.url,
  });
  const bearer = (): string => `Bearer ${lenders.token()}`;

  test.each(ROADS)("opens a repository for a service principal over the road %s", async (road) => {
    wanted = bearer;
    const subject = git();
    await subject.resolve(access(principal("right"), road), "main", { freshness: "latest" });
    await subject.tree(access(principal("right"), road), head);
    expect(lenders.asked).toEqual(["POST /tenant/oauth2/v2.0/token"]);
    expect(lenders.form).toEqual({
      grant_type: "client_credentials",
      scope: "499b84ac-1321-427f-aa17-267ca6975798/.default",
      client_id: "client",
      client_secret: "right",
    });
  });

  test("that does not know the secret says so, and the secret is not repeated", async () => {
    const said = await refusal(git().resolve(access(principal(CANARY)), "main", { freshness: "latest" }));
    expect(said).toContain(
      "it answered HTTP 400: nobody knows you. Check the tenant, the client and its secret",
    );
    expect(said).not.toContain(CANARY);
  });

  test("opens it for who the Pod is, by the token that its file holds now", async () => {
    wanted = bearer;
    const file = join(dir, "federated");
    const environment = {
      AZURE_TENANT_ID: "tenant",
      AZURE_CLIENT_ID: "client",
      AZURE_FEDERATED_TOKEN_FILE: file,
      AZURE_AUTHORITY_HOST: lenders.url,
    };
    let now = 0;
    // Whoever fails is asked again after a pause only.
    const subject = git(environment, () => (now += 60_000));
    const look = () => subject.resolve(access({ from: "azure-workload" }), "main", { freshness: "latest" });
    rmSync(file, { force: true });
    expect(await refusal(look())).toContain(
      "the file that AZURE_FEDERATED_TOKEN_FILE names cannot be read (ENOENT)",
    );
    writeFileSync(file, "of another pod\n");
    expect(await refusal(look())).toContain(
      "nobody knows you. Check that the client trusts this cluster's service account",
    );
    writeFileSync(file, "of the pod\n");
    await look();
    expect(lenders.form).toMatchObject({
      client_id: "client",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: "of the pod",
    });
  });

  test("says where the daemon's environment names nobody", async () => {
    expect(
      await refusal(git().resolve(access({ from: "azure-workload" }), "main", { freshness: "latest" })),
    ).toContain(
      "the daemon's environment names no workload identity (AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_FEDERATED_TOKEN_FILE)",
    );
  });

  test("opens a registry by a token that the registry gives for the cloud's", async () => {
    const { ca, cert, key } = await makeCertificates(["localhost"]);
    const seen: string[] = [];
    const registry = Bun.serve({
      ...{ hostname: "127.0.0.1", port: 0, tls: { cert, key } },
      async fetch(request) {
        const { pathname } = new URL(request.url);
        seen.push(`${request.method} ${pathname}`);
        if (pathname === "/oauth2/exchange") {
          const form = Object.fromEntries(new URLSearchParams(await request.text()));
          expect(form).toEqual({
            grant_type: "access_token",
            service: `localhost:${registry.port}`,
            tenant: "tenant",
            access_token: lenders.token(),
          });
          return Response.json({ refresh_token: "of-the-registry" });
        }
        const login = `00000000-0000-0000-0000-000000000000:of-the-registry`;
        if (request.headers.get("authorization") !== `Basic ${btoa(login)}`)
          return new Response("", { status: 401, headers: { "WWW-Authenticate": "Basic realm=x" } });
        return new Response("", { status: 404 });
      },
    });
    stops.push(() => registry.stop(true));
    const repository: RepositoryAccess = {
      url: `oci://localhost:${registry.port}/team/shop`,
      type: "oci",
      lender: principal("right"),
      ca,
    };
    const asked = artifacts().resolve({ kind: "oci", repository, version: "1.0.0" }, { freshness: "latest" });
    // Whoever is let in is told that there is no such thing.
    expect(await refusal(asked)).not.toMatch(/\b401\b/);
    expect(lenders.form["scope"]).toBe("https://containerregistry.azure.net/.default");
    expect(seen).toContain("POST /oauth2/exchange");
  });
});

function artifacts(): ArtifactPlaces {
  const made = new ArtifactPlaces({ dataDir: mkdtempSync(join(dir, "artifacts-")), clock, log: quiet });
  stops.push(() => made.stop());
  return made;
}
