/** Logins at Dex, behind which stands a directory: groups, refresh, other keys, expiry, and what it refuses. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { Failure } from "../../src/core/model/failure.ts";
import { Secret } from "../../src/core/model/secret.ts";
import type { OidcSignOn } from "../../src/core/model/sign-on.ts";
import { Oidc } from "../../src/sso/oidc/oidc.ts";
import type { SignedOn } from "../../src/sso/sign-on.ts";
import { type Dex, startDex } from "../lib/dex.ts";
import { endingOf } from "../lib/ending-of.ts";
import { eventually } from "../lib/eventually.ts";
import { type Slapd, startSlapd } from "../lib/slapd.ts";

setDefaultTimeout(60_000);
const BASE = "dc=example,dc=org";
const redirectUri = "https://cd.example.org/auth/callback";
const never = new AbortController().signal;
let aheadMs = 0;
const clock = {
  now: () => Date.now() + aheadMs,
  monotonic: () => performance.now(),
  sleep: () => Promise.resolve(),
};

let slapd: Slapd;
let dex: Dex;
beforeAll(async () => {
  const person = (uid: string): string =>
    `dn: uid=${uid},ou=people,${BASE}\nobjectClass: inetOrgPerson\nuid: ${uid}\ncn: ${uid}\nsn: x\nmail: ${uid}@example.org\nuserPassword: ${uid}-canary\n`;
  slapd = await startSlapd(
    [
      `dn: cn=searcher,${BASE}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: searcher\nuserPassword: searcher-canary\n`,
      `dn: ou=people,${BASE}\nobjectClass: organizationalUnit\nou: people\n`,
      ...["ada", "eve"].map(person),
      ...["dev", "ops"].map(
        (cn) =>
          `dn: cn=${cn},${BASE}\nobjectClass: groupOfNames\ncn: ${cn}\nmember: uid=ada,ou=people,${BASE}\n`,
      ),
    ].join("\n"),
  );
  const directory = {
    host: new URL(slapd.ldaps).host,
    rootCAData: btoa(slapd.ca),
    ...{ bindDN: `cn=searcher,${BASE}`, bindPW: "searcher-canary" },
    userSearch: {
      baseDN: `ou=people,${BASE}`,
      username: "uid",
      idAttr: "uid",
      emailAttr: "mail",
      nameAttr: "cn",
    },
    groupSearch: { baseDN: BASE, userMatchers: [{ userAttr: "DN", groupAttr: "member" }], nameAttr: "cn" },
  };
  dex = await startDex({
    connectors: [{ id: "ldap", type: "ldap", name: "Directory", config: directory }],
    clients: [
      { id: "holdfast", secret: "secret-canary", redirectURIs: [redirectUri] },
      { id: "elsewhere", secret: "secret-canary", redirectURIs: ["https://other.example.org/callback"] },
    ],
    idTokenSeconds: 600,
    keyRotateSeconds: 2,
  });
});
afterAll(() => Promise.all([dex?.stop(), slapd?.stop()]));

const open = (changes: Partial<OidcSignOn> = {}): Oidc =>
  new Oidc(
    {
      by: "oidc",
      name: "Dex",
      issuer: dex.issuer,
      clientId: "holdfast",
      clientSecret: new Secret("secret-canary"),
      scopes: ["openid", "profile", "email", "groups", "offline_access", "federated:id"],
      idTokenClaims: {},
      groupClaims: ["groups"],
      tls: {},
      ...changes,
    },
    { clock },
  );

async function logIn(oidc = open(), person = "ada", password = `${person}-canary`): Promise<SignedOn> {
  const { location, pending } = await oidc.begin({ redirectUri, returnTo: "/" }, never);
  const answer = await dex.browse(location, person, password);
  if (typeof answer === "string") throw new Error(`Dex keeps the browser: ${answer}`);
  return await oidc.finish(pending, answer, never);
}

test("whoever the directory knows is in, by the id and with the groups that they have there", async () => {
  const { identity, kept } = await logIn();
  expect(identity).toMatchObject({ issuer: dex.issuer, subject: "ada", email: "ada@example.org" });
  expect(identity.groups.toSorted()).toEqual(["dev", "ops"]);
  expect(kept.refreshToken).toBeDefined();
  expect((await logIn(open(), "eve")).identity.groups).toEqual([]);
});

test("without the scope of ids behind it, somebody is who Dex says they are", async () => {
  const { identity } = await logIn(open({ scopes: ["openid", "profile", "email", "groups"] }));
  expect(identity.subject).toStartWith("Cg");
});

test("whoever the directory does not know does not come back from Dex", async () => {
  expect(await endingOf(logIn(open(), "ada", "wrong"))).toThrow("Dex keeps the browser");
  expect(await endingOf(logIn(open(), "ada", ""))).toThrow("Dex keeps the browser");
  expect(await endingOf(logIn(open(), "ada)(uid=*", "ada-canary"))).toThrow("Dex keeps the browser");
});

test("asks again by a refresh token that counts once", async () => {
  const oidc = open();
  const first = await logIn(oidc);
  const second = await oidc.again(first, never);
  expect(second.identity).toEqual(first.identity);
  expect(second.kept.refreshToken?.reveal()).not.toBe(first.kept.refreshToken?.reveal());
  const stale = await oidc.again(first, never).catch((cause: unknown) => cause);
  expect(stale).toBeInstanceOf(Failure);
  expect(stale).toMatchObject({ code: "sign-on" });
});

test("its keys change, and logins go on", async () => {
  const keys = async (): Promise<string[]> => {
    const { keys } = (await (await fetch(`${dex.issuer}/keys`)).json()) as { keys: { kid: string }[] };
    return keys.map(({ kid }) => kid);
  };
  const oidc = open();
  await logIn(oidc);
  const before = new Set(await keys());
  await eventually(
    "Dex signs by another key",
    async () => (await keys()).some((kid) => !before.has(kid)),
    100_000,
  );
  expect((await logIn(oidc)).identity.subject).toBe("ada");
}, 120_000);

test("a token of another time is told of", async () => {
  aheadMs = 2 * 3_600_000;
  expect(await endingOf(logIn())).toThrow(/the token is not of now \(exp\), by more than a minute/);
  aheadMs = 0;
  expect((await logIn()).identity.subject).toBe("ada");
});

test("a wrong secret, and a way back that is not registered there, are told of", async () => {
  expect(await endingOf(logIn(open({ clientSecret: new Secret("wrong-canary") })))).toThrow(
    /it does not take this client's secret/,
  );
  expect(await endingOf(logIn(open({ clientId: "elsewhere" })))).toThrow(/Unregistered redirect_uri/);
});

test("it has no address to log out at", async () => {
  const oidc = open();
  const { kept } = await logIn(oidc);
  expect(await oidc.logoutLocation(kept, "https://cd.example.org/", never)).toBeUndefined();
});
