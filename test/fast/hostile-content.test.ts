/**
 * What a repository may hold against the machine, and which wall holds it: each row is run with no wall, with the checks
 * alone, and with each jail alone, which gets what no check has seen. test/golden/hostile-content.md is the outcome, and
 * the README's table its sum.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { makeRunFolder } from "../../src/render/run-folder.ts";
import { NO_SANDBOX, type SandboxLevel, sandboxes } from "../../src/render/sandbox-level.ts";
import { runSandboxed } from "../../src/render/sandboxed-process.ts";
import { CANARY, OUTSIDE } from "../lib/hostile-charts.ts";
import { type Bait, type HostileContent, hostileContent } from "../lib/hostile-content.ts";
import { applicationOf, askFor, npmToolSets, type RenderHost, renderHost } from "../lib/render-host.ts";
import { sourceFolder } from "../lib/source-folder.ts";

const GOLDEN = join(import.meta.dir, "../golden/hostile-content.md");
const NOTHING = "nothing";
const HARMLESS = "renders harmlessly";
const LIMITED = "a limit ends it";
/** More than the product takes of any tool. */
const MUCH = 64 << 20;

interface Row {
  content: HostileContent;
  bare: string;
  checks: string;
  jail: string;
}

const [tools] = await npmToolSets();
if (tools === undefined) throw new Error("no tools");
const jails: SandboxLevel[] = [];
for await (const level of sandboxes()) if (level.files !== "open") jails.push(level);
/** The strongest and the weakest of those that hold files. */
const [strongest, weakest] = [jails[0], jails.at(-1)];
const dir = mkdtempSync(join(tmpdir(), "holdfast-hostile-"));
const programs = join(dir, "programs");
const bait: Bait = { secret: join(dir, "outside", "secret.json"), marker: join(dir, "marker"), port: 0 };
let connected = 0;
const sink = Bun.listen({
  hostname: "127.0.0.1",
  port: 0,
  socket: {
    open(socket) {
      connected++;
      socket.end();
    },
    data() {},
  },
});
bait.port = sink.port;
const contents = hostileContent(bait);
let checking: RenderHost;
const rows: Row[] = [];

beforeAll(async () => {
  mkdirSync(dirname(bait.secret));
  writeFileSync(bait.secret, OUTSIDE);
  mkdirSync(programs);
  // Whatever git is told to do, it was started: that is what must not be.
  writeFileSync(join(programs, "git"), `#!/bin/sh\n: > ${bait.marker}\n`);
  chmodSync(join(programs, "git"), 0o755);
  checking = await renderHost(tools, { level: NO_SANDBOX });
  for (const content of contents)
    rows.push({
      content,
      bare: await withoutChecks(content, NO_SANDBOX),
      checks: await checksAlone(content),
      jail: await jailAlone(content),
    });
}, 300_000);
afterAll(() => {
  checking?.remove();
  sink.stop(true);
  rmSync(dir, { recursive: true });
});

/** What happened besides, in words; taken back for the next one. */
async function traces(output: string): Promise<string[]> {
  // Who connected before us is told of before us.
  await new Promise<void>((resolve) => {
    void Bun.connect({
      hostname: "127.0.0.1",
      port: bait.port,
      socket: { data() {}, close: () => resolve() },
    });
  });
  connected--;
  const all = [
    existsSync(bait.marker) ? "runs a program" : "",
    output.includes(CANARY) ? "reads a file" : "",
    connected > 0 ? "asks the network" : "",
    output.length > MUCH ? "fills the memory" : "",
  ].filter((word) => word !== "");
  rmSync(bait.marker, { force: true });
  connected = 0;
  return all;
}

/** The tool on the files as they are, with a PATH on which a git lies: no check, and the wall of the empty PATH is taken away too. */
async function withoutChecks(content: HostileContent, level: SandboxLevel): Promise<string> {
  const { files, links, source, naive } = content;
  const folder = makeRunFolder(join(dir, "scratch"));
  try {
    const root = folder.make("source-0");
    const place = (path: string): string => {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      return join(root, path);
    };
    for (const [path, text] of Object.entries(files)) writeFileSync(place(path), text);
    for (const [path, target] of Object.entries(links)) symlinkSync(target, place(path));
    const cwd = join(root, source.path);
    const program = tools?.programs[naive.tool] ?? tools?.programs["kubectl"] ?? "";
    const [verb = "", ...words] = naive.words(cwd);
    const end = await runSandboxed(
      {
        program,
        argv: [program.endsWith("kubectl") ? "kustomize" : verb, ...words],
        cwd,
        env: { ...folder.env(), PATH: programs },
        folder,
        level,
        limits: {},
        timeoutMs: 60_000,
        outputBytes: level === NO_SANDBOX ? 1 << 30 : MUCH,
      },
      new AbortController().signal,
    );
    const happened = await traces("stdout" in end ? `${end.stdout}\n${end.stderr}` : "");
    if (end.is === "not-started") return `not tried: ${end.why}`;
    if (end.is === "too-much-output") return LIMITED;
    return happened.length === 0 ? NOTHING : happened.join(", ");
  } finally {
    await folder.remove();
  }
}

async function jailAlone(content: HostileContent): Promise<string> {
  const outcomes = new Set<string>();
  for (const level of new Set([strongest, weakest]))
    if (level !== undefined) outcomes.add(await withoutChecks(content, level));
  // A machine that tests for others has every level (render-security-jail.test.ts): elsewhere there may be none to try.
  return [...outcomes].join(" or ") || NOTHING;
}

/** The product with its jail taken away. */
async function checksAlone({ files, links, source, says }: HostileContent): Promise<string> {
  const repository = sourceFolder(files);
  for (const [path, target] of Object.entries(links)) repository.link(path, target);
  checking.ran.length = 0;
  const outcome = await checking.renderers
    .render(askFor(applicationOf(source), await repository.tree()))
    .then(
      ({ documents }) => ({ is: "rendered", text: JSON.stringify(documents) }),
      (cause: unknown) => ({ is: "refused", text: String(cause) }),
    );
  repository.dispose();
  const happened = await traces(outcome.text);
  if (happened.length > 0) return happened.join(", ");
  if (outcome.is === "rendered") return says === "harmless" ? HARMLESS : "renders";
  if (says === "a limit")
    return /wrote more than 64 MiB|out of memory|cannot allocate|was ended by/.test(outcome.text)
      ? LIMITED
      : outcome.text;
  if (checking.ran.length > 0) return `the tool was started: ${outcome.text}`;
  return outcome.text.includes(says) ? "refused" : `refused otherwise: ${outcome.text}`;
}

/** Nothing of where this run took place, and no letter that would break a table. */
function shown(text: string): string {
  return text
    .replaceAll(bait.secret, "/outside/secret.json")
    .replaceAll(dirname(bait.secret), "/outside")
    .replaceAll(`:${bait.port}`, ":PORT")
    .replace(/[^\x20-\x7e]/gu, (letter) => `\\u{${(letter.codePointAt(0) ?? 0).toString(16)}}`)
    .replaceAll("|", "\\|");
}

function printed(): string {
  const lines = rows.map(
    ({ content: { kind, name }, bare, checks, jail }) =>
      `| ${shown(kind)} | ${shown(name)} | ${shown(bare)} | ${shown(checks)} | ${shown(jail)} |`,
  );
  return [
    "# What hostile content meets",
    "",
    "Written by test/fast/hostile-content.test.ts, which runs every row. *No wall*: the tool on the files as they are. *Checks alone*: the product without its jail. *Jail alone*: the tool on the files as they are, in the strongest and in the weakest jail; *nothing* is read, run, reached or filled. A path `/outside` is one of the machine, in place of `/etc/passwd` too.",
    "",
    "| kind | input | no wall | checks alone | jail alone |",
    "|---|---|---|---|---|",
    ...lines,
    "",
  ].join("\n");
}

/** The sum of the rows of each kind, for the README. */
function summed(): string[] {
  const kinds = Map.groupBy(rows, ({ content }) => content.kind);
  const all = (values: string[]): string =>
    [...new Set(values.flatMap((value) => value.split(", ")))]
      .filter((value) => value !== NOTHING)
      .join(", ");
  return [...kinds].map(([kind, of]) => {
    const worst = all(of.map(({ bare }) => bare)) || "the tool refuses by itself";
    return `| ${kind} | ${of.length} | ${worst} | ${all(of.map(({ checks }) => checks))} | ${all(of.map(({ jail }) => jail)) || NOTHING} |`;
  });
}

const failing = (is: (row: Row) => boolean): string[] =>
  rows
    .filter((row) => !is(row))
    .map(
      ({ content: { kind, name }, bare, checks, jail }) =>
        `${kind} | ${shown(name)} | no wall: ${bare} | checks alone: ${shown(checks)} | jail alone: ${shown(jail)}`,
    );

test("the checks alone hold every row, where no jail can be had", () => {
  const held = new Set(["refused", HARMLESS, LIMITED]);
  expect(failing(({ checks }) => held.has(checks))).toEqual([]);
});

test("each jail alone holds every row, whatever the checks let through", () => {
  expect(failing(({ jail }) => [NOTHING, LIMITED].includes(jail))).toEqual([]);
});

test("with no wall every kind happens: the walls hold it, not the tools", () => {
  const quiet = [...Map.groupBy(rows, ({ content }) => content.kind)]
    .filter(([, of]) => of.every(({ bare }) => bare === NOTHING))
    .map(([kind]) => kind);
  expect(quiet).toEqual([]);
  expect(rows.filter(({ bare }) => bare !== NOTHING).length).toBeGreaterThanOrEqual(60);
});

test("the table that people read is what happened, and the README says its sum", () => {
  const readme = join(import.meta.dir, "../../README.md");
  const [start, end] = [
    "<!-- hostile content: printed by test/fast/hostile-content.test.ts -->",
    "<!-- end -->",
  ];
  const text = readFileSync(readme, "utf8");
  const from = text.indexOf(start),
    to = text.indexOf(end, from);
  expect({ from: from >= 0, to: to >= 0 }).toEqual({ from: true, to: true });
  const table = [
    "",
    "| what a repository holds | tried | with no wall | checks alone | jail alone |",
    "|---|---|---|---|---|",
    ...summed(),
    "",
  ].join("\n");
  if (process.env["UPDATE_GOLDEN"] === "1") {
    writeFileSync(GOLDEN, printed());
    writeFileSync(readme, text.slice(0, from + start.length) + table + text.slice(to));
  } else if (process.platform === "linux" && process.arch === "x64") {
    // Elsewhere the tools are what PATH has, and refuse other things by themselves.
    expect(printed()).toBe(readFileSync(GOLDEN, "utf8"));
    expect(text.slice(from + start.length, to)).toBe(table);
  }
});
