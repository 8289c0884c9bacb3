import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { fakeControl } from "../../test/fakes/fake-control.ts";
import { ADMIN, ANN, AuthRig, PASSWORD } from "../../test/lib/auth-rig.ts";
import { type FakeApi, startFakeApi } from "../../test/lib/fake-api.ts";
import { Asker } from "../core/access/asker.ts";
import { SESSION_LIMITS } from "../core/accounts/session-rules.ts";
import { Secret } from "../core/model/secret.ts";
import { Ambient } from "../lib/ambient.ts";
import { defined } from "../lib/defined.ts";
import type { Asking } from "./asking.ts";
import { withNextCookie } from "./next-cookie.ts";

const MINUTE = 60_000;
const NAME = "__Host-holdfast_s";
const LIST = "/api/v1/applications";

let rig: AuthRig;
let api: FakeApi;
/** Awaited before the answer to a question whose reason is `slow`. */
let meanwhile: () => Promise<unknown>;
class Slow extends Ambient<Asking> {
  override async during<R>(value: Asking, work: () => R | Promise<R>): Promise<R> {
    const answer = await super.during(value, work);
    if (value.reason === "slow") await meanwhile();
    return answer;
  }
}
beforeEach(async () => {
  rig = new AuthRig();
  meanwhile = async () => {};
  await rig.with(ADMIN, ANN);
  api = startFakeApi(fakeControl(), {
    door: rig,
    asking: new Slow(),
    arrivalOf: () => ({ address: "192.0.2.9", via: "proxy", scheme: "tls", host: "cd.example.org" }),
    who({ headers }, transport) {
      const asking = rig.who.ask(headers, transport);
      if (asking.is === "nobody") return asking;
      if (asking.is !== "session") return { is: "refused" };
      const { subject, session, handOut } = asking;
      const by = session.carried === "cookie" ? "cookie" : "header";
      const holds = () => rig.sessions.holds(session.id, session.owner);
      const { name } = subject;
      const asker = new Asker(`user:${name}`, name, allowed, holds, undefined, "everything");
      return { is: "known", by, asker, ...defined({ handOut }) };
    },
  });
});
afterEach(async () => {
  await api.stop();
  rig.remove();
});

async function ask(secret: string, path = LIST, init: RequestInit = {}) {
  const { headers, ...more } = init;
  const reply = await fetch(`${api.url}${path}`, {
    headers: { cookie: `${NAME}=${secret}`, "content-type": "application/json", ...headers },
    ...more,
  });
  await reply.body?.cancel();
  const lines = reply.headers.getSetCookie().filter((line) => line.startsWith(`${NAME}=`));
  return { status: reply.status, lines, next: /=(hf_session_\w+);/.exec(lines.join("\n"))?.[1] };
}
const allowed = () => ({ is: "allowed", because: "nothing" }) as const;
const signedIn = async (): Promise<string> => (await rig.signedIn()).secret.reveal();
const due = (): void => void (rig.now += SESSION_LIMITS.rotateAfter);

describe("the next secret of a session", () => {
  test("goes along with whatever is answered once it is due, and not before", async () => {
    const secret = await signedIn();
    expect((await ask(secret)).lines).toEqual([]);
    due();
    for (const [path, status] of [
      [LIST, 200],
      ["/api/v1/session/userinfo", 200],
      ["/api/v1/applications/none", 404],
      ["/api/nowhere", 404],
    ] as const) {
      const { status: answered, lines } = await ask(secret, path);
      expect([path, answered, lines]).toEqual([
        path,
        status,
        [
          expect.stringMatching(
            /^__Host-holdfast_s=hf_session_\w+; Path=\/; HttpOnly; SameSite=Strict; Secure$/,
          ),
        ],
      ]);
    }
  });

  test("is the same for all who come at once, and whoever is late with the one before is answered all the same", async () => {
    const secret = await signedIn();
    due();
    const all = await Promise.all(Array.from({ length: 20 }, () => ask(secret)));
    const [next = "", ...others] = new Set(all.map((one) => one.next));
    expect([all.every(({ status }) => status === 200), others]).toEqual([true, []]);
    // One tab goes on with the new one while the answers of others are on their way.
    const mixed = await Promise.all([next, secret, next, secret].map((shown) => ask(shown)));
    expect(mixed.map(({ status, lines }) => [status, lines.length])).toEqual(Array(4).fill([200, 0]));
    rig.now += SESSION_LIMITS.overlap;
    expect((await ask(next)).status).toBe(200);
    // After a minute the old one is in somebody else's hands: it ends for both.
    expect((await ask(secret)).status).toBe(401);
    expect((await ask(next)).status).toBe(401);
  });

  test("a browser that never asks who it is has another secret every quarter of an hour, for its day", async () => {
    let secret = await signedIn();
    const had = new Set([secret]);
    for (let passed = 0; passed < 23 * 60; passed += 5) {
      rig.now += 5 * MINUTE;
      const { status, next } = await ask(secret);
      expect(status).toBe(200);
      secret = next ?? secret;
      had.add(secret);
    }
    expect(had.size).toBeGreaterThan(60);
  });

  test("does not undo that somebody signed out or in, and is nobody's who shows a header", async () => {
    const secret = await signedIn();
    due();
    const browser = { "sec-fetch-site": "same-origin" };
    const body = JSON.stringify({ username: "admin", password: PASSWORD });
    const anew = await ask(secret, "/api/v1/session", { method: "POST", headers: browser, body });
    expect([anew.lines.length, anew.next === undefined]).toEqual([1, false]);
    expect((await ask(anew.next ?? "")).status).toBe(200);
    due();
    const out = await ask(anew.next ?? "", "/api/v1/session", { method: "DELETE", headers: browser });
    expect(out.lines).toEqual([expect.stringContaining("=; Path=/; Max-Age=0")]);
    const { secret: bearer } = rig.sessions.begin({
      ...{ owner: { kind: "account", name: "ann" }, carried: "bearer", source: "", agent: "" },
    });
    due();
    const reply = await fetch(`${api.url}${LIST}`, {
      headers: { authorization: `Bearer ${bearer.reveal()}` },
    });
    expect([reply.status, reply.headers.getSetCookie()]).toEqual([200, []]);
  });

  test("of a session that ended while it was asked is handed out no more: the cookie is another login's", async () => {
    const secret = await signedIn();
    due();
    const slow = { headers: { "holdfast-reason": "slow" } };
    expect((await ask(secret, LIST, slow)).lines).toHaveLength(1);
    const browser = { "sec-fetch-site": "same-origin" };
    const body = JSON.stringify({ username: "admin", password: PASSWORD });
    let anew: string | undefined;
    meanwhile = async () => {
      anew = (await ask(secret, "/api/v1/session", { method: "POST", headers: browser, body })).next;
    };
    expect(await ask(secret, LIST, slow)).toEqual({ status: 200, lines: [], next: undefined });
    expect((await ask(anew ?? "")).status).toBe(200);
  });

  test.each([
    ["what others may keep", "public, max-age=31536000, immutable", 0],
    ["what is asked for anew", "no-cache", 0],
    ["what took longer than a minute", "no-store", MINUTE + 1],
  ])("does not go along with %s", (_, kept, took) => {
    const reply = new Response("", { headers: { "cache-control": kept } });
    expect(withNextCookie(reply, new Secret("s"), "tls", took).headers.getSetCookie()).toEqual([]);
  });
});
