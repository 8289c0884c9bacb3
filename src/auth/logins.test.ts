import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { ADMIN, ANN, AuthRig, CheapHasher, cheapBcrypt, PASSWORD } from "../../test/lib/auth-rig.ts";
import { RECENT_LOGIN_MS } from "../core/accounts/session-rules.ts";
import { Secret } from "../core/model/secret.ts";
import { systemChance } from "./credential.ts";
import { systemHasher } from "./password-hasher.ts";
import type { SessionView } from "./sessions.ts";
import { TURN_MS, Turns } from "./turns.ts";

const MINUTE = 60_000;
let hasher: CheapHasher;
let rig: AuthRig;
beforeEach(async () => {
  hasher = new CheapHasher();
  rig = new AuthRig(hasher);
  await rig.with(ADMIN, ANN);
});
afterEach(() => rig.remove());

describe("Logins.signIn()", () => {
  test("lets the right one in, and tells it", async () => {
    const answer = await rig.signIn("ann", PASSWORD);
    expect(answer).toMatchObject({ is: "signed-in", session: { owner: { kind: "account", name: "ann" } } });
    expect(rig.did()).toEqual(["signed-in"]);
  });

  const wrong: [string, string, string][] = [
    ["another password", "ann", "another password"],
    ["no such name", "nobody", PASSWORD],
    ["the name in another case", "Ann", PASSWORD],
    ["a name that looks the same", "аnn", PASSWORD],
    ["a name in wide letters", "ａｎｎ", PASSWORD],
    ["a name with a space", "ann ", PASSWORD],
    ["an empty name", "", PASSWORD],
    ["a name of JavaScript's own", "__proto__", PASSWORD],
    ["a role's name", "role:admin", PASSWORD],
    ["a name of a megabyte", "a".repeat(1_000_000), PASSWORD],
    ["half of a sign", "ann", "correct horse \ud800"],
    ["the password with a line", "ann", `${PASSWORD}\n`],
    ["an empty password", "ann", ""],
    ["a password of a megabyte", "ann", PASSWORD.repeat(50_000)],
  ];
  test.each(wrong)("answers alike to %s", async (_, name, password) => {
    expect(await rig.signIn(name, password)).toEqual({ is: "refused" });
    expect(rig.store.accounts.sessions()).toEqual([]);
  });

  test("answers alike to an account that is disabled, may not sign in, or has no password", async () => {
    rig.accounts.declare(
      [
        { ...ADMIN, enabled: "no" },
        { ...ANN, may: ["apiKey"] },
        { name: "new", may: ["login"], enabled: "yes" },
      ],
      [],
    );
    for (const name of ["admin", "ann", "new"])
      expect(await rig.signIn(name, PASSWORD)).toEqual({ is: "refused" });
  });

  test("does the same work for every name, whatever kinds of hashes there are", async () => {
    rig.accounts.declare(
      [ADMIN, ANN, { name: "argo", may: ["login"], enabled: "yes" }, { ...ANN, name: "off", enabled: "no" }],
      [{ account: "argo", hash: cheapBcrypt("from argo cd"), changedAt: 0 }],
    );
    const works = new Set<string>();
    for (const name of ["admin", "ann", "argo", "off", "nobody", "__proto__"]) {
      hasher.asked.length = 0;
      expect(await rig.signIn(name, "wrong password")).toEqual({ is: "refused" });
      works.add(hasher.asked.join(" "));
    }
    expect([...works]).toEqual(["argon2id bcrypt"]);
  });

  test("whoever mistyped and then got in has all tries again, over a restart too", async () => {
    for (let tries = 0; tries < 4; tries++) await rig.signIn("ann", "wrong");
    await rig.signedIn("ann");
    rig.restart();
    for (let tries = 0; tries < 5; tries++) expect((await rig.signIn("ann", "wrong")).is).toBe("refused");
    expect((await rig.signIn("ann", PASSWORD)).is).toBe("limited");
  });

  test("who gets in uses nothing up: thirty programs behind one address sign in within a window", async () => {
    for (let times = 0; times < 30; times++) expect((await rig.signIn("ann", PASSWORD)).is).toBe("signed-in");
  });

  test("a password that can be nobody's costs neither a hash nor a row, from however many addresses", async () => {
    hasher.asked.length = 0;
    for (let tries = 0; tries < 300; tries++)
      for (const password of ["", "x".repeat(1_025)])
        expect(await rig.signIn("ann", password, { address: `10.0.${tries >> 8}.${tries & 255}` })).toEqual({
          is: "refused",
        });
    expect([hasher.asked, countRows(rig, "login_tries").n]).toEqual([[], 0]);
  });

  test("limits an address at a name alike whether it is an account's, over a restart too", async () => {
    for (const name of ["ann", "nobody"]) {
      for (let tries = 0; tries < 5; tries++) await rig.signIn(name, "wrong");
      rig.restart();
      expect(await rig.signIn(name, PASSWORD)).toEqual({ is: "limited", retryAfterMs: 5 * MINUTE });
    }
    rig.now += 5 * MINUTE;
    expect((await rig.signIn("ann", PASSWORD)).is).toBe("signed-in");
  });

  test("of two hundred tries at once at one name no more than five are looked at", async () => {
    hasher.asked.length = 0;
    const answers = await Promise.all(Array.from({ length: 200 }, () => rig.signIn("ann", "wrong")));
    expect(answers.filter(({ is }) => is === "signed-in")).toEqual([]);
    expect(hasher.asked.length).toBeLessThanOrEqual(5);
    rig.restart();
    for (let tries = 0; tries < 5; tries++) await rig.signIn("ann", "wrong");
    expect(hasher.asked.length).toBeLessThanOrEqual(5);
  });

  test("a kill in the middle of a try forgives none of it", async () => {
    hasher.meanwhile = () => {
      throw new Error("killed");
    };
    for (let tries = 0; tries < 5; tries++)
      expect(await rig.signIn("ann", PASSWORD).catch(String)).toBe("Error: killed");
    hasher.meanwhile = () => {};
    rig.restart();
    expect((await rig.signIn("ann", PASSWORD)).is).toBe("limited");
  });

  test("IPv6 addresses of one network count as one, and the same address of IPv4 however it is written", async () => {
    for (let tries = 0; tries < 5; tries++)
      await rig.signIn("ann", "wrong", { address: `2001:db8::${tries + 1}` });
    expect((await rig.signIn("ann", PASSWORD, { address: "2001:db8::9999" })).is).toBe("limited");
    for (let tries = 0; tries < 5; tries++) await rig.signIn("ann", "wrong", { address: "::ffff:192.0.2.9" });
    expect((await rig.signIn("ann", PASSWORD, { address: "192.0.2.9" })).is).toBe("limited");
  });

  test("fifty thousand bad tries from many names and addresses: the administrator still gets in, and little is kept", async () => {
    const { device } = await rig.signedIn("admin");
    for (let tries = 0; tries < 50_000; tries++) {
      // A hash is a quarter of a second: no more than so many are made in the time.
      rig.now += 125;
      const name = tries % 2 === 0 ? "admin" : `name-${tries}`;
      await rig.signIn(name, "wrong", {
        address: `10.${(tries >> 16) & 255}.${(tries >> 8) & 255}.${tries & 255}`,
      });
      if (tries % 1_000 === 0) rig.logins.sweep();
    }
    rig.logins.sweep();
    const { n } = countRows(rig, "login_tries");
    expect(n).toBeLessThan((3 * (5 * MINUTE)) / 125 + 10);
    expect((await rig.signIn("admin", PASSWORD, { address: "198.51.100.7" })).is).toBe("signed-in");
    expect((await rig.signIn("admin", PASSWORD, { device: device.reveal() })).is).toBe("signed-in");
  }, 60_000);

  test("while strangers fill the line, a device that signed in before is let through, and another stranger is told to wait", async () => {
    const { device } = await rig.signedIn("admin");
    let go: () => void = () => {};
    const stuck = new Promise<void>((resolve) => {
      go = resolve;
    });
    hasher.meanwhile = () => stuck;
    const crowd = Array.from({ length: 40 }, (_, index) =>
      rig.signIn("admin", "wrong", { address: `10.0.0.${index}` }),
    );
    expect(await rig.signIn("admin", PASSWORD, { address: "198.51.100.7" })).toMatchObject({
      is: "busy",
      retryAfterMs: 2_000,
    });
    hasher.meanwhile = () => {};
    expect((await rig.signIn("admin", PASSWORD, { device: device.reveal() })).is).toBe("signed-in");
    go();
    const answers = await Promise.all(crowd);
    expect([
      answers.filter(({ is }) => is === "refused").length,
      answers.filter(({ is }) => is === "busy").length,
    ]).toEqual([33, 7]);
    // Who was told to wait has lost no try by it.
    expect((await rig.signIn("admin", PASSWORD, { address: "198.51.100.7" })).is).toBe("signed-in");
  });

  /**
   * A flood on a clock of its own: a hash takes 250 ms, and the crowd fills every place of the line the moment that it is
   * free, each address again and again. Someone new comes after a while, and again every two seconds.
   * @param crowd whether the crowd brings its turns along
   * @returns what the last try of who is new was answered, how many tries and milliseconds it took
   */
  async function newcomerIn(crowd: "brings turns" | "brings none", addresses: number, mostMs: number) {
    const hashes: (() => void)[] = [];
    hasher.meanwhile = () => new Promise<void>((done) => hashes.push(done));
    const turns = new Map<string, string>();
    const waits = new Set<string>();
    let next = 0;
    const one = async (): Promise<void> => {
      const address = `10.${(next >> 16) & 255}.${(next >> 8) & 255}.${next & 255}`;
      next = (next + 1) % addresses;
      if (waits.has(address)) return;
      waits.add(address);
      const turn = crowd === "brings turns" ? turns.get(address) : undefined;
      const answer = await rig.signIn("admin", "wrong", { address, ...(turn === undefined ? {} : { turn }) });
      waits.delete(address);
      if (answer.is === "busy" && answer.turn !== undefined) turns.set(address, answer.turn);
      else turns.delete(address);
    };
    const settle = async (): Promise<void> => {
      for (let rounds = 0; rounds < 12; rounds++) await Promise.resolve();
    };
    const hash = async (): Promise<void> => {
      rig.now += 250;
      hashes.shift()?.();
      await settle();
      for (let more = 0; more < 60; more++) void one();
      await settle();
    };
    for (let warm = 0; warm < 40; warm++) await hash();
    const since = rig.now;
    let tries = 0;
    let turn: string | undefined;
    while (rig.now - since < mostMs) {
      tries++;
      const more = { address: "198.51.100.7", ...(turn === undefined ? {} : { turn }) };
      let answer: Awaited<ReturnType<typeof rig.signIn>> | undefined;
      void rig.signIn("admin", PASSWORD, more).then((said) => (answer = said));
      await settle();
      // Eight hashes are two seconds: it comes again, or waits where it is.
      for (let passed = 0; passed < 8 || answer === undefined; passed++) await hash();
      if (answer.is !== "busy") {
        hasher.meanwhile = () => {};
        for (const done of hashes) done();
        return { is: answer.is, tries, ms: rig.now - since };
      }
      turn = answer.turn;
    }
    return { is: "busy", tries, ms: rig.now - since };
  }

  test("someone new from a new address is let in by the second try, while a crowd fills the line at every moment", async () => {
    expect(await newcomerIn("brings none", 50_000, 5 * MINUTE)).toMatchObject({ is: "signed-in", tries: 2 });
  }, 60_000);

  test("a crowd that brings its turns along is let through as it came, and passes nobody who came before", async () => {
    const { is, ms } = await newcomerIn("brings turns", 50_000, TURN_MS);
    expect(is).toBe("signed-in");
    // Forty rounds of sixty asked before, and each has one try.
    expect(ms).toBeLessThanOrEqual(40 * 60 * 250 + 2_000);
  }, 120_000);

  test("a turn counts once, for the address that it was told to, for ten minutes, and not at another daemon", async () => {
    const turns = new Turns(rig.ports.clock, systemChance);
    const first = turns.of(undefined, "a");
    rig.now += 1_000;
    expect(turns.of(first.text, "a")).toEqual(first);
    for (const text of [
      "",
      "x",
      "-",
      first.text.slice(1),
      `1${first.text}`,
      first.text.replace(/^\d+/, "0"),
      `${first.text}x`,
      "9".repeat(100_000),
    ])
      expect([text.slice(0, 40), turns.of(text, "a").since]).toEqual([text.slice(0, 40), rig.now]);
    expect(turns.of(first.text, "b").since).toBe(rig.now);
    expect(new Turns(rig.ports.clock, systemChance).of(first.text, "a").since).toBe(rig.now);
    rig.now += TURN_MS - 1_001;
    expect(turns.of(first.text, "a").since).toBe(first.since);
    rig.now += 1;
    expect(turns.of(first.text, "a").since).toBe(rig.now);
    const second = turns.of(undefined, "a");
    turns.take(second.text);
    rig.now += 1;
    expect(turns.of(second.text, "a").since).toBe(rig.now);
  });

  test("who is passed in the line has lost no try by it", async () => {
    const hashes: (() => void)[] = [];
    hasher.meanwhile = () => new Promise<void>((done) => hashes.push(done));
    const turned = { address: "198.51.100.7" };
    const crowd = (from: number, many: number) =>
      Array.from({ length: many }, (_, at) => rig.signIn("ann", "wrong", { address: `10.0.${from}.${at}` }));
    const first = crowd(0, 33);
    const answer = await rig.signIn("ann", PASSWORD, turned);
    if (answer.is !== "busy" || answer.turn === undefined) throw new Error(answer.is);
    // One place is free, and taken by somebody who asks later.
    rig.now += 1;
    hashes.shift()?.();
    await first[0];
    const [later] = crowd(1, 1);
    const mine = rig.signIn("ann", PASSWORD, { ...turned, turn: answer.turn });
    expect((await later)?.is).toBe("busy");
    hasher.meanwhile = () => {};
    for (const done of hashes) done();
    expect((await mine).is).toBe("signed-in");
    for (let tries = 0; tries < 5; tries++)
      expect((await rig.signIn("ann", "wrong", { address: "10.0.1.0" })).is).toBe("refused");
    await Promise.all(first);
  });

  test("an account whose devices are known waits with one try at a time, and holds up no other's", async () => {
    const [first, second, admins] = [
      (await rig.signedIn("ann")).device,
      (await rig.signedIn("ann")).device,
      (await rig.signedIn("admin")).device,
    ];
    let free = (): void => {};
    hasher.meanwhile = () => new Promise<void>((resolve) => (free = resolve));
    const held = rig.signIn("ann", PASSWORD, { device: first.reveal() });
    const other = await rig.signIn("ann", PASSWORD, { device: second.reveal() });
    const admin = rig.signIn("admin", PASSWORD, { device: admins.reveal() });
    hasher.meanwhile = () => {};
    free();
    expect([other.is, (await held).is, (await admin).is]).toEqual(["busy", "signed-in", "signed-in"]);
  });

  test("one address waits with one try at a time", async () => {
    let go: () => void = () => {};
    hasher.meanwhile = () =>
      new Promise<void>((resolve) => {
        go = resolve;
      });
    const first = rig.signIn("ann", "wrong");
    expect((await rig.signIn("admin", "wrong")).is).toBe("busy");
    go();
    expect((await first).is).toBe("refused");
  });

  test("a device's mark is one account's, is changed at each login, and is forgotten with the password", async () => {
    const { device: first } = await rig.signedIn("ann");
    for (let tries = 0; tries < 5; tries++) await rig.signIn("admin", "wrong");
    for (let tries = 0; tries < 5; tries++) await rig.signIn("ann", "wrong");
    expect((await rig.signIn("admin", PASSWORD, { device: first.reveal() })).is).toBe("limited");
    const second = await rig.signIn("ann", PASSWORD, { device: first.reveal() });
    expect(second.is).toBe("signed-in");
    expect((await rig.signIn("ann", PASSWORD, { device: first.reveal() })).is).toBe("limited");
    await rig.passwords.set("ann", new Secret("another good password"), { by: "ann" });
    const mark = second.is === "signed-in" ? second.device.reveal() : "";
    expect((await rig.signIn("ann", "another good password", { device: mark })).is).toBe("limited");
  });

  test("whoever took a device's mark and used its tries up shuts its owner out of nothing", async () => {
    const { device } = await rig.signedIn("ann");
    const stolen = { device: device.reveal(), address: "203.0.113.66" };
    for (let tries = 0; tries < 30; tries++) await rig.signIn("ann", "wrong", stolen);
    expect((await rig.signIn("ann", "wrong", stolen)).is).toBe("limited");
    expect((await rig.signIn("ann", PASSWORD, { device: device.reveal() })).is).toBe("signed-in");
  });

  test("a mark that nobody used for three months is none", async () => {
    const { device } = await rig.signedIn("ann");
    rig.now += 91 * 24 * 60 * MINUTE;
    for (let tries = 0; tries < 5; tries++) await rig.signIn("ann", "wrong");
    expect((await rig.signIn("ann", PASSWORD, { device: device.reveal() })).is).toBe("limited");
  });

  test("whoever is disabled, removed, or got another password while the password is looked at is not let in", async () => {
    const meanwhile: [string, () => void][] = [
      ["disabled", () => rig.accounts.declare([ADMIN, { ...ANN, enabled: "no" }], [])],
      ["removed", () => rig.accounts.declare([ADMIN], [])],
      ["another password", () => rig.passwords.setHash("ann", cheapBcrypt("other"), { by: "admin" })],
    ];
    for (const [name, act] of meanwhile) {
      await rig.with(ADMIN, ANN);
      hasher.meanwhile = () => {
        hasher.meanwhile = () => {};
        act();
      };
      expect([name, await rig.signIn("ann", PASSWORD, { address: name })]).toEqual([name, { is: "refused" }]);
      expect(rig.store.accounts.sessions()).toEqual([]);
    }
  });

  test("tells the first failure and the one that fills the count, and never what was typed as a name", async () => {
    for (let tries = 0; tries < 9; tries++) await rig.signIn("ann", "wrong");
    for (let tries = 0; tries < 9; tries++) await rig.signIn("canary-typed-in-the-wrong-field", "x");
    expect(rig.events).toEqual([
      { did: "sign-in-refused", account: "ann", address: "192.0.2.1" },
      { did: "sign-in-limited", account: "ann", address: "192.0.2.1" },
      { did: "sign-in-refused", account: undefined, address: "192.0.2.1" },
      { did: "sign-in-limited", account: undefined, address: "192.0.2.1" },
    ]);
    rig.store.close();
    const kept = await Bun.file(`${rig.folder}/holdfast.db`).text();
    expect(kept).not.toContain("canary");
    rig.store = (await import("../store/open-store.ts")).openStore(rig.folder);
  });
});

describe("Argo CD's passwords", () => {
  const theirs = { account: "ann", hash: cheapBcrypt("from argo cd"), changedAt: 1_000 };

  test("are taken, made anew at the first login, and obeyed when they change", async () => {
    rig.accounts.declare([ADMIN, { name: "bob", may: ["login"], enabled: "yes" }], []);
    const bob = { ...theirs, account: "bob" };
    const declare = (hash: string) =>
      rig.accounts.declare([ADMIN, { name: "bob", may: ["login"], enabled: "yes" }], [{ ...bob, hash }]);
    declare(bob.hash);
    expect((await rig.signIn("bob", "from argo cd")).is).toBe("signed-in");
    expect(rig.store.accounts.password("bob")?.hash).toStartWith("$argon2id$");
    expect(rig.did()).toContain("password-upgraded");
    hasher.asked.length = 0;
    expect((await rig.signIn("bob", "from argo cd")).is).toBe("signed-in");
    expect(hasher.asked).toEqual(["argon2id"]);
    declare(cheapBcrypt("changed there"));
    expect((await rig.signIn("bob", "from argo cd")).is).toBe("refused");
    expect((await rig.signIn("bob", "changed there")).is).toBe("signed-in");
    // And the better hash goes with the one that it was made from.
    rig.accounts.declare([ADMIN, { name: "bob", may: ["login"], enabled: "yes" }], []);
    expect((await rig.signIn("bob", "changed there")).is).toBe("refused");
  });

  test("a password that a person sets while a better hash of the old one is made stays", async () => {
    rig.accounts.declare([ADMIN, ANN], [{ ...theirs, changedAt: rig.now }]);
    rig.store.accounts.deletePassword("ann");
    const set = () => rig.passwords.setHash("ann", cheapBcrypt("set meanwhile"), { by: "admin" });
    let hooks = 0;
    hasher.meanwhile = () => {
      // The checks of two kinds, then the hash.
      hooks += 1;
      if (hooks === 3) set();
    };
    expect((await rig.signIn("ann", "from argo cd")).is).toBe("refused");
    expect(rig.store.accounts.password("ann")?.hash).toBe(cheapBcrypt("set meanwhile"));
    hasher.meanwhile = () => {};
    expect((await rig.signIn("ann", "set meanwhile")).is).toBe("signed-in");
  });

  test("a password that was changed there ends what was opened before, by its time", async () => {
    const { session } = await rig.signedIn("ann");
    rig.accounts.declare([ADMIN, ANN], [{ ...theirs, changedAt: rig.now }]);
    expect(rig.sessions.holds(session.id)).toBe(true);
    rig.now += MINUTE;
    rig.accounts.declare([ADMIN, ANN], [{ ...theirs, changedAt: rig.now }]);
    expect(rig.sessions.holds(session.id)).toBe(false);
  });

  test("real ones of both kinds", async () => {
    const real = new AuthRig(systemHasher);
    try {
      const bcrypt = (await Bun.password.hash("from argo cd", { algorithm: "bcrypt", cost: 4 })).replace(
        "$2b$",
        "$2a$",
      );
      real.accounts.declare([ADMIN], [{ account: "admin", hash: bcrypt, changedAt: 0 }]);
      expect((await real.signIn("admin", "not from argo cd")).is).toBe("refused");
      expect((await real.signIn("admin", "from argo cd")).is).toBe("signed-in");
      expect(real.store.accounts.password("admin")?.hash).toStartWith("$argon2id$v=19$m=65536,t=3,p=1$");
      expect((await real.signIn("admin", "from argo cd")).is).toBe("signed-in");
      expect((await real.signIn("admin", "from argo cD")).is).toBe("refused");
    } finally {
      real.remove();
    }
  });

  test("what Bun cannot read opens nothing and ends nothing", async () => {
    expect(await systemHasher.verify("x", "nonsense")).toBe(false);
    expect(await systemHasher.verify("x", "")).toBe(false);
  });
});

describe("Logins.changePassword()", () => {
  const next = new Secret("quite another password");
  test("asks for the current one, ends all other sessions and keeps the one that asks", async () => {
    const [one, other] = [await rig.signedIn(), await rig.signedIn()];
    const of = { session: one.session, next, address: "192.0.2.1" };
    expect(await rig.logins.changePassword({ ...of, current: new Secret("wrong") })).toEqual({
      is: "refused",
      why: "the current password is another one",
    });
    expect(
      await rig.logins.changePassword({ ...of, current: new Secret(PASSWORD), next: new Secret("short") }),
    ).toEqual({
      is: "refused",
      why: "this password is not taken: it has fewer than 12 signs",
    });
    expect(await rig.logins.changePassword({ ...of, current: new Secret(PASSWORD) })).toEqual({ is: "set" });
    expect([one, other].map(({ session }) => rig.sessions.holds(session.id))).toEqual([true, false]);
    expect((await rig.signIn("ann", PASSWORD)).is).toBe("refused");
    expect((await rig.signIn("ann", next.reveal())).is).toBe("signed-in");
  });

  test("a stolen session guesses at the password as seldom as anybody, and shuts its owner out of nothing", async () => {
    const { session } = await rig.signedIn();
    const of = { session, next, address: "203.0.113.66" };
    for (let tries = 0; tries < 10; tries++)
      await rig.logins.changePassword({ ...of, current: new Secret("wrong") });
    expect((await rig.logins.changePassword({ ...of, current: new Secret(PASSWORD) })).is).toBe("limited");
    expect((await rig.signIn("ann", PASSWORD)).is).toBe("signed-in");
  });

  test("sessions that one login lets in share its tries, and another login has its own", async () => {
    const { session: login } = await rig.signedIn();
    const of = { next, address: "203.0.113.66" };
    const handed = (by: string) => {
      rig.now += 1_000;
      const { owner } = login;
      return rig.sessions.begin({ owner, carried: "bearer", source: "", agent: "" }, by).session;
    };
    const proof = (session: SessionView, current: string) =>
      rig.logins.prove({ session, address: of.address, current: new Secret(current) });
    rig.now += RECENT_LOGIN_MS;
    let last = login;
    for (let tries = 0; tries < 10; tries++) {
      last = handed(last.id);
      expect((await proof(last, "wrong")).is).toBe("wrong");
    }
    expect((await proof(handed(login.id), PASSWORD)).is).toBe("limited");
    expect(
      (await rig.logins.changePassword({ ...of, session: login, current: new Secret(PASSWORD) })).is,
    ).toBe("limited");
    const { session: other } = await rig.signedIn();
    rig.now += RECENT_LOGIN_MS;
    expect((await proof(other, PASSWORD)).is).toBe("proven");
  });
});

function countRows({ store }: AuthRig, table: string): { n: number } {
  const { Database } = require("bun:sqlite") as typeof import("bun:sqlite");
  store.condition();
  const database = new Database(`${rig.folder}/holdfast.db`, { readonly: true });
  const row = database.query<{ n: number }, []>(`SELECT count(*) AS n FROM ${table}`).get();
  database.close();
  return row ?? { n: -1 };
}
