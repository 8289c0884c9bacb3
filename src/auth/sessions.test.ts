import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { ADMIN, ANN, AuthRig, cheapBcrypt } from "../../test/lib/auth-rig.ts";
import type { AskingAs } from "../core/model/credential-owner.ts";
import { Failure } from "../core/model/failure.ts";
import type { Secret } from "../core/model/secret.ts";
import { hashSha256 } from "../lib/hash.ts";

const MINUTE = 60_000;
const OWNER: AskingAs = { kind: "account", name: "ann" };
let rig: AuthRig;
beforeEach(async () => {
  rig = new AuthRig();
  await rig.with(ADMIN, ANN);
});
afterEach(() => rig.remove());

function begin(carried: "cookie" | "bearer" = "cookie", owner = OWNER) {
  return rig.sessions.begin({ owner, carried, source: "192.0.2.1", agent: "a\u001b[31mbrowser" });
}
/** What a request with it is told: the secret that it is handed, if any. */
function shows(secret: Secret | string, shownIn: "cookie" | "bearer" = "cookie"): string {
  const answer = rig.sessions.check(typeof secret === "string" ? secret : secret.reveal(), shownIn);
  return answer.is === "refused" ? "refused" : (answer.handOut?.reveal() ?? "good");
}

describe("Sessions", () => {
  test("keeps no secret in the store, the list or the folder's files", () => {
    const { secret } = begin();
    rig.now += 16 * MINUTE;
    const next = shows(secret);
    expect(next).toStartWith("hf_session_");
    const said = JSON.stringify([rig.store.accounts.sessions(), rig.sessions.list(), rig.events]);
    expect([said.includes(secret.reveal()), said.includes(next)]).toEqual([false, false]);
    expect(rig.sessions.list()[0]).toMatchObject({ source: "192.0.2.1", agent: "a [31mbrowser" });
    expect(Object.keys(rig.sessions.list()[0] ?? {}).sort()).toEqual(
      ["agent", "carried", "createdAt", "id", "owner", "source", "usedAt"].sort(),
    );
  });

  test("ends after eight hours that nobody used it, and a day after the login however it is used", () => {
    const idle = begin().secret;
    rig.now += 8 * 60 * MINUTE - 1;
    expect(shows(begin("bearer").secret, "bearer")).toBe("good");
    rig.now += 1;
    expect([shows(idle), shows(idle)]).toEqual(["refused", "refused"]);
    const used = begin("bearer").secret;
    for (let hour = 1; hour < 24; hour++) {
      rig.now += 60 * MINUTE;
      expect(shows(used, "bearer")).toBe("good");
    }
    rig.now += 60 * MINUTE;
    expect(shows(used, "bearer")).toBe("refused");
    expect(rig.did()).toEqual(["session-ended: idle", "session-ended: too-old"]);
  });

  test("that another one let in is over a day after that one's login, and so is what it lets in", () => {
    const letIn = (by: string) =>
      rig.sessions.begin({ owner: OWNER, carried: "bearer", source: "", agent: "" }, by);
    const login = begin("bearer");
    const hours = (count: number, used: Secret) => {
      for (let hour = 0; hour < count; hour++) {
        rig.now += 60 * MINUTE;
        shows(used, "bearer");
      }
    };
    hours(22, login.secret);
    const child = letIn(login.session.id);
    rig.now += 60 * MINUTE;
    const grandchild = letIn(child.session.id);
    expect([child, grandchild].map(({ secret }) => shows(secret, "bearer"))).toEqual(["good", "good"]);
    rig.now += 60 * MINUTE;
    expect([child, grandchild].map(({ session }) => rig.sessions.holds(session.id))).toEqual([false, false]);
    expect(shows(child.secret, "bearer")).toBe("refused");
    expect(rig.did()).toEqual(["session-ended: too-old"]);
    rig.now += 1;
    expect([rig.sessions.sweep(), rig.sessions.list()]).toEqual([2, []]);
  });

  test("is one after a restart, and one that was ended is not", () => {
    const [stays, goes] = [begin(), begin()];
    expect(rig.sessions.end(goes.session.id, "signed-out", "ann")).toBe(true);
    rig.restart();
    expect([shows(stays.secret), shows(goes.secret)]).toEqual(["good", "refused"]);
    expect(rig.sessions.end(goes.session.id, "signed-out", "ann")).toBe(false);
  });

  test("two tabs that come at once are handed one secret, and both go on with it", () => {
    const { secret } = begin();
    rig.now += 16 * MINUTE;
    const [one, two] = [shows(secret), shows(secret)];
    expect(one).toBe(two);
    expect([shows(one), shows(two), shows(secret)]).toEqual(["good", "good", "good"]);
    expect(rig.sessions.list().length).toBe(1);
  });

  test("an answer that got lost on its way costs nobody the session, over a restart too", () => {
    const { secret } = begin();
    rig.now += 16 * MINUTE;
    const lost = shows(secret);
    rig.restart();
    rig.now += 7 * 60 * MINUTE;
    expect(shows(secret)).toBe(lost);
    expect(shows(lost)).toBe("good");
  });

  test("with a full disk whoever is signed in stays so, and is handed nothing that nobody would know", () => {
    const { secret } = begin();
    rig.now += 16 * MINUTE;
    const full = new Failure("store", "holdfast.db", "backoff", {
      cannot: "write the store",
      why: "it is full",
    });
    const { putSession } = rig.store.accounts;
    rig.store.accounts.putSession = () => {
      throw full;
    };
    rig.store.accounts.noteUse = () => {
      throw full;
    };
    expect([shows(secret), shows(secret)]).toEqual(["good", "good"]);
    rig.store.accounts.putSession = putSession;
    const next = shows(secret);
    rig.store.accounts.putSession = () => {
      throw full;
    };
    expect([shows(next), shows(secret), shows(next)]).toEqual(["good", next, "good"]);
  });

  test("the old secret ends the session of both once the new one is in use", () => {
    const { secret } = begin();
    rig.now += 16 * MINUTE;
    const next = shows(secret);
    expect(shows(next)).toBe("good");
    rig.now += MINUTE - 1;
    expect(shows(secret)).toBe("good");
    rig.now += 1;
    expect([shows(secret), shows(next)]).toEqual(["refused", "refused"]);
    expect(rig.did()).toEqual(["session-ended: replayed"]);
  });

  test("a secret from two changes ago opens nothing and ends nothing", () => {
    const { secret } = begin();
    rig.now += 16 * MINUTE;
    const second = shows(secret);
    shows(second);
    rig.now += 16 * MINUTE;
    const third = shows(second);
    shows(third);
    expect([shows(secret), shows(third)]).toEqual(["refused", "good"]);
  });

  test("a bearer's secret never changes, and is none in a cookie, nor a cookie's in a header", () => {
    const [bearer, cookie] = [begin("bearer"), begin("cookie")];
    rig.now += 60 * MINUTE;
    expect([shows(bearer.secret, "bearer"), shows(bearer.secret), shows(cookie.secret, "bearer")]).toEqual([
      "good",
      "refused",
      "refused",
    ]);
    expect(rig.sessions.list().length).toBe(2);
  });

  test("a clock that is set back by hours ends what was used in its future, by minutes nothing", () => {
    const { secret, session } = begin("bearer");
    rig.now -= 4 * MINUTE;
    expect(shows(secret, "bearer")).toBe("good");
    rig.now -= 60 * MINUTE;
    expect(rig.sessions.holds(session.id)).toBe(false);
    expect(shows(secret, "bearer")).toBe("refused");
    expect(rig.did()).toEqual(["session-ended: clock"]);
    expect(shows(begin("bearer").secret, "bearer")).toBe("good");
  });

  test("an account that is disabled while it is signed in is out at once, and does not come back with it", () => {
    const { secret, session } = begin();
    rig.accounts.declare([ADMIN, { ...ANN, enabled: "no" }], []);
    expect([rig.sessions.holds(session.id), shows(secret)]).toEqual([false, "refused"]);
    rig.accounts.declare([ADMIN, ANN], []);
    expect(shows(secret)).toBe("refused");
  });

  test("one that may not sign in any more, and one that is removed, too", () => {
    for (const accounts of [[ADMIN, { ...ANN, may: ["apiKey"] as const }], [ADMIN]]) {
      rig.accounts.declare([ADMIN, ANN], []);
      const { session } = begin();
      rig.accounts.declare(accounts, []);
      expect(rig.sessions.holds(session.id)).toBe(false);
    }
  });

  test("an account of which it is not known whether it is there is let in by nothing, and keeps what it has", () => {
    const { secret } = begin();
    rig.accounts.declare([ADMIN], [], "not known");
    expect(shows(secret)).toBe("refused");
    rig.accounts.declare([ADMIN, ANN], []);
    expect(shows(secret)).toBe("good");
  });

  test("a password that is changed where it is kept ends the sessions of the one before, whatever time stands there", () => {
    const theirs = (password: string, changedAt: number) => ({
      account: "ann",
      hash: cheapBcrypt(password),
      changedAt,
    });
    rig.accounts.declare([ADMIN, ANN], [theirs("one", 0)]);
    // As the first login by it keeps a better one.
    const madeFrom = hashSha256(cheapBcrypt("one"));
    rig.store.accounts.putPassword({ account: "ann", hash: "better", changedAt: rig.now, madeFrom });
    const { secret } = begin();
    rig.accounts.declare([ADMIN, ANN], [theirs("one", 0)]);
    expect(shows(secret)).toBe("good");
    rig.accounts.declare([ADMIN, ANN], [theirs("two", rig.now + 3_600_000)]);
    expect(shows(secret)).toBe("refused");
    // Once, and not whenever it is read.
    const next = begin();
    rig.accounts.declare([ADMIN, ANN], [theirs("two", rig.now + 3_600_000)]);
    expect(shows(next.secret)).toBe("good");
    expect(rig.accounts.hashInForce("ann")?.hash).toBe(cheapBcrypt("two"));
  });

  test("a session of an account that is none opens nothing, however it came into the store", () => {
    const { secret } = begin("cookie", { kind: "account", name: "ghost" });
    expect([shows(secret), rig.sessions.list().length]).toEqual(["refused", 0]);
  });

  test("what a provider vouches for stands without an account, apart from accounts of its name", () => {
    const sso: AskingAs = {
      kind: "sso",
      issuer: "https://id.example.com",
      subject: "ann",
      name: "Ann",
      groups: ["a"],
    };
    const [theirs, ours] = [begin("cookie", sso), begin()];
    rig.accounts.declare([ADMIN], []);
    expect([shows(theirs.secret), shows(ours.secret)]).toEqual(["good", "refused"]);
    expect(rig.sessions.list({ ...sso, groups: [] }).map(({ id }) => id)).toEqual([theirs.session.id]);
  });

  test("endAll() ends an owner's but for the one that asks", () => {
    const [one, two, three] = [begin(), begin(), begin("cookie", { kind: "account", name: "admin" })];
    expect(rig.sessions.endAll(OWNER, "ann", two.session.id)).toBe(1);
    expect([one, two, three].map(({ secret }) => shows(secret))).toEqual(["refused", "good", "good"]);
  });

  test("of one owner at most two hundred stay, those that were used last", () => {
    const first = begin("bearer").secret;
    const second = begin("bearer").secret;
    rig.now += 2 * MINUTE;
    shows(first, "bearer");
    for (let index = 0; index < 199; index++) begin("bearer");
    expect(rig.sessions.list(OWNER).length).toBe(200);
    expect([shows(first, "bearer"), shows(second, "bearer")]).toEqual(["good", "refused"]);
  });

  test("the time of use is written once a minute, and sweep() forgets what is over", () => {
    const { secret, session } = begin();
    const began = rig.now;
    rig.now += MINUTE - 1;
    shows(secret);
    expect(rig.store.accounts.session(session.id)?.usedAt).toBe(began);
    rig.now += 1;
    shows(secret);
    expect(rig.store.accounts.session(session.id)?.usedAt).toBe(rig.now);
    rig.now += 7 * 60 * MINUTE;
    begin();
    rig.now += 61 * MINUTE;
    expect([rig.sessions.sweep(), rig.sessions.list().length]).toEqual([1, 1]);
  });

  test("whatever is shown is answered, and opens nothing", () => {
    const { secret } = begin();
    const shown = [
      "",
      "x",
      `${secret.reveal()}x`,
      "hf_session_",
      "\u0000",
      "null",
      "a".repeat(1e6),
      "Bearer x",
    ];
    for (const text of shown) expect(shows(text)).toBe("refused");
    expect(shows(secret)).toBe("good");
  });
});
