/**
 * What a repository may hold against the machine, and which wall holds it: each row is run with no wall, with the checks
 * alone, and with each jail alone, which gets what no check has seen. test/golden/hostile-content.md is the outcome, and
 * docs/walls.md its sum.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { NO_SANDBOX, type SandboxLevel, sandboxes } from "../../src/render/sandbox-level.ts";
import type { HostileContent } from "../lib/hostile-content.ts";
import { hostileStand, LIMITED, NOTHING } from "../lib/hostile-stand.ts";
import { applicationOf, askFor, npmToolSets, type RenderHost, renderHost } from "../lib/render-host.ts";
import { sourceFolder } from "../lib/source-folder.ts";

const GOLDEN = join(import.meta.dir, "../golden/hostile-content.md");
const HARMLESS = "renders harmlessly";

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
const stand = hostileStand(tools);
const { bait, contents, traces, withoutChecks } = stand;
let checking: RenderHost;
const rows: Row[] = [];

beforeAll(async () => {
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
  stand.stop();
});

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
    return /wrote more than 64 MiB|out of memory|cannot allocate|was ended by|did not end within/.test(
      outcome.text,
    )
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

/** The sum of the rows of each kind, for docs/walls.md. */
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

test("the table that people read is what happened, and docs/walls.md says its sum", () => {
  const page = join(import.meta.dir, "../../docs/walls.md");
  const [start, end] = [
    "<!-- hostile content: printed by test/fast/hostile-content.test.ts -->",
    "<!-- end -->",
  ];
  const text = readFileSync(page, "utf8");
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
    writeFileSync(page, text.slice(0, from + start.length) + table + text.slice(to));
  } else if (process.platform === "linux" && process.arch === "x64") {
    // Elsewhere the tools are what PATH has, and refuse other things by themselves.
    expect(printed()).toBe(readFileSync(GOLDEN, "utf8"));
    expect(text.slice(from + start.length, to)).toBe(table);
  }
});
