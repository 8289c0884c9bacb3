/** The client of secret stores against HashiCorp's Vault itself: both engines, both logins, and everything that may be wrong. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { Secret } from "../../src/core/model/secret.ts";
import type { SecretStoreSettings } from "../../src/core/model/secret-store.ts";
import { openStore } from "../../src/daemon/secret-stores.ts";
import type { KeptSecret, SecretPlace } from "../../src/plugin/contract.ts";
import { endingOf, rejectionOf } from "../lib/ending-of.ts";
import { startVault, type Vault } from "../lib/vault.ts";

setDefaultTimeout(60_000);

let vault: Vault;
beforeAll(async () => {
  vault = await startVault();
  await vault.write("secret/data/team/app", { data: { password: "first", port: 9443 } });
  await vault.write("secret/data/team/app", { data: { password: "second", port: 9443 } });
  await vault.write("old/app", { password: "of version 1", data: { nested: "x" } });
}, 60_000);
afterAll(() => vault?.stop());

const settings = (changes: Partial<SecretStoreSettings> = {}): SecretStoreSettings => ({
  name: "vault",
  address: vault.address,
  login: { by: "token", token: new Secret(vault.root) },
  namespace: "",
  kvVersion: "2",
  paths: [],
  ...changes,
});
const never = new AbortController().signal;
const place = (path: string, version = "", kvVersion = ""): SecretPlace => ({ path, version, kvVersion });
const read = (asked: SecretPlace, changes: Partial<SecretStoreSettings> = {}): Promise<KeptSecret> =>
  openStore(settings(changes)).read(asked, never);

test("engine 2: the newest version, an older one, and what tells them apart", async () => {
  const newest = await read(place("secret/data/team/app"));
  expect(newest.values).toEqual({ password: "second", port: 9443 });
  expect(newest.state).toMatch(/^secret\/data\/team\/app 2 \d{4}-/);
  expect((await read(place("secret/data/team/app", "1"))).values).toEqual({ password: "first", port: 9443 });
});

test("engine 1, by the store's setting or the object's; its values have no state", async () => {
  const kept = { values: { password: "of version 1", data: { nested: "x" } } };
  expect(await read(place("old/app"), { kvVersion: "1" })).toEqual(kept);
  expect(await read(place("old/app", "", "1"))).toEqual(kept);
});

test("AppRole: logs in once, again where its life is over or was taken back, and reads what its policy allows", async () => {
  const role = await vault.role('path "secret/data/team/*" { capabilities = ["read"] }', "2s");
  const login = {
    by: "approle" as const,
    roleId: role.roleId,
    secretId: new Secret(role.secretId),
    mount: "auth/approle",
  };
  const store = openStore(settings({ login }));
  const both = await Promise.all([1, 2].map(() => store.read(place("secret/data/team/app"), never)));
  expect(both.map(({ values }) => values["password"])).toEqual(["second", "second"]);
  await Bun.sleep(2_500);
  expect((await store.read(place("secret/data/team/app"), never)).values["password"]).toBe("second");
  await vault.write("sys/leases/revoke-prefix/auth/approle/login", {});
  expect((await store.read(place("secret/data/team/app"), never)).values["password"]).toBe("second");
  expect(await endingOf(store.read(place("secret/data/ready"), never))).toThrow(
    /^secret\/data\/ready: cannot read it in the secret store vault: it answers 403: .*permission denied/,
  );
  const wrong = { ...login, secretId: new Secret("wrong-canary") };
  const refused = read(place("secret/data/team/app"), { login: wrong });
  expect(await endingOf(refused)).toThrow(/^vault: cannot log in to the secret store: it answers 400: /);
  expect(String(await rejectionOf(refused))).not.toContain("wrong-canary");
});

test.each<[string, SecretPlace, Partial<SecretStoreSettings>, string]>([
  ["a path where nothing is", place("secret/data/none"), {}, "there is no secret there, or it was deleted"],
  ["an engine that is not there", place("none/data/x"), {}, "secret store vault: "],
  ["a version that is not there", place("secret/data/team/app", "9"), {}, "there is no version 9 there"],
  ["a version that is no number", place("secret/data/team/app", "x?y"), {}, '"x?y" is no version'],
  ["engine 2 without data/", place("secret/team/app"), {}, "there is no secret there"],
  ["engine 1 as if it were 2", place("old/app"), {}, "it is no path"],
  [
    "the token itself",
    place("auth/token/lookup-self"),
    {},
    "it is the server's own, and no secret of an engine",
  ],
  ["the server's own, spelled otherwise", place("SYS/mounts"), {}, "it is the server's own"],
  ["a path that climbs", place("secret/data/../../sys/mounts"), {}, "it is no path of a secret"],
  ["a path with a query", place("secret/data/team/app?version=1"), {}, "there is no secret there"],
  [
    "a path that the store does not permit",
    place("secret/data/team/app"),
    { paths: ["secret/data/other/**"] },
    "may be read at secret/data/other/** only",
  ],
  [
    "a wrong token",
    place("secret/data/team/app"),
    { login: { by: "token", token: new Secret("wrong-canary") } },
    "it answers 403: ",
  ],
])("%s is refused with one sentence, and tried again", async (name, asked, changes, says) => {
  if (name === "engine 1 as if it were 2") {
    // Its secret has a key named data, as an engine of version 2 would have it: only its content tells.
    expect((await read(asked, changes)).values).toEqual({ nested: "x" });
    return;
  }
  const failure = await read(asked, changes).catch((cause: unknown) => cause);
  expect(failure).toMatchObject({ retry: "backoff" });
  expect(String((failure as Error).message)).toContain(says);
  expect(String((failure as Error).message)).not.toContain("wrong-canary");
});

test("a deleted secret is not there; one that is made anew has another state, though its version is 1 again", async () => {
  await vault.write("secret/data/team/again", { data: { a: "1" } });
  const first = await read(place("secret/data/team/again"));
  await fetch(`${vault.address}/v1/secret/data/team/again`, {
    method: "DELETE",
    headers: { "X-Vault-Token": vault.root },
  });
  expect(await endingOf(read(place("secret/data/team/again")))).toThrow(
    "there is no secret there, or it was deleted",
  );
  await fetch(`${vault.address}/v1/secret/metadata/team/again`, {
    method: "DELETE",
    headers: { "X-Vault-Token": vault.root },
  });
  await vault.write("secret/data/team/again", { data: { a: "2" } });
  const second = await read(place("secret/data/team/again"));
  expect(second.state).not.toBe(first.state);
});

test("check() logs in, and says why where it cannot", async () => {
  const check = (changes: Partial<SecretStoreSettings>): Promise<void> =>
    openStore(settings(changes)).check(never);
  await check({});
  const role = await vault.role('path "secret/data/team/*" { capabilities = ["read"] }');
  const login = { by: "approle" as const, roleId: role.roleId, mount: "auth/approle" };
  await check({ login: { ...login, secretId: new Secret(role.secretId) } });
  expect(await endingOf(check({ login: { ...login, secretId: new Secret("x") } }))).toThrow("cannot log in");
  expect(await endingOf(check({ login: { by: "token", token: new Secret("x") } }))).toThrow("it answers 403");
});

test("a store that is sealed, and one that is down, say so", async () => {
  const other = await startVault();
  const changes = { address: other.address, login: { by: "token" as const, token: new Secret(other.root) } };
  expect((await read(place("secret/data/ready"), changes)).values).toEqual({ a: "b" });
  await other.write("sys/seal", {});
  expect(await endingOf(read(place("secret/data/ready"), changes))).toThrow(
    "secret/data/ready: cannot read it in the secret store vault: it is sealed or not ready",
  );
  await other.stop();
  expect(await endingOf(read(place("secret/data/ready"), changes))).toThrow(
    "secret store vault: cannot read it: nothing listens there",
  );
});

test("a server that is none, leads elsewhere, answers without end or never does, gets and gives nothing", async () => {
  let asked: string[] = [];
  const elsewhere = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request) => {
      asked.push(request.headers.get("X-Vault-Token") ?? "none");
      return Response.json({ data: { data: { password: "stolen" } } });
    },
  });
  const answers: Record<string, () => Response> = {
    "/v1/a": () => Response.redirect(`http://127.0.0.1:${elsewhere.port}/v1/a`, 307),
    "/v1/b": () => new Response("<html>"),
    "/v1/c": () => new Response(new ReadableStream({ pull: (to) => to.enqueue(new Uint8Array(1 << 20)) })),
    "/v1/d": () => Response.json({ errors: "no list" }, { status: 500 }),
  };
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: ({ url }) => answers[new URL(url).pathname]?.() ?? new Response("", { status: 500 }),
  });
  const changes = { address: `http://127.0.0.1:${server.port}` };
  expect(await endingOf(read(place("a"), changes))).toThrow("secret store vault: cannot read it: ");
  expect(asked).toEqual([]);
  expect(await endingOf(read(place("b"), changes))).toThrow("is no secret of version 2");
  expect(await endingOf(read(place("c"), changes))).toThrow("secret store vault: cannot read it: ");
  expect(await endingOf(read(place("d"), changes))).toThrow("it answers 500");
  asked = [];
  await Promise.all([server.stop(true), elsewhere.stop(true)]);
});
