import { describe, expect, test } from "bun:test";
import type { CliEnv, Output } from "../host.ts";
import { plainLines, plainText } from "./plain-text.ts";
import { Region } from "./region.ts";
import { table } from "./table.ts";
import { type ColorChoice, createTerminal, cut, painted } from "./terminal.ts";

const UTF8 = { LANG: "en_US.UTF-8" };
const stream = (isTTY: boolean, columns?: number, rows?: number): Output & { text: string } => {
  const output = { isTTY, columns, rows, text: "", write: (text: string) => void (output.text += text) };
  return output;
};
const pipe = (env: CliEnv = UTF8) => createTerminal(stream(false), env, "auto");
const screen = (columns: number, env: CliEnv = { ...UTF8, NO_COLOR: "1" }) =>
  createTerminal(stream(true, columns), env, "auto");

describe("colour", () => {
  const cases: [sentence: string, isTTY: boolean, env: CliEnv, flag: ColorChoice, want: boolean][] = [
    ["is on where a person looks", true, {}, "auto", true],
    ["is off in a pipe", false, {}, "auto", false],
    ["is off on a dumb terminal", true, { TERM: "dumb" }, "auto", false],
    ["is off with NO_COLOR", true, { NO_COLOR: "1" }, "auto", false],
    ["is not turned off by an empty NO_COLOR", true, { NO_COLOR: "" }, "auto", true],
    ["is forced into a pipe by CLICOLOR_FORCE", false, { CLICOLOR_FORCE: "1" }, "auto", true],
    ["is not forced by CLICOLOR_FORCE=0", false, { CLICOLOR_FORCE: "0" }, "auto", false],
    [
      "is off where NO_COLOR and CLICOLOR_FORCE meet",
      true,
      { NO_COLOR: "1", CLICOLOR_FORCE: "1" },
      "auto",
      false,
    ],
    ["is on with --color always, whatever the environment says", false, { NO_COLOR: "1" }, "always", true],
    ["is off with --color never", true, { CLICOLOR_FORCE: "1" }, "never", false],
  ];
  test.each(cases)("%s", (_, isTTY, env, flag, want) => {
    const { paint } = createTerminal(stream(isTTY), env, flag);
    expect(paint("bad", "x")).toBe(want ? "\x1b[31mx\x1b[0m" : "x");
  });
});

describe("signs", () => {
  const words = [
    "Synced",
    "OutOfSync",
    "Healthy",
    "Progressing",
    "Degraded",
    "Missing",
    "Suspended",
    "Unknown",
  ];
  const cases: [sentence: string, env: CliEnv, want: string][] = [
    ["are Unicode where the locale is UTF-8", { LANG: "de_DE.utf8" }, "✓ ↑ ♥ ◔ ✗ ◌ ‖ ?"],
    ["are ASCII in the C locale", { LANG: "C" }, "= ^ + ~ x o | ?"],
    ["are ASCII where nothing says otherwise", {}, "= ^ + ~ x o | ?"],
    ["follow LC_ALL before LANG", { LC_ALL: "C", LANG: "en_US.UTF-8" }, "= ^ + ~ x o | ?"],
    ["pass over an empty LC_ALL", { LC_ALL: "", LC_CTYPE: "C.UTF-8" }, "✓ ↑ ♥ ◔ ✗ ◌ ‖ ?"],
  ];
  test.each(cases)("%s, and always have their word", (_, env, want) => {
    const terminal = pipe(env);
    expect(words.map((word) => painted(terminal, terminal.state(word)))).toEqual(
      words.map((word, at) => `${want.split(" ")[at]} ${word}`),
    );
  });
});

describe("plainText()", () => {
  test.each([
    ["a line break is a space", "one\n  two", "one two"],
    ["an escape cannot steer the terminal", "\x1b[2Jgone\x07", "�[2Jgone�"],
    ["C1 controls are controls", "a\x9bb", "a�b"],
    ["the direction of text cannot be turned", "a\u202eb", "a�b"],
    ["other scripts stay", "søk → 検索", "søk → 検索"],
  ])("%s", (_, text, want) => {
    expect(plainText(text)).toBe(want);
  });
  test("plainLines() keeps lines and widens tabs", () => {
    expect(plainLines("a\n\tb\x1b")).toBe("a\n  b�");
  });
});

describe("table()", () => {
  const columns = [
    { head: "NAME", least: 10, shrinks: 3 },
    { head: "PROJECT", least: 8, shrinks: 2, hides: 1 },
    { head: "STATE" },
    { head: "WHY", least: 12, shrinks: 1 },
  ];
  const rows = [
    ["shop/a-long-name", "default", "Synced", ""],
    ["shop/検索", "payments", "Unknown", "the repository does not answer"],
  ];

  test("aligns by what a terminal shows, not by characters", () => {
    expect(table(pipe(), columns, rows)).toEqual([
      "  NAME               PROJECT    STATE     WHY",
      "  shop/a-long-name   default    Synced",
      "  shop/検索          payments   Unknown   the repository does not answer",
    ]);
  });
  test("cuts the least important column on a narrow terminal", () => {
    expect(table(screen(60), columns, rows)).toEqual([
      "  NAME               PROJECT    STATE     WHY",
      "  shop/a-long-name   default    Synced",
      "  shop/検索          payments   Unknown   the repository do…",
    ]);
  });
  test("leaves columns out where cutting is not enough", () => {
    const lines = table(screen(42), columns, rows);
    expect(lines).toEqual([
      "  NAME              STATE     WHY",
      "  shop/a-long-na…   Synced",
      "  shop/検索         Unknown   the reposit…",
    ]);
    expect(lines.every((line) => Bun.stringWidth(line) <= 42)).toBe(true);
  });
  test("leaves others out before it cuts what wants more, and cuts that too where it must", () => {
    const wanting = columns.map((one) => (one.head === "WHY" ? { ...one, wants: 30 } : one));
    expect(table(screen(61), wanting, rows)).toEqual([
      "  NAME               STATE     WHY",
      "  shop/a-long-name   Synced",
      "  shop/検索          Unknown   the repository does not answer",
    ]);
    expect(table(screen(44), wanting, rows).every((line) => Bun.stringWidth(line) <= 44)).toBe(true);
  });
  test("never cuts in a pipe, nor where the whole is asked for", () => {
    expect(table(pipe(), columns, rows).at(-1)).toContain("the repository does not answer");
    expect(table(screen(40), columns, rows, { fit: "whole" }).at(-1)).toContain(
      "the repository does not answer",
    );
  });
  test("leaves the first line out", () => {
    expect(table(pipe(), [{ head: "A" }], [["x"]], { heads: "none" })).toEqual(["  x"]);
  });
  test("shows no control character of a cell", () => {
    expect(table(pipe(), [{ head: "A" }], [["x\x1b[31m"]]).at(-1)).toBe("  x�[31m");
  });
});

test("cut() ends in an ellipsis that fits", () => {
  expect([
    cut("abcdef", 6, pipe().symbols),
    cut("abcdef", 4, pipe().symbols),
    cut("abcdef", 5, pipe({}).symbols),
  ]).toEqual(["abcdef", "abc…", "ab..."]);
});

describe("Region", () => {
  test("draws over what it drew, and leaves nothing behind", async () => {
    const output = stream(true, 40, 20);
    const region = new Region(createTerminal(output, UTF8, "never"));
    region.show(["one", "two"]);
    region.show(["three"]);
    await Bun.sleep(150);
    region.clear();
    expect(output.text).toBe(
      "\x1b[?2026hone\x1b[K\ntwo\x1b[K\n\x1b[J\x1b[?2026l" +
        "\x1b[?2026h\x1b[2A\rthree\x1b[K\n\x1b[J\x1b[?2026l" +
        "\x1b[1A\r\x1b[J",
    );
  });
  test("draws many states at once as one, at most ten times a second", async () => {
    const output = stream(true, 40, 20);
    const region = new Region(createTerminal(output, UTF8, "never"));
    for (let at = 0; at < 50; at++) region.show([`state ${at}`]);
    await Bun.sleep(150);
    region.clear();
    expect(output.text.match(/state \d+/g)).toEqual(["state 0", "state 49"]);
  });
  test("fits its lines into the window, so that none wraps or scrolls", () => {
    const output = stream(true, 40, 8);
    new Region(createTerminal(output, UTF8, "never")).show([
      "x".repeat(60),
      ...Array.from({ length: 20 }, (_, at) => `line ${at}`),
    ]);
    const lines = output.text
      .replaceAll(/\x1b\[[?\d]*[a-zA-Z]/g, "")
      .trim()
      .split("\n");
    expect(lines).toEqual([
      `${"x".repeat(38)}…`,
      "line 0",
      "line 1",
      "line 2",
      "line 3",
      "line 4",
      "… and 15 more lines",
    ]);
  });
});
