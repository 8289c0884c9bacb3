/** The manual page: everything that the help says, in a form that groff and mandoc read without a complaint. */
import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { EXIT_MEANINGS } from "../../src/cli/exit-codes.ts";
import { manPage } from "../../src/cli/man/man-page.ts";
import { createProgram } from "../../src/cli/program.ts";
import { cli } from "../lib/cli.ts";
import { verbs } from "../lib/cli-stage.ts";

const program = createProgram({ stdout: {}, stderr: {} } as never, async () => undefined);
const page = manPage(program, { version: "0.1.0", date: "2026-11-29" });
/** As a reader sees it, without what lays it out. */
const plain = (text: string): string =>
  text
    .replaceAll(/\\\[u([0-9A-F]{4,6})\]/g, (_, code: string) =>
      String.fromCodePoint(Number.parseInt(code, 16)),
    )
    .replaceAll("\\-", "-")
    .replaceAll("\\&", "")
    .replaceAll("\\(dq", '"')
    .replaceAll("\\e", "\\")
    .replaceAll(/\s+/g, " ");
const words = plain(page);
const lower = words.toLowerCase();

describe("the manual page", () => {
  test("is what the verb prints", async () => {
    const { stdout, code } = await cli(["man"], { verbs });
    expect([code, stdout]).toEqual([0, manPage(program, { version: "0.1.0", date: "" })]);
  });

  test("has every command with its flags, arguments, choices and examples", () => {
    const walk = (command: Command, path: string): void => {
      const named = `${path} ${command.name()}`.trim();
      if (command.commands.length === 0) {
        expect([named, words.includes(`.SS "${named}`)]).toEqual([named, true]);
        expect([named, lower.includes(command.description().toLowerCase())]).toEqual([named, true]);
      }
      for (const { hidden, flags, description, argChoices = [] } of command.options) {
        if (hidden) continue;
        expect([named, words.includes(`.B ${flags} ${description}`)]).toEqual([named, true]);
        expect([named, words.includes(argChoices.join(", "))]).toEqual([named, true]);
      }
      for (const one of command.commands) walk(one, named);
    };
    walk(program, "");
    expect(words).toContain("$ holdfast trace Pod/web-5d4f8-x2 -n shop");
    expect(words).not.toContain("--show-target");
  });

  test("has the exit codes and variables", () => {
    for (const [code, meaning] of EXIT_MEANINGS)
      expect([code, words.includes(`.TP .B ${code} ${meaning}`)]).toEqual([code, true]);
    for (const name of ["HOLDFAST_SERVER", "XDG_CONFIG_HOME", "VISUAL, EDITOR", "NO_COLOR"])
      expect(words).toContain(name);
  });

  test("is ASCII, in lines that are text or known macros, and what is kept as written ends again", () => {
    expect(page).toMatch(/^[\n -~]+$/);
    const known = new Set([".TH", ".SH", ".SS", ".PP", ".TP", ".B", ".I", ".BR", ".nf", ".fi"]);
    const macros = page.split("\n").flatMap((line) => (/^[.']/.test(line) ? [line.split(" ", 1)[0]] : []));
    expect(macros.filter((macro) => !known.has(macro ?? ""))).toEqual([]);
    expect(macros.filter((macro) => macro === ".nf" || macro === ".fi").join(" ")).toMatch(
      /^(\.nf \.fi ?)+$/,
    );
  });

  test("what would be a request, an escape or a quotation stays text", () => {
    const odd = new Command("odd").description("it's odd");
    odd
      .command("run")
      .description(".so /etc/passwd")
      .option("--a <x>", '\'br \\n a "quoted" word…')
      .addHelpText("after", "\nExamples:\n  .sy reboot");
    const text = manPage(odd, { version: '1"', date: "" });
    expect(text).toContain("\n\\&.so /etc/passwd.\n");
    expect(text).toContain('\n\\&\'br \\en a "quoted" word\\[u2026]\n');
    expect(text).toContain("\n\\&.sy reboot\n");
    expect(text).toContain('.TH ODD 1 "" "odd 1\\(dq"\n');
  });
});

/** What each says where it has nothing to complain of, style beside. */
const READERS: Record<string, string[]> = {
  groff: ["groff", "-man", "-ww", "-Tutf8", "-z"],
  mandoc: ["mandoc", "-Tlint", "-Wwarning"],
};
const installed = Object.entries(READERS).filter(([name]) => Bun.which(name) !== null);

test.each(installed)("%s reads it without a complaint", (_, argv) => {
  const dir = mkdtempSync(join(tmpdir(), "holdfast-man-"));
  writeFileSync(join(dir, "holdfast.1"), page);
  const ran = Bun.spawnSync([...argv, join(dir, "holdfast.1")]);
  expect([ran.stdout.toString(), ran.stderr.toString(), ran.exitCode]).toEqual(["", "", 0]);
  rmSync(dir, { recursive: true });
});
