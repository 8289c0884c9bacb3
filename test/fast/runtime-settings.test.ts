/** Bun's limit of 256 requests at once, met and lifted by a compiled program; and that those who start us set the same. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RUNTIME_SETTINGS } from "../../src/lib/runtime-settings.ts";

const COUNT = 300;
let dir = "",
  program = "";

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "holdfast-limit-"));
  program = join(dir, "many-requests");
  const build = Bun.spawn(
    [
      process.execPath,
      "build",
      "--compile",
      join(import.meta.dir, "testdata/many-requests.ts"),
      "--outfile",
      program,
    ],
    { stdout: "ignore", stderr: "pipe" },
  );
  if ((await build.exited) !== 0) throw new Error(await new Response(build.stderr).text());
}, 120_000);
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test("a compiled program replaces itself once, keeps its pid, and has 300 requests open at once", async () => {
  let waiting: (() => void)[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 60,
    fetch: () =>
      new Promise<Response>((answer) => {
        waiting.push(() => answer(new Response("all here")));
        if (waiting.length === COUNT) {
          for (const go of waiting) go();
          waiting = [];
        }
      }),
  });
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => RUNTIME_SETTINGS[name] === undefined),
  );
  const child = Bun.spawn([program, "lift", `http://127.0.0.1:${server.port}/`, String(COUNT), "a word"], {
    stdout: "pipe",
    stderr: "inherit",
    env,
  });
  const said = JSON.parse(await new Response(child.stdout).text()) as Record<string, unknown>;
  expect(said).toEqual({
    pid: child.pid,
    outcome: "settled",
    answered: COUNT,
    words: ["lift", `http://127.0.0.1:${server.port}/`, String(COUNT), "a word"],
  });
  await server.stop(true);
}, 120_000);

test.each(["Containerfile", "holdfast.service"])(
  "%s sets them all, so that the program need not replace itself",
  (file) => {
    const words = readFileSync(join(import.meta.dir, "../../config", file), "utf8").split(/\s+|Environment=/);
    for (const [name, value] of Object.entries(RUNTIME_SETTINGS)) expect(words).toContain(`${name}=${value}`);
  },
);
