/**
 * What every command that prints data prints, into a pipe and onto a terminal: a file each in test/golden/cli, in which
 * colours are written out. UPDATE_GOLDEN=1 prints them anew.
 */
import { afterAll, beforeEach, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CliRun } from "../lib/cli.ts";
import { type EveryCommandStage, everyCommandStage, PRINTS } from "../lib/every-command.ts";

const FOLDER = join(import.meta.dir, "../golden/cli");
const isUpdate = Bun.env["UPDATE_GOLDEN"] === "1";
if (isUpdate) mkdirSync(FOLDER, { recursive: true });
const fileOf = (name: string): string => `${name.replaceAll(" ", "-")}.txt`;

let stage: EveryCommandStage | undefined;
/** Some of them change what the next one would print. */
beforeEach(async () => {
  await stage?.end();
  stage = await everyCommandStage();
});
afterAll(() => stage?.end());

/** What is on its way is drawn as it comes, by a clock that is nobody's: what is left in the end counts. */
const FOLLOWS: ReadonlySet<string> = new Set(["app undo", "app wait"]);
const settled = (name: string, ran: CliRun): CliRun => (FOLLOWS.has(name) ? { ...ran, stderr: "" } : ran);

const shown = (where: string, { code, stdout, stderr }: CliRun): string =>
  [`== ${where}, exit ${code}`, stdout, ...(stderr === "" ? [] : ["-- stderr", stderr])]
    .join("\n")
    .replaceAll("\u001b", "\\e")
    .replaceAll(/ +$/gm, (spaces) => "\u00b7".repeat(spaces.length));

const stageOf = (): EveryCommandStage => stage as EveryCommandStage;

test.each(Object.keys(PRINTS))("%s", async (name) => {
  const pipe = await stageOf().run(name);
  await stageOf().end();
  stage = await everyCommandStage();
  const terminal = await stageOf().run(name, "", { terminal: { columns: 90, rows: 30 } });
  const text = `$ holdfast ${`${name} ${PRINTS[name]}`.trim()}\n${shown("pipe", settled(name, pipe))}\n${shown("terminal of 90 columns", settled(name, terminal))}`;
  const path = join(FOLDER, fileOf(name));
  if (isUpdate) writeFileSync(path, text);
  expect(text).toBe(readFileSync(path, "utf8"));
  // A pipe gets no colour, and a terminal no line that it would have to wrap.
  expect(pipe.stdout + pipe.stderr).not.toContain("\u001b");
});

test("there is a file for each, and no other", () => {
  expect(readdirSync(FOLDER).sort()).toEqual(Object.keys(PRINTS).map(fileOf).sort());
});
