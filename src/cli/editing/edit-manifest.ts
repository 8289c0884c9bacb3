import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { codeOf } from "../../lib/caught.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { parseYaml, printYaml } from "../../lib/yaml.ts";
import { CliError } from "../cli-error.ts";
import { confirm } from "../confirm.ts";
import type { CliContext } from "../context.ts";
import { EXIT } from "../exit-codes.ts";
import { Refused } from "../http/refusal.ts";
import { asCliError } from "../report-error.ts";
import { plainText } from "../terminal/plain-text.ts";
import { valueDiff } from "../words/object-diff.ts";
import { changedMeanwhile, isOvertaken } from "./changed-meanwhile.ts";

/** One manifest that a person edits where the daemon keeps it. */
export interface ManifestEdit<T> {
  /** `Application payments/web`. */
  what: string;
  /** Of the file that is edited, without its ending. */
  name: string;
  before: T;
  /** What was typed, as it would be written. @throws {CliError} invalid where it may not be */
  read(value: unknown): T;
  /** What would come of it: sentences. */
  effects(after: T): string[];
  /** As it is there now. */
  now(): Promise<T>;
  /** Only where it is as `before` still. @throws {CliError} */
  write(after: T): Promise<T>;
  /** The command line that writes a file in its place. */
  instead(file: string): string;
}

/**
 * Has a person edit it, shows what that changes and what comes of it, and writes it when told to. Where anything fails, and
 * where the answer is no, what was typed is kept in a file, and said.
 * @returns undefined where nothing was written
 * @throws {CliError} conflict where somebody else changed it meanwhile, usage with --no-input
 */
export async function editManifest<T>(
  context: CliContext,
  edit: ManifestEdit<T>,
  { yes }: { yes?: true },
): Promise<T | undefined> {
  if (context.flags.input === false)
    throw new CliError(EXIT.usage, `An editor asks a person for ${edit.what}, and --no-input forbids it.`, [
      `Write it from a file: ${edit.instead("FILE")}`,
    ]);
  const text = `${head(edit.what)}${printYaml(edit.before)}`;
  // Values of parameters may be nobody else's to read.
  const folder = mkdtempSync(join(tmpdir(), "holdfast-edit-"));
  const file = join(folder, `${edit.name}.yaml`);
  writeFileSync(file, text, { mode: 0o600 });
  const kept = (): string => `What was typed is kept in ${file}. It is written by: ${edit.instead(file)}`;
  let typed = "";
  try {
    const end = await context.host.edit(file);
    typed = textIn(file);
    if (end.is !== "closed") throw notEdited(end);
    const after = isBare(typed) || typed === text ? edit.before : edit.read(valueIn(typed, file));
    if (equalJson(after, edit.before)) {
      context.note(
        `Nothing was changed${isBare(typed) ? ": an empty file is no order to do anything" : ""}.`,
      );
      typed = "";
      return undefined;
    }
    show(context, edit, after);
    if (yes !== true && !(await confirm(context, `Write ${edit.what}?`))) {
      context.note(`Nothing was written. ${kept()}`);
      return undefined;
    }
    const written = await write(edit, after);
    typed = "";
    return written;
  } catch (cause) {
    const error = asCliError(cause, context.signal);
    if (isBare(typed) || typed === text) throw error;
    throw new CliError(error.code, error.message, [...error.hints, kept()], { cause: error });
  } finally {
    if (isBare(typed) || typed === text) rmSync(folder, { recursive: true, force: true });
  }
}

function head(what: string): string {
  return [
    `# ${what}, as the daemon keeps it. Save and close: what that changes is shown, and written when you say so.`,
    "# Close it unchanged, or empty it, and nothing happens. Comments are not kept.",
    "",
  ].join("\n");
}

/** "" where it is gone. */
function textIn(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return "";
    throw cause;
  }
}

/** Comments and blank lines alone. */
function isBare(text: string): boolean {
  return text.split("\n").every((line) => /^\s*(#.*)?$/.test(line));
}

function notEdited(
  end: Exclude<Awaited<ReturnType<CliContext["host"]["edit"]>>, { is: "closed" }>,
): CliError {
  const fix = "Name another one in VISUAL or EDITOR, such as EDITOR='code --wait'.";
  switch (end.is) {
    case "none":
      return new CliError(EXIT.usage, "There is no editor: this is no terminal, and nobody names one.", [
        fix,
      ]);
    case "not-started":
      return new CliError(EXIT.usage, `Cannot start the editor ${plainText(end.program)}: ${end.why}.`, [
        fix,
      ]);
    case "failed":
      return new CliError(EXIT.usage, `The editor ended ${end.how}, and nothing was changed.`);
  }
}

/** @throws {CliError} invalid */
function valueIn(text: string, file: string): unknown {
  const { documents, problems } = parseYaml(text, { file });
  const error = problems.find(({ severity }) => severity === "error");
  if (error !== undefined)
    throw new CliError(
      EXIT.invalid,
      `Line ${error.line}: ${error.text}.`,
      error.fix === undefined ? [] : [`${error.fix}.`],
    );
  const found = documents.filter(({ value }) => value !== null);
  const [one] = found;
  if (one === undefined || found.length > 1)
    throw new CliError(EXIT.invalid, `One manifest is edited, and the file holds ${found.length}.`);
  return one.value;
}

/** To where questions go: data of a program is what was written. */
function show<T>({ err, host }: CliContext, { before, effects }: ManifestEdit<T>, after: T): void {
  const lines = [...valueDiff(err, before, after), ...effects(after).map(plainText)];
  host.stderr.write(`${lines.join("\n")}\n`);
}

async function write<T>(edit: ManifestEdit<T>, after: T): Promise<T> {
  const isSo = async (): Promise<boolean> => equalJson(await edit.now(), edit.before);
  if (!(await isSo())) throw changedMeanwhile(edit.what);
  try {
    return await edit.write(after);
  } catch (cause) {
    // Between the look and the write there is time for somebody else, too.
    if (isOvertaken(cause) || (cause instanceof Refused && cause.status === 400 && !(await isSo())))
      throw changedMeanwhile(edit.what, cause);
    throw cause;
  }
}
