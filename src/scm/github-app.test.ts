import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { generateKeyPairSync, verify } from "node:crypto";
import { type GithubStand, githubStand, pull } from "../../test/lib/github-stand.ts";
import { failureOf, lookups, NOW, type ProviderStand, providerFacts } from "../../test/lib/provider-stand.ts";
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

describe("a GitHub App", () => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = privateKey.export({ type: "pkcs1", format: "pem" }).toString();
  const secret = (more: Record<string, string> = {}) =>
    lookups({ app: { githubAppID: "12", githubAppInstallationID: "34", githubAppPrivateKey: pem, ...more } });
  const asked = { github: { owner: "acme", repo: "shop", appSecretName: "app" } };
  let at: number;
  let given: number;
  beforeEach(() => {
    at = NOW;
    given = 0;
    hub.pulls = [pull(1)];
    stand.before.push((url, { headers }) => {
      if (url.pathname !== "/app/installations/34/access_tokens") return undefined;
      const [head = "", claims = "", signature = ""] =
        headers.get("authorization")?.slice("Bearer ".length).split(".") ?? [];
      const isSigned = verify(
        "RSA-SHA256",
        Buffer.from(`${head}.${claims}`),
        publicKey,
        Buffer.from(signature, "base64url"),
      );
      const { iss, iat, exp } = JSON.parse(Buffer.from(claims, "base64url").toString());
      if (!isSigned || iss !== "12" || iat > at / 1000 || exp - iat > 600)
        return Response.json({ message: "A JSON web token could not be decoded" }, { status: 401 });
      given++;
      return Response.json(
        { token: `ghs_${given}`, expires_at: new Date(at + 3_600_000).toISOString() },
        { status: 201 },
      );
    });
  });
  const app = (home = secret()) =>
    providerFacts(
      {},
      {
        home,
        providers: new Providers({ now: () => at, reach: "anywhere", usual: { github: stand.origin } }),
      },
    );

  test("asks for a token once an hour, and asks by it", async () => {
    const both = app();
    await both.pullRequests(asked);
    await both.pullRequests(asked);
    expect(given).toBe(1);
    expect(stand.asked.at(-1)?.headers.get("authorization")).toBe("Bearer ghs_1");
    at += 56 * 60_000;
    expect(await both.pullRequests(asked)).toHaveLength(1);
    expect(given).toBe(2);
  });

  test("two that ask at once get one token", async () => {
    const both = app();
    await Promise.all([both.pullRequests(asked), both.pullRequests(asked)]);
    expect(given).toBe(1);
  });

  test("one that was taken back is asked for again", async () => {
    const both = app();
    await both.pullRequests(asked);
    stand.before.push((_, { headers }) =>
      headers.get("authorization") === "Bearer ghs_1"
        ? Response.json({ message: "Bad credentials" }, { status: 401 })
        : undefined,
    );
    expect((await failureOf(both.pullRequests(asked))).code).toBe("provider-auth");
    expect(await both.pullRequests(asked)).toHaveLength(1);
  });

  test("finds its installation where the Secret names none", async () => {
    stand.before.push((url) =>
      url.pathname === "/repos/acme/shop/installation" ? Response.json({ id: 34 }) : undefined,
    );
    const facts = app(secret({ githubAppInstallationID: "" }));
    expect(await facts.pullRequests(asked)).toHaveLength(1);
    const failure = await failureOf(
      facts.repositories({ github: { organization: "acme", appSecretName: "app" } }),
    );
    expect(failure.message).toContain("it is not installed for orgs/acme (HTTP 404)");
    expect(failure.code).toBe("provider-auth");
  });

  const wrongs: { name: string; home: Record<string, string>; says: string; code?: string }[] = [
    { name: "no id", home: { githubAppID: "" }, says: "Secret app (appSecretName) has no githubAppID" },
    {
      name: "no key",
      home: { githubAppPrivateKey: "x" },
      says: "githubAppPrivateKey of Secret app is no private key in PEM",
    },
    {
      name: "another App's id",
      home: { githubAppID: "13" },
      says: "HTTP 401: A JSON web token could not be decoded",
    },
    {
      name: "no such installation",
      home: { githubAppInstallationID: "35" },
      says: "there is nobody who answers that (HTTP 404)",
    },
  ];
  test.each(wrongs)("$name is an error, never no repository", async ({ home, says }) => {
    const failure = await failureOf(
      app(secret(home)).pullRequests({ ...asked, continueOnRepoNotFoundError: true }),
    );
    expect(failure.message).toContain(says);
    expect(failure.code).toBe("provider-auth");
  });

  test("its key speaks at its own server alone", async () => {
    const home = secret({ githubAppEnterpriseBaseUrl: "https://ghe.example.com/api/v3" });
    const github = { ...asked.github, api: stand.origin };
    const failure = await failureOf(app(home).pullRequests({ github }));
    expect(failure.message).toContain("api is another server than the App's in Secret app");
    expect(stand.asked).toEqual([]);
  });
});
