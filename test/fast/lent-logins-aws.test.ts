/** Logins at registries of Amazon ECR, lent by a stand-in that checks each signature. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ecrRegistry } from "../../src/core/model/ecr-registry.ts";
import { parseTokenLender } from "../../src/core/model/parse-token-lender.ts";
import type { RepositoryAccess } from "../../src/core/model/repository-access.ts";
import { messageOf } from "../../src/lib/caught.ts";
import { type AwsCredentials, signedHeaders } from "../../src/remote/lent/aws/sign-v4.ts";
import { LentLogins } from "../../src/remote/lent/lent-logins.ts";

const REGION = "eu-west-1";
const HOST = `123456789012.dkr.ecr.${REGION}.amazonaws.com`;
const ROLE = "arn:aws:iam::123456789012:role/reader";
const OWN: AwsCredentials = { id: "AKIDOWN", secret: "canary-of-its-own" };
const LENT: AwsCredentials = { id: "ASIALENT", secret: "canary-that-is-lent", session: "session-lent" };
const TARGET = "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken";
const START = Date.parse("2026-05-04T10:00:00Z");

let dir: string, url: string, now: number;
let asked: string[];
/** Whose signatures count. */
let known: AwsCredentials[];
/** In place of the registry's token. */
let answer: (() => Response) | undefined;
let count = 0;
const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: (request) => reply(request) });

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "holdfast-ecr-"));
  url = `http://127.0.0.1:${server.port}`;
});
beforeEach(() => {
  [now, asked, known, answer, count] = [START, [], [OWN], undefined, 0];
});
afterAll(async () => {
  await server.stop(true);
  rmSync(dir, { recursive: true, force: true });
});

/** Whether one of those that are known signed just this, at this time. */
function isSigned(request: Request, body: string, service: string): boolean {
  const names = ["content-type", "x-amz-target"].filter((name) => request.headers.has(name));
  const headers = Object.fromEntries(names.map((name) => [name, request.headers.get(name) ?? ""]));
  return known.some((who) => {
    const wanted = signedHeaders(who, {
      ...{ url: request.url, headers, body, service, region: REGION, nowMs: now },
    });
    return (
      wanted["Authorization"] === request.headers.get("authorization") &&
      (who.session ?? null) === request.headers.get("x-amz-security-token")
    );
  });
}

async function reply(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  const body = await request.text();
  const form = new URLSearchParams(body);
  const target = request.headers.get("x-amz-target");
  asked.push(`${request.method} ${pathname} ${target ?? form.get("Action") ?? ""}`.trim());
  const Expiration = new Date(now + 3_600_000).toISOString();
  if (pathname === "/agent")
    return request.headers.get("authorization") === "of the agent"
      ? Response.json({ AccessKeyId: LENT.id, SecretAccessKey: LENT.secret, Token: LENT.session, Expiration })
      : new Response("no", { status: 401 });
  const action = form.get("Action");
  if (pathname === "/sts/") {
    const isIn =
      form.get("RoleArn") === ROLE &&
      (action === "AssumeRoleWithWebIdentity"
        ? form.get("WebIdentityToken") === "of the pod"
        : isSigned(request, body, "sts"));
    return isIn
      ? new Response(
          `<R><Credentials><AccessKeyId>${LENT.id}</AccessKeyId><SecretAccessKey>${LENT.secret}</SecretAccessKey><SessionToken>${LENT.session}</SessionToken><Expiration>${Expiration}</Expiration></Credentials></R>`,
        )
      : new Response(
          "<ErrorResponse><Error><Code>AccessDenied</Code><Message>nobody lets you</Message></Error></ErrorResponse>",
          { status: 403 },
        );
  }
  if (pathname !== "/ecr/" || target !== TARGET || body !== "{}") return new Response("", { status: 404 });
  if (!isSigned(request, body, "ecr"))
    return Response.json(
      { __type: "UnrecognizedClientException", message: "The security token is invalid" },
      { status: 400 },
    );
  count++;
  return (
    answer?.() ??
    Response.json({
      authorizationData: [
        {
          authorizationToken: btoa(`AWS:lent-${count}:x`),
          expiresAt: now / 1_000 + 12 * 3_600,
          proxyEndpoint: `https://${HOST}`,
        },
      ],
    })
  );
}

const KEYS = { AWS_ACCESS_KEY_ID: OWN.id, AWS_SECRET_ACCESS_KEY: OWN.secret };
const access = (roleArn?: string, host = HOST): RepositoryAccess => ({
  url: `oci://${host}/team/web`,
  type: "oci",
  lender: { from: "aws", ...(roleArn === undefined ? {} : { roleArn }) },
});
function logins(environment: Record<string, string> = KEYS): LentLogins {
  return new LentLogins({
    clock: { now: () => now, monotonic: () => now - START, sleep: async () => undefined },
    timeoutMs: 10_000,
    environment: { AWS_ENDPOINT_URL_ECR: `${url}/ecr`, AWS_ENDPOINT_URL_STS: `${url}/sts/`, ...environment },
    codes: { unreachable: "artifact-unreachable", auth: "artifact-auth" },
  });
}
const loginOf = async (subject: LentLogins, of = access()): Promise<string> => {
  const { username, password } = await subject.opened(of);
  return `${username}:${password?.reveal()}`;
};
const refusal = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "it went well",
    (cause: unknown) => messageOf(cause),
  );

describe("a registry of Amazon ECR", () => {
  test("is opened by keys of the environment, once for all that ask, until shortly before the end", async () => {
    const subject = logins();
    const all = await Promise.all(Array.from({ length: 5 }, () => loginOf(subject)));
    expect(new Set(all)).toEqual(new Set(["AWS:lent-1:x"]));
    now += 11.9 * 3_600_000;
    expect(await loginOf(subject)).toBe("AWS:lent-1:x");
    now += 0.05 * 3_600_000;
    expect(await loginOf(subject)).toBe("AWS:lent-2:x");
    expect(asked).toEqual([`POST /ecr/ ${TARGET}`, `POST /ecr/ ${TARGET}`]);
  });

  test("is opened by the Pod's role, by the token that its file holds now", async () => {
    known = [LENT];
    const file = join(dir, "identity");
    const environment = { AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ROLE_ARN: ROLE };
    const subject = logins(environment);
    expect(await refusal(loginOf(subject))).toContain("AWS_WEB_IDENTITY_TOKEN_FILE cannot be read");
    writeFileSync(file, "of another pod\n");
    expect(await refusal(loginOf(subject))).toContain("HTTP 403: nobody lets you. Let whom");
    writeFileSync(file, "of the pod\n");
    expect(await loginOf(subject)).toBe("AWS:lent-1:x");
  });

  test("is opened by the agent beside the Pod", async () => {
    known = [LENT];
    const agent = { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/agent` };
    expect(await refusal(loginOf(logins(agent)))).toContain("HTTP 401");
    expect(await loginOf(logins({ ...agent, AWS_CONTAINER_AUTHORIZATION_TOKEN: "of the agent" }))).toBe(
      "AWS:lent-1:x",
    );
    const far = { AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://agent.example.com/x" };
    expect(await refusal(loginOf(logins(far)))).toContain("nor the address of an agent on this machine");
  });

  test("is opened as another role, and what that may not is said", async () => {
    known = [OWN, LENT];
    expect(await loginOf(logins(), access(ROLE))).toBe("AWS:lent-1:x");
    expect(asked).toEqual(["POST /sts/ AssumeRole", `POST /ecr/ ${TARGET}`]);
    const said = await refusal(loginOf(logins(), access(`${ROLE}s`)));
    expect(said).toContain("HTTP 403: nobody lets you. Let whom");
    expect(said).not.toContain("canary");
  });

  test("says where the environment names nobody, and who is not known", async () => {
    expect(await refusal(loginOf(logins({})))).toContain("has no credentials of AWS (AWS_ACCESS_KEY_ID");
    expect(asked).toEqual([]);
    known = [];
    const said = await refusal(loginOf(logins()));
    expect(said).toContain("HTTP 400: The security token is invalid. Let whom");
    expect(said).not.toContain("canary");
  });

  test.each<[string, () => Response]>([
    ["nothing", () => Response.json({ authorizationData: [] })],
    ["no JSON", () => new Response("<html>")],
    ["no token", () => Response.json({ authorizationData: [{ expiresAt: 1 }] })],
    ["a name alone", () => Response.json({ authorizationData: [{ authorizationToken: btoa("AWS") }] })],
    [
      "a break of a line",
      () => Response.json({ authorizationData: [{ authorizationToken: btoa("AWS:a\nb") }] }),
    ],
  ])("that answers with %s is not opened", async (_, said) => {
    answer = said;
    expect(await refusal(loginOf(logins()))).toContain("its lender answered without a token");
  });

  test("whose token has no end is asked for again each time, and none is kept for longer than it may live", async () => {
    const authorizationToken = btoa("AWS:x");
    answer = () => Response.json({ authorizationData: [{ authorizationToken }] });
    const subject = logins();
    for (const _ of [1, 2]) expect(await loginOf(subject)).toBe("AWS:x");
    expect(asked).toHaveLength(2);
    answer = () => Response.json({ authorizationData: [{ authorizationToken, expiresAt: now }] });
    const other = logins();
    await loginOf(other);
    now += 12 * 3_600_000;
    await loginOf(other);
    expect(asked).toHaveLength(4);
  });

  test("of another host has a token of its own", async () => {
    const subject = logins();
    const other = access(undefined, HOST.replace("123456789012", "210987654321"));
    expect([await loginOf(subject), await loginOf(subject, other)]).toEqual(["AWS:lent-1:x", "AWS:lent-2:x"]);
  });
});

describe("ecrRegistry()", () => {
  test.each<[string, string, string]>([
    [HOST, REGION, "https://api.ecr.eu-west-1.amazonaws.com"],
    [`${HOST.toUpperCase()}:443`, REGION, "https://api.ecr.eu-west-1.amazonaws.com"],
    [
      "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn",
      "cn-north-1",
      "https://api.ecr.cn-north-1.amazonaws.com.cn",
    ],
    [
      "123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com",
      "us-gov-west-1",
      "https://ecr-fips.us-gov-west-1.amazonaws.com",
    ],
    ["123456789012.dkr-ecr.eu-west-1.on.aws", REGION, "https://ecr.eu-west-1.api.aws"],
  ])("knows %s", (host, region, api) => {
    expect(ecrRegistry(host)).toMatchObject({ region, api });
  });

  test.each([
    "public.ecr.aws",
    `${HOST}.evil.example`,
    `evil.example/${HOST}`,
    `${HOST}:8443`,
    "1.dkr.ecr.eu-west-1.amazonaws.com",
    "123456789012.dkr.ecr.eu-west-1.amazonaws.com.de",
    "",
  ])("is told %p is none", (host) => {
    expect(ecrRegistry(host)).toBeUndefined();
  });
});

describe("an entry that says useAwsIdentity", () => {
  const parsed = (url: string, type: "git" | "helm" | "oci", said: Record<string, string> = {}) => {
    const told: string[] = [];
    const all = { useAwsIdentity: "true", ...said };
    const lender = parseTokenLender(all, { url, type }, (key, text) => told.push(`${key} ${text}`));
    return lender ?? told.join();
  };

  test("is for registries of Amazon ECR alone", () => {
    for (const url of [HOST, `oci://${HOST}/team`, `https://${HOST}`])
      expect(parsed(url, "oci", { awsRoleArn: ROLE })).toEqual({ from: "aws", roleArn: ROLE });
    for (const [url, type] of [
      [`https://${HOST}`, "git"],
      [`https://${HOST}`, "helm"],
      ["oci://ghcr.io", "oci"],
      [`oci://evil.example/${HOST}`, "oci"],
    ] as const)
      expect(parsed(url, type)).toBe("useAwsIdentity is for registries of Amazon ECR alone");
  });

  test("has a role that is one, and nobody beside it", () => {
    expect(parsed(HOST, "oci", { awsRoleArn: "reader" })).toBe("awsRoleArn is no ARN of a role of IAM");
    expect(parsed(HOST, "oci", { useAzureWorkloadIdentity: "true" })).toContain("is there beside");
  });
});
