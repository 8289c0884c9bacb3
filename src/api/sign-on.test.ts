import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { fakeControl } from "../../test/fakes/fake-control.ts";
import { type FakeApi, startFakeApi } from "../../test/lib/fake-api.ts";
import { recordingLog } from "../../test/lib/recording-log.ts";
import { Failure } from "../core/model/failure.ts";
import type { Identity } from "../core/model/identity.ts";
import { LoginUnfinished } from "../core/model/login-unfinished.ts";
import type { ProviderOffered, SignOnDesk, SignOnSessions } from "../core/ports/sign-on-desk.ts";
import { defined } from "../lib/defined.ts";
import type { AccountsDoor } from "./accounts-door.ts";

const ADA: Identity = {
  issuer: "https://sso",
  subject: "user-1",
  name: "ada",
  email: undefined,
  emailVerified: false,
  groups: ["dev"],
};

let offered: ProviderOffered[];
let url: string;
let failure: Failure | undefined;
let ended: { id: string; cookie: string } | undefined;
let left: string | undefined | Failure;
let former: string | undefined;
let waiting: ReturnType<AccountsDoor["handed"]["refuse"]>;
let calls: unknown[];
let log: ReturnType<typeof recordingLog>;
let refused: unknown[];
let api: FakeApi;
beforeEach(() => {
  [offered, url, failure, calls] = [
    [{ name: "Okta", how: "browser" }],
    "https://cd.example.org",
    undefined,
    [],
  ];
  [ended, left, former, waiting] = [undefined, undefined, undefined, undefined];
  log = recordingLog();
  refused = [];
  // Whoever holds the daemon's token is somebody else: these pages ask for none.
  api = startFakeApi(fakeControl(), {
    log,
    onRefused: (note) => refused.push(note),
    token: "server-canary",
    signOn: { desk, sessions, url: () => url },
    door,
  });
});
afterEach(() => api.stop());

const desk: SignOnDesk = {
  offered: () => offered,
  async begin(asked) {
    calls.push(asked);
    if (failure !== undefined) throw failure;
    return { location: "https://sso/authorize?state=s", carried: "carried" };
  },
  async finish(carried, answer) {
    calls.push([carried, answer.toString()]);
    if (failure !== undefined) throw failure;
    return { visit: { identity: ADA }, returnTo: '/applications?a=1&b="2', ...defined({ former }) };
  },
  async logIn() {
    throw new Error("not asked");
  },
  remember: (id, { identity }) => void calls.push(["remember", id, identity.subject]),
  async leave(id) {
    calls.push(["leave", id]);
    if (left instanceof Failure) throw left;
    return left;
  },
};
const sessions: SignOnSessions = {
  begin(identity, { agent, former: ends }) {
    calls.push(["session", identity.subject, agent, ...(ends === undefined ? [] : [`ends ${ends}`])]);
    return { id: "session-1", cookie: "__Host-holdfast_s=secret; Path=/; HttpOnly; SameSite=Strict; Secure" };
  },
  shown: (headers) => /holdfast_s=(\w+)/.exec(headers.get("cookie") ?? "")?.[1],
  end: () => ended,
};

/** Nothing else of it is asked by these pages. */
const door = {
  handed: {
    refuse(request: string) {
      calls.push(["refuse", request]);
      return waiting;
    },
  },
} as unknown as AccountsDoor;

async function ask(path: string, headers: Record<string, string> = {}, method = "GET") {
  const reply = await fetch(api.url + path, {
    method,
    redirect: "manual",
    headers: { "user-agent": "browser", ...headers },
  });
  return {
    status: reply.status,
    location: reply.headers.get("location"),
    cookies: reply.headers.getSetCookie(),
    headers: reply.headers,
    text: await reply.text(),
  };
}
const failed = (code: "sign-on" | "provider-unreachable", why = "<b>words</b> of the provider") =>
  new Failure(code, "Okta", "after-edit", { cannot: "take the answer of a login", why, fix: "Log in again" });
const FORGET = "__Host-holdfast_o=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure";

describe("/auth/login", () => {
  test("sends a browser to the only provider, with what it carries", async () => {
    const { status, location, cookies, headers } = await ask("/auth/login?return_url=/applications");
    expect([status, location]).toEqual([303, "https://sso/authorize?state=s"]);
    expect(cookies).toEqual([
      "__Host-holdfast_o=carried; Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure",
    ]);
    expect(calls).toEqual([{ provider: undefined, returnTo: "/applications" }]);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
  });

  test("the session that the browser has goes along, and ends once somebody is let in", async () => {
    await ask("/auth/login", { cookie: "__Host-holdfast_s=before" });
    expect(calls).toEqual([{ provider: undefined, returnTo: undefined, former: "before" }]);
    former = "before";
    // It comes from the provider's site, and brings the session's cookie along no more.
    await ask("/auth/callback?code=c", { cookie: "__Host-holdfast_o=carried" });
    expect(calls).toContainEqual(["session", "user-1", "browser", "ends before"]);
  });

  test("over plain HTTP, on this machine, the cookie bears no prefix", async () => {
    url = "http://127.0.0.1:8080";
    expect((await ask("/auth/login")).cookies).toEqual([
      "holdfast_o=carried; Path=/; Max-Age=600; HttpOnly; SameSite=Lax",
    ]);
    await ask("/auth/callback?code=c", { cookie: "holdfast_o=carried" });
    expect(calls).toContainEqual(["carried", "code=c"]);
  });

  test("shows several to choose from, whatever they are called", async () => {
    offered = [
      { name: '<i>"A"', how: "browser" },
      { name: "B", how: "browser" },
      { name: "Directory", how: "password" },
    ];
    const { status, text } = await ask('/auth/login?return_url=/"><script>');
    expect(status).toBe(200);
    expect(text).toContain('<a href="/auth/login?provider=B&#38;return_url=%2F%22%3E%3Cscript%3E">B</a>');
    expect(text).toContain(">&#60;i&#62;&#34;A&#34;</a>");
    expect(text).not.toContain("Directory");
    expect(calls).toEqual([]);
    await ask("/auth/login?provider=B");
    expect(calls).toEqual([{ provider: "B", returnTo: undefined }]);
  });

  test.each([
    ["sign-on", 403, "let nobody in"],
    ["provider-unreachable", 502, "could not be asked"],
  ] as const)("%s is a sentence of ours, and the reason is in the log", async (code, status, words) => {
    failure = failed(code);
    const reply = await ask("/auth/login");
    expect(reply.status).toBe(status);
    expect(reply.text).toContain(words);
    expect(reply.text).not.toContain("words");
    expect(JSON.stringify(log.lines)).toContain("words</b> of the provider");
    expect(reply.cookies).toEqual([FORGET]);
    expect(refused).toMatchObject([
      {
        actor: "anonymous",
        from: { address: "127.0.0.1", agent: "browser" },
        action: "sign in",
        outcome: { is: status === 403 ? "refused" : "failed", why: failure.message },
      },
    ]);
  });
});

describe("who is sent to /auth/login by somebody else", () => {
  test.each(["cross-site", "same-site"])(
    "a link of a %s page signs nobody in without a click",
    async (site) => {
      const reply = await ask('/auth/login?provider=Okta&return_url=/a"<b>', { "sec-fetch-site": site });
      expect([reply.status, reply.location, reply.cookies, calls]).toEqual([200, null, [], []]);
      expect(reply.text).toContain(
        '<a href="/auth/login?provider=Okta&#38;return_url=%2Fa%22%3Cb%3E">Sign in</a>',
      );
      // The click on it, with the session that is shown now.
      const clicked = await ask("/auth/login?provider=Okta", {
        "sec-fetch-site": "same-origin",
        cookie: "__Host-holdfast_s=before",
      });
      expect(clicked.status).toBe(303);
      expect(calls).toEqual([{ provider: "Okta", returnTo: undefined, former: "before" }]);
    },
  );

  test("an address from elsewhere asks whoever is signed in, and nobody else", async () => {
    const signedIn = await ask("/auth/login", {
      "sec-fetch-site": "none",
      cookie: "__Host-holdfast_s=before",
    });
    expect([signedIn.status, signedIn.cookies, calls]).toEqual([200, [], []]);
    expect(signedIn.text).toContain("Somebody is signed in in this browser");
    expect((await ask("/auth/login", { "sec-fetch-site": "none" })).status).toBe(303);
  });
});

describe("a login that a program waits for", () => {
  const BACK = `/cli-login?request=${"r".repeat(43)}`;
  const unfinished = (end: "denied" | "failed", returnTo = BACK): void => {
    failure = new LoginUnfinished(failed("sign-on"), returnTo, end);
  };

  test("ends at once where it is refused at the provider, and the program hears of it", async () => {
    unfinished("denied");
    waiting = { is: "browser", port: 4_711, state: "s-1" };
    const reply = await ask("/auth/callback?error=access_denied", { cookie: "__Host-holdfast_o=carried" });
    expect(reply.status).toBe(403);
    expect(reply.text).toContain(
      'content="0;url=http://127.0.0.1:4711/?error=access_denied&#38;by=provider&#38;state=s-1"',
    );
    expect(calls.at(-1)).toEqual(["refuse", "r".repeat(43)]);
    expect(reply.cookies).toEqual([FORGET]);
  });

  test.each([
    ["it went wrong otherwise", "failed", BACK],
    ["no program began it", "denied", "/applications?request=r"],
    ["it is over", "denied", BACK],
  ] as const)("where %s, another try leads where this one was to lead", async (_, end, returnTo) => {
    unfinished(end, returnTo);
    if (end === "failed" || returnTo !== BACK) waiting = { is: "browser", port: 4_711, state: "s-1" };
    const reply = await ask("/auth/callback?error=x", { cookie: "__Host-holdfast_o=carried" });
    expect(reply.text).toContain(
      `<a href="/auth/login?return_url=${encodeURIComponent(returnTo)}">Sign in again`,
    );
    // By what stands beside the reason in the log.
    const [, request = ""] = /request ([0-9a-f]{8})\./.exec(reply.text) ?? [];
    expect(log.lines.at(-1)).toMatchObject({ fields: { request } });
    expect(reply.text.includes("said no to this login")).toBe(end === "denied");
    expect(reply.text).not.toContain("http-equiv");
  });

  test("where a program of another machine waits, its code is typed after another try", async () => {
    unfinished("denied");
    waiting = { is: "device" };
    expect((await ask("/auth/callback?error=x")).text).toContain("Sign in again");
  });

  test("a provider that does not answer is asked again for the same place, and for no other site's", async () => {
    failure = failed("provider-unreachable");
    const { text } = await ask(
      `/auth/login?return_url=${encodeURIComponent(`https://evil.example/"><script>`)}`,
    );
    // What an address says is judged when it is asked for.
    expect(text).toContain('href="/auth/login?return_url=https%3A%2F%2Fevil.example%2F%22%3E%3Cscript%3E"');
  });
});

describe.each(["/auth/callback", "/api/dex/callback"])("%s", (path) => {
  test("begins a session, and goes on by itself, so that the cookie goes along", async () => {
    const { status, text, cookies } = await ask(`${path}?code=c&state=s`, {
      cookie: "a=b; __Host-holdfast_o=carried",
      "sec-fetch-site": "cross-site",
    });
    expect(status).toBe(200);
    expect(calls).toEqual([
      ["carried", "code=c&state=s"],
      ["session", "user-1", "browser"],
      ["remember", "session-1", "user-1"],
    ]);
    expect(text).toContain('content="0;url=/applications?a=1&#38;b=&#34;2"');
    expect(cookies).toEqual(["__Host-holdfast_s=secret; Path=/; HttpOnly; SameSite=Strict; Secure", FORGET]);
  });

  test.each([
    ["none", "a=b"],
    ["two", "__Host-holdfast_o=carried; __Host-holdfast_o=planted"],
    ["one that another host may have planted", "holdfast_o=planted"],
  ])("%s is no cookie of a login", async (_, cookie) => {
    await ask(`${path}?code=c`, { cookie });
    expect(calls[0]).toEqual([undefined, "code=c"]);
  });

  test("an answer that is not taken begins nothing, and repeats nothing of the address", async () => {
    failure = failed("sign-on");
    const reply = await ask(`${path}?error=<script>alert(1)</script>&error_description=call+us`);
    expect(reply.status).toBe(403);
    expect(reply.text).not.toMatch(/alert|call us/);
    expect(reply.cookies).toEqual([FORGET]);
    expect(calls).toHaveLength(1);
  });
});

describe("/auth/logout", () => {
  test.each(["same-site", "cross-site"])("asks a person where a %s page leads to it", async (site) => {
    [ended, left] = [{ id: "session-1", cookie: "gone=; Max-Age=0" }, undefined];
    const { status, cookies, text } = await ask("/auth/logout", { "sec-fetch-site": site });
    expect([status, cookies, calls]).toEqual([200, [], []]);
    expect(text).toContain('<a href="logout">Log out of Holdfast</a>');
    const said = await ask("/auth/logout", { "sec-fetch-site": "same-origin" });
    expect([said.status, said.cookies]).toEqual([303, ["gone=; Max-Age=0"]]);
  });

  test("ends the session, and goes on to the provider", async () => {
    [ended, left] = [{ id: "session-1", cookie: "gone=; Max-Age=0" }, "https://sso/logout"];
    const { status, location, cookies } = await ask("/auth/logout");
    expect([status, location, cookies]).toEqual([303, "https://sso/logout", ["gone=; Max-Age=0"]]);
    expect(calls).toEqual([["leave", "session-1"]]);
  });

  test("ends it here where the provider has no place for that, or is not well", async () => {
    ended = { id: "session-1", cookie: "gone=; Max-Age=0" };
    expect(await ask("/auth/logout")).toMatchObject({ location: "/", cookies: ["gone=; Max-Age=0"] });
    left = failed("provider-unreachable");
    expect(await ask("/auth/logout")).toMatchObject({ location: "/", cookies: ["gone=; Max-Age=0"] });
  });

  test("who shows no session is sent to the page", async () => {
    expect(await ask("/auth/logout")).toMatchObject({ status: 303, location: "/", cookies: [] });
    expect(calls).toEqual([]);
  });
});

test("where nobody vouches for people there are no such pages", async () => {
  const plain = startFakeApi(fakeControl(), { token: "server-canary" });
  for (const path of ["/auth/login", "/auth/callback", "/auth/logout", "/api/dex/callback"])
    expect((await fetch(plain.url + path, { redirect: "manual" })).status).toBe(401);
  await plain.stop();
});
