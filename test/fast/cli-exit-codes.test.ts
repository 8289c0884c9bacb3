/** How commands end, and what is said with that. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure } from "../../src/core/model/failure.ts";
import { type CliSetting, cli } from "../lib/cli.ts";
import { appWith, sharedCli, verbs } from "../lib/cli-stage.ts";
import { startFakeApi } from "../lib/fake-api.ts";

const on = sharedCli();

describe("exit codes and what is said with them", () => {
  const problem = {
    severity: "error" as const,
    file: "x.yaml",
    line: 3,
    path: "spec.project",
    text: "must be a string, not the number 7",
    fix: "Put it in quotes",
  };
  const cases: [
    sentence: string,
    argv: string,
    setting: CliSetting,
    code: number,
    stderr: string | RegExp,
  ][] = [
    ["0 for help", "app sync --help", {}, 0, ""],
    ["0 for a help topic", "help exit-codes", {}, 0, ""],
    ["0 for help alone", "help", {}, 0, ""],
    ["0 for help of a command", "help app sync", {}, 0, ""],
    [
      "2 for help of what there is not",
      "help app synk",
      {},
      2,
      '✗ There is no command or topic "app synk".\n  Topics: exit-codes, output, query, env. Commands: holdfast --help   exit 2\n',
    ],
    [
      "2 for a first word with a slip",
      "ap list",
      {},
      2,
      "✗ Unknown command ap, did you mean app?\n  See: holdfast --help   exit 2\n",
    ],
    [
      "2 for a health that there is not",
      "app list --health broken",
      {},
      2,
      /^✗ The flag --health: the value 'broken' is invalid\. It knows healthy, .*, and not broken\.\n/,
    ],
    [
      "0 where the flags fit none",
      "app list -p nobody",
      {},
      0,
      "No application fits, or you may not see it.\n",
    ],
    [
      "2 for a flag with a slip",
      "app sync web --prun",
      {},
      2,
      "✗ Unknown flag --prun, did you mean --prune?\n  See: holdfast app sync --help   exit 2\n",
    ],
    [
      "2 for a command with a slip",
      "app synk web",
      {},
      2,
      "✗ Unknown command synk, did you mean sync?\n  See: holdfast app --help   exit 2\n",
    ],
    [
      "2 for a format that there is not",
      "app list -o xml",
      {},
      2,
      /^✗ The flag -o, --output: the value 'xml' is invalid\. Allowed choices are json, yaml, wide, name, table\.\n/,
    ],
    [
      "2 for a flag without its value",
      "app sync web --revision",
      {},
      2,
      /^✗ The flag --revision needs a value\.\n/,
    ],
    ["2 for a missing argument", "app get", {}, 2, /^✗ The argument <app> is missing\.\n/],
    ["2 for a flag that is needed", "render", {}, 2, /^✗ The flag -f, --file is needed\.\n/],
    ["2 where nothing is chosen", "app sync", {}, 2, /^✗ No application is named\.\n/],
    [
      "2 where a name is not enough",
      "app get web",
      {},
      2,
      "✗ Several applications are called web: payments/web, shop/web.\n  Say which as namespace/name, or with --app-namespace.   exit 2\n",
    ],
    ["2 for a wrong selector", "app list -l a===b", {}, 2, /is no requirement/],
    [
      "2 for a question without a terminal",
      "app delete payments/api",
      {},
      2,
      /Nobody can answer: this is no terminal\.\n {2}Say --yes to go on without a question\. {3}exit 2\n$/,
    ],
    ["2 for an address that is none", "app list -s ftp://x", {}, 2, /is no address of a server/],
    [
      "2 for a token file that is not there",
      "app list --token-file /nowhere/token",
      {},
      2,
      /The token file \/nowhere\/token is not there/,
    ],
    [
      "2 for a file that is not there",
      "admin health /nowhere.yaml",
      { verbs },
      2,
      "✗ Cannot read /nowhere.yaml: it is not there.   exit 2\n",
    ],
    [
      "2 for problems in the config",
      "validate",
      {
        verbs: {
          validate: async () => ({
            files: [
              { file: "c.yaml", kind: "config", problems: [problem] },
              { file: "a.yaml", kind: "Application", problems: [problem] },
            ],
            passedOver: 3,
            unrendered: [],
          }),
        },
      },
      2,
      "2 of 2 files not valid.\n3 files passed over: no Application, AppProject or ApplicationSet stands there.\n",
    ],
    [
      "2 for a wrong config from serve, every problem listed",
      "serve --config c.yaml",
      {
        verbs: {
          serve: async () => ({ is: "config-problems", problems: [problem, { ...problem, line: 4 }] }),
        },
      },
      2,
      "✗ The config is not valid: 2 problems.\n  ✗ x.yaml:3: spec.project: must be a string, not the number 7. Put it in quotes\n  ✗ x.yaml:4: spec.project: must be a string, not the number 7. Put it in quotes   exit 2\n",
    ],
    [
      "2 for a Failure of the config from any verb",
      "doctor",
      {
        verbs: {
          doctor: async () =>
            Promise.reject(
              new Failure("config", "c.yaml", "after-edit", {
                cannot: "read it",
                why: "it is not there",
                fix: "Name one with --config",
              }),
            ),
        },
      },
      2,
      "✗ c.yaml: cannot read it: it is not there.\n  Name one with --config.   exit 2\n",
    ],
    [
      "3 for an application that is not there, with the nearest name",
      "app get payments/wbe",
      {},
      3,
      '✗ Application "payments/wbe" not found, or you may not see it.\n  Did you mean payments/web?   exit 3\n',
    ],
    [
      "3 for a name alone too",
      "app get gestbook",
      {},
      3,
      '✗ Application "gestbook" not found, or you may not see it.\n  Did you mean argocd/guestbook?   exit 3\n',
    ],
    [
      "3 for a name that is like no other",
      "app sync qqqqqq",
      {},
      3,
      /See them all: holdfast app list {3}exit 3/,
    ],
    [
      "3 for an object that there is not",
      "app sync payments/web --resource apps:Deployment:wbe",
      {},
      3,
      "✗ No object of payments/web fits apps:Deployment:wbe.\n  See them: holdfast app resources payments/web -o wide   exit 3\n",
    ],
    [
      "2 for a count of nothing",
      "app sync payments/web --confirm -1",
      {},
      2,
      /Write a whole number from 1\./,
    ],
    [
      "2 for a pause that is no duration",
      "app sync payments/web --retry-limit 1 --retry-backoff-duration forever",
      {},
      2,
      /--retry-backoff-duration: the value 'forever' is invalid\. Write seconds, or a duration/,
    ],
    [
      "3 for an object that has no such name, to act on",
      "app actions run payments/web restart --kind StatefulSet",
      {},
      3,
      "✗ payments/web has no such object.\n  See what there is: holdfast app resources payments/web   exit 3\n",
    ],
    [
      "2 for an action on several objects that are not all meant",
      "app actions run payments/web restart --resource-name web --group apps --kind deployment --param replicas",
      {},
      2,
      /Write name=value\./,
    ],
    [
      "8 for an action that makes no sense now",
      "app actions run payments/web resume --kind Deployment",
      {},
      8,
      /Deployment shop\/web: cannot resume: it is not paused/i,
    ],
    [
      "0 for a refresh with argocd's flag",
      "app refresh payments/web --hard-refresh",
      {},
      0,
      /payments\/web|^$/,
    ],
    ["3 for a pattern that fits none", "app refresh zzz*", {}, 3, /No application fits/],
    [
      "4 for a write to what a file holds",
      "app delete guestbook --yes",
      {},
      4,
      "✗ Application argocd/guestbook is defined in apps/guestbook.yaml.\n  Take it out of that file, and it leaves soon after; where that leaves its folder empty, say that it may: holdfast admin approve-removal.   exit 4\n",
    ],
    [
      "5 where nothing listens",
      "app list -s http://127.0.0.1:1",
      {},
      5,
      "✗ Cannot reach http://127.0.0.1:1: nothing listens there.\n  Start the daemon there: holdfast serve --config FILE.\n  Another server is named with --server or HOLDFAST_SERVER.   exit 5\n",
    ],
    [
      "7 where another operation runs",
      "app sync running/one",
      {},
      7,
      "Syncing running/one to main\n✗ Cannot sync running/one: another operation is already in progress.\n  Wait for it: holdfast app wait running/one --operation. Or end it: holdfast app terminate running/one   exit 7\n",
    ],
    [
      "5 for a cluster that does not answer",
      "cluster test edge",
      {},
      5,
      "✗ Cluster edge (https://edge.example.com) does not answer: connect ECONNREFUSED.\n  What else the daemon reaches: holdfast status   exit 5\n",
    ],
    ["2 for a path that is none", "api GET status", {}, 2, /^✗ status is no path of the API\.\n/],
    ["2 for another address", "api GET //example.com/x", {}, 2, /is no path of the API/],
    ["2 for a GET with a body", "api GET /api/version -f -", {}, 2, /^✗ A GET has no body\.\n/],
    ["2 for a method that there is not", "api HEAD /api/version", {}, 2, /Allowed choices are GET, POST/],
    [
      "2 for a body that is no JSON",
      "api POST /api/v1/projects -f -",
      { stdin: { text: "{" } },
      2,
      /^✗ - holds no JSON/,
    ],
    [
      "3 for a path that is not there",
      "api GET /api/nowhere",
      {},
      3,
      "✗ There is nothing at this path.   exit 3\n",
    ],
    [
      "7 where there is nothing to end",
      "app terminate guestbook",
      {},
      7,
      "✗ No operation is in progress.   exit 7\n",
    ],
    [
      "8 for problems in manifests",
      "validate a.yaml",
      {
        verbs: {
          validate: async () => ({
            files: [{ file: "a.yaml", kind: "Application", problems: [problem] }],
            passedOver: 0,
            unrendered: [],
          }),
        },
      },
      8,
      "1 of 1 file not valid.\n",
    ],
    [
      "8 where rendering fails",
      "render -f a.yaml",
      { verbs: { render: async () => ({ documents: [], problems: [problem], applications: 0 }) } },
      8,
      "✗ x.yaml:3: spec.project: must be a string, not the number 7. Put it in quotes\n✗ Rendering a.yaml failed: 1 error.   exit 8\n",
    ],
    [
      "8 for a Failure of a renderer",
      "render -f a.yaml",
      {
        verbs: {
          render: async () =>
            Promise.reject(
              new Failure("render", "helm template charts/web", "after-edit", {
                cannot: "render",
                why: "charts/web/templates/deployment.yaml:23: nil pointer evaluating .Values.image.tag",
                fix: "Set it in charts/web/values.yaml",
              }),
            ),
        },
      },
      8,
      "✗ helm template charts/web: cannot render: charts/web/templates/deployment.yaml:23: nil pointer evaluating .Values.image.tag.\n  Set it in charts/web/values.yaml.   exit 8\n",
    ],
    [
      "8 for an application that the daemon refuses",
      "app create bad --repo https://git.example.com/a.git --dest-name a --dest-server https://b",
      {},
      8,
      /^✗ The daemon refuses it:\n(.*\n)* {2}Application argocd\/bad: spec\.destination: .* {3}exit 8\n$/,
    ],
    [
      "1 where a check failed",
      "doctor",
      { verbs: { doctor: async () => [{ name: "git", state: "failed", text: "no" }] } },
      1,
      "",
    ],
    [
      "10 for a fault of ours, without a stack trace",
      "doctor",
      { verbs: { doctor: async () => Promise.reject(new TypeError("x is not a function")) } },
      10,
      "✗ Internal error: x is not a function\n  Run it again with --verbose and report what it prints.   exit 10\n",
    ],
    [
      "10 with a stack trace where it is asked for",
      "doctor --verbose",
      { verbs: { doctor: async () => Promise.reject(new TypeError("x is not a function")) } },
      10,
      /TypeError: x is not a function\n\s+at /,
    ],
  ];
  beforeAll(() =>
    on.control.put(
      appWith("running", "one", "OutOfSync", "Missing", {
        operationState: { operation: {}, phase: "Running", message: "m", startedAt: "2026-11-23T04:00:00Z" },
      }),
    ),
  );
  afterAll(() => void on.control.remove("running/one" as never, { cascade: "none", actor: "test" }));

  test.each(cases)("%s", async (_, argv, setting, code, stderr) => {
    const ran = await on.run(argv, setting);
    if (typeof stderr === "string") expect(ran.stderr).toBe(stderr);
    else expect(ran.stderr).toMatch(stderr);
    expect(ran.code).toBe(code as never);
  });

  test("a token: without one 4 and what to do, with one from environment or file 0", async () => {
    const guarded = startFakeApi(on.control, { token: "s3cret" });
    const refused = await cli(["app", "list"], { server: guarded.url });
    expect(refused).toEqual({
      code: 4,
      stdout: "",
      stderr: `✗ ${guarded.url} wants a token.\n  Log in: holdfast login ${guarded.url}. Or set HOLDFAST_TOKEN, or name a file with --token-file.   exit 4\n`,
    });
    expect(
      (await cli(["app", "list"], { server: guarded.url, env: { HOLDFAST_TOKEN: "other" } })).stderr,
    ).toStartWith(`✗ ${guarded.url} does not take this token.\n`);
    expect(
      (await cli(["app", "list"], { server: guarded.url, env: { HOLDFAST_TOKEN: "s3cret" } })).code,
    ).toBe(0);
    const file = join(await mkdtemp(join(tmpdir(), "holdfast-cli-")), "token");
    await Bun.write(file, "s3cret\n");
    expect((await cli(["app", "list", "--token-file", file], { server: guarded.url })).code).toBe(0);
    await rm(join(file, ".."), { recursive: true });
    await guarded.stop();
  });

  test("Argo CD's variables are not followed to an Argo CD: what is not read is said, unless ours are set", async () => {
    const env = { ARGOCD_SERVER: "http://127.0.0.1:1", ARGOCD_AUTH_TOKEN: "theirs" };
    const said =
      "Not read: ARGOCD_SERVER, ARGOCD_AUTH_TOKEN. Set HOLDFAST_SERVER and HOLDFAST_TOKEN for a Holdfast.\n";
    expect(
      (await cli(["app", "list", "-o", "name"], { env: { ...env, HOLDFAST_SERVER: "" } })).stderr,
    ).toStartWith(said);
    const ours = { ...env, HOLDFAST_TOKEN: "ours" };
    const set = await cli(["app", "list", "-o", "name"], { server: on.api.url, env: ours });
    expect([set.code, set.stderr]).toEqual([0, ""]);
    const half = await cli(["app", "list", "-o", "name"], { server: on.api.url, env });
    expect(half.stderr).toBe("Not read: ARGOCD_AUTH_TOKEN. Set HOLDFAST_TOKEN for a Holdfast.\n");
    expect(
      (
        await cli(["version", "--short"], {
          env,
          verbs: { version: () => ({ version: "1", commit: "", buildDate: "" }) } as never,
        })
      ).stderr,
    ).toBe("");
  });

  test("HTTPS asked of what speaks HTTP is said to be that, and not a certificate", async () => {
    const { code, stderr } = await cli(["app", "list"], { server: on.api.url.replace("http:", "https:") });
    expect(stderr).toContain("does not speak TLS.\n  If it speaks plain HTTP, name it so: http://127.0.0.1:");
    expect(stderr).not.toContain("--insecure");
    expect(code).toBe(5);
  });

  test("what is not Holdfast is said to be so, and a redirect is not followed with a token", async () => {
    const other = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: (request) =>
        request.url.includes("selector")
          ? Response.redirect("https://elsewhere.example/")
          : new Response("<html>"),
    });
    const url = other.url.origin;
    expect((await cli(["app", "list"], { server: url })).stderr).toBe(
      `✗ What answers at ${url} is not Holdfast.\n  Name the daemon's address with --server or HOLDFAST_SERVER.   exit 5\n`,
    );
    expect(
      (await cli(["app", "list", "-l", "a"], { server: url, env: { HOLDFAST_TOKEN: "x" } })).stderr,
    ).toStartWith(`✗ ${url} sends us on to https://elsewhere.example/.\n`);
    await other.stop(true);
  });

  test.each([
    ["a folder of files", () => new Response("<h1>File not found</h1>", { status: 404 })],
    ["what takes no POST", () => new Response("<h1>Unsupported method</h1>", { status: 501 })],
    ["another API", () => Response.json({ detail: "Not Found" }, { status: 404 })],
    [
      "an API server",
      () => Response.json({ kind: "Status", message: "not found", code: 404 }, { status: 404 }),
    ],
  ] as const)("%s is not taken for Holdfast by any command", async (_, fetch) => {
    const other = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch });
    const server = other.url.origin;
    const asked = [
      ["app", "list"],
      ["app", "get", "shop"],
      ["app", "wait", "shop", "--delete"],
      ["app", "sync", "shop"],
      ["app", "logs", "shop"],
      ["repo", "list"],
      ["status"],
      ["events"],
      ["activity", "list"],
      ["whoami"],
      ["whoami", "-o", "json"],
      ["login", server, "--username", "admin", "--password", "x"],
      ["login", server, "--token-stdin"],
    ];
    const said = await Promise.all(asked.map((argv) => cli(argv, { server, stdin: { text: "a-token" } })));
    await other.stop(true);
    for (const [at, { code, stderr, stdout }] of said.entries()) {
      const lines = stderr.split("\n").filter((line) => !line.startsWith("A password in"));
      expect([asked[at], code, lines[0], stdout]).toEqual([
        asked[at],
        5,
        `✗ What answers at ${server} is not Holdfast.`,
        "",
      ]);
    }
  });

  test("what a proxy says of a Holdfast behind it is no other program", async () => {
    const proxy = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: () => new Response("<h1>502</h1>", { status: 502 }),
    });
    const { code, stderr } = await cli(["app", "list"], { server: proxy.url.origin });
    await proxy.stop(true);
    expect([code, stderr]).toEqual([5, "✗ HTTP 502 Bad Gateway.   exit 5\n"]);
  });

  test("--quiet leaves errors and data, and nothing else", async () => {
    expect((await on.run("app list -q")).stderr).toBe("");
    expect((await on.run("app get nobody -q")).stderr).toContain("not found");
  });
});
