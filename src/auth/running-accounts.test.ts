import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { AuthRig, CheapHasher, cheapBcrypt } from "../../test/lib/auth-rig.ts";
import { recordingLog } from "../../test/lib/recording-log.ts";
import type { Secret } from "../core/model/secret.ts";
import { Secret as Hidden } from "../core/model/secret.ts";
import { leaveReset } from "./password-reset.ts";
import { RunningAccounts } from "./running-accounts.ts";

let rig: AuthRig;
let running: RunningAccounts;
let log: ReturnType<typeof recordingLog>;
let printed: Secret[];
let asking: string | undefined;

function start(): void {
  log = recordingLog();
  running = new RunningAccounts({
    store: rig.store.accounts,
    journal: rig.store,
    clock: rig.ports.clock,
    log,
    folder: rig.folder,
    serverToken: () => undefined,
    hasRole: () => false,
    asking: () => asking,
    hasher: new CheapHasher(),
  });
}
beforeEach(() => {
  rig = new AuthRig();
  printed = [];
  asking = undefined;
  start();
});
afterEach(() => rig.remove());

const hold = (data: Record<string, string>, secret?: Record<string, string>) =>
  running.hold({
    settings: { shown: "argocd-cm", data },
    ...(secret === undefined ? {} : { secret: { shown: "argocd-secret", data: secret } }),
  });
const begin = () => running.begin(undefined, (password) => printed.push(password));
const signIn = (name: string, password: string) =>
  running.logins.signIn({
    name,
    password: new Hidden(password),
    address: "192.0.2.1",
    carried: "bearer",
    agent: "",
  });

describe("RunningAccounts", () => {
  test("from nothing: an administrator whose password is printed once and stands in no audit and no log", async () => {
    expect(hold({})).toEqual([]);
    await begin();
    await begin();
    expect(printed.length).toBe(1);
    const password = printed[0]?.reveal() ?? "";
    expect((await signIn("admin", password)).is).toBe("signed-in");
    const kept = JSON.stringify([rig.store.audits({ limit: 50 }), log.lines]);
    expect(kept).not.toContain(password);
    expect(rig.store.audits({ limit: 50 }).map(({ actor, action }) => `${actor} ${action}`)).toEqual([
      "user:admin signed-in",
      "daemon password-set",
    ]);
  });

  test("as Argo CD's ConfigMap and Secret have it, nobody is asked for another password", async () => {
    expect(
      hold(
        { "accounts.ann": "login", "accounts.off": "login", "accounts.off.enabled": "false" },
        {
          "admin.password": cheapBcrypt("the old one"),
          "accounts.ann.password": cheapBcrypt("one of ann"),
          "accounts.off.password": cheapBcrypt("one of off"),
          "server.secretkey": "k",
        },
      ),
    ).toEqual([]);
    await begin();
    expect(printed).toEqual([]);
    expect([
      (await signIn("admin", "the old one")).is,
      (await signIn("ann", "one of ann")).is,
      (await signIn("off", "one of off")).is,
    ]).toEqual(["signed-in", "signed-in", "refused"]);
  });

  test("a ConfigMap with a typo changes nothing: nobody loses a session or a token by it", async () => {
    hold({ "accounts.ann": "login, apiKey" }, { "accounts.ann.password": cheapBcrypt("one of ann") });
    await signIn("ann", "one of ann");
    running.tokens.make({ owner: { kind: "account", name: "ann" }, name: "ci", scopes: "all", by: "ann" });
    expect(hold({ "accounts.ann": "logn" }).map(({ path }) => path)).toEqual(["accounts.ann"]);
    expect([running.sessions.list().length, running.tokens.list().length]).toEqual([1, 1]);
    hold({});
    expect([running.sessions.list().length, running.tokens.list().length]).toEqual([0, 1]);
  });

  test("a reset that was left while it runs is taken at the next look, and one that is broken is said and harms nothing", async () => {
    hold({});
    await begin();
    leaveReset(rig.folder, { account: "admin", hash: cheapBcrypt("from the host") });
    running.tick();
    expect((await signIn("admin", "from the host")).is).toBe("signed-in");
    await Bun.write(`${rig.folder}/password-reset.json`, "{");
    running.tick();
    running.tick();
    expect([log.lines.length, JSON.stringify(log.lines)]).toEqual([
      1,
      expect.stringContaining("it is not whole"),
    ]);
    leaveReset(rig.folder, { account: "ghost", hash: cheapBcrypt("from the host") });
    running.tick();
    expect(JSON.stringify(log.lines)).toContain("there is no account of this name");
    expect(rig.store.accounts.password("ghost")).toBeUndefined();
    expect((await signIn("admin", "from the host")).is).toBe("signed-in");
  });

  test("a reset that was left before the first start comes before a password of our own making", async () => {
    leaveReset(rig.folder, { account: "admin", hash: cheapBcrypt("from the host") });
    hold({});
    await begin();
    expect(printed).toEqual([]);
    expect((await signIn("admin", "from the host")).is).toBe("signed-in");
  });

  test("failures from addresses without end take no place of what was done", async () => {
    hold({});
    await begin();
    for (let tries = 0; tries < 500; tries++)
      await running.logins.signIn({
        name: "admin",
        password: new Hidden("wrong"),
        address: `10.${tries >> 8}.${tries & 255}.1`,
        carried: "bearer",
        agent: "",
      });
    const audits = rig.store.audits({ limit: 1_000 });
    expect(audits.length).toBeLessThan(20);
    expect(audits.findLast(({ action }) => action === "sign-in-refused")).toMatchObject({
      outcome: { is: "refused" },
      from: { address: "10.0.0.1" },
      details: { account: "admin" },
    });
  });

  test("every event has its line, with who did it and nothing of a secret", async () => {
    hold({ "accounts.ann": "login, apiKey" }, { "accounts.ann.password": cheapBcrypt("one of ann") });
    const owner = { kind: "account", name: "ann" } as const;
    const answer = await signIn("ann", "one of ann");
    await signIn("canary", "canary");
    const made = running.tokens.make({ owner, name: "ci", scopes: "all", by: "ann" });
    if (made.is === "made") running.tokens.revoke(made.token.id, "admin");
    if (answer.is === "signed-in") running.sessions.end(answer.session.id, "revoked", "admin");
    const audits = rig.store.audits({ limit: 50 }).reverse();
    expect(audits.map(({ actor, action }) => `${actor} ${action}`)).toEqual([
      "user:ann password-upgraded",
      "user:ann signed-in",
      "anonymous sign-in-refused",
      "user:ann token-made",
      "user:admin token-revoked",
      "user:admin session-ended",
    ]);
    const text = JSON.stringify(audits);
    expect(text).not.toContain("canary");
    if (made.is === "made") expect(text).not.toContain(made.secret.reveal());
  });

  test("what a token does is said of the token, and not of its account; nobody's request makes a login nobody's", async () => {
    hold({ "accounts.ann": "login, apiKey" }, { "accounts.ann.password": cheapBcrypt("one of ann") });
    const owner = { kind: "account", name: "ann" } as const;
    const make = (name: string) => running.tokens.make({ owner, name, scopes: "all", by: "ann" });
    asking = "nobody";
    await signIn("ann", "one of ann");
    asking = "user:ann";
    make("a");
    asking = "token:ann/a";
    make("b");
    running.sessions.endAll(owner, "daemon");
    const audits = rig.store.audits({ limit: 50 }).reverse();
    expect(audits.map(({ actor, action }) => `${actor} ${action}`)).toEqual([
      "user:ann password-upgraded",
      "user:ann signed-in",
      "user:ann token-made",
      "token:ann/a token-made",
      "daemon session-ended",
    ]);
  });
});
