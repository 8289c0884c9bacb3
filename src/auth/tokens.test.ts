import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { ADMIN, ANN, AuthRig, PASSWORD } from "../../test/lib/auth-rig.ts";
import type { CredentialOwner } from "../core/model/credential-owner.ts";
import { Failure } from "../core/model/failure.ts";
import { Secret } from "../core/model/secret.ts";
import type { TokenScopes } from "../core/ports/account-store.ts";
import { KEEP_ABSENT_MS } from "./accounts.ts";
import { TOKEN_LIFETIME } from "./tokens.ts";

const DAY = 24 * 60 * 60_000;
const OWNER: CredentialOwner = { kind: "account", name: "ann" };
const ROLE: CredentialOwner = { kind: "project-role", project: "shop", role: "ci" };
let rig: AuthRig;
beforeEach(async () => {
  rig = new AuthRig();
  await rig.with(ADMIN, ANN);
  rig.roles.add("shop/ci");
});
afterEach(() => rig.remove());

function make(more: Partial<Parameters<typeof rig.tokens.make>[0]> = {}) {
  const made = rig.tokens.make({ owner: OWNER, name: "deploy", scopes: "all", by: "ann", ...more });
  if (made.is === "refused") throw new Error(made.why);
  return { text: made.secret.reveal(), id: made.token.id };
}
const shows = (text: string) => rig.tokens.check(text).is;

describe("Tokens", () => {
  test("opens until it is over, and the secret is kept nowhere", () => {
    const { text } = make({ lifetimeMs: DAY });
    rig.restart();
    expect(shows(text)).toBe("good");
    const said = JSON.stringify([rig.store.accounts.tokens(), rig.tokens.list(), rig.events]);
    expect(said.includes(text)).toBe(false);
    expect(said.includes(text.slice(0, 13))).toBe(true);
    rig.now += DAY - 1;
    expect(shows(text)).toBe("good");
    rig.now += 1;
    expect(shows(text)).toBe("refused");
  });

  test("has the day and six signs for a name where none is said, another one each time", () => {
    for (const _ of [1, 2]) rig.tokens.make({ owner: OWNER, scopes: "all", by: "ann" });
    const names = rig.tokens.list().map(({ name }) => name);
    const day = new Date(rig.now).toISOString().slice(0, 10);
    expect(names).toEqual(names.map(() => expect.stringMatching(new RegExp(`^${day}-[0-9a-f]{6}$`))));
    expect(new Set(names).size).toBe(2);
    expect(rig.events.at(-1)).toMatchObject({
      did: "token-made",
      name: expect.stringMatching(/^[\d-]{10}-[0-9a-f]{6}$/),
    });
  });

  test("lives ninety days where nothing is said", () => {
    make();
    expect(rig.tokens.list()[0]?.expiresAt).toBe(rig.now + 90 * DAY);
  });

  test("revoked, it opens nothing from then on, also after kill and restart", () => {
    const { text, id } = make();
    expect([rig.tokens.holds(id), rig.tokens.revoke(id, "admin"), rig.tokens.revoke(id, "admin")]).toEqual([
      true,
      true,
      false,
    ]);
    expect([shows(text), rig.tokens.holds(id)]).toEqual(["refused", false]);
    rig.restart();
    expect(shows(text)).toBe("refused");
    expect(rig.events.at(-1)).toMatchObject({ did: "token-revoked", by: "admin", name: "deploy" });
  });

  test("is told when it was used last, to the minute, also after the clock was set back", () => {
    const { text } = make();
    const usedAt = () => (shows(text), rig.tokens.list()[0]?.usedAt);
    const began = rig.now;
    expect(usedAt()).toBe(began);
    rig.now += 59_000;
    expect(usedAt()).toBe(began);
    rig.now += 1_000;
    expect(usedAt()).toBe(rig.now);
    rig.now -= 3 * DAY;
    expect(usedAt()).toBe(rig.now);
  });

  test("opens with a full disk, too", () => {
    const { text } = make();
    const full = new Failure("store", "holdfast.db", "backoff", {
      cannot: "write the store",
      why: "it is full",
    });
    rig.store.accounts.noteUse = () => {
      throw full;
    };
    expect(shows(text)).toBe("good");
  });

  test("of an account that is disabled or may have none opens nothing, and opens again when that changes back", () => {
    const { text } = make();
    for (const account of [
      { ...ANN, enabled: "no" as const },
      { ...ANN, may: ["login"] as const },
    ]) {
      rig.accounts.declare([ADMIN, account], []);
      expect(shows(text)).toBe("refused");
      rig.accounts.declare([ADMIN, ANN], []);
      expect(shows(text)).toBe("good");
    }
  });

  test("of an account that is not declared opens nothing, and with the password opens again when an edit is mended in time", async () => {
    const { text } = make();
    const { session } = await rig.signedIn();
    rig.accounts.declare([ADMIN], []);
    expect([shows(text), rig.sessions.holds(session.id)]).toEqual(["refused", false]);
    expect((await rig.signIn("ann", PASSWORD)).is).toBe("refused");
    rig.now += KEEP_ABSENT_MS - 1;
    rig.accounts.declare([ADMIN], []);
    rig.accounts.declare([ADMIN, ANN], []);
    expect([shows(text), (await rig.signIn("ann", PASSWORD)).is]).toEqual(["good", "signed-in"]);
    expect(rig.did().filter((did) => did.startsWith("credentials"))).toEqual([
      // Of the session alone.
      "credentials-dropped: it is no longer declared",
      "credentials-kept",
      "credentials-back",
    ]);
    expect(rig.events).toContainEqual(
      expect.objectContaining({ account: "ann", until: "2026-12-02T10:00:00Z" }),
    );
  });

  test("of an account that was removed for longer opens nothing for whoever has the name later, nor does the password", async () => {
    const { text } = make();
    rig.accounts.declare([ADMIN], []);
    rig.now += KEEP_ABSENT_MS;
    // Nobody looked meanwhile: the daemon was stopped, or had no accounts.
    rig.accounts.declare([ADMIN, ANN], []);
    expect([shows(text), rig.tokens.list().length]).toEqual(["refused", 0]);
    expect((await rig.signIn("ann", PASSWORD)).is).toBe("refused");
    expect(rig.did()).toContain("credentials-dropped: it is no longer declared");
    // It is an account from now on, and is not counted by the time of the one before.
    await rig.passwords.set("ann", new Secret(PASSWORD), { by: "test" });
    rig.accounts.declare([ADMIN, ANN], []);
    expect((await rig.signIn("ann", PASSWORD)).is).toBe("signed-in");
  });

  test("of one that is away, back and away again counts the last time alone, and a clock that was set back keeps nothing longer", () => {
    const { text } = make();
    for (let times = 0; times < 3; times++) {
      rig.accounts.declare([ADMIN], []);
      rig.now += KEEP_ABSENT_MS - 1;
      rig.accounts.declare([ADMIN, ANN], []);
    }
    expect(shows(text)).toBe("good");
    rig.accounts.declare([ADMIN], []);
    rig.now -= 10 * KEEP_ABSENT_MS;
    rig.accounts.declare([ADMIN], []);
    rig.now += KEEP_ABSENT_MS;
    expect([rig.accounts.dropOverdue(), rig.tokens.list().length]).toEqual([1, 0]);
  });

  test("of an account that never had a password is dropped with it too, and one with nothing is not remembered", () => {
    const robot = { name: "robot", may: ["apiKey"] as const, enabled: "yes" as const };
    rig.accounts.declare([ADMIN, robot, { ...robot, name: "idle" }], []);
    const { text } = make({ owner: { kind: "account", name: "robot" } });
    rig.accounts.declare([ADMIN], []);
    expect(rig.store.accounts.absences().map(({ account }) => account)).toEqual(["ann", "robot"]);
    rig.now += KEEP_ABSENT_MS;
    rig.accounts.declare([ADMIN, robot], []);
    expect(shows(text)).toBe("refused");
  });

  test("of an account that was removed before a restart is dropped by the time of its removal", () => {
    const { text } = make();
    rig.accounts.declare([ADMIN], []);
    rig.now += KEEP_ABSENT_MS - 1;
    rig.restart();
    rig.now += 1;
    rig.restart();
    rig.accounts.declare([ADMIN, ANN], []);
    expect(shows(text)).toBe("refused");
  });

  test("of a project's role stands as long as the project has it", () => {
    const { text, id } = make({ owner: ROLE });
    expect(shows(text)).toBe("good");
    rig.roles.clear();
    expect([shows(text), rig.tokens.holds(id)]).toEqual(["refused", false]);
    expect(rig.tokens.make({ owner: ROLE, name: "x", scopes: "all", by: "ann" })).toEqual({
      is: "refused",
      why: "the project shop has no role ci",
    });
  });

  test("a password that is changed leaves tokens as they are", () => {
    const { text } = make();
    rig.passwords.setHash("ann", "$argon2id$", { by: "ann" });
    expect(shows(text)).toBe("good");
  });

  test("a session's secret is no token", async () => {
    const { secret } = await rig.signedIn();
    expect(shows(secret.reveal())).toBe("refused");
  });

  const refused: [string, Partial<Parameters<AuthRig["tokens"]["make"]>[0]>, string][] = [
    ["no name", { name: "" }, "a token's name has"],
    ["a name with a line", { name: "a\nb" }, "a token's name has"],
    ["a name of markup", { name: "<b>" }, "a token's name has"],
    ["a life of nothing", { lifetimeMs: 0 }, "a token lives"],
    ["a life of less", { lifetimeMs: -1 }, "a token lives"],
    ["a life of no number", { lifetimeMs: Number.NaN }, "a token lives"],
    ["a life for ever", { lifetimeMs: Number.POSITIVE_INFINITY }, "a token lives"],
    ["a life of more than a year", { lifetimeMs: TOKEN_LIFETIME.most + 1 }, "a token lives"],
    ["no scopes", { scopes: [] as unknown as TokenScopes }, "a token has 1 to 50 scopes"],
    ["an account without apiKey", { owner: { kind: "account", name: "admin" } }, "it needs apiKey"],
    ["an account that is none", { owner: { kind: "account", name: "ghost" } }, "it needs apiKey"],
  ];
  test.each(refused)("is not made with %s", (_, more, why) => {
    expect(rig.tokens.make({ owner: OWNER, name: "n", scopes: "all", by: "ann", ...more })).toEqual({
      is: "refused",
      why: expect.stringContaining(why),
    });
    expect(rig.tokens.list()).toEqual([]);
  });

  test("has a name once, until it is over; and there are a hundred at most", () => {
    make({ lifetimeMs: DAY });
    expect(() => make()).toThrow('there is a token named "deploy"');
    rig.now += DAY + 1;
    make();
    for (let index = 0; index < 99; index++) make({ name: `t${index}` });
    expect(() => make({ name: "one more" })).toThrow("there are 100 tokens already");
  });
});
