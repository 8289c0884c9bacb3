/** A daemon whose home is a cluster with Argo CD's accounts, hashes and policy in it: who gets in, what they may, and what becomes of them. */
import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { parse, stringify } from "yaml";
import { defaultConfig } from "../../src/config/load-config.ts";
import { customResourceDefinitions } from "../../src/core/definitions/custom-resources.ts";
import { Secret } from "../../src/core/model/secret.ts";
import { argoToken, SECRET_KEY } from "../lib/argo-token.ts";
import { freePort } from "../lib/daemon.ts";
import { HOME } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { DEFINITIONS, MERGE } from "../lib/records-stage.ts";
import { type SetsDaemon, startSetsDaemon } from "../lib/sets-daemon.ts";

setDefaultTimeout(60_000);

const PASSWORD = "correct horse battery";
const OTHER = "another horse battery";
const hash = (password: string): Promise<string> =>
  Bun.password.hash(password, { algorithm: "bcrypt", cost: 4 });
const HASH = await hash(PASSWORD);
const SECRETS = `/api/v1/namespaces/${HOME}/secrets`,
  MAPS = `/api/v1/namespaces/${HOME}/configmaps`;
const INITIAL = `${SECRETS}/argocd-initial-admin-secret`;

let given: SetsDaemon;
afterEach(() => given?.stop());

async function start(more: Parameters<typeof startSetsDaemon>[0] = {}): Promise<void> {
  const port = await freePort();
  given = await startSetsDaemon({
    home: "cluster",
    applications: [],
    server: {
      ...defaultConfig("/").server,
      listen: { hostname: "127.0.0.1", port },
      token: new Secret("sesame"),
    },
    ...more,
  });
  await given.world.makeNamespace(HOME);
  for (const definition of customResourceDefinitions())
    await given.world.must("POST", DEFINITIONS, definition);
}

const LABELS = { "app.kubernetes.io/part-of": "argocd" };
async function put(
  path: string,
  kind: string,
  name: string,
  rest: object,
  labels: object = LABELS,
): Promise<void> {
  const at = `${path}/${name}`;
  const object = { apiVersion: "v1", kind, metadata: { name, namespace: HOME, labels }, ...rest };
  if ((await given.world.find(at)) === undefined) await given.world.must("POST", path, object);
  else await given.world.must("PUT", at, object);
}
const encoded = (data: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString("base64")]));
const settings = (data: Record<string, string>) => put(MAPS, "ConfigMap", "argocd-cm", { data });
const policy = (data: Record<string, string>) => put(MAPS, "ConfigMap", "argocd-rbac-cm", { data });
/** With a password of nobody in it, of which the daemon says that it has seen it: who tries too often waits for minutes. */
const secret = (data: Record<string, string>) =>
  put(SECRETS, "Secret", "argocd-secret", { data: encoded({ ...data, "accounts.nobody.password": HASH }) });
const untilSeen = (account: string) =>
  until("the hashes and the accounts are held", async () => {
    const { body } = await as("sesame", "/api/v1/account");
    const names = body.items?.map(({ name }: { name: string }) => name) ?? [];
    return names.includes(account) && (await troubles()).includes("accounts.nobody.password");
  });
/** Whoever made the first password has kept it. */
const untilKept = () =>
  until("the first password counts", async () =>
    JSON.stringify((await as("sesame", "/api/holdfast/v1/activity")).body).includes("password"),
  );

const signIn = async (username: string, password: string): Promise<string> => {
  const { body } = await given.api("/api/v1/session", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username, password }),
  });
  return body.token ?? "";
};
const as = (token: string, path: string) =>
  given.api(path, token === "" ? {} : { headers: { authorization: `Bearer ${token}` } });
const statusFor = async (token: string): Promise<number> => (await as(token, "/api/v1/applications")).status;
const may = async (token: string, question: string): Promise<string> =>
  (await as(token, `/api/v1/account/can-i/${question}`)).body.value;
const troubles = async (): Promise<string> =>
  JSON.stringify((await as("sesame", "/api/holdfast/v1/problems")).body);
const until = (what: string, is: () => Promise<unknown>): Promise<unknown> => eventually(what, is);
const initial = async (): Promise<string> =>
  Buffer.from((await given.world.find(INITIAL))?.data.password ?? "", "base64").toString();

test("a hash of argocd-secret lets its account in, the policy says what for, and one that is patched ends the sessions", async () => {
  await start();
  await secret({ "admin.password": HASH, "accounts.ann.password": HASH, "server.secretkey": "x" });
  await settings({ "accounts.ann": "login, apiKey", "admin.enabled": "true" });
  await policy({ "policy.csv": "g, ann, role:dev\np, role:dev, applications, get, team-a/*, allow" });
  await untilSeen("ann");
  const [ann, admin] = [await signIn("ann", PASSWORD), await signIn("admin", PASSWORD)];
  expect(await Promise.all(["", "nonsense", "sesame", ann, admin].map(statusFor))).toEqual([
    ...[401, 401, 200, 200, 200],
  ]);
  expect(await may(ann, "applications/get/team-a/shop")).toBe("yes");
  expect(await may(ann, "applications/sync/team-a/shop")).toBe("no");
  expect(await may(admin, "applications/sync/team-a/shop")).toBe("yes");
  // There is a password: none is made.
  expect(await given.world.find(INITIAL)).toBeUndefined();

  await policy({
    "policy.csv": "p, ann, applications, *, team-b/*, allow",
    "policy.more.csv": "p, ann, projects, get, *, allow",
  });
  await until("it is in force", async () => (await may(ann, "applications/sync/team-b/shop")) === "yes");
  expect(await may(ann, "applications/get/team-a/shop")).toBe("no");
  expect(await may(ann, "projects/get/x")).toBe("yes");
  await policy({ "policy.csv": "p, ann, applications, *, team-c/*, allow\ng, ann" });
  await until("it is told", async () => (await troubles()).includes("argocd-rbac-cm"));
  expect(await troubles()).toContain("line 2: a membership has two fields after g");
  expect(await may(ann, "applications/sync/team-b/shop")).toBe("yes");
  expect(await may(ann, "applications/sync/team-c/shop")).toBe("no");

  // As documented, and as a shell in UTC prints the time.
  await given.world.must(
    "PATCH",
    `${SECRETS}/argocd-secret`,
    {
      data: encoded({
        "admin.password": await hash(OTHER),
        "admin.passwordMtime": new Date().toISOString().replace(/\.\d+Z$/, "UTC"),
      }),
    },
    MERGE,
  );
  await until("the session ends", async () => (await statusFor(admin)) === 401);
  expect([await signIn("admin", PASSWORD), await statusFor(ann)]).toEqual(["", 200]);
  expect(await signIn("admin", OTHER)).not.toBe("");
  expect(await troubles()).not.toContain(HASH);
});

test("an administrator without a password has one made in argocd-initial-admin-secret, once", async () => {
  await start();
  expect(await statusFor("")).toBe(401);
  await settings({ "accounts.ann": "login" });
  await until("it is made", async () => (await initial()) !== "");
  const password = await initial();
  await untilKept();
  const admin = await signIn("admin", password);
  await given.restart();
  expect([await statusFor(admin), await initial()]).toEqual([200, password]);
  const changed = await given.api("/api/v1/account/password", {
    method: "PUT",
    headers: { "content-type": "application/json", authorization: `Bearer ${admin}` },
    body: JSON.stringify({ name: "admin", currentPassword: password, newPassword: OTHER }),
  });
  expect(changed.status).toBe(200);
  await given.world.must("DELETE", INITIAL);
  await given.restart();
  expect(await signIn("admin", OTHER)).not.toBe("");
  expect(await signIn("admin", password)).toBe("");
  expect(await given.world.find(INITIAL)).toBeUndefined();
});

test("a password that another replica left in that Secret counts, and one that holds none is told and not written over", async () => {
  await start();
  await put(SECRETS, "Secret", "argocd-initial-admin-secret", { data: encoded({ password: "" }) });
  await settings({ "accounts.ann": "login" });
  await until("it is told", async () =>
    given.log.some(({ fields }) => JSON.stringify(fields).includes("holds no password")),
  );
  expect(await initial()).toBe("");
  await put(SECRETS, "Secret", "argocd-initial-admin-secret", { data: encoded({ password: OTHER }) });
  await given.restart();
  await untilKept();
  expect(await signIn("admin", OTHER)).not.toBe("");
});

test("an account whose key breaks is out alone, one that is removed is out and comes back with its tokens, and nothing that vanishes opens the door", async () => {
  await start();
  await secret({ "accounts.ann.password": HASH, "accounts.bob.password": HASH });
  const accounts = { "accounts.ann": "login, apiKey", "accounts.bob": "login" };
  await settings({ ...accounts, "users.session.duration": "2h" });
  await policy({ "policy.default": "role:readonly" });
  await untilSeen("bob");
  const [ann, bob] = [await signIn("ann", PASSWORD), await signIn("bob", PASSWORD)];
  const made = await given.api("/api/v1/account/ann/token", {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${ann}` },
    body: JSON.stringify({ id: "ci" }),
  });
  const token: string = made.body.token;
  expect([await statusFor(token), await statusFor(bob)]).toEqual([200, 200]);

  await settings({ ...accounts, "accounts.ann": "login, apikey" });
  await until("she is out", async () => (await statusFor(token)) === 401);
  expect(await statusFor(bob)).toBe(200);
  expect(await troubles()).toContain("accounts.ann");
  await settings(accounts);
  await until("her token is back", async () => (await statusFor(token)) === 200);

  // What vanishes leaves what it said; the hashes of a Secret go with it.
  await given.world.must("DELETE", `${MAPS}/argocd-cm`);
  await given.world.must("DELETE", `${SECRETS}/argocd-secret`);
  await until("nobody gets in by its hash", async () => (await signIn("bob", PASSWORD)) === "");
  expect(await Promise.all(["", bob, token].map(statusFor))).toEqual([401, 200, 200]);
  await settings({ "accounts.bob": "login" });
  await until("she is removed", async () => (await statusFor(token)) === 401);
  await settings(accounts);
  // An edit that left her out for a moment costs her no token.
  await until("her token is back", async () => (await statusFor(token)) === 200);
});

test("a home that cannot be reached at the start lets nobody in unasked, and takes nothing from anybody", async () => {
  await start();
  await secret({ "accounts.ann.password": HASH });
  await settings({ "accounts.ann": "login, apiKey" });
  await policy({ "policy.default": "role:readonly" });
  await untilSeen("ann");
  const ann = await signIn("ann", PASSWORD);
  const file = given.world.kubeconfig,
    near = readFileSync(file, "utf8");
  const away = parse(near);
  away.clusters[0].cluster.server = `http://127.0.0.1:${await freePort()}`;
  given.whileDown(() => writeFileSync(file, stringify(away)));
  await given.restart();
  expect(await Promise.all(["", ann, "sesame"].map(statusFor))).toEqual([401, 401, 200]);
  expect(await signIn("ann", PASSWORD)).toBe("");
  expect(await signIn("admin", PASSWORD)).toBe("");
  writeFileSync(file, near);
  await until("she is in again", async () => (await statusFor(ann)) === 200);
});

test("who shows nothing may what the default role may where argocd-cm says so, and who shows nonsense is nobody", async () => {
  await start();
  await settings({ "users.anonymous.enabled": "true", "admin.enabled": "false" });
  await policy({ "policy.default": "role:readonly", "policy.csv": "p, , applications, sync, *, allow" });
  // An empty list is no sign of it: who is let in before the policy is read may see nothing yet.
  await until("it is open to read", async () => (await may("", "applications/get/x/y")) === "yes");
  expect([await statusFor(""), await may("", "applications/sync/x/y")]).toEqual([200, "no"]);
  expect(await statusFor("nonsense")).toBe(401);
  const foreign = await given.api("/api/v1/applications", { headers: { origin: "https://evil.example" } });
  expect(foreign.status).toBe(403);
  expect(await given.world.find(INITIAL)).toBeUndefined();
  await settings({ "users.anonymous.enabled": "false", "admin.enabled": "false" });
  await until("it is shut", async () => (await statusFor("")) === 401);
});

test("what bears no label is no open door: the very first look asks everybody, and the problem says how to label it", async () => {
  await start();
  await put(MAPS, "ConfigMap", "argocd-rbac-cm", { data: { "policy.default": "role:readonly" } }, {});
  await until("everybody is asked", async () => (await statusFor("")) === 401);
  // Argo CD reads this one by its name too.
  expect(await troubles()).not.toContain("kubectl label");
  await put(MAPS, "ConfigMap", "argocd-cm", { data: { "accounts.ann": "login" } }, {});
  await put(SECRETS, "Secret", "argocd-secret", { data: encoded({ "accounts.ann.password": HASH }) }, {});
  await until("it is told", async () =>
    (await troubles()).includes("an Argo CD beside this server does not find it"),
  );
  await given.restart();
  expect(await statusFor("")).toBe(401);
  const ann = await signIn("ann", PASSWORD);
  expect([await statusFor(ann), await may(ann, "applications/get/x/y")]).toEqual([200, "yes"]);
  expect(await troubles()).toContain(
    `kubectl -n ${HOME} label --overwrite configmap argocd-cm app.kubernetes.io/part-of=argocd`,
  );
});

test("tokens that Argo CD issued open what they opened there, until they are taken out of the list or the key changes", async () => {
  await start();
  const iat = Math.floor(Date.now() / 1000) - 3600;
  const issued = { iss: "argocd", iat, nbf: iat };
  const ci = await argoToken({ ...issued, sub: "ci:apiKey", jti: "ci-1" });
  const role = await argoToken({ ...issued, sub: "proj:team-a:deploy", jti: "role-1", exp: iat + 7200 });
  const login = await argoToken({ ...issued, sub: "ci:login", jti: "s-1", exp: iat + 86_400 });
  const kept = { "accounts.ci.tokens": JSON.stringify([{ id: "ci-1", iat }]) };
  await secret({ "server.secretkey": SECRET_KEY, ...kept });
  await settings({ "accounts.ci": "apiKey" });
  await policy({ "policy.csv": "p, ci, applications, get, team-a/*, allow" });
  await given.world.must("POST", `/apis/argoproj.io/v1alpha1/namespaces/${HOME}/appprojects`, {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AppProject",
    metadata: { name: "team-a", namespace: HOME },
    spec: {
      roles: [
        { name: "deploy", policies: ["p, proj:team-a:deploy, applications, sync, team-a/*, allow"] },
        { name: "old", jwtTokens: [{ iat }] },
      ],
    },
    status: { jwtTokensByRole: { deploy: { items: [{ id: "role-1", iat }] } } },
  });
  await until("ci is let in", async () => (await statusFor(ci)) === 200);
  await until("the role is there", async () => (await statusFor(role)) === 200);
  expect([await may(ci, "applications/get/team-a/x"), await may(ci, "applications/sync/team-a/x")]).toEqual([
    ...["yes", "no"],
  ]);
  expect([
    await may(role, "applications/sync/team-a/x"),
    await may(role, "applications/sync/team-b/x"),
    await statusFor(await argoToken({ ...issued, sub: "proj:team-a:old" })),
  ]).toEqual(["yes", "no", 200]);
  const told = await as(login, "/api/v1/applications");
  expect([told.status, JSON.stringify(told.body)]).toEqual([401, expect.stringContaining("log in again")]);
  const foreign = await argoToken({ ...issued, sub: "admin:apiKey", jti: "ci-1" }, `${SECRET_KEY}x`);
  expect((await as(foreign, "/api/v1/applications")).status).toBe(401);
  // A cookie of Argo CD's is nobody's: whoever has a browser logs in anew.
  const cookie = await given.api("/api/v1/applications", { headers: { cookie: `argocd.token=${ci}` } });
  expect(cookie.status).toBe(401);
  const info = await as(ci, "/api/v1/session/userinfo");
  expect(info.body).toMatchObject({ loggedIn: true, username: "ci", iss: "argocd" });

  // A stream that a token opened ends when it is revoked, and the next request is refused.
  let stream = "is open";
  const streaming = as(ci, "/api/v1/stream/applications")
    .catch(() => undefined)
    .then(() => (stream = "has ended"));
  const { body: account } = await as("sesame", "/api/v1/account/ci");
  expect(account.tokens).toEqual([
    { id: "ci-1", issuedAt: String(iat), expiresAt: "0", hint: "eyJ", createdBy: "Argo CD", scopes: "all" },
  ]);
  const items = "/api/holdfast/v1/projects/team-a/roles/deploy/tokens";
  expect((await as("sesame", items)).body.items).toMatchObject([{ id: "role-1", createdBy: "Argo CD" }]);
  for (const [path, where] of [
    ["/api/v1/account/ci/token/ci-1", "accounts.ci.tokens of the Secret argocd-secret"],
    ["/api/v1/projects/team-a/roles/deploy/token/role-1", "status.jwtTokensByRole of the AppProject"],
    [`/api/v1/projects/team-a/roles/deploy/token/${iat}`, "status.jwtTokensByRole of the AppProject"],
  ] as const) {
    const headers = { authorization: "Bearer sesame", "content-type": "application/json" };
    const { status, body } = await given.api(path, { method: "DELETE", headers });
    expect([status, JSON.stringify(body)]).toEqual([400, expect.stringContaining(where)]);
  }
  expect(stream).toBe("is open");
  await secret({ "server.secretkey": SECRET_KEY, "accounts.ci.tokens": "[]" });
  await until("it is revoked", async () => (await statusFor(ci)) === 401);
  await streaming;
  await secret({ "server.secretkey": SECRET_KEY, ...kept });
  await until("it is back", async () => (await statusFor(ci)) === 200);
  await settings({ "accounts.ci": "login" });
  await until("it may have none", async () => (await statusFor(ci)) === 401);
  await settings({ "accounts.ci": "apiKey" });
  await until("it may", async () => (await statusFor(ci)) === 200);
  await given.restart();
  await until("it counts after a restart", async () => (await statusFor(ci)) === 200);
  await secret({ "server.secretkey": `${SECRET_KEY}x`, ...kept });
  await until("the key is another one", async () => (await statusFor(ci)) === 401);
  expect(await statusFor(role)).toBe(401);
  const said = JSON.stringify([
    given.log,
    (await as("sesame", "/api/holdfast/v1/activity")).body,
    await troubles(),
  ]);
  for (const text of [ci, role, login, SECRET_KEY]) expect(said.includes(text)).toBe(false);
});
