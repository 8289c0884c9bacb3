import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { fakeControl } from "../../test/fakes/fake-control.ts";
import { ADMIN, ANN, AuthRig, PASSWORD } from "../../test/lib/auth-rig.ts";
import { cli } from "../../test/lib/cli.ts";
import { type FakeApi, startFakeApi } from "../../test/lib/fake-api.ts";
import { Asker, almighty } from "../core/access/asker.ts";
import { LOGIN_LIMITS } from "../core/accounts/login-limits.ts";
import { RECENT_LOGIN_MS } from "../core/accounts/session-rules.ts";
import { Secret } from "../core/model/secret.ts";
import { hashSha256 } from "../lib/hash.ts";
import type { Shown } from "./admission.ts";

let rig: AuthRig;
let api: FakeApi;
beforeEach(async () => {
  rig = new AuthRig();
  await rig.with(ADMIN, ANN);
  rig.roles.add("shop/ci");
  api = startFakeApi(fakeControl(), {
    door: rig,
    who: ({ headers }, transport) => shown(headers, transport),
  });
});
afterEach(async () => {
  await api.stop();
  rig.remove();
});

/** Who may everything, as the session or the token that was shown. */
function shown(headers: Headers, transport: "tls" | "plain"): Shown {
  const asking = rig.who.ask(headers, transport);
  if (asking.is === "token")
    return { is: "known", by: "header", asker: almighty(`token:${asking.token.name}`) };
  if (asking.is !== "session") return { is: "refused" };
  const { id, owner } = asking.session;
  const own = owner.kind === "account" ? { account: owner.name, session: id } : undefined;
  const all = (): { is: "allowed"; because: "nothing" } => ({ is: "allowed", because: "nothing" });
  const holds = (): boolean => rig.sessions.holds(id);
  return { is: "known", by: "header", asker: new Asker(`user:${owner.name}`, owner.name, all, holds, own) };
}

const TOKEN = "/api/v1/account/ann/token";
const ROLE_TOKEN = "/api/v1/projects/shop/roles/ci/token";
const OTHERS = "/api/v1/account/password";
const MAKES: [string, string, Record<string, unknown>][] = [
  ["POST", TOKEN, {}],
  ["POST", ROLE_TOKEN, {}],
  ["PUT", OTHERS, { name: "admin", newPassword: "another one that is long" }],
];

async function send(token: string, method: string, path: string, body: Record<string, unknown> = {}) {
  const reply = await fetch(`${api.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const { message, details } = (await reply.json()) as {
    message?: string;
    details?: { reason: string; by: string };
  };
  return { status: reply.status, message, by: details?.reason === "login-too-old" ? details.by : undefined };
}

async function session(): Promise<string> {
  const answer = await rig.logins.signIn({
    ...{ name: "ann", password: new Secret(PASSWORD) },
    ...{ address: "192.0.2.1", carried: "bearer", agent: "" },
  });
  if (answer.is !== "signed-in") throw new Error(answer.is);
  return answer.secret.reveal();
}

describe("what outlives a session", () => {
  test.each(MAKES)(
    "%s %s asks for the password where the login is old, and for nothing where it is new",
    async (method, path, body) => {
      const secret = await session();
      rig.now += RECENT_LOGIN_MS - 1;
      expect((await send(secret, method, path, body)).status).toBe(200);
      rig.now += 1;
      const before = rig.tokens.list().length;
      const refused = await send(secret, method, path, body);
      expect([refused.status, refused.by]).toEqual([403, "password"]);
      expect(refused.message).toBe(
        "this login is older than 15 minutes: send currentPassword with it, the password of whoever asks, or log in again",
      );
      for (const currentPassword of ["", "wrong and long enough", null])
        expect((await send(secret, method, path, { ...body, currentPassword })).status).toBe(403);
      const slip = await send(secret, method, path, { ...body, currentPassword: 1234567 });
      expect([slip.status, slip.message]).toEqual([
        400,
        expect.stringContaining("currentPassword: expected a text"),
      ]);
      expect(slip.message).not.toContain("1234567");
      expect(rig.tokens.list()).toHaveLength(before);
      expect((await send(secret, method, path, { ...body, currentPassword: PASSWORD })).status).toBe(200);
      // Shown once, it counted once.
      expect((await send(secret, method, path, body)).status).toBe(403);
    },
  );

  test("a session that was stolen guesses no password by it, and takes its owner no try", async () => {
    const secret = await session();
    rig.now += RECENT_LOGIN_MS;
    for (let tries = 0; tries < LOGIN_LIMITS.perDevice; tries++)
      expect((await send(secret, "POST", TOKEN, { currentPassword: `guess ${tries}` })).status).toBe(403);
    expect((await send(secret, "POST", TOKEN, { currentPassword: PASSWORD })).status).toBe(429);
    expect((await rig.signIn("ann", PASSWORD)).is).toBe("signed-in");
  });

  test("a program that is let in by an old login is no newer than that", async () => {
    const answer = await rig.signedIn();
    rig.now += RECENT_LOGIN_MS;
    const verifier = "v".repeat(43);
    const challenge = Buffer.from(hashSha256(verifier), "hex").toString("base64url");
    const asked = rig.handed.ask({ challenge, way: { is: "device" }, address: "192.0.2.7", agent: "cli" });
    if (asked.is !== "asked") throw new Error(asked.is);
    rig.handed.answer(asked.request, "allow", { session: answer.session.id, owner: answer.session.owner });
    const given = rig.handed.redeem(asked.request, verifier, "");
    if (given.is !== "given") throw new Error(given.is);
    expect((await send(given.secret.reveal(), "POST", TOKEN)).by).toBe("password");
    expect((await send(given.secret.reveal(), "POST", TOKEN, { currentPassword: PASSWORD })).status).toBe(
      200,
    );
  });

  test("whom a provider vouches for logs in again, whatever password is shown", async () => {
    const owner = { kind: "sso", issuer: "https://id", subject: "1", name: "ann", groups: [] } as const;
    const { secret } = rig.sessions.begin({ owner, carried: "bearer", source: "", agent: "" });
    expect((await send(secret.reveal(), "POST", TOKEN)).status).toBe(200);
    rig.now += RECENT_LOGIN_MS;
    const refused = await send(secret.reveal(), "POST", TOKEN, { currentPassword: PASSWORD });
    expect([refused.status, refused.by, refused.message]).toEqual([
      403,
      "login",
      "this login is older than 15 minutes: log in again, then ask once more",
    ]);
  });

  test("a token has no login that could be old", async () => {
    const made = rig.tokens.make({
      owner: { kind: "account", name: "ann" },
      name: "ci",
      scopes: "all",
      by: "ann",
    });
    if (made.is !== "made") throw new Error(made.why);
    rig.now += RECENT_LOGIN_MS;
    expect((await send(made.secret.reveal(), "POST", ROLE_TOKEN)).status).toBe(200);
  });

  test.each([
    ["90 days where nothing is said", "", 90],
    ["a year where 0 is said", "--expires-in 0", 366],
    ["as long as is said", "--expires-in 36h", 1.5],
  ])("a token of the command line lives for %s, by an account and by a role", async (_, flags, days) => {
    const setting = { server: api.url, env: { HOLDFAST_TOKEN: await session() } };
    for (const line of ["account token create --account ann", "project role create-token shop ci"]) {
      const { code } = await cli(`${line} ${flags}`.trim().split(" "), setting);
      expect([line, code]).toEqual([line, 0]);
    }
    const ends = rig.tokens.list().map(({ expiresAt }) => (expiresAt - rig.now) / 86_400_000);
    expect(ends).toEqual([days, days]);
  });

  test("a session that ends while its password is looked at makes nothing", async () => {
    const secret = await session();
    rig.now += RECENT_LOGIN_MS;
    const { hasher } = rig;
    if ("meanwhile" in hasher)
      hasher.meanwhile = () => void rig.sessions.endAll({ kind: "account", name: "ann" }, "admin");
    expect((await send(secret, "POST", TOKEN, { currentPassword: PASSWORD })).status).toBe(401);
    expect(rig.tokens.list()).toEqual([]);
  });

  test("the command line asks a person for the password once, and tells a script why", async () => {
    const secret = await session();
    rig.now += RECENT_LOGIN_MS;
    const argv = ["account", "token", "create", "--account", "ann"];
    const setting = { server: api.url, env: { HOLDFAST_TOKEN: secret } };
    const script = await cli(argv, setting);
    expect([script.code, script.stdout]).toEqual([4, ""]);
    expect(script.stderr).toBe(
      "✗ This login is too old to make what outlives it.\n  Pipe your own password in with --password-stdin, or log in again: holdfast login SERVER   exit 4\n",
    );
    for (const [text, code] of [
      [`${PASSWORD}\r\n`, 0],
      ["wrong\n", 4],
      ["\n", 2],
    ] as const)
      for (const line of [argv, ["project", "role", "create-token", "shop", "ci"]]) {
        const piped = await cli([...line, "--password-stdin"], { ...setting, stdin: { text } });
        expect([line[0], text, piped.code]).toEqual([line[0], text, code]);
        expect([piped.stdout === "", piped.stderr.includes(PASSWORD)]).toEqual([code !== 0, false]);
      }
    const terminal = { columns: 100 };
    const wrong = await cli(argv, { ...setting, terminal, stdin: { text: "wrong\n", isTTY: true } });
    expect([wrong.code, wrong.stdout, wrong.stderr]).toEqual([
      4,
      "",
      expect.stringContaining("That is not the password of whoever is logged in"),
    ]);
    const person = await cli(argv, { ...setting, terminal, stdin: { text: `${PASSWORD}\n`, isTTY: true } });
    expect([person.code, person.stdout]).toEqual([0, expect.stringMatching(/^hf_token_\w+\n$/)]);
    expect(person.stderr).not.toContain(PASSWORD);
  });
});
