/** A daemon with accounts: who signs in, what they may, and what becomes of them when the config changes or it starts again. */
import { afterEach, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "../../src/config/load-config.ts";
import { type Daemon, startDaemon } from "../../src/daemon/daemon.ts";
import { cronProblem } from "../../src/engine/wake/schedule.ts";
import { resetPassword } from "../../src/verbs/reset-password.ts";
import { cli } from "../lib/cli.ts";
import { freePort } from "../lib/daemon.ts";
import { eventually } from "../lib/eventually.ts";
import { recordingLog } from "../lib/recording-log.ts";

const stops: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const PASSWORD = "correct horse battery";
const HASH = await Bun.password.hash(PASSWORD, { algorithm: "bcrypt", cost: 4 });

interface Place {
  dir: string;
  /** What was said to whoever started it. */
  printed: string[];
  log: ReturnType<typeof recordingLog>;
  write(config: string): void;
  start(): Promise<Daemon>;
}

async function place(config: (port: number) => string): Promise<Place & { config: string }> {
  const dir = mkdtempSync(join(tmpdir(), "holdfast-accounts-"));
  stops.push(() => rmSync(dir, { recursive: true, force: true }));
  const file = join(dir, "holdfast.yaml");
  const write = (text: string) => writeFileSync(file, `${text}\ndata: ./data\napplications: [./apps]\n`);
  const printed: string[] = [];
  const log = recordingLog();
  const first = config(await freePort());
  write(first);
  for (const [project, name] of [
    ["team-a", "mine"],
    ["team-b", "theirs"],
  ])
    await Bun.write(join(dir, "apps", `${name}.yaml`), manifests(project as string, name as string));
  const read = (name: string) => loadConfig(name, { env: {}, validateCron: cronProblem });
  return {
    ...{ dir, printed, log, write, config: first },
    async start() {
      const parsed = read(file);
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
      const daemon = await startDaemon({
        config: parsed.value,
        file,
        wrong: [],
        held: () => undefined,
        reread: read,
        log,
        build: { version: "test", commit: "", buildDate: "" },
        embeddedTools: {},
        searchPath: "",
        environment: {},
        cwd: dir,
        checkHost: () => [],
        pod: { host: "", port: "" },
        print: (text) => printed.push(text),
      });
      stops.push(() => daemon.stop());
      return daemon;
    },
  };
}

function manifests(project: string, name: string): string {
  const head = "apiVersion: argoproj.io/v1alpha1\n";
  return [
    `${head}kind: AppProject\nmetadata: { name: ${project} }\nspec:\n  sourceRepos: ["*"]\n  destinations: [{ server: "*", namespace: "*" }]\n  roles: [{ name: ops, groups: [bob], policies: ["p, proj:${project}:ops, applications, get, ${project}/*, allow"] }]\n`,
    `${head}kind: Application\nmetadata: { name: ${name} }\nspec: { project: ${project}, source: { repoURL: "https://git.invalid/x.git", path: ".", targetRevision: main }, destination: { name: nowhere, namespace: x } }\n`,
  ].join("---\n");
}

const ACCOUNTS = (more = "") => `accounts:
- { name: ann, passwordHash: "${HASH}"${more} }
- { name: bob, passwordHash: "${HASH}" }
rbac:
  policy: |
    p, role:dev, applications, get, team-a/*, allow
    p, role:dev, applications, sync, team-a/*, allow
    g, ann, role:dev
`;
const server = (port: number) => `server: { listen: "127.0.0.1:${port}", token: sesame }\n`;

/** Of what the API answers here: each test looks at the fields of its route. */
interface Answer {
  items: Item[];
  value?: string;
  token: string;
  message: string;
  loggedIn?: boolean;
  username?: string;
}
interface Item {
  metadata: { name: string };
  id: string;
  name: string;
  account: string;
  own?: string;
  actor?: string;
  who?: { kind: string; name: string; via?: string };
  action?: string;
}

const signIn = async ({ url }: Daemon, username: string, password: string) => {
  const reply = await fetch(`${url}/api/v1/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username, password }),
  });
  return { status: reply.status, token: ((await reply.json()) as { token?: string }).token ?? "" };
};
const as = async ({ url }: Daemon, token: string, path: string, body?: unknown) => {
  const reply = await fetch(`${url}${path}`, {
    headers: {
      ...(token === "" ? {} : { authorization: `Bearer ${token}` }),
      "content-type": "application/json",
    },
    ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
  });
  return { status: reply.status, body: (await reply.json()) as Answer };
};
const namesFor = async (daemon: Daemon, token: string): Promise<string[]> => {
  const { status, body } = await as(daemon, token, "/api/v1/applications");
  return status === 200 ? body.items.map((app) => app.metadata.name) : [`status ${status}`];
};
const firstPassword = ({ printed }: Place): string =>
  /said this once: (\S+)/.exec(printed.join("\n"))?.[1] ?? "";

describe("a daemon with accounts", () => {
  test("says the administrator's first password once, lets each see and do what the policy gives, and says who did what", async () => {
    const here = await place((port) => server(port) + ACCOUNTS(", may: [login, apiKey]"));
    const daemon = await here.start();
    await eventually("the password is said", () => firstPassword(here) !== "");
    await eventually("both are known", async () => (await namesFor(daemon, "sesame")).length === 2);
    expect(here.log.lines.map((line) => JSON.stringify(line)).join("\n")).not.toContain(firstPassword(here));
    const admin = await signIn(daemon, "admin", firstPassword(here));
    const [ann, bob] = [await signIn(daemon, "ann", PASSWORD), await signIn(daemon, "bob", PASSWORD)];
    expect([admin.status, ann.status, bob.status]).toEqual([200, 200, 200]);
    expect((await signIn(daemon, "ann", "wrong")).status).toBe(401);
    expect(await namesFor(daemon, "")).toEqual(["status 401"]);
    expect(await namesFor(daemon, "sesam")).toEqual(["status 401"]);
    expect(await namesFor(daemon, admin.token)).toEqual(["mine", "theirs"]);
    expect(await namesFor(daemon, ann.token)).toEqual(["mine"]);
    // By a role of the project, which names a person in place of a group.
    expect(await namesFor(daemon, bob.token)).toEqual(["mine", "theirs"]);
    const sync = (token: string, name: string) => as(daemon, token, `/api/v1/applications/${name}/sync`, {});
    expect([(await sync(ann.token, "theirs")).status, (await sync(bob.token, "mine")).status]).toEqual([
      403, 403,
    ]);
    expect((await sync(ann.token, "mine")).status).toBe(200);
    expect((await as(daemon, ann.token, "/api/holdfast/v1/pauses", { of: "writes", why: "x" })).status).toBe(
      403,
    );
    const { body } = await as(daemon, admin.token, "/api/holdfast/v1/activity?outcome=refused");
    expect(body.items).toContainEqual(expect.objectContaining({ actor: "user:ann", action: "request" }));
    // Who is told of every entry: of what was asked, what was refused, and what nobody asked for.
    const made = await as(daemon, "sesame", "/api/v1/account/ann/token", { id: "ci" });
    expect((await as(daemon, made.body.token, "/api/v1/applications/theirs/sync", {})).status).toBe(403);
    await fetch(`${daemon.url}/api/v1/applications`, { headers: { authorization: "Bearer wrong" } });
    const { items } = (await as(daemon, admin.token, "/api/holdfast/v1/activity?limit=500")).body;
    const told = items.map(({ action, actor, who }) => ({ action, actor, kind: who?.kind, via: who?.via }));
    const id = expect.stringMatching(/^[0-9a-f-]{36}$/);
    for (const one of [
      { action: "signed-in", actor: "user:ann", kind: "account", via: id },
      { action: "sync", actor: "user:ann", kind: "account", via: id },
      { action: "request", actor: "user:ann", kind: "account", via: id },
      { action: "token-made", actor: "user:token", kind: "server-token" },
      { action: "request", actor: "token:ann/ci", kind: "account", via: id },
      { action: "request without login", actor: "anonymous", kind: "nobody" },
      { action: "password-set", actor: "daemon", kind: "daemon" },
    ])
      expect(told).toContainEqual(expect.objectContaining(one));
    expect(items.filter(({ who }) => !who?.name)).toEqual([]);
    expect((await as(daemon, ann.token, "/api/v1/session/userinfo")).body).toMatchObject({
      loggedIn: true,
      username: "ann",
    });
  });

  test("forgets nobody over a restart, says no second password, and ends whoever is disabled or has no accounts any more", async () => {
    const here = await place((port) => server(port) + ACCOUNTS());
    const first = await here.start();
    await eventually("the password is said", () => firstPassword(here) !== "");
    const { token } = await signIn(first, "ann", PASSWORD);
    await eventually("it is known", async () => (await namesFor(first, token)).length === 1);
    await first.stop();
    const daemon = await here.start();
    await eventually("it is known", async () => (await namesFor(daemon, token)).join() === "mine");
    expect(here.printed).toHaveLength(1);

    const stream = await fetch(`${daemon.url}/api/v1/stream/applications`, {
      headers: { authorization: `Bearer ${token}` },
    });
    here.write(here.config.replace("g, ann, role:dev", ""));
    await daemon.reload();
    const told = (await stream.text()).trimEnd().split("\n");
    expect(JSON.parse(told.at(-1) ?? "")).toMatchObject({ error: { http_code: 403 } });
    await eventually("the role is gone", async () => (await namesFor(daemon, token)).length === 0);
    here.write(here.config.replace(ACCOUNTS(), ACCOUNTS(", enabled: false")));
    await daemon.reload();
    expect(await namesFor(daemon, token)).toEqual(["status 401"]);
    expect((await signIn(daemon, "ann", PASSWORD)).status).toBe(401);
    const bob = await signIn(daemon, "bob", PASSWORD);

    here.write(here.config.replace(/accounts:[^]*/, ""));
    await daemon.reload();
    expect(await namesFor(daemon, bob.token)).toEqual(["status 401"]);
    expect(await namesFor(daemon, "sesame")).toEqual(["mine", "theirs"]);
    expect((await signIn(daemon, "bob", PASSWORD)).status).toBe(401);
  });

  test("loses no token by an edit that takes all accounts out, through a restart too", async () => {
    const here = await place((port) => server(port) + ACCOUNTS(", may: [login, apiKey]"));
    const first = await here.start();
    const { token } = await signIn(first, "ann", PASSWORD);
    const made = await as(first, token, "/api/v1/account/ann/token", { id: "ci" });
    expect(made.status).toBe(200);
    here.write(here.config.replace(/accounts:[^]*/, "accounts: []\n"));
    await first.reload();
    expect(await namesFor(first, made.body.token)).toEqual(["status 401"]);
    await first.stop();
    const daemon = await here.start();
    here.write(here.config);
    await daemon.reload();
    expect(await namesFor(daemon, made.body.token)).toEqual(["mine"]);
    expect(await namesFor(daemon, token)).toEqual(["status 401"]);
  });

  test("asks everybody who they are from the reload on that brings accounts, without server.token too", async () => {
    const here = await place((port) => `server: { listen: "127.0.0.1:${port}" }\n`);
    const daemon = await here.start();
    await eventually("both are known", async () => (await namesFor(daemon, "")).length === 2);
    here.write(here.config + ACCOUNTS());
    await daemon.reload();
    expect(await namesFor(daemon, "")).toEqual(["status 401"]);
    await eventually("the password is said", () => firstPassword(here) !== "");
    expect((await signIn(daemon, "admin", firstPassword(here))).status).toBe(200);
  });

  test("takes a password that whoever has the host left for it", async () => {
    const here = await place((port) => server(port) + ACCOUNTS());
    const daemon = await here.start();
    const around = { cwd: here.dir, env: {} } as Parameters<typeof resetPassword>[0];
    const reset = (argv: string[], stdin?: string) =>
      cli(["admin", "reset-password", ...argv, "--data", join(here.dir, "data")], {
        ...(stdin === undefined ? {} : { stdin: { text: stdin } }),
        verbs: { resetPassword: async (ask) => await resetPassword(around, ask) },
      });
    // Too short, and nothing is left of it.
    expect((await reset(["bob", "--password-stdin"], "short\n")).stderr).toContain(
      "this password is not taken",
    );
    const { code, stdout } = await reset(["bob"]);
    expect(code).toBe(0);
    await eventually("it is taken", () => !existsSync(join(here.dir, "data", "password-reset.json")));
    expect((await signIn(daemon, "bob", stdout.trim())).status).toBe(200);
    expect((await signIn(daemon, "bob", PASSWORD)).status).toBe(401);
  });

  test("lets an account see and change itself, make tokens that can do less, and end sessions", async () => {
    const chief = "accounts:\n- { name: admin, may: [login, apiKey] }\n";
    const here = await place(
      (port) => server(port) + ACCOUNTS(", may: [login, apiKey]").replace("accounts:\n", chief),
    );
    const daemon = await here.start();
    const { token } = await signIn(daemon, "ann", PASSWORD);
    await eventually("it is known", async () => (await namesFor(daemon, token)).join() === "mine");
    const send = async (token: string, method: string, path: string, body: unknown = {}) => {
      const reply = await fetch(`${daemon.url}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        ...(method === "GET" ? {} : { body: JSON.stringify(body) }),
      });
      return { status: reply.status, body: (await reply.json()) as Answer };
    };
    const get = (token: string, path: string) => send(token, "GET", path);
    const accounts = (token: string) => get(token, "/api/v1/account");
    expect((await accounts(token)).body.items.map(({ name }) => name)).toEqual(["ann"]);
    expect((await accounts("sesame")).body.items.map(({ name }) => name).sort()).toEqual([
      "admin",
      "ann",
      "bob",
    ]);
    expect((await get(token, "/api/v1/account/bob")).status).toBe(403);
    expect((await get(token, "/api/v1/account/nobody")).status).toBe(403);
    const can = async (token: string, path: string) =>
      (await get(token, `/api/v1/account/can-i/${path}`)).body.value;
    expect(await can(token, "applications/sync/team-a/mine")).toBe("yes");
    expect(await can(token, "applications/sync/team-b/theirs")).toBe("no");
    expect((await get(token, "/api/v1/account/can-i/aplications/sync/x")).status).toBe(400);

    const whole = await send(token, "POST", "/api/v1/account/ann/token", { id: "ci", expiresIn: 3600 });
    const reader = await send(token, "POST", "/api/v1/account/ann/token", {
      id: "reader",
      scopes: [{ resource: "applications", action: "get", object: "*" }],
    });
    expect([whole.status, reader.status]).toEqual([200, 200]);
    const [ci, read] = [whole.body.token as string, reader.body.token as string];
    expect(await namesFor(daemon, read)).toEqual(["mine"]);
    expect(await can(ci, "applications/sync/team-a/mine")).toBe("yes");
    expect(await can(read, "applications/sync/team-a/mine")).toBe("no");
    // A token makes no other one, and changes no password.
    expect((await send(ci, "POST", "/api/v1/account/ann/token", { id: "x" })).status).toBe(403);
    const next = { name: "ann", currentPassword: PASSWORD, newPassword: "another one that is long" };
    expect((await send(ci, "PUT", "/api/v1/account/password", next)).status).toBe(403);
    expect((await send(token, "POST", "/api/v1/account/bob/token", { id: "x" })).status).toBe(403);
    expect((await send("sesame", "POST", "/api/v1/account/bob/token", { id: "x" })).body.message).toContain(
      "apiKey",
    );
    // Nor does one that may less make one that may more, whatever its scopes say.
    const narrow = { id: "narrow", scopes: [{ resource: "accounts", action: "*", object: "*" }] };
    const { token: small } = (await send("sesame", "POST", "/api/v1/account/admin/token", narrow)).body;
    expect((await get(small, "/api/v1/account/bob")).status).toBe(200);
    for (const [method, path, body] of [
      ["POST", "/api/v1/account/admin/token", { id: "y" }],
      ["PUT", "/api/v1/account/password", { name: "bob", newPassword: "yet another long one" }],
      ["POST", "/api/v1/projects/team-a/roles/ops/token", {}],
    ] as const)
      expect([path, (await send(small, method, path, body)).status]).toEqual([path, 403]);
    const long = [{ resource: "x".repeat(301), action: "get", object: "*" }];
    expect((await send(token, "POST", "/api/v1/account/ann/token", { id: "z", scopes: long })).status).toBe(
      400,
    );
    expect((await send(token, "DELETE", "/api/v1/account/ann/token/ci")).status).toBe(200);
    expect(await namesFor(daemon, ci)).toEqual(["status 401"]);

    const role = "/api/v1/projects/team-a/roles/ops/token";
    expect((await send(token, "POST", role, {})).status).toBe(403);
    const ops = (await send("sesame", "POST", role, { id: "ops" })).body.token as string;
    expect(await namesFor(daemon, ops)).toEqual(["mine"]);
    expect((await send("sesame", "DELETE", `${role}/ops`)).status).toBe(200);
    expect(await namesFor(daemon, ops)).toEqual(["status 401"]);

    const second = await signIn(daemon, "ann", PASSWORD);
    const sessions = (await get(token, "/api/holdfast/v1/sessions")).body.items;
    expect(sessions.map(({ account, own }) => [account, own])).toContainEqual(["ann", "yes"]);
    expect(
      (await send(token, "PUT", "/api/v1/account/password", { ...next, currentPassword: "x" })).status,
    ).toBe(400);
    expect((await send(token, "PUT", "/api/v1/account/password", next)).status).toBe(200);
    // It ends all others of the account, and not the one that asked.
    expect(await namesFor(daemon, second.token)).toEqual(["status 401"]);
    expect(await namesFor(daemon, token)).toEqual(["mine"]);
    // A session that ends while the body comes: the current password stands between it and a new one all the same.
    const third = await signIn(daemon, "ann", next.newPassword);
    let go = (): void => undefined;
    const later = new ReadableStream<Uint8Array>({
      async start(controller) {
        controller.enqueue(new TextEncoder().encode('{"name":"ann",'));
        await new Promise<void>((resolve) => (go = resolve));
        controller.enqueue(new TextEncoder().encode('"newPassword":"stolen and quite long"}'));
        controller.close();
      },
    });
    const slow = fetch(`${daemon.url}/api/v1/account/password`, {
      method: "PUT",
      headers: { authorization: `Bearer ${third.token}`, "content-type": "application/json" },
      body: later,
      duplex: "half",
    } as RequestInit);
    await Bun.sleep(200);
    await send(third.token, "DELETE", "/api/v1/session");
    go();
    expect((await slow).status).toBe(401);
    expect((await signIn(daemon, "ann", "stolen and quite long")).status).toBe(401);
    const own = sessions.find((session) => session.own === "yes");
    expect((await send(token, "DELETE", `/api/holdfast/v1/sessions/${own?.id}`)).status).toBe(200);
    expect(await namesFor(daemon, token)).toEqual(["status 401"]);
  });

  test("sends browsers to a provider of its config, and serves no such page without one", async () => {
    const hub =
      "signOn: { github: [{ name: GitHub, clientId: c, clientSecret: s, organizations: [acme] }] }\n";
    const here = await place(
      (port) => `server: { listen: "127.0.0.1:${port}", url: "http://localhost:${port}" }\n${hub}`,
    );
    const daemon = await here.start();
    const reply = await fetch(`${daemon.url}/auth/login`, { redirect: "manual" });
    expect(reply.status).toBe(303);
    expect(reply.headers.get("location")).toStartWith("https://github.com/login/oauth/authorize?");
    expect(await namesFor(daemon, "")).toEqual(["status 401"]);
    expect((await signIn(daemon, "admin", "x")).status).toBe(401);
    expect(here.printed).toEqual([]);
    here.write(here.config.replace(hub, ""));
    await daemon.reload();
    expect((await fetch(`${daemon.url}/auth/login`, { redirect: "manual" })).status).toBe(404);
  });

  test.each<[string, (port: number) => string, (port: number, taken: number) => string]>([
    [
      "brings accounts",
      (port) => `server: { listen: "127.0.0.1:${port}" }\n`,
      (_, taken) => `server: { listen: "127.0.0.1:${taken}" }\n${ACCOUNTS()}`,
    ],
    [
      "brings accounts, and metrics where something listens",
      (port) => `server: { listen: "127.0.0.1:${port}" }\n`,
      (port, taken) =>
        `server: { listen: "127.0.0.1:${port}" }\nmetrics: { listen: "127.0.0.1:${taken}" }\n${ACCOUNTS()}`,
    ],
    [
      "brings a token",
      (port) => `server: { listen: "127.0.0.1:${port}" }\n`,
      (_, taken) => `server: { listen: "127.0.0.1:${taken}", token: sesame }\n`,
    ],
    [
      "takes the token away, for an address that nobody else reaches",
      server,
      (_, taken) => `server: { listen: "127.0.0.1:${taken}" }\n`,
    ],
    [
      "takes the accounts away",
      (port) => `server: { listen: "127.0.0.1:${port}" }\n${ACCOUNTS()}`,
      (_, taken) => `server: { listen: "127.0.0.1:${taken}" }\n`,
    ],
  ])(
    "answers nobody unasked whose new config %s and whose address is taken, and says so",
    async (_, first, next) => {
      const here = await place(first);
      const daemon = await here.start();
      const isOpen = (await fetch(`${daemon.url}/api/v1/applications`)).status === 200;
      if (isOpen) await eventually("both are known", async () => (await namesFor(daemon, "")).length === 2);
      const taken = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
      stops.push(() => taken.stop(true));
      const stream = isOpen ? await fetch(`${daemon.url}/api/v1/stream/applications`) : undefined;
      const port = Number(new URL(daemon.url).port);
      here.write(next(port, taken.port));
      await daemon.reload();
      expect(Number(new URL(daemon.url).port)).toBe(port);
      // A connection that was kept is cut once more: whoever uses just that one asks again.
      const asked = () => namesFor(daemon, "").catch(() => namesFor(daemon, ""));
      expect(await asked()).toEqual(["status 401"]);
      // What was open before anybody was asked does not stay open.
      await stream?.text().catch(() => undefined);
      const problems = JSON.stringify(here.log.lines);
      expect(problems).toContain("something listens there already");
      // From the address that is free on, it is as the config says.
      here.write(here.config);
      await daemon.reload();
      expect((await fetch(`${daemon.url}/api/v1/applications`)).status === 200).toBe(isOpen);
    },
  );

  test("takes another token at once where its new address is taken, and the one before opens nothing", async () => {
    const here = await place((port) => server(port) + ACCOUNTS());
    const daemon = await here.start();
    await eventually("both are known", async () => (await namesFor(daemon, "sesame")).length === 2);
    const taken = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    stops.push(() => taken.stop(true));
    here.write(server(taken.port).replace("sesame", "another") + ACCOUNTS());
    await daemon.reload();
    expect(await namesFor(daemon, "sesame")).toEqual(["status 401"]);
    expect(await namesFor(daemon, "another")).toEqual(["mine", "theirs"]);
    const { body } = await as(daemon, "another", "/api/holdfast/v1/problems");
    expect(JSON.stringify(body)).toContain("something listens there already");
    here.write(here.config);
    await daemon.reload();
    expect((await as(daemon, "sesame", "/api/holdfast/v1/problems")).body.items).toEqual([]);
  });
});
