/** What the demo and `app why` say is to be typed next is typed here, as it is printed, by a shell. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { $ } from "bun";
import { commitFiles } from "../../src/git/commit-files.ts";
import { eventually } from "../lib/eventually.ts";
import { type Started, started } from "../lib/started.ts";

const ROOT = join(import.meta.dir, "..", "..");
let home: string, demo: Started, env: Record<string, string>, repository: string;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "holdfast-next-"));
  const bin = join(home, "bin");
  mkdirSync(bin);
  const holdfast = join(bin, "holdfast");
  writeFileSync(holdfast, `#!/bin/sh\nexec "${process.execPath}" "${join(ROOT, "src", "main.ts")}" "$@"\n`);
  chmodSync(holdfast, 0o755);
  env = { HOME: home, PATH: `${bin}:${process.env.PATH ?? ""}`, LANG: "C.UTF-8" };
  demo = started([holdfast, "demo", "--listen", "127.0.0.1:0"], { cwd: home, env });
  const [, url = ""] = await demo.until(/Status page\s+(http:\/\/127\.0\.0\.1:\d+)\//, 90_000);
  env["HOLDFAST_SERVER"] = url;
  repository = join(home, ".local", "state", "holdfast", "demo", "repository");
  await demo.until(/These 3 are Synced and Healthy/, 120_000);
}, 240_000);
afterAll(async () => {
  demo?.toItself("SIGTERM");
  await demo?.ended;
  rmSync(home, { recursive: true, force: true });
}, 60_000);

/** @param line as it is printed */
async function type(line: string, cwd = home): Promise<{ code: number; out: string; err: string }> {
  const { exitCode, stdout, stderr } = await $`/bin/sh -c ${line}`.cwd(cwd).env(env).quiet().nothrow();
  return { code: exitCode, out: stdout.toString(), err: stderr.toString() };
}
async function typed(line: string, cwd?: string): Promise<string> {
  const { code, out, err } = await type(line, cwd);
  expect({ line, code, err: code === 0 ? "" : err }).toEqual({ line, code: 0, err: "" });
  return out;
}
/** What `app why` says is next, once it says something like it. */
async function nextOf(name: string, like: RegExp): Promise<string> {
  let next = "";
  await eventually(
    () => `${name} has a next like ${like}: it is ${next}`,
    async () => {
      next = (JSON.parse(await typed(`holdfast app why ${name} -o json`)) as { next: string }).next;
      return like.test(next);
    },
    120_000,
  );
  return next;
}
const podsIn = (out: string): string[] => [
  ...new Set([...out.matchAll(/^\[([\w.-]+)\]/gm)].map(([, pod = ""]) => pod)),
];

test("of a crash it is the log of the run that crashed, and of one Pod alone", async () => {
  const next = await nextOf(
    "mailer",
    /^holdfast app logs argocd\/mailer mailer-\S+ -c mailer --previous --tail 50$/,
  );
  const out = await typed(next);
  expect(out).toContain("ca-bundle.crt");
  expect(podsIn(out)).toHaveLength(1);
}, 200_000);

test("of a Pod that no node takes it is the events of that Pod", async () => {
  const out = await typed(
    await nextOf("warehouse", /^holdfast app events .* --kind Pod --resource-name stock-/),
  );
  const [, ...events] = out.trimEnd().split("\n");
  expect(events.length).toBeGreaterThan(0);
  for (const event of events) expect(event).toMatch(/FailedScheduling +Pod\/stock-/);
}, 200_000);

test("of what the API server refuses it is where that object begins in its file", async () => {
  const next = await nextOf("import", /^edit /);
  const [, file = "", line = "0"] = /^edit (\S+), from line (\d+) on, and commit it$/.exec(next) ?? [];
  const written = readFileSync(join(repository, file), "utf8")
    .split("\n")
    .slice(Number(line) - 1);
  const [object = ""] = written.join("\n").split("\n---");
  expect(object).toMatch(/^apiVersion: v1\nkind: Service\n[^]*80800/);
}, 200_000);

test("of what cannot be rendered it is the file, and a trial that fails as it does and passes once it is mended", async () => {
  const file = "apps/shop/values.yaml";
  const good = readFileSync(join(repository, file), "utf8");
  const bad = `${good}this: [is\n  not: {yaml\n`;
  await commitFiles().commitAll(repository, { [file]: bad }, "shop: new values");
  const next = await nextOf("shop", /^edit apps\/shop\/values\.yaml, line \d+, and commit it; try it first/);
  const trial = /in a checkout: (.*)$/.exec(next)?.[1] ?? "";
  const checkout = join(home, "checkout");
  cpSync(repository, checkout, { recursive: true });
  const failed = await type(trial, checkout);
  expect([failed.code === 0, failed.err]).toEqual([false, expect.stringContaining("values.yaml")]);
  writeFileSync(join(checkout, file), good);
  expect(await typed(trial, checkout)).toContain("kind: Deployment");
  await commitFiles().commitAll(repository, { [file]: good }, "shop: the values before");
}, 200_000);

test("what is held is said before a commit is promised to roll out, and what comes first does let it", async () => {
  await typed("holdfast demo commit");
  await eventually(
    "the commit is delivered",
    async () => {
      const app = JSON.parse(await typed("holdfast app get guestbook -o json"));
      return app.status.history.length > 1 && app.status.health.status === "Healthy";
    },
    90_000,
  );
  await typed("holdfast app rollback guestbook --yes");
  const lines = (await typed("holdfast demo break")).trimEnd().split("\n");
  expect(lines.join("\n")).not.toMatch(/^Watch/m);
  expect(lines[1]).toMatch(
    /^guestbook is held at [0-9a-f]{7} by \S+, so nothing of this reaches the cluster by itself\. First: {2}\S+\/src\/bin\.mjs app unhold guestbook$/,
  );
  const [, first = ""] = /First: {2}(.*)$/.exec(lines[1] ?? "") ?? [];
  await typed(first);
  const next = await nextOf("guestbook", /^holdfast app logs .* --previous/);
  const out = await typed(next);
  expect(podsIn(out)).toEqual([expect.stringMatching(/^guestbook-/)]);
  expect(out).toContain("ended with exit code 1");
  expect(await typed("holdfast demo heal")).toMatch(/^Watch guestbook become Healthy/m);
}, 240_000);
