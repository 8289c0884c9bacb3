import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { fakeControl } from "../../test/fakes/fake-control.ts";
import { ADMIN, ANN, AuthRig, PASSWORD } from "../../test/lib/auth-rig.ts";
import { type FakeApi, startFakeApi } from "../../test/lib/fake-api.ts";

let rig: AuthRig;
let api: FakeApi;
/** How whoever asks reaches the proxy. */
let scheme: "tls" | "plain";
beforeEach(async () => {
  rig = new AuthRig();
  await rig.with(ADMIN, ANN);

  scheme = "tls";
  api = startFakeApi(fakeControl(), {
    token: "server-canary",
    door: rig,
    arrivalOf: () => ({ address: "192.0.2.9", via: "proxy", scheme, host: "cd.example.org" }),
  });
});
afterEach(async () => {
  await api.stop();
  rig.remove();
});

const BROWSER = { "sec-fetch-site": "same-origin" };

async function ask(method: string, path = "", headers: Record<string, string> = {}, body?: unknown) {
  const response = await fetch(`${api.url}/api/v1/session${path}`, {
    method,
    headers: { "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const cookies = response.headers.getSetCookie();
  return {
    status: response.status,
    cookies,
    response,
    json: (await response.json()) as Record<string, unknown>,
  };
}
const signIn = (username: string, password: string, headers = {}, more = {}) =>
  ask("POST", "", headers, { username, password, ...more });
const bearer = (token: unknown) => ({ authorization: `Bearer ${token}` });
/** What a browser sends back of it. */
const sent = (cookies: readonly string[]) => cookies.map((cookie) => cookie.split(";", 1)[0]).join("; ");

describe("/api/v1/session", () => {
  test("a program gets a token for its header, is known by it, and logs out", async () => {
    const { status, json, cookies } = await signIn("ann", PASSWORD);
    expect([status, cookies]).toEqual([200, []]);
    expect((await ask("GET", "/userinfo", bearer(json["token"]))).json).toEqual({
      loggedIn: true,
      username: "ann",
      iss: "argocd",
      groups: [],
    });
    expect((await ask("DELETE", "", bearer(json["token"]))).status).toBe(200);
    expect((await ask("GET", "/userinfo", bearer(json["token"]))).json).toEqual({
      loggedIn: false,
      passwords: true,
    });
    expect(rig.sessions.list()).toEqual([]);
  });

  test("a browser gets cookies that no script reads and no other site sends, and nothing else", async () => {
    const { json, cookies } = await signIn("ann", PASSWORD, BROWSER);
    expect(json).toEqual({});
    expect(cookies.map((cookie) => cookie.replace(/hf_(\w+?)_\w+/, "hf_$1"))).toEqual([
      "__Host-holdfast_s=hf_session; Path=/; HttpOnly; SameSite=Strict; Secure",
      "__Host-holdfast_d=hf_device; Path=/; Max-Age=7776000; HttpOnly; SameSite=Strict; Secure",
    ]);
    const cookie = sent(cookies);
    expect((await ask("GET", "/userinfo", { cookie })).json["username"]).toBe("ann");
    const secret = /hf_session_\w+/.exec(cookie)?.[0];
    expect((await ask("GET", "/userinfo", bearer(secret))).json).toEqual({
      loggedIn: false,
      passwords: true,
    });
    const out = await ask("DELETE", "", { cookie, ...BROWSER });
    expect(out.cookies[0]).toStartWith("__Host-holdfast_s=; Path=/; Max-Age=0;");
    expect((await ask("GET", "/userinfo", { cookie })).json).toEqual({ loggedIn: false, passwords: true });
  });

  test("without TLS, on loopback, the names are others, and a cookie of the one opens nothing by the other", async () => {
    scheme = "plain";
    const { cookies } = await signIn("ann", PASSWORD, BROWSER);
    expect(cookies.map((cookie) => cookie.split("=", 1)[0])).toEqual(["holdfast_s", "holdfast_d"]);
    expect(cookies.join()).not.toContain("Secure");
    const cookie = sent(cookies);
    expect((await ask("GET", "/userinfo", { cookie })).json["loggedIn"]).toBe(true);
    scheme = "tls";
    expect((await ask("GET", "/userinfo", { cookie })).json["loggedIn"]).toBe(false);
    expect(rig.sessions.list()[0]?.source).toBe("192.0.2.9");
  });

  test("whoever signs in where somebody is signed in ends that session, and is handed another secret", async () => {
    const first = await signIn("ann", PASSWORD, BROWSER);
    const cookie = sent(first.cookies);
    const second = await signIn("admin", PASSWORD, { cookie, ...BROWSER });
    expect(rig.sessions.list().map(({ owner }) => owner)).toEqual([{ kind: "account", name: "admin" }]);
    expect(sent(second.cookies)).not.toBe(cookie);
    // Who could not is nobody new.
    expect((await signIn("admin", "wrong", { cookie: sent(second.cookies), ...BROWSER })).status).toBe(401);
    expect(rig.sessions.list().length).toBe(1);
  });

  test("one sentence for everybody who does not get in, and when to come again", async () => {
    const said = [await signIn("ann", "wrong"), await signIn("nobody", "wrong"), await signIn("ann", "")];
    expect(new Set(said.map(({ status, json }) => `${status} ${json["message"]}`))).toEqual(
      new Set(["401 Invalid username or password"]),
    );
    for (let tries = 0; tries < 5; tries++) await signIn("admin", "wrong");
    const limited = await signIn("admin", PASSWORD);
    expect([limited.status, limited.response.headers.get("retry-after")]).toEqual([429, "300"]);
  });

  test("a device that signed in before gets in where strangers used all tries up, a browser's and a program's", async () => {
    const browser = await signIn("admin", PASSWORD, BROWSER);
    const program = await signIn("admin", PASSWORD);
    for (let tries = 0; tries < 5; tries++) await signIn("admin", "wrong");
    expect((await signIn("admin", PASSWORD)).status).toBe(429);
    expect((await signIn("admin", PASSWORD, { cookie: sent(browser.cookies), ...BROWSER })).status).toBe(200);
    expect((await signIn("admin", PASSWORD, {}, { device: program.json["device"] })).status).toBe(200);
  });

  test("a page of another site signs nobody in and nobody out", async () => {
    const { cookies } = await signIn("ann", PASSWORD, BROWSER);
    const cookie = sent(cookies);
    const foreign: Record<string, string>[] = [
      { origin: "https://evil.example" },
      { origin: "null" },
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
    ];
    for (const headers of foreign) {
      expect((await signIn("ann", PASSWORD, headers)).status).toBe(403);
      expect((await ask("DELETE", "", { cookie, ...headers })).status).toBe(403);
    }
    expect(rig.sessions.list().length).toBe(1);
    const asForm = { "content-type": "application/x-www-form-urlencoded" };
    expect((await ask("POST", "", asForm, { username: "ann", password: PASSWORD })).status).toBe(415);
  });

  test("its own page is the one that a browser has behind the proxy, and what the proxy asks for is another's", async () => {
    const own = { ...BROWSER, origin: "https://cd.example.org" };
    expect((await signIn("ann", PASSWORD, own)).status).toBe(200);
    expect((await signIn("ann", PASSWORD, { ...BROWSER, origin: api.url })).status).toBe(403);
  });

  test("whatever is sent is answered, and a large body is not read to its end", async () => {
    for (const body of [[], null, {}, { username: 1, password: [] }, { username: "ann" }])
      expect((await ask("POST", "", {}, body)).status).toBe(400);
    expect((await signIn("ann", "x".repeat(20_000))).status).toBe(413);
    const wrong = await signIn("ann", PASSWORD, {}, { device: 7 });
    expect([wrong.status, wrong.json["message"]]).toEqual([
      400,
      "body: device: expected a text, not the number 7. As the last login told it: strangers' failures do not count against it.",
    ]);
  });

  test("tells whoever is nobody which providers a browser can be sent to, and nobody else", async () => {
    await api.stop();
    const offered = [
      { name: "Okta", how: "browser" as const },
      { name: "Directory", how: "password" as const },
    ];
    const signOn = { desk: { offered: () => offered }, sessions: {}, url: () => undefined } as never;
    api = startFakeApi(fakeControl(), { token: "server-canary", door: rig, signOn });
    expect((await ask("GET", "/userinfo")).json).toEqual({
      ...{ loggedIn: false, signOn: ["Okta"] },
      passwords: true,
    });
    const { json } = await signIn("ann", PASSWORD);
    expect((await ask("GET", "/userinfo", bearer(json["token"]))).json).not.toHaveProperty("signOn");
  });

  test("is not there where there are no accounts", async () => {
    const plain = startFakeApi(fakeControl());
    const response = await fetch(`${plain.url}/api/v1/session`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ username: "ann", password: PASSWORD }),
    });
    expect(response.status).toBe(501);
    await plain.stop();
  });
});
