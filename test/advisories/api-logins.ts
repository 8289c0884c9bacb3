/** The same classes where there are accounts and a provider: who gets in, as whom, and for how long. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeCredential, systemChance } from "../../src/auth/credential.ts";
import { type AccountsDaemon, PASSWORD, startAccountsDaemon } from "../lib/accounts-daemon.ts";
import {
  makeKey,
  type OidcStand,
  signByPublicKey,
  signToken,
  startOidcStand,
  unsigned,
} from "../lib/oidc-stand.ts";
import { dice } from "./api-limits.ts";
import { must, mustEqual, type Row, tally } from "./row.ts";

const LIST = "/api/v1/applications";

async function withDaemon<T>(work: (daemon: AccountsDaemon) => Promise<T>, server = ""): Promise<T> {
  const daemon = await startAccountsDaemon(undefined, server);
  return await work(daemon).finally(() => daemon.stop());
}

async function withProvider<T>(
  work: (daemon: AccountsDaemon, provider: OidcStand) => Promise<T>,
): Promise<T> {
  const provider = startOidcStand();
  const daemon = await startAccountsDaemon(
    () =>
      `signOn: { oidc: [{ name: Stand, issuer: "${provider.issuer}", clientId: holdfast, clientSecret: s }] }\n`,
  );
  return await work(daemon, provider).finally(() => Promise.all([daemon.stop(), provider.stop()]));
}

async function ask(
  { url }: AccountsDaemon,
  headers: Record<string, string>,
  path = LIST,
): Promise<{ status: number; text: string }> {
  const reply = await fetch(`${url}${path}`, { headers });
  return { status: reply.status, text: await reply.text() };
}

async function post(
  { url }: AccountsDaemon,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string; json: Record<string, any> }> {
  const reply = await fetch(`${url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  const text = await reply.text();
  return { status: reply.status, text, json: JSON.parse(text) };
}

async function tokenOf(daemon: AccountsDaemon, username: string): Promise<string> {
  const { status, json } = await post(daemon, "/api/v1/session", { username, password: PASSWORD });
  mustEqual(status, 200, `the login of ${username}`);
  return json["token"] as string;
}

const cookieIn = (reply: Response, name: string): string =>
  reply.headers
    .getSetCookie()
    .map((line) => line.split(";", 1)[0] ?? "")
    .find((line) => line.startsWith(`${name}=`) && line !== `${name}=`) ?? "";

interface Begun {
  location: string;
  cookie: string;
}

async function begin({ url }: AccountsDaemon): Promise<Begun> {
  const reply = await fetch(`${url}/auth/login`, { redirect: "manual" });
  mustEqual(reply.status, 303, "the way to the provider");
  return { location: reply.headers.get("location") ?? "", cookie: cookieIn(reply, "holdfast_o") };
}

/** @returns the session's cookie; "" where nobody is let in */
async function finish({ url }: AccountsDaemon, answer: URLSearchParams, cookie: string): Promise<string> {
  const reply = await fetch(`${url}/auth/callback?${answer}`, { headers: { cookie }, redirect: "manual" });
  await reply.body?.cancel();
  return cookieIn(reply, "holdfast_s");
}

async function visit(daemon: AccountsDaemon, provider: OidcStand): Promise<string> {
  const { location, cookie } = await begin(daemon);
  return await finish(daemon, provider.agree(location), cookie);
}

/** @returns what was refused */
async function refusedTokens(cases: readonly [string, OidcStand["makeToken"]][]): Promise<string> {
  return await withProvider(async (daemon, provider) => {
    const honest = provider.makeToken;
    for (const [what, makeToken] of cases) {
      provider.makeToken = makeToken;
      mustEqual(await visit(daemon, provider), "", `a token that ${what} opens`);
    }
    provider.makeToken = honest;
    const session = await visit(daemon, provider);
    must(session !== "", "the provider's own token opens nothing, so that nothing is proven");
    mustEqual((await ask(daemon, { cookie: session })).status, 200, "whom it lets in");
    return `${cases.length} refused, and the provider's own is taken`;
  });
}

const now = (): number => Math.floor(Date.now() / 1_000);
const claiming =
  (more: Record<string, unknown>): OidcStand["makeToken"] =>
  (claims, key) =>
    signToken(key, { ...claims, ...more });

export const API_LOGINS: readonly Row[] = [
  {
    id: "AN-1",
    about: "a provider's token that says itself how it is to be checked, at a login",
    input:
      "alg none, HS256 by the public key, a key of its own, another key of that name, crit, exp past, nbf to come",
    play: () =>
      refusedTokens([
        ["is not signed", (claims) => unsigned(claims)],
        ["is signed by the public key as a password", (claims, key) => signByPublicKey(key, claims)],
        ["is signed by another key of that name", (claims) => signToken(makeKey("first"), claims)],
        [
          "brings its own key",
          (claims) => {
            const own = makeKey("own");
            return signToken(own, claims, { jwk: own.publicKey.export({ format: "jwk" }) });
          },
        ],
        ["wants to be understood", (claims, key) => signToken(key, claims, { crit: ["x"], x: 1 })],
        ["is over", (claims, key) => signToken(key, { ...claims, exp: now() - 90 })],
        ["begins later", (claims, key) => signToken(key, { ...claims, nbf: now() + 90 })],
        ["is of another login", claiming({ nonce: "other" })],
      ]),
  },
  {
    id: "AN-2",
    about: "Argo CD CVE-2022-29165 where there are accounts: what opens nothing counts as somebody else",
    input:
      "a good cookie beside a forged header, two cookies of one name, a token of the cookie in a header, and the other way round",
    play: () =>
      withProvider(async (daemon, provider) => {
        const cookie = await visit(daemon, provider);
        const bearer = await tokenOf(daemon, "ann");
        const secret = cookie.slice(cookie.indexOf("=") + 1);
        const ways: Record<string, string>[] = [
          {},
          { cookie, authorization: "Bearer eyJhbGciOiJub25lIn0.e30." },
          { cookie, authorization: "Basic YWRtaW46" },
          { cookie: `${cookie}; ${cookie}` },
          { authorization: `Bearer ${secret}` },
          { cookie: `holdfast_s=${bearer}` },
          { cookie: `argocd.token=${bearer}` },
        ];
        const seen: string[] = [];
        for (const headers of ways) seen.push(String((await ask(daemon, headers)).status));
        mustEqual([...new Set(seen)], ["401"], "the answers");
        mustEqual(
          [
            (await ask(daemon, { cookie })).status,
            (await ask(daemon, { authorization: `Bearer ${bearer}` })).status,
          ],
          [200, 200],
          "each where it belongs",
        );
        return `all refused (${seen.length}); each counts where it belongs`;
      }),
  },
  {
    id: "AN-3",
    about: "Argo CD CVE-2023-22482, Flux CVE-2026-40109: a token for somebody else is taken",
    input:
      "tokens for another client, for several, given to another one, for nobody, and of an issuer that is called alike",
    play: () =>
      refusedTokens([
        ["is for another client", claiming({ aud: "other" })],
        ["is for nobody", claiming({ aud: [] })],
        ["is for us and others, by others", claiming({ aud: ["holdfast", "other"], azp: "other" })],
        ["is for us and others, by nobody", claiming({ aud: ["holdfast", "other"] })],
        ["was given to another client", claiming({ azp: "other" })],
        ["is another issuer's", claiming({ iss: "https://accounts.google.com" })],
        [
          "is of an issuer that begins alike",
          (claims, key) => signToken(key, { ...claims, iss: `${claims["iss"]}/` }),
        ],
      ]),
  },
  {
    id: "AN-4",
    about: "flux-operator CVE-2026-23990 at a provider: claims that are empty count as the program's own",
    input:
      "no subject, an empty one, one that is a number, an account's, a role's; groups that are a mapping, 10,000, none",
    async play() {
      const refused = await refusedTokens([
        ["has no subject", claiming({ sub: undefined })],
        ["has an empty subject", claiming({ sub: "" })],
        ["has a number for one", claiming({ sub: 5 })],
        ["is called as an account here", claiming({ sub: "root" })],
        ["is called as a role", claiming({ sub: "role:admin" })],
        ["has a role for a group", claiming({ groups: ["role:admin"] })],
        ["has a project's token for a group", claiming({ groups: ["proj:team-a:ops"] })],
        ["has groups that are a mapping", claiming({ groups: { admins: 1 } })],
        [
          "has ten thousand groups",
          claiming({ groups: Array.from({ length: 10_000 }, (_, at) => `g-${at}`) }),
        ],
      ]);
      return await withProvider(async (daemon, provider) => {
        provider.claims = { groups: undefined };
        const cookie = await visit(daemon, provider);
        const { status, text } = await ask(daemon, { cookie });
        mustEqual([status, JSON.parse(text).items], [200, []], "what somebody without groups sees");
        provider.claims = { groups: ["root", "admin"] };
        const named = await ask(daemon, { cookie: await visit(daemon, provider) });
        mustEqual(JSON.parse(named.text).items, [], "what groups that are called as accounts see");
        return `${refused}; whoever has no groups, or groups called as accounts, sees nothing`;
      });
    },
  },
  {
    id: "AN-5",
    about: "Argo CD CVE-2020-8826, CVE-2024-41666 with accounts: a session and a token outlive their account",
    input:
      "streams of a session and of a token, while the account is disabled; then its role is taken, then a token is revoked",
    play: () =>
      withDaemon(async (daemon) => {
        const session = await tokenOf(daemon, "ann");
        const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
        const { json } = await post(daemon, "/api/v1/account/ann/token", { id: "ci" }, bearer(session));
        const token = json["token"] as string;
        const open = async (shown: string): Promise<Promise<string>[]> => [
          fetch(`${daemon.url}/api/v1/stream/applications`, { headers: bearer(shown) }).then((reply) =>
            reply.text().then(
              () => "ended",
              () => "ended",
            ),
          ),
        ];
        const streams = [...(await open(session)), ...(await open(token))];
        mustEqual((await ask(daemon, bearer(token))).status, 200, "the token before");
        const file = join(daemon.dir, "holdfast.yaml");
        const before = readFileSync(file, "utf8");
        writeFileSync(
          file,
          before.replace("may: [login, apiKey] }", "may: [login, apiKey], enabled: false }"),
        );
        const late = Bun.sleep(15_000).then(() => "open");
        for (const stream of streams)
          mustEqual(await Promise.race([stream, late]), "ended", "a stream of an account that is disabled");
        mustEqual(
          [(await ask(daemon, bearer(session))).status, (await ask(daemon, bearer(token))).status],
          [401, 401],
          "session and token",
        );
        writeFileSync(file, before);
        const again = Date.now() + 15_000;
        while ((await ask(daemon, bearer(token))).status !== 200 && Date.now() < again) await Bun.sleep(100);
        mustEqual((await ask(daemon, bearer(session))).status, 401, "the session, once the account is back");
        const root = await tokenOf(daemon, "root");
        const revoked = await fetch(`${daemon.url}/api/v1/account/ann/token/ci`, {
          method: "DELETE",
          headers: { ...bearer(root), "content-type": "application/json" },
          body: "{}",
        });
        mustEqual(
          [revoked.status, (await ask(daemon, bearer(token))).status],
          [200, 401],
          "the revoked token",
        );
        return "both streams end, both are refused; a session does not come back, a revoked token opens nothing";
      }),
  },
  {
    id: "AN-6",
    about:
      "Argo CD CVE-2024-21652, -21662, CVE-2020-8827 with accounts: guessing, a lock that is overflown, and one that locks the owner out",
    input:
      "400 logins from as many addresses, 40 at once, at root; six from one address, over a restart; then root from a new address",
    play: () =>
      withDaemon(async (daemon) => {
        const from = (address: string) => ({ "x-forwarded-for": address });
        const wrong = (address: string) =>
          post(daemon, "/api/v1/session", { username: "root", password: "a wrong one" }, from(address));
        const own = { username: "root", password: PASSWORD };
        let isOver = false;
        const health: number[] = [];
        const watching = (async () => {
          while (!isOver) {
            health.push((await fetch(`${daemon.url}/healthz`)).status);
            await Bun.sleep(50);
          }
        })();
        const seen: string[] = [];
        const flood = (async () => {
          for (let round = 0; round < 10; round++)
            for (const { status } of await Promise.all(
              Array.from({ length: 40 }, (_, at) => wrong(`10.1.${round}.${at + 1}`)),
            ))
              seen.push(String(status));
        })();
        let tries = 0;
        let turn: string | undefined;
        let status = 0;
        while (status !== 200 && tries < 20) {
          tries++;
          const body = turn === undefined ? own : { ...own, turn };
          const answer = await post(daemon, "/api/v1/session", body, from("198.51.100.7"));
          ({ status } = answer);
          turn = answer.json["details"]?.["turn"] as string | undefined;
          if (status !== 200) await Bun.sleep(200);
        }
        mustEqual(status, 200, "the owner, from a new address, in the middle of it");
        await flood;
        isOver = true;
        await watching;
        must(!seen.includes("200"), "a wrong password opens");
        mustEqual([...new Set(health)], [200], "what /healthz answered meanwhile");
        for (let at = 0; at < 5; at++) await wrong("203.0.113.9");
        await daemon.restart();
        const after = await post(daemon, "/api/v1/session", own, from("203.0.113.9"));
        mustEqual(after.status, 429, "the right password from an address that guessed, after a restart");
        return `flood: ${tally(seen)}; the owner got in at try ${tries}; what was counted outlives a restart`;
      }, ", trustedProxies: [127.0.0.1]"),
  },
  {
    id: "AN-7",
    about: "Argo CD CVE-2020-11576 with accounts: what is answered tells whether somebody has an account",
    input:
      "a wrong password for an account, one that is disabled, one without a password, and names that nobody has",
    play: () =>
      withDaemon(async (daemon) => {
        const replies: string[] = [];
        for (const [at, username] of [
          "root",
          "admin",
          "ci",
          "nobody",
          "role:admin",
          "ROOT",
          "x".repeat(300),
        ].entries()) {
          const { status, text } = await post(
            daemon,
            "/api/v1/session",
            { username, password: "a wrong one that is long" },
            { "x-forwarded-for": `10.2.0.${at + 1}` },
          );
          replies.push(`${status} ${text}`);
        }
        mustEqual(new Set(replies).size, 1, "kinds of answers");
        return `one answer to all: ${replies[0]}`;
      }, ", trustedProxies: [127.0.0.1]"),
  },
  {
    id: "AN-8",
    about: "Argo CD CVE-2022-31034: states and verifiers of a login can be guessed, or are not asked for",
    input:
      "2,000 logins that are begun; an answer twice, of another login, in another browser, without state, of another code",
    play: () =>
      withProvider(async (daemon, provider) => {
        const words = {
          state: new Set<string>(),
          nonce: new Set<string>(),
          code_challenge: new Set<string>(),
        };
        for (let at = 0; at < 2_000; at++) {
          const { searchParams } = new URL((await begin(daemon)).location);
          mustEqual(searchParams.get("code_challenge_method"), "S256", "PKCE");
          for (const [name, had] of Object.entries(words)) had.add(searchParams.get(name) ?? "");
        }
        for (const [name, had] of Object.entries(words)) {
          mustEqual(had.size, 2_000, `kinds of ${name}`);
          must(
            [...had].every((word) => word.length >= 43),
            `${name} is shorter than 256 bits`,
          );
        }
        const [one, other] = [await begin(daemon), await begin(daemon)];
        const stolen = provider.agree(one.location);
        mustEqual(await finish(daemon, stolen, ""), "", "an answer in a browser that began nothing opens");
        mustEqual(
          await finish(daemon, provider.agree(one.location), other.cookie),
          "",
          "one of another login opens",
        );
        const without = provider.agree(other.location);
        without.delete("state");
        mustEqual(
          await finish(daemon, without, (await begin(daemon)).cookie),
          "",
          "one without a state opens",
        );
        const last = await begin(daemon);
        const answer = provider.agree(last.location);
        must((await finish(daemon, answer, last.cookie)) !== "", "an honest one opens nothing");
        mustEqual(await finish(daemon, answer, last.cookie), "", "the same answer once more opens");
        return "2,000 of each, none twice, 256 bits; four foreign answers and a second one refused";
      }),
  },
  {
    id: "AN-9",
    about: "Argo CD CVE-2020-8828: a first password that can be guessed",
    input:
      "the first passwords of two daemons; admin with what people guess, and the first password of the other one",
    play: () =>
      withDaemon(
        (one) =>
          withDaemon(async (other) => {
            const first = async ({ printed }: AccountsDaemon): Promise<string> => {
              const until = Date.now() + 30_000;
              while (printed.length === 0 && Date.now() < until) await Bun.sleep(50);
              return /said this once: (\S+)/.exec(printed.join("\n"))?.[1] ?? "";
            };
            const [mine, theirs] = [await first(one), await first(other)];
            must(mine.length >= 24 && mine !== theirs, `the first password is ${mine.length} signs`);
            const guesses = [
              "admin",
              "password",
              "argocd",
              "holdfast",
              "argocd-server",
              theirs,
              mine.slice(1),
              "",
            ];
            for (const [at, password] of guesses.entries()) {
              const address = { "x-forwarded-for": `10.3.0.${at + 1}` };
              const { status } = await post(one, "/api/v1/session", { username: "admin", password }, address);
              mustEqual(status, 401, "a guess");
            }
            const right = { username: "admin", password: mine };
            mustEqual((await post(one, "/api/v1/session", right)).status, 200, "the one that was said");
            await one.restart();
            mustEqual(one.printed.length, 1, "how often one was said");
            return `120 bits of chance, another at each daemon, said once; ${guesses.length} guesses refused`;
          }, ", trustedProxies: [127.0.0.1]"),
        ", trustedProxies: [127.0.0.1]",
      ),
  },
  {
    id: "AN-10",
    about:
      "Argo Workflows CVE-2024-53862, CVE-2026-42183 with accounts: odd credentials that count as good, or crash",
    input:
      "1,500 sessions, tokens and marks of devices that were never made, whole, cut, changed, or in the other's place",
    play: () =>
      withDaemon(async (daemon) => {
        const session = await tokenOf(daemon, "ann");
        const random = dice(47);
        const kinds = ["session", "token", "device"] as const;
        const seen = new Set<number>();
        for (let at = 0; at < 1_500; at++) {
          const made = makeCredential(kinds[at % 3] ?? "token", systemChance).reveal();
          const shown = [
            made,
            made.slice(0, random(made.length)),
            session.slice(0, -1 - random(10)),
            session.replace("session", kinds[random(3)] ?? "token").slice(0, session.length - 1),
            `${session}${random(10)}`,
          ][at % 5];
          const headers: Record<string, string> =
            at % 2 === 0 ? { authorization: `Bearer ${shown}` } : { cookie: `holdfast_s=${shown}` };
          seen.add((await ask(daemon, headers)).status);
        }
        mustEqual([...seen], [401], "the answers");
        mustEqual((await ask(daemon, { authorization: `Bearer ${session}` })).status, 200, "the real one");
        return "only 401";
      }),
  },
];
