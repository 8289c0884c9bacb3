/** What holds of every command: how long an answer may take, and that nobody is asked where that is said. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CliSetting, cli } from "../lib/cli.ts";
import { sharedCli } from "../lib/cli-stage.ts";

/** Takes every request, and answers none: by /begun it begins to. */
let silent: Bun.Server<undefined>;
let home: string;
const parked: (() => void)[] = [];
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "holdfast-limits-"));
  silent = Bun.serve({
    ...{ hostname: "127.0.0.1", port: 0, idleTimeout: 0 },
    async fetch({ url }) {
      const { promise, resolve } = Promise.withResolvers<void>();
      parked.push(resolve);
      if (url.includes("/begun")) return new Response(beginning(promise));
      await promise;
      return Response.json({ items: [] });
    },
  });
});
afterAll(async () => {
  for (const go of parked) go();
  await silent.stop(true);
  rmSync(home, { recursive: true, force: true });
});

const beginning = (end: Promise<void>): ReadableStream =>
  new ReadableStream({
    async start(controller) {
      controller.enqueue(new TextEncoder().encode('{"items": ['));
      await end;
      controller.close();
    },
  });

const ask = (line: string, setting: CliSetting = {}) =>
  cli(line.split(" "), { server: silent.url.origin, ...setting });

test.each([
  "app list --timeout 1",
  "app sync web --timeout 1s",
  "--timeout 900ms status",
  "app list -w --timeout 1",
])("%s: what gives no answer in time ends with 6", async (line) => {
  const { code, stderr } = await ask(line);
  expect([code, stderr]).toEqual([
    6,
    `✗ ${silent.url.origin} did not answer within 1 s.\n  Give it longer with --timeout.   exit 6\n`,
  ]);
});

test("an answer that begins and does not end is late too", async () => {
  const { code, stderr } = await ask("api GET /api/v1/begun --timeout 1");
  expect([code, stderr]).toEqual([6, expect.stringContaining("did not answer within 1 s.")]);
});

test("the variable counts as the flag does, after it, and one that is no duration is refused", async () => {
  const env = { HOLDFAST_TIMEOUT: "1s" };
  expect((await ask("app list", { env })).code).toBe(6);
  expect(await ask("app list", { env: { HOLDFAST_TIMEOUT: "soon" } })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('HOLDFAST_TIMEOUT is "soon", and no duration.'),
  });
  expect((await ask("app list --timeout 1", { env: { HOLDFAST_TIMEOUT: "0" } })).code).toBe(6);
  expect(await ask("app list --timeout soon")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("Write seconds, or a duration such as 90s or 5m."),
  });
  // What asks nobody needs none.
  expect((await ask("help env", { env: { HOLDFAST_TIMEOUT: "soon" } })).code).toBe(0);
});

const on = sharedCli();
/** A person who would say yes to all of it. */
const willing = (): CliSetting => ({
  ...{ terminal: { columns: 100 }, stdin: { text: "y\n".repeat(9), isTTY: true } },
  edit: async () => ({ is: "closed" }),
  env: { XDG_CONFIG_HOME: home },
});

test.each([
  ["app delete payments/web", "Say --yes"],
  ["app forget payments/web", "Say --yes"],
  ["app sync payments/web --preview", "Say --yes"],
  ["app rollback argocd/guestbook 1", "Say --yes"],
  ["app delete-resource payments/web --kind Deployment", "Say --yes"],
  ["app edit payments/web", "Write it from a file: holdfast app create -f FILE --upsert"],
  ["login cd.example.com", "Say --username NAME and --password-stdin"],
  ["login cd.example.com --username ana", "Say --password-stdin."],
  ["login cd.example.com --token", "Use --token-stdin or --token-file FILE."],
  ["login cd.example.com --sso", "--token-stdin"],
  ["login cd.example.com --device", "--token-stdin"],
])("--no-input: %s asks nobody, writes nothing, and says what answers instead", async (line, instead) => {
  const calls = on.control.calls.length;
  for (const flags of [`${line} --no-input`, `--no-input ${line}`]) {
    const { code, stderr } = await on.run(flags, willing());
    expect([code, stderr]).toEqual([2, expect.stringContaining(instead)]);
    expect(stderr).toContain("--no-input");
    expect(stderr).not.toMatch(/\[y\/N\]|Username: |Password: |Token: /);
  }
  expect(
    on.control.calls
      .slice(calls)
      .filter((call) => /^(delete|remove|sync|rollback|patch|create|update)/.test(call)),
  ).toEqual([]);
});

test("what asks nothing, or was answered, goes on with --no-input", async () => {
  expect((await on.run("app list --no-input", willing())).code).toBe(0);
  expect((await on.run("app forget payments/api --no-input --yes", willing())).code).toBe(0);
});
