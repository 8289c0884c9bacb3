import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { type LdapStand, ok, startLdapStand } from "../../test/lib/ldap-stand.ts";
import { never, OidcLogins } from "../../test/lib/oidc-logins.ts";
import { recordingLog } from "../../test/lib/recording-log.ts";
import { Failure } from "../core/model/failure.ts";
import type { Identity } from "../core/model/identity.ts";
import { LoginUnfinished } from "../core/model/login-unfinished.ts";
import { Secret } from "../core/model/secret.ts";
import type { LdapSignOn, SignOnSettings } from "../core/model/sign-on.ts";
import { defined } from "../lib/defined.ts";
import { ProviderDesk } from "./sign-on-desk.ts";

let at: OidcLogins;
let directory: LdapStand;
let settings: SignOnSettings[];
let url: string | undefined;
let desk: ProviderDesk;
beforeEach(async () => {
  at = new OidcLogins();
  directory = await startLdapStand();
  settings = [at.settings()];
  url = "https://cd.example.org";
  desk = openDesk();
});
afterEach(async () => {
  await Promise.all([at.stand.stop(), directory.stop()]);
});

function openDesk(): ProviderDesk {
  const now = (): number => at.nowMs;
  return new ProviderDesk({
    settings: () => settings,
    url: () => url,
    isOurs: (name) => name === "admin",
    clock: { now, monotonic: now, sleep: () => Promise.resolve() },
  });
}

const ldap = (name: string, port = directory.port): LdapSignOn => ({
  by: "ldap",
  name,
  url: `ldap://127.0.0.1:${port}`,
  wire: "nothing",
  users: {
    base: "dc=x",
    filter: "(objectClass=person)",
    loginAttribute: "uid",
    idAttribute: "uid",
    nameAttribute: "cn",
    mailAttribute: "mail",
  },
  tls: {},
});

const begin = (provider?: string, returnTo?: string) => desk.begin({ provider, returnTo }, never);

async function logIn(returnTo?: string, of = desk) {
  const { location, carried } = await of.begin({ provider: undefined, returnTo }, never);
  return await desk.finish(carried, at.stand.agree(location), never);
}

async function why(work: Promise<unknown>): Promise<string> {
  const caught = await work.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(caught).toBeInstanceOf(Failure);
  expect((caught as Failure).message).not.toContain("canary");
  return (caught as Failure).message;
}

describe("ProviderDesk", () => {
  test("has a browser come back where its provider knows it to", async () => {
    settings = [{ ...at.settings(), returnsTo: "/api/dex/callback" }];
    const { location, carried } = await begin();
    expect(new URL(location).searchParams.get("redirect_uri")).toBe(
      "https://cd.example.org/api/dex/callback",
    );
    await desk.finish(carried, at.stand.agree(location), never);
    const form = at.stand.calls.find(({ path }) => path.endsWith("/token"))?.form;
    expect(form?.get("redirect_uri")).toBe("https://cd.example.org/api/dex/callback");
  });

  test("takes a browser there and back, to a path of ours", async () => {
    const { location, carried } = await begin(undefined, "/applications/argocd/shop?view=tree");
    expect(new URL(location).searchParams.get("redirect_uri")).toBe("https://cd.example.org/auth/callback");
    const { visit, returnTo } = await desk.finish(carried, at.stand.agree(location), never);
    expect(visit.identity).toMatchObject({ issuer: at.stand.issuer, subject: "user-1", groups: ["dev"] });
    expect(Object.keys(visit)).toEqual(["identity"]);
    expect(returnTo).toBe("/applications/argocd/shop?view=tree");
  });

  test("what session the browser had when it began is known when it comes back, and to nobody else", async () => {
    const { location, carried } = await desk.begin(
      { provider: undefined, returnTo: undefined, former: "s-1" },
      never,
    );
    expect(Buffer.from(carried, "base64url").toString("latin1") + location).not.toContain("s-1");
    expect((await desk.finish(carried, at.stand.agree(location), never)).former).toBe("s-1");
    expect(await logIn()).not.toHaveProperty("former");
  });

  test("back to our own origin is back to its path", async () => {
    expect((await logIn("https://cd.example.org/settings?a=b")).returnTo).toBe("/settings?a=b");
  });

  test.each([
    "https://cd.example.org.evil/x",
    "https://cd.example.org//evil.example",
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "/\t/evil.example",
    "javascript:x",
  ])("back to %p is back home", async (returnTo) => {
    expect((await logIn(returnTo)).returnTo).toBe("/");
  });

  test("a path that no cookie holds is the page", async () => {
    expect((await logIn(`/${"x".repeat(2_000)}`)).returnTo).toStartWith("/x");
    url = `https://${"a".repeat(2_400)}`;
    expect((await logIn(`/${"x".repeat(2_000)}`)).returnTo).toBe("/");
  });

  test("an answer counts once, in the browser that began, at the daemon that began", async () => {
    const { location, carried } = await begin();
    const answer = at.stand.agree(location);
    expect(await why(desk.finish(undefined, answer, never))).toContain("this browser began no login here");
    expect(await why(openDesk().finish(carried, answer, never))).toContain("began no login here");
    const other = await begin();
    expect(await why(desk.finish(other.carried, answer, never))).toContain("cannot");
    await desk.finish(carried, answer, never);
    expect(await why(desk.finish(carried, at.stand.agree(location), never))).toContain("came twice");
    expect(at.stand.calls.filter(({ path }) => path === "/token")).toHaveLength(1);
  });

  test("an answer that comes late is none", async () => {
    const { location, carried } = await begin();
    at.nowMs += 10 * 60_000;
    expect(await why(desk.finish(carried, at.stand.agree(location), never))).toContain(
      "later than 10 minutes",
    );
  });

  test("whom a provider calls what an account is called here is nobody", async () => {
    at.stand.claims = { sub: "admin" };
    expect(await why(logIn())).toContain('its id of them, "admin", is the name of an account here');
  });

  test("of several one is chosen, by its name", async () => {
    settings = [at.settings(), at.settings({ name: "Other", clientId: "other" }), ldap("Directory")];
    expect(desk.offered()).toEqual([
      { name: "Stand", how: "browser" },
      { name: "Other", how: "browser" },
      { name: "Directory", how: "password" },
    ]);
    expect(await why(begin())).toContain("there are several providers");
    expect(await why(begin("Directory"))).toContain("there is no provider of that name");
    const { location } = await begin("Other");
    expect(new URL(location).searchParams.get("client_id")).toBe("other");
    settings = [];
    expect(await why(begin())).toContain("no provider with a page of its own");
  });

  test.each([
    ["denied", (answer: URLSearchParams) => answer],
    ["failed", (answer: URLSearchParams) => new URLSearchParams([...answer, ["error", "server_error"]])],
    ["failed", (answer: URLSearchParams) => new URLSearchParams([...answer, ["state", "x"]])],
    ["failed", () => new URLSearchParams({ error: "access_denied" })],
    ["failed", () => new URLSearchParams({ error: "access_denied", state: "x" })],
  ] as const)(
    "a no of the provider to this very login is %s, and leads where it was to lead",
    async (end, altered) => {
      const { location, carried } = await begin(undefined, "/cli-login?request=r");
      const state = new URL(location).searchParams.get("state") ?? "";
      const answer = altered(new URLSearchParams({ error: "access_denied", state }));
      const cause = await desk.finish(carried, answer, never).catch((caught: unknown) => caught);
      expect(cause).toBeInstanceOf(LoginUnfinished);
      expect(cause).toMatchObject({ code: "sign-on", end, returnTo: "/cli-login?request=r" });
    },
  );

  test("a provider that is taken out lets nobody in who is on the way, and one that is changed is asked anew", async () => {
    const { location, carried } = await begin();
    const answer = at.stand.agree(location);
    settings = [];
    expect(await why(desk.finish(carried, answer, never))).toContain("is not there any more");
    settings = [at.settings({ clientId: "next" })];
    expect(new URL((await begin()).location).searchParams.get("client_id")).toBe("next");
    url = undefined;
    expect(await why(begin())).toContain("nobody knows where to come back to");
  });

  test("whoever leaves is sent to the provider, once", async () => {
    const { visit } = await logIn();
    desk.remember("session-1", visit);
    const location = new URL((await desk.leave("session-1", never)) ?? "");
    expect(location.searchParams.get("post_logout_redirect_uri")).toBe("https://cd.example.org/");
    expect(location.searchParams.get("id_token_hint")).not.toBeNull();
    expect(await desk.leave("session-1", never)).toBeUndefined();
    expect(await desk.leave("session-2", never)).toBeUndefined();
  });

  describe("lookAgain()", () => {
    const QUARTER = 15 * 60_000;
    let open: { id: string; identity: Identity; createdAt: number }[];
    let did: unknown[];
    const log = recordingLog();
    const look = () =>
      desk.lookAgain(
        {
          list: () => open,
          end: (id, why) => did.push(["end", id, why]),
          become: (id, { groups }) => did.push([id, groups]),
        },
        log,
        never,
      );
    beforeEach(async () => {
      [open, did] = [[], []];
      const { visit } = await logIn();
      desk.remember("s", visit);
      open.push({ id: "s", identity: visit.identity, createdAt: at.nowMs });
    });

    test("asks every quarter of an hour, and takes what is said now", async () => {
      at.stand.claims = { groups: ["ops"] };
      await look();
      expect(did).toEqual([]);
      at.nowMs += QUARTER;
      await Promise.all([look(), look()]);
      expect(did).toEqual([["s", ["ops"]]]);
      await look();
      expect(did).toHaveLength(1);
      at.nowMs += QUARTER;
      await look();
      expect(did).toHaveLength(2);
    });

    test("ends the session of whoever is gone, and of nobody where the provider is not well", async () => {
      at.nowMs += QUARTER;
      at.stand.instead = ({ path }) => (path === "/token" ? new Response("", { status: 503 }) : undefined);
      await look();
      expect(did).toEqual([]);
      expect(JSON.stringify(log.lines.at(-1))).toContain("it answered HTTP 503");
      at.nowMs += QUARTER;
      at.stand.instead = ({ path }) =>
        path === "/token" ? Response.json({ error: "invalid_grant" }, { status: 400 }) : undefined;
      await look();
      expect(did).toEqual([["end", "s", "revoked"]]);
      expect(await desk.leave("s", never)).toBeUndefined();
    });

    test("ends who was asked about so far and cannot be any more, as after a restart, once that would be due", async () => {
      desk = openDesk();
      await look();
      expect(did).toEqual([]);
      at.nowMs += QUARTER;
      const before = at.stand.calls.length;
      await look();
      expect([did, at.stand.calls.length]).toEqual([[["end", "s", "unvouched"]], before]);
    });

    test("ends who was asked about so far and whose provider is taken out, once that would be due, and nobody else", async () => {
      desk.share("s", "never asked");
      open = open.flatMap(({ identity: { asked, ...once }, ...of }) => [
        { ...of, identity: { ...once, ...defined({ asked }) } },
        { ...of, id: "never asked", identity: once },
      ]);
      settings = [];
      await look();
      expect(did).toEqual([]);
      at.nowMs += QUARTER;
      await look();
      expect(did).toEqual([["end", "s", "unvouched"]]);
    });

    test("asks nobody and ends nothing where nobody was ever asked", async () => {
      const [{ identity } = { identity: undefined }] = open;
      if (identity === undefined) throw new Error("nobody is there");
      const { asked, ...once } = identity;
      expect(asked).toBe("now and then");
      open = [{ id: "s", identity: once, createdAt: at.nowMs }];
      desk = openDesk();
      at.nowMs += QUARTER;
      const before = at.stand.calls.length;
      await look();
      settings = [ldap("Directory")];
      at.nowMs += QUARTER;
      await look();
      expect([did, at.stand.calls.length, directory.calls]).toEqual([[], before, []]);
    });

    test("asks a directory about its own people, also after a restart", async () => {
      const own = ldap("Directory");
      settings = [{ ...own, account: { dn: "cn=s", password: new Secret("canary") } }];
      directory.answer = ({ is, raw }) =>
        is === "search" && raw.includes("ada")
          ? { is: "result", code: 0, entries: [{ dn: "uid=ada", attributes: { uid: ["ada"] } }] }
          : ok;
      const of = (id: string, subject: string, issuer = own.url) => ({
        ...{ id, createdAt: 0 },
        identity: { issuer, subject, name: subject, email: undefined, emailVerified: false, groups: ["x"] },
      });
      open = [of("a", "ada"), of("b", "gone"), of("c", "gone", "ldap://other")];
      await look();
      expect(did).toEqual([
        ["a", []],
        ["end", "b", "revoked"],
      ]);
    });
  });

  describe("by a password", () => {
    const password = new Secret("password-canary");
    const knows = (name: string) => {
      directory.answer = (call) =>
        call.is === "search"
          ? {
              is: "result",
              code: 0,
              entries: call.raw.includes(name) ? [{ dn: `uid=${name}`, attributes: { uid: [name] } }] : [],
            }
          : call.is === "bind" && call.password !== "password-canary"
            ? { is: "result", code: 49 }
            : ok;
    };

    test("each directory is asked, and the first that knows them counts", async () => {
      const empty = await startLdapStand();
      empty.answer = ({ is }) => ({ is: "result", code: is === "bind" ? 49 : 0 });
      settings = [ldap("One", empty.port), ldap("Two")];
      knows("ada");
      expect((await desk.logIn("ada", password, never)).identity).toMatchObject({ subject: "ada" });
      expect(await why(desk.logIn("ada", new Secret("other"), never))).toContain("with that password");
      knows("admin");
      expect(await why(desk.logIn("admin", password, never))).toContain("is the name of an account here");
      await empty.stop();
    });

    test("one that cannot be asked is told of, and no wrong password", async () => {
      const gone = await startLdapStand();
      await gone.stop();
      settings = [ldap("One", gone.port), ldap("Two")];
      knows("ada");
      expect(await why(desk.logIn("eve", password, never))).toContain("nothing listens there");
      settings = [ldap("Two"), ldap("One", gone.port)];
      expect(await why(desk.logIn("eve", password, never))).toContain("nothing listens there");
      settings = [];
      expect(await why(desk.logIn("eve", password, never))).toContain("there is no directory");
    });
  });
});
