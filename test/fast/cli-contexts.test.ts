/** Contexts and logins of the command line: the file that keeps them, and whom a token is shown to. */
import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { changeContexts } from "../../src/cli/contexts/context-file.ts";
import { withContext } from "../../src/cli/contexts/contexts.ts";
import { fakeControl } from "../fakes/fake-control.ts";
import { type CliSetting, cli } from "../lib/cli.ts";
import { startFakeApi } from "../lib/fake-api.ts";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "holdfast-contexts-"));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const fileOf = () => join(home, "holdfast", "contexts.yaml");
const run = (argv: string, { env, ...setting }: CliSetting = {}) =>
  cli(argv.split(" "), { env: { XDG_CONFIG_HOME: home, ...env }, ...setting });
async function keep(text: string, mode = 0o600): Promise<void> {
  await mkdir(join(home, "holdfast"), { recursive: true, mode: 0o700 });
  await writeFile(fileOf(), text, { mode });
  await chmod(fileOf(), mode);
}

/** Answers as Argo CD's routes of sessions do, and writes down what it was shown. */
const asked: string[] = [];
const stand = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  async fetch(request) {
    const { pathname } = new URL(request.url);
    const shown = request.headers.get("authorization") ?? "nothing";
    asked.push(`${request.method} ${pathname} ${shown}`);
    const refuse = (status: number, message: string, code: number) =>
      Response.json({ error: message, code, message }, { status });
    if (pathname === "/api/v1/session" && request.method === "POST") {
      const { username, password } = (await request.json()) as Record<string, string>;
      if (username === "many") return refuse(429, "too many tries: come again in 5 min", 8);
      return username === "ann" && password === "right horse"
        ? Response.json({ token: "session-of-ann" })
        : refuse(401, "Invalid username or password", 16);
    }
    if (shown !== "Bearer session-of-ann" && shown !== "Bearer robot")
      return refuse(401, "send a token that counts", 16);
    if (pathname === "/api/v1/session")
      return shown.endsWith("ann") ? Response.json({}) : refuse(400, "no session", 9);
    if (pathname === "/api/v1/session/userinfo")
      return Response.json({
        loggedIn: true,
        username: shown.endsWith("ann") ? "ann" : "ci",
        groups: ["dev"],
      });
    return Response.json({ items: [] });
  },
});
const url = `http://127.0.0.1:${stand.port}`;
const name = `127.0.0.1:${stand.port}`;
afterAll(() => stand.stop(true));
beforeEach(() => {
  asked.length = 0;
});

const terminal = { columns: 100 };

describe("login", () => {
  test("by name and password, asked for: the session is kept, and counts from then on", async () => {
    const { stdout, stderr, code } = await run(`login ${name}`, {
      terminal,
      stdin: { text: "ann\nright horse\n", isTTY: true },
      env: { NO_COLOR: "1" },
    });
    expect(stdout).toBe(`✓ Logged in to ${url} as ann. The current context is ${name}.\n`);
    expect(stderr).toBe("Username: Password: \n");
    expect(code).toBe(0);
    expect((await stat(fileOf())).mode & 0o777).toBe(0o600);
    expect((await stat(join(home, "holdfast"))).mode & 0o777).toBe(0o700);
    expect(await readdir(join(home, "holdfast"))).toEqual(["contexts.yaml"]);
    expect((await run("app list -o name")).code).toBe(0);
    expect(asked.at(-1)).toBe("GET /api/v1/applications Bearer session-of-ann");
  });

  test("by --password-stdin; a password among the arguments is taken, and said to be seen", async () => {
    const piped = await run(`login ${name} --username ann --password-stdin --name here`, {
      stdin: { text: "right horse\n" },
    });
    expect([piped.code, piped.stderr]).toEqual([0, ""]);
    const shown = await cli(["login", name, "--username", "ann", "--password", "right horse"], {
      env: { XDG_CONFIG_HOME: home },
    });
    expect(shown.code).toBe(0);
    expect(shown.stderr).toContain("can be read by everybody on this machine");
    expect((await run("context list -o name")).stdout).toBe(`here\n${name}\n`);
  });

  test("what the server refuses is kept nowhere", async () => {
    const wrong = await run(`login ${name} --username ann --password wrong -q`);
    expect([wrong.code, wrong.stderr]).toEqual([
      4,
      `✗ ${url} does not take this name and this password.   exit 4\n`,
    ]);
    const stale = await run(`login ${name} --token-stdin`, { stdin: { text: "old\n" } });
    expect([stale.code, stale.stdout]).toEqual([4, ""]);
    const limited = await run(`login ${name} --username many --password x -q`);
    expect([limited.code, limited.stderr]).toEqual([5, "✗ Too many tries: come again in 5 min.   exit 5\n"]);
    expect(await readdir(home)).toEqual([]);
  });

  test("by a token from standard input, or from a file that stays where it is", async () => {
    await run(`login ${name} --token-stdin`, { stdin: { text: "robot\n" } });
    expect(await readFile(fileOf(), "utf8")).toContain("token: robot");
    const token = join(home, "token");
    await writeFile(token, "robot\n");
    await run(`login ${name} --token-file ${token}`);
    expect(await readFile(fileOf(), "utf8")).not.toContain("robot");
    await writeFile(token, "session-of-ann\n");
    expect((await run("whoami")).stdout).toBe(
      `Server    ${url}\nContext   ${name}\nUser      ann\nGroups    dev\n`,
    );
  });

  test("a token is no argument, and two ways are none", async () => {
    const given = await run(`login ${name} --token robot`);
    expect([given.code, given.stderr]).toEqual([
      2,
      "✗ A token is no argument: everybody on this machine can read those.\n  Use --token-stdin or --token-file FILE; --token alone asks for it.   exit 2\n",
    ]);
    expect((await run(`login ${name} --token-stdin --username ann`)).code).toBe(2);
    const nobody = await run(`login ${name}`);
    expect([nobody.code, nobody.stderr]).toEqual([
      2,
      "✗ Username? Nobody can answer: this is no terminal.\n  Say --username NAME and --password-stdin, or --token-stdin, or --token-file FILE.   exit 2\n",
    ]);
    expect(asked).toEqual([]);
  });

  test("at a daemon without accounts: its one token, and no password", async () => {
    const api = startFakeApi(fakeControl(), { token: "daemon" });
    const server = api.url.replace("http://", "");
    const bad = await run(`login ${server} --token-stdin`, { stdin: { text: "other" } });
    expect(bad.code).toBe(4);
    const good = await run(`login ${server} --token-stdin`, { stdin: { text: "daemon" } });
    expect([good.code, good.stdout]).toEqual([
      0,
      `✓ Logged in to ${api.url}. The current context is ${server}.\n`,
    ]);
    expect((await run("status")).code).toBe(0);
    expect((await run("whoami")).stdout).toContain("User      whoever has the daemon's token\n");
    await api.stop();
  });
});

describe("logout", () => {
  test("ends the session on the server, and forgets it here; a second one has nothing to do", async () => {
    await run(`login ${name} --username ann --password-stdin`, { stdin: { text: "right horse" } });
    const { stdout, code, stderr } = await run("logout");
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toBe(`✓ Logged out of ${url}: ${name} holds no token any more.\n`);
    expect(asked.at(-1)).toBe("DELETE /api/v1/session Bearer session-of-ann");
    expect(await readFile(fileOf(), "utf8")).not.toContain("session-of-ann");
    expect((await run("app list")).code).toBe(4);
    expect((await run(`logout ${url}`)).stderr).toBe(`${name} holds no token: nobody is logged in.\n`);
  });

  test("says what still counts: a token that is no session, and a server that is not there", async () => {
    await run(`login ${name} --token-stdin`, { stdin: { text: "robot" } });
    expect((await run("logout")).stderr).toBe(
      `The token itself still counts at ${url}: it is no session that could be ended.\n`,
    );
    await keep("current: gone\ncontexts:\n  - name: gone\n    server: http://127.0.0.1:1\n    token: t\n");
    const { code, stderr } = await run("logout");
    expect(code).toBe(0);
    expect(stderr).toContain("The token itself counts there until it expires or somebody revokes it.");
    expect(await readFile(fileOf(), "utf8")).not.toContain("token: t");
  });
});

describe("context", () => {
  test("add, list, show, use, remove", async () => {
    expect((await run("context list")).stderr).toContain("There are no contexts yet.");
    expect((await run("context add dev localhost:8080")).stdout).toBe(
      "✓ dev: http://localhost:8080, the current context\n",
    );
    await run("context add prod cd.example.com --token-stdin", { stdin: { text: "secret-token" } });
    const listed = await run("context list");
    expect(listed.stdout).toBe(
      "      NAME   SERVER                   TOKEN\n  *   dev    http://localhost:8080    none\n      prod   https://cd.example.com   kept here\n",
    );
    expect((await run("context use prod")).stdout).toBe(
      "✓ prod is the current context: https://cd.example.com\n",
    );
    expect((await run("context show")).stdout).toBe(
      `Context   prod (current)\nServer    https://cd.example.com\nToken     kept here\nFile      ${fileOf()}\n`,
    );
    expect((await run("context show dev -o name")).stdout).toBe("dev\n");
    const every = await Promise.all(
      ["context list -o json", "context list -o yaml", "context show -o json", "context show -o yaml"].map(
        (line) => run(line),
      ),
    );
    expect(every.map(({ stdout }) => stdout).join("")).not.toContain("secret-token");
    expect(JSON.parse(every[0]?.stdout ?? "")).toEqual({
      apiVersion: "cli/v1",
      kind: "ContextList",
      items: [
        { name: "dev", server: "http://localhost:8080", current: false, token: "none" },
        { name: "prod", server: "https://cd.example.com", current: true, token: "kept" },
      ],
    });
    expect((await run("context add prod other.example.com")).code).toBe(7);
    expect((await run("context remove prod")).stderr).toBe(
      "No context counts now. Choose one: holdfast context use NAME\n",
    );
    expect((await run("context list -o name")).stdout).toBe("dev\n");
  });

  test("one that is not there is told with the nearest", async () => {
    await run("context add prod cd.example.com");
    for (const line of ["context use prd", "app list --context prd", "context remove prod prd"])
      expect((await run(line)).stderr).toContain('There is no context "prd".\n  Did you mean prod?');
    expect((await run("app list", { env: { HOLDFAST_CONTEXT: "prd" } })).code).toBe(2);
    expect((await run("context list -o name")).stdout).toBe("prod\n");
  });
});

describe("whom a token is shown to", () => {
  const other = "http://127.0.0.1:1";
  const contexts = `current: here
contexts:
  - name: here
    server: ${url}
    token: robot
  - name: elsewhere
    server: ${other}
    token: of-elsewhere
  - name: bare
    server: ${url}/bare
`;
  const cases: [sentence: string, argv: string, env: CliSetting["env"], shown: string][] = [
    ["that of the current context", "app list", {}, "robot"],
    [
      "that of a context that is named",
      "app list --context here",
      { HOLDFAST_CONTEXT: "elsewhere" },
      "robot",
    ],
    ["that of the environment's context", "app list", { HOLDFAST_CONTEXT: "here" }, "robot"],
    ["that of the context of a server that is named", `app list -s ${url}/`, {}, "robot"],
    ["the environment's before a context's", "app list", { HOLDFAST_TOKEN: "env" }, "env"],
    [
      "a named context's before the environment's",
      "app list --context here",
      { HOLDFAST_TOKEN: "env" },
      "robot",
    ],
    [
      "the environment's to a named context without one",
      "app list --context bare",
      { HOLDFAST_TOKEN: "env" },
      "env",
    ],
    [
      "never the environment's that stands beside another server",
      "app list --context bare",
      { HOLDFAST_TOKEN: "env", HOLDFAST_SERVER: other },
      "nothing",
    ],
    ["never a context's to another server by flag", `app list -s ${url}/x --context here`, {}, "nothing"],
    ["never the current context's to another server", "app list", { HOLDFAST_SERVER: `${url}/x` }, "nothing"],
  ];
  test.each(cases)("%s", async (_, argv, env, shown) => {
    await keep(contexts);
    await run(argv, env === undefined ? {} : { env });
    expect(new Set(asked.map((line) => line.replace(/.* (?:Bearer )?/, "")))).toEqual(new Set([shown]));
  });
});

describe("an empty HOLDFAST_TOKEN is an error, and asks nobody, where it would count:", () => {
  const contexts = `current: here
contexts:
  - name: here
    server: ${url}
    token: robot
  - name: bare
    server: ${url}/bare
`;
  test.each<[string, string, number, string[]]>([
    ["before a context's token", "app list", 2, []],
    ["blank too", "app list", 2, []],
    ["for a named context without one", "app list --context bare", 2, []],
    ["and not where a named context has one", "app list --context here", 0, ["Bearer robot"]],
    ["or a file is named", "app list --token-file FILE", 0, ["Bearer robot"]],
  ])("%s", async (what, argv, code, shown) => {
    await keep(contexts);
    const file = join(home, "token");
    await writeFile(file, "robot\n");
    const env = { HOLDFAST_TOKEN: what === "blank too" ? " \n" : "" };
    const ran = await run(argv.replace("FILE", file), { env });
    expect([ran.code, new Set(asked.map((line) => line.split(" ").slice(2).join(" ")))]).toEqual([
      code,
      new Set(shown),
    ]);
    if (code === 2) expect(ran.stderr).toStartWith("✗ HOLDFAST_TOKEN is set, and empty.\n");
  });
});

describe("the file of contexts", () => {
  const good = "contexts:\n  - name: a\n    server: http://127.0.0.1:1\n    token: canary\n";

  test.each([0o644, 0o640, 0o604, 0o620])("of mode %o is refused with what to do", async (mode) => {
    await keep(good, mode);
    for (const line of ["context list", "app list", "context use a", "logout a"]) {
      const { code, stderr } = await run(line);
      expect([code, stderr]).toEqual([
        2,
        `✗ ${fileOf()} holds tokens, and others than you may read it.\n  Run: chmod go-rwx ${fileOf()}\n  Who read it may use what stands in it: log out, and in again, where that could be.   exit 2\n`,
      ]);
    }
    // Where flags and environment say it all, it is nobody's business.
    expect((await run("app list", { env: { HOLDFAST_SERVER: url, HOLDFAST_TOKEN: "robot" } })).code).toBe(0);
  });

  test("in a folder that others may write to is refused", async () => {
    await keep(good);
    await chmod(join(home, "holdfast"), 0o770);
    expect((await run("context list")).stderr).toContain(`Run: chmod go-w ${join(home, "holdfast")}`);
  });

  test.each([
    ["contexts: [", "line 1 is no YAML"],
    ["- a", "it is no mapping"],
    ["contexts: 7", "contexts is no list"],
    ["contxts: []", 'the field "contxts" is not known, did you mean contexts'],
    ["contexts:\n  - name: a", "contexts[0].server is no address"],
    ["contexts:\n  - {name: a, server: b, tokn: canary}", 'contexts[0]: the field "tokn" is not known'],
    [
      "contexts:\n  - {name: a, server: b, token: canary, tokenFile: c}",
      "contexts[0] has token and tokenFile",
    ],
    ["contexts:\n  - {name: a, server: b}\n  - {name: a, server: c}", "contexts[1].name is there twice"],
    ["contexts: []\n---\ncontexts: []", "it holds several documents"],
  ])("%j is refused, and no value is said", async (text, why) => {
    await keep(text);
    const { code, stderr } = await run("context list");
    expect(code).toBe(2);
    expect(stderr).toContain(`Cannot use ${fileOf()}: ${why}`);
    expect(stderr).not.toContain("canary");
    const added = await run("context add b http://127.0.0.1:2");
    expect(added.code).toBe(2);
    expect(await readFile(fileOf(), "utf8")).toBe(text);
  });

  test("that is a link stays one", async () => {
    await mkdir(join(home, "holdfast"), { mode: 0o700 });
    const real = join(home, "real.yaml");
    await writeFile(real, good, { mode: 0o600 });
    await symlink(real, fileOf());
    expect((await run("context add b http://127.0.0.1:2")).code).toBe(0);
    expect(await readFile(real, "utf8")).toContain("name: b");
  });

  test("is not needed: without a home nothing is read, and a login says where it could be kept", async () => {
    expect((await cli(["app", "list", "-s", "http://127.0.0.1:1"])).code).toBe(5);
    const { code, stderr } = await cli(["context", "add", "a", "cd.example.com"]);
    expect([code, stderr]).toEqual([
      2,
      "✗ There is no home folder to keep contexts in.\n  Set HOME or XDG_CONFIG_HOME, or name the daemon with HOLDFAST_SERVER and HOLDFAST_TOKEN.   exit 2\n",
    ]);
    await cli(["context", "add", "a", "cd.example.com"], {
      env: { HOME: home, XDG_CONFIG_HOME: "relative" },
    });
    expect(await readFile(join(home, ".config", "holdfast", "contexts.yaml"), "utf8")).toContain("name: a");
  });

  test("keeps what others wrote into it meanwhile", async () => {
    await keep("contexts: []\n");
    let asked = 0;
    await changeContexts({ XDG_CONFIG_HOME: home }, (before) => {
      if (asked++ === 0) writeFileSync(fileOf(), good);
      return withContext(before, { name: "b", server: "http://127.0.0.1:2" });
    });
    expect((await run("context list -o name")).stdout).toBe("a\nb\n");
    expect(await readdir(join(home, "holdfast"))).toEqual(["contexts.yaml"]);
  });
});
