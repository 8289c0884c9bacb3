import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { ADMIN, AuthRig, CheapHasher, cheapBcrypt } from "../../test/lib/auth-rig.ts";
import { Failure } from "../core/model/failure.ts";
import { Secret } from "../core/model/secret.ts";
import { type InitialSecret, makeInitialAdmin } from "./initial-admin.ts";
import { leaveReset, takeReset } from "./password-reset.ts";

let hasher: CheapHasher;
let rig: AuthRig;
beforeEach(() => {
  hasher = new CheapHasher();
  rig = new AuthRig(hasher);
});
afterEach(() => rig.remove());

describe("makeInitialAdmin()", () => {
  const make = (secret?: InitialSecret) => makeInitialAdmin(rig.ports, rig.accounts, secret);

  test("makes one, once, by which the administrator signs in", async () => {
    const made = await make();
    if (made.is !== "made" || made.told !== "print") throw new Error(made.is);
    expect(made.password.reveal()).toMatch(/^([a-zX2-9]{6}-){3}[a-zX2-9]{6}$/);
    rig.restart();
    expect(await make()).toEqual({ is: "not-needed" });
    expect((await rig.signIn("admin", made.password.reveal())).is).toBe("signed-in");
  });

  test("makes none where the administrator is disabled, or has one of Argo CD's", async () => {
    rig.accounts.declare([{ ...ADMIN, enabled: "no" }], []);
    expect(await make()).toEqual({ is: "not-needed" });
    rig.accounts.declare([ADMIN], [{ account: "admin", hash: cheapBcrypt("theirs"), changedAt: 0 }]);
    expect(await make()).toEqual({ is: "not-needed" });
    expect(rig.store.accounts.passwords()).toEqual([]);
  });

  test("leaves what somebody set meanwhile", async () => {
    hasher.meanwhile = () => {
      hasher.meanwhile = () => {};
      rig.passwords.setHash("admin", cheapBcrypt("set by hand"), { by: "host" });
    };
    expect(await make()).toEqual({ is: "not-needed" });
    expect((await rig.signIn("admin", "set by hand")).is).toBe("signed-in");
  });

  test("leaves what Argo CD's Secret said meanwhile", async () => {
    hasher.meanwhile = () =>
      rig.accounts.declare([ADMIN], [{ account: "admin", hash: cheapBcrypt("theirs"), changedAt: 0 }]);
    expect(await make()).toEqual({ is: "not-needed" });
    expect(rig.store.accounts.passwords()).toEqual([]);
  });

  function cluster(): InitialSecret & { held: Secret | undefined } {
    return {
      held: undefined,
      async read() {
        return this.held;
      },
      async create(password) {
        if (this.held !== undefined) return false;
        this.held = password;
        return true;
      },
    };
  }

  test("in a cluster the Secret holds it, and nothing prints it", async () => {
    const secret = cluster();
    expect(await make(secret)).toEqual({ is: "made", told: "secret" });
    expect((await rig.signIn("admin", secret.held?.reveal() ?? "")).is).toBe("signed-in");
  });

  test("a daemon that was killed between the Secret and the store takes the one that is there", async () => {
    const secret = cluster();
    hasher.meanwhile = () => {
      throw new Error("killed");
    };
    expect(await make(secret).catch(String)).toBe("Error: killed");
    const first = secret.held?.reveal() ?? "";
    hasher.meanwhile = () => {};
    rig.restart();
    expect(await make(secret)).toEqual({ is: "made", told: "secret" });
    expect((await rig.signIn("admin", first)).is).toBe("signed-in");
  });

  test("two that start at once take the one that came first", async () => {
    const secret = cluster();
    secret.create = async () => {
      secret.held = new Secret("made by the other one");
      return false;
    };
    expect(await make(secret)).toEqual({ is: "made", told: "secret" });
    expect((await rig.signIn("admin", "made by the other one")).is).toBe("signed-in");
  });

  test("a cluster that cannot be asked makes none", async () => {
    const unreachable = () => Promise.reject(new Error("unreachable"));
    for (const secret of [{ create: unreachable }, { create: async () => false, read: unreachable }])
      expect(await make({ ...cluster(), ...secret }).catch(String)).toBe("Error: unreachable");
    const gone = { create: async () => false, read: async () => undefined };
    expect(await make(gone).catch(String)).toContain("was there and is gone");
    expect(rig.store.accounts.passwords()).toEqual([]);
  });
});

describe("takeReset()", () => {
  const hash = cheapBcrypt("from the host");
  const file = () => join(rig.folder, "password-reset.json");
  const take = () =>
    takeReset(rig.folder, ({ account, hash: its }) => rig.passwords.setHash(account, its, { by: "host" }));

  test("lets whoever has the host in, ends what was open, and is taken once", async () => {
    await rig.with(ADMIN);
    const { session } = await rig.signedIn("admin");
    expect(take()).toBe("none");
    leaveReset(rig.folder, { account: "admin", hash });
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect([take(), take()]).toEqual(["taken", "none"]);
    expect(rig.sessions.holds(session.id)).toBe(false);
    expect((await rig.signIn("admin", "from the host")).is).toBe("signed-in");
    expect(readdirSync(rig.folder).filter((name) => name.includes("reset"))).toEqual([]);
  });

  test("a daemon that is killed while it takes it takes it at the next start", () => {
    leaveReset(rig.folder, { account: "admin", hash });
    expect(() =>
      takeReset(rig.folder, () => {
        throw new Error("killed");
      }),
    ).toThrow("killed");
    expect(take()).toBe("taken");
  });

  test("is the user's whose the data folder is, whoever ran the command", () => {
    if (process.geteuid?.() === 0) chownSync(rig.folder, 12_345, 12_345);
    leaveReset(rig.folder, { account: "admin", hash });
    expect(statSync(file()).uid).toBe(statSync(rig.folder).uid);
  });

  test("the last of two counts, and never half of one", () => {
    leaveReset(rig.folder, { account: "admin", hash: cheapBcrypt("first") });
    leaveReset(rig.folder, { account: "admin", hash });
    expect(JSON.parse(readFileSync(file(), "utf8"))).toEqual({ account: "admin", hash });
  });

  test.each([
    ["cut", '{"account":"admin","ha'],
    ["empty", ""],
    ["a list", "[]"],
    ["null", "null"],
    ["of no account", JSON.stringify({ account: "role:admin", hash })],
    ["a password in clear", JSON.stringify({ account: "admin", hash: "canary" })],
    ["a hash that costs an hour", JSON.stringify({ account: "admin", hash: hash.replace("$10$", "$31$") })],
    ["large", " ".repeat(5_000)],
  ])("one that is %s changes nothing, and says so without its content", (_, text) => {
    writeFileSync(file(), text, { mode: 0o600 });
    const failure = caught(take);
    expect(failure).toBeInstanceOf(Failure);
    expect(String(failure)).not.toContain("canary");
    expect(rig.store.accounts.passwords()).toEqual([]);
    expect(existsSync(file())).toBe(true);
  });

  test("one that others may write, and a link, are not read", () => {
    leaveReset(rig.folder, { account: "admin", hash });
    chmodSync(file(), 0o666);
    expect(String(caught(take))).toContain("others may write it");
    symlinkSync(file(), join(rig.folder, "link"));
    const linked = join(rig.folder, "linked");
    require("node:fs").mkdirSync(linked);
    symlinkSync(file(), join(linked, "password-reset.json"));
    expect(String(caught(() => takeReset(linked, () => {})))).toContain("it is no file");
  });
});

function caught(work: () => unknown): unknown {
  try {
    work();
  } catch (cause) {
    return cause;
  }
  return undefined;
}
