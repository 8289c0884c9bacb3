import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { ADMIN, ANN, AuthRig, cheapBcrypt, PASSWORD } from "../../test/lib/auth-rig.ts";
import { Failure } from "../core/model/failure.ts";
import type { Secret } from "../core/model/secret.ts";
import { Secret as SecretText } from "../core/model/secret.ts";
import { type Directories, Logins } from "./logins.ts";

const OWNER = { kind: "sso", issuer: "ldap://x", subject: "u-1", name: "Eve", groups: ["dev"] } as const;

let rig: AuthRig;
let asked: string[];
let are: boolean;
let answer: (name: string, password: Secret) => ReturnType<Directories["check"]>;
let logins: Logins;
beforeEach(async () => {
  rig = new AuthRig();
  await rig.with(ADMIN, ANN);
  [asked, are] = [[], true];
  answer = async (name, password) =>
    name === "eve" && password.reveal() === PASSWORD ? { is: "right", owner: OWNER } : { is: "wrong" };
  logins = new Logins(rig.ports, rig.accounts, rig.passwords, rig.sessions, undefined, {
    areThere: () => are,
    check(name, password) {
      asked.push(name);
      return answer(name, password);
    },
  });
});
afterEach(() => rig.remove());

function signIn(name: string, password = PASSWORD, more: { address?: string; device?: string } = {}) {
  return logins.signIn({
    ...{ name, password: new SecretText(password), address: "192.0.2.1", carried: "cookie", agent: "x" },
    ...more,
  });
}

describe("Logins.signIn() where there is a directory", () => {
  test("lets in whom it knows, as who they are there", async () => {
    const signed = await signIn("eve");
    expect(signed).toMatchObject({ is: "signed-in", session: { owner: OWNER } });
    expect(rig.events).toMatchObject([{ did: "signed-in", owner: OWNER }]);
    expect(await signIn("eve", "wrong")).toEqual({ is: "refused" });
    expect(rig.events.at(-1)).toMatchObject({ did: "sign-in-refused", account: undefined });
  });

  test("asks it for nobody who has an account here, whatever the password", async () => {
    expect(await signIn("ann")).toMatchObject({ is: "signed-in", session: { owner: { kind: "account" } } });
    expect(await signIn("ann", "wrong")).toEqual({ is: "refused" });
    rig.accounts.declare([ADMIN, { ...ANN, enabled: "no" }], []);
    expect(await signIn("ann")).toEqual({ is: "refused" });
    expect(asked).toEqual([]);
  });

  test("asks none where there is none", async () => {
    are = false;
    expect(await signIn("eve")).toEqual({ is: "refused" });
    expect(asked).toEqual([]);
  });

  test("is asked as often as one may try, also while it cannot say", async () => {
    for (let at = 0; at < 3; at++) expect(await signIn("eve", "wrong")).toEqual({ is: "refused" });
    answer = () =>
      Promise.reject(
        new Failure("provider-unreachable", "x", "backoff", { cannot: "ask", why: "it is gone" }),
      );
    for (let at = 0; at < 2; at++)
      expect(await signIn("eve", "wrong").catch((cause) => cause)).toMatchObject({
        code: "provider-unreachable",
      });
    expect(await signIn("eve")).toMatchObject({ is: "limited" });
    expect(asked).toHaveLength(5);
    expect(await signIn("ann")).toMatchObject({ is: "signed-in" });
  });

  test("a device that signed in by it is none of an account that gets the name", async () => {
    const signed = await signIn("eve");
    if (signed.is !== "signed-in") throw new Error(signed.is);
    const address = "192.0.2.9";
    for (let at = 0; at < 6; at++) await signIn("eve", "wrong", { address });
    expect(await signIn("eve", PASSWORD, { address })).toMatchObject({ is: "limited" });
    const again = await signIn("eve", PASSWORD, { address, device: signed.device.reveal() });
    if (again.is !== "signed-in") throw new Error(again.is);
    // By a hash of Argo CD's: to set a password would forget all devices.
    const hash = cheapBcrypt(PASSWORD);
    rig.accounts.declare([ADMIN, { ...ANN, name: "eve" }], [{ account: "eve", hash, changedAt: 0 }]);
    for (let at = 0; at < 6; at++) await signIn("eve", "wrong", { address });
    expect(await signIn("eve", PASSWORD, { address, device: again.device.reveal() })).toMatchObject({
      is: "limited",
    });
  });

  test("no crowd that waits for it holds up an account, and is told to come again", async () => {
    const gate = Promise.withResolvers<void>();
    answer = async () => {
      await gate.promise;
      return { is: "wrong" };
    };
    const crowd = Array.from({ length: 40 }, (_, at) =>
      signIn(`n${at}`, "x", { address: `198.51.100.${at}` }),
    );
    expect(await signIn("ann")).toMatchObject({ is: "signed-in" });
    gate.resolve();
    const said = (await Promise.all(crowd)).map(({ is }) => is);
    expect([said.filter((is) => is === "refused").length, said.filter((is) => is === "busy").length]).toEqual(
      [32, 8],
    );
    answer = async () => ({ is: "right", owner: OWNER });
    expect(await signIn("n41", "x", { address: "198.51.100.41" })).toMatchObject({ is: "signed-in" });
  });
});
