/** From a config to a session and out again: a provider of OpenID Connect and a directory that others wrote, a browser, our pages. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RunningAccounts } from "../../src/auth/running-accounts.ts";
import type { Config } from "../../src/config/config.ts";
import { parseConfig } from "../../src/config/load-config.ts";
import { showProblem } from "../../src/core/model/problem.ts";
import { Secret } from "../../src/core/model/secret.ts";
import { RunningSignOn } from "../../src/daemon/running-sign-on.ts";
import { systemClock } from "../../src/lib/system-clock.ts";
import { type OpenStore, openStore } from "../../src/store/open-store.ts";
import { fakeControl } from "../fakes/fake-control.ts";
import { type FakeApi, startFakeApi } from "../lib/fake-api.ts";
import { type OidcPeer, startOidcPeer } from "../lib/oidc-peer.ts";
import { recordingLog } from "../lib/recording-log.ts";
import { type Slapd, startSlapd } from "../lib/slapd.ts";

setDefaultTimeout(60_000);
const BASE = "dc=example,dc=org";
const log = recordingLog();
let folder: string;
let store: OpenStore;
let peer: OidcPeer;
let slapd: Slapd;
let api: FakeApi;
let running: RunningAccounts;
let config: Config;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-visit-"));
  store = openStore(folder);
  const signOn = new RunningSignOn({
    config: () => config,
    clock: systemClock,
    log,
    isAccount: (name) => running.accounts.find(name) !== undefined,
  });
  running = new RunningAccounts({
    store: store.accounts,
    journal: store,
    clock: systemClock,
    log,
    folder,
    serverToken: () => undefined,
    hasRole: () => false,
    directories: signOn.directories(),
    transport: () => signOn.transport(),
  });
  api = startFakeApi(fakeControl(), { log, signOn: signOn.door(running.providerSessions) });
  const [redirectUri, logoutUri] = [`${api.url}/auth/callback`, `${api.url}/`];
  [peer, slapd] = await Promise.all([
    startOidcPeer({ kid: "first", redirectUri, logoutUri }),
    startSlapd(
      [
        `dn: ou=people,${BASE}\nobjectClass: organizationalUnit\nou: people\n`,
        `dn: cn=dev,${BASE}\nobjectClass: groupOfNames\ncn: dev\nmember: uid=lin,ou=people,${BASE}\n`,
        `dn: cn=searcher,${BASE}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: searcher\nuserPassword: searcher-canary\n`,
        `dn: uid=lin,ou=people,${BASE}\nobjectClass: inetOrgPerson\nuid: lin\ncn: Lin\nsn: L\nuserPassword: lin-canary\n`,
      ].join("\n"),
    ),
  ]);
  config = read();
});
afterAll(async () => {
  await Promise.all([api?.stop(), peer?.stop(), slapd?.stop()]);
  store?.close();
  rmSync(folder, { recursive: true });
});

function read(): Config {
  const written = {
    server: { url: api.url },
    signOn: {
      oidc: [{ name: "Peer", issuer: peer.issuer, clientId: "holdfast", clientSecret: "secret-canary" }],
      ldap: [
        {
          name: "Directory",
          url: slapd.plain,
          accountDn: `cn=searcher,${BASE}`,
          accountPassword: "searcher-canary",
          users: { base: `ou=people,${BASE}` },
          groups: { base: BASE },
          ca: slapd.ca,
        },
      ],
    },
  };
  const parsed = parseConfig(JSON.stringify(written), "holdfast.yaml", {
    env: {},
    validateCron: () => undefined,
  });
  if (!parsed.ok) throw new Error(parsed.problems.map(showProblem).join("\n"));
  return parsed.value;
}

const visit = (path: string, cookie = "") =>
  fetch(`${api.url}${path}`, { redirect: "manual", headers: cookie === "" ? {} : { cookie } });
const cookiesOf = (reply: Response) =>
  reply.headers.getSetCookie().map((line) => line.split(";")[0] as string);
const ask = (cookie: string) => running.who.ask(new Headers({ cookie }), "plain");

async function logIn(person: string): Promise<Response> {
  const begun = await visit("/auth/login?return_url=/applications");
  const answer = await peer.browse(begun.headers.get("location") ?? "", person);
  return await visit(`/auth/callback?${answer}`, cookiesOf(begun)[0]);
}

test("a browser comes in by the provider, asks as who it is there, and goes out there too", async () => {
  const reply = await logIn("ada");
  expect(reply.status).toBe(200);
  expect(await reply.text()).toContain('content="0;url=/applications"');
  const [cookie = ""] = cookiesOf(reply);
  expect(ask(cookie)).toMatchObject({
    is: "session",
    subject: { name: "ada", groups: ["dev", "ops"] },
    owner: { kind: "sso", issuer: peer.issuer },
  });
  const out = await visit("/auth/logout", cookie);
  const location = out.headers.get("location") ?? "";
  expect(location).toStartWith(peer.issuer);
  expect((await peer.get(location)).status).toBe(200);
  expect(cookiesOf(out)).toEqual(["holdfast_s="]);
  expect(ask(cookie)).toEqual({ is: "refused" });
});

test("an answer that another browser brings begins no session", async () => {
  const [mine, theirs] = [await visit("/auth/login"), await visit("/auth/login")];
  const answer = await peer.browse(mine.headers.get("location") ?? "", "ada");
  for (const cookie of [undefined, cookiesOf(theirs)[0]]) {
    const reply = await visit(`/auth/callback?${answer}`, cookie);
    expect([reply.status, cookiesOf(reply)]).toEqual([403, ["holdfast_o="]]);
  }
  expect(store.accounts.sessions()).toEqual([]);
});

test("somebody whom the provider calls admin is not our administrator, and no other either", async () => {
  peer.forget();
  const reply = await logIn("admin");
  expect([reply.status, cookiesOf(reply)]).toEqual([403, ["holdfast_o="]]);
  expect(JSON.stringify(log.lines.at(-1))).toContain("is the name of an account here");
  expect(store.accounts.sessions()).toEqual([]);
});

test("a name and a password of the directory, and of nobody", async () => {
  const signIn = (name: string, password: string) =>
    running.logins.signIn({
      ...{ name, password: new Secret(password), address: "192.0.2.1", carried: "bearer", agent: "cli" },
    });
  const signed = await signIn("lin", "lin-canary");
  expect(signed).toMatchObject({
    is: "signed-in",
    session: { owner: { kind: "sso", issuer: slapd.plain, name: "Lin", groups: ["dev"] } },
  });
  for (const [name, password] of [
    ["lin", "wrong"],
    ["lin", ""],
    ["lin)(uid=*", "lin-canary"],
    ["admin", "lin-canary"],
  ] as const)
    expect(await signIn(name, password)).toEqual({ is: "refused" });
  expect(JSON.stringify(log.lines)).not.toContain("canary");
});

test("a provider that the config takes out lets nobody in any more", async () => {
  const begun = await visit("/auth/login");
  const answer = await peer.browse(begun.headers.get("location") ?? "", "ada");
  const before = config;
  config = { ...config, signOn: [] };
  const reply = await visit(`/auth/callback?${answer}`, cookiesOf(begun)[0]);
  config = before;
  expect(reply.status).toBe(403);
});
