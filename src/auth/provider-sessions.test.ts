import { afterEach, beforeEach, expect, test } from "bun:test";
import { ADMIN, ANN, AuthRig } from "../../test/lib/auth-rig.ts";
import type { Identity } from "../core/model/identity.ts";
import { ProviderSessions } from "./provider-sessions.ts";

const ADA: Identity = {
  issuer: "https://sso",
  subject: "00u1",
  name: "ada",
  email: "ada@example.org",
  emailVerified: true,
  groups: ["dev", "admin", "role:admin"],
};
const FROM = { address: "192.0.2.7", agent: "a browser" };

let rig: AuthRig;
let transport: "tls" | "plain";
let sessions: ProviderSessions;
beforeEach(async () => {
  rig = new AuthRig();
  await rig.with(ADMIN, ANN);
  transport = "tls";
  sessions = new ProviderSessions({
    sessions: rig.sessions,
    who: rig.who,
    tell: rig.ports.tell,
    transport: () => transport,
  });
});
afterEach(() => rig.remove());

const shown = (cookie: string) => new Headers({ cookie: cookie.split(";")[0] ?? "" });

test("whoever was let in asks by the cookie, as the issuer's subject, and as nobody of ours", () => {
  const { id, cookie } = sessions.begin(ADA, FROM);
  expect(cookie).toMatch(/^__Host-holdfast_s=hf_\S+; Path=\/; HttpOnly; SameSite=Strict; Secure$/);
  const asking = rig.who.ask(shown(cookie), "tls");
  expect(asking).toMatchObject({
    is: "session",
    // The groups that are called as an account and as a role here are nothing.
    subject: { name: "00u1", groups: ["dev"] },
    owner: { kind: "sso", issuer: "https://sso", subject: "00u1" },
    session: { id, source: "192.0.2.7", agent: "a browser" },
  });
  expect(rig.events).toMatchObject([{ did: "signed-in", owner: { kind: "sso" }, address: "192.0.2.7" }]);
  expect(rig.who.ask(new Headers({ authorization: `Bearer ${cookie.split(/[=;]/)[1]}` }), "tls")).toEqual({
    is: "refused",
  });
});

test.each(["admin", "ann", "role:admin", "proj:shop:ci"])(
  "who is called %s there is nobody here",
  (subject) => {
    const { cookie } = sessions.begin({ ...ADA, subject }, FROM);
    expect(rig.who.ask(shown(cookie), "tls")).toEqual({ is: "refused" });
  },
);

test("the session ends with the browser's logout, and by nothing else that is shown", () => {
  const { id, cookie } = sessions.begin(ADA, FROM);
  const secret = cookie.split(/[=;]/)[1];
  expect(sessions.end(new Headers())).toBeUndefined();
  expect(sessions.end(new Headers({ authorization: `Bearer ${secret}` }))).toBeUndefined();
  expect(sessions.end(new Headers({ authorization: "Bearer the-server-token" }))).toBeUndefined();
  expect(rig.store.accounts.sessions()).toHaveLength(1);
  expect(sessions.end(shown(cookie))).toEqual({
    id,
    cookie: "__Host-holdfast_s=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict; Secure",
  });
  expect(rig.who.ask(shown(cookie), "tls")).toEqual({ is: "refused" });
  expect(rig.did()).toEqual(["signed-in", "session-ended: signed-out"]);
});

test("the session that the browser had before ends with a new login, and one that is gone is no matter", () => {
  const first = sessions.begin(ADA, FROM);
  expect(sessions.shown(shown(first.cookie))).toBe(first.id);
  expect(sessions.shown(new Headers({ authorization: "Bearer the-server-token" }))).toBeUndefined();
  const second = sessions.begin({ ...ADA, subject: "00u2" }, { ...FROM, former: first.id });
  expect(sessions.shown(shown(first.cookie))).toBeUndefined();
  expect(sessions.shown(shown(second.cookie))).toBe(second.id);
  sessions.begin(ADA, { ...FROM, former: first.id });
  expect(rig.did()).toEqual(["signed-in", "signed-in", "session-ended: signed-out", "signed-in"]);
});

test("over plain HTTP, on this machine, the cookie bears no prefix", () => {
  transport = "plain";
  const { cookie } = sessions.begin(ADA, { ...FROM, address: "rubbish" });
  expect(cookie).toMatch(/^holdfast_s=hf_\S+; Path=\/; HttpOnly; SameSite=Strict$/);
  expect(rig.who.ask(shown(cookie), "plain")).toMatchObject({
    is: "session",
    session: { source: "unknown" },
  });
  expect(rig.who.ask(shown(cookie), "tls")).toEqual({ is: "nobody" });
});

test("what a provider says anew holds from the next request on, of the same person alone", () => {
  const { id, cookie } = sessions.begin(ADA, FROM);
  const vouched = sessions.vouched();
  expect(vouched.list()).toMatchObject([{ id, createdAt: rig.now, identity: { subject: "00u1" } }]);
  vouched.become(id, { ...ADA, groups: ["ops"] });
  expect(rig.who.ask(shown(cookie), "tls")).toMatchObject({ subject: { name: "00u1", groups: ["ops"] } });
  vouched.become(id, { ...ADA, subject: "other", groups: ["role:admin"] });
  vouched.become(id, { ...ADA, issuer: "https://other", groups: ["admins"] });
  expect(rig.who.ask(shown(cookie), "tls")).toMatchObject({ subject: { name: "00u1", groups: ["ops"] } });
  vouched.end(id, "revoked");
  expect(rig.who.ask(shown(cookie), "tls")).toEqual({ is: "refused" });
});

test("sessions of accounts are no provider's", async () => {
  await rig.signedIn();
  expect(sessions.vouched().list()).toEqual([]);
});

test("that somebody is asked about is known after a restart, and why a session ends is told", () => {
  const { id } = sessions.begin({ ...ADA, provider: "Okta", asked: "now and then" }, FROM);
  rig.restart();
  sessions = new ProviderSessions({
    ...{ sessions: rig.sessions, who: rig.who, tell: rig.ports.tell },
    transport: () => transport,
  });
  const vouched = sessions.vouched();
  expect(vouched.list()).toMatchObject([{ id, identity: { provider: "Okta", asked: "now and then" } }]);
  vouched.end(id, "unvouched");
  expect([sessions.vouched().list(), rig.did().at(-1)]).toEqual([[], "session-ended: unvouched"]);
});
