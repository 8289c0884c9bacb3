import { chmodSync, realpathSync, renameSync, statSync, writeFileSync } from "node:fs";
import { parseProject } from "../../core/model/parse-project.ts";
import type { Project } from "../../core/model/project.ts";
import { messageOf } from "../../lib/caught.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { editYaml, parseYaml, type YamlChange } from "../../lib/yaml.ts";
import { CliError } from "../cli-error.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { printYamlDocuments } from "../print-object.ts";
import { edited, type ProjectEdit } from "../project/project-edits.ts";
import { readProject } from "../project/read-project.ts";
import { readInput } from "../read-input.ts";
import { writtenIn } from "../words/written-in.ts";

export interface ProjectEditOptions {
  /** A local file that the project is written in. */
  file?: string;
}

/**
 * Changes a project where it is written: with a file, there, with its comments; without one, through the daemon, or, where
 * a file or another application holds it, not at all: then the changed manifest is printed for whoever writes it.
 */
export async function projEdit(
  context: CliContext,
  name: string,
  { file }: ProjectEditOptions,
  edit: (project: Project) => ProjectEdit,
): Promise<ExitCode> {
  if (file !== undefined) return editFile(context, name, file, edit);
  const { project, holdfast, write } = await readProject(await context.client(), name);
  const next = checked(edited(project, changesOf(edit(project))), name);
  const { origin } = holdfast;
  if (origin?.from === "file" || origin?.from === "parent") {
    printYamlDocuments(context, [next]);
    context.host.stderr.write(
      `Nothing was changed: project ${name} is written in ${writtenIn(origin)}. Write this there${origin.from === "file" ? ", or name the file with --file" : ""}.\n`,
    );
    return EXIT.done;
  }
  await write(next);
  context.print([`Project ${name} is changed.`]);
  return EXIT.done;
}

async function editFile(
  context: CliContext,
  name: string,
  file: string,
  edit: (project: Project) => ProjectEdit,
): Promise<ExitCode> {
  if (file === "-") throw new CliError(EXIT.usage, "A project is changed in a file, and - is none.");
  const text = await readInput(context, file);
  const project = projectIn(text, name, file);
  const changes = changesOf(edit(project));
  const wanted = checked(edited(project, changes), name);
  const { text: next } = editYaml(text, (value) => isProject(value, name), changes);
  // Anchors and merges can make an edit mean more than it says: what stands there is read again before it is written.
  if (!equalJson(projectIn(next, name, file), wanted))
    throw new CliError(EXIT.invalid, `${file} is written in a way in which it cannot be changed by itself.`, [
      "Change it by hand: an anchor, an alias or a merge key makes one line mean several.",
    ]);
  writeWhole(file, next);
  context.print([`Project ${name} is changed in ${file}.`]);
  return EXIT.done;
}

function changesOf(edit: ProjectEdit): readonly YamlChange[] {
  if (edit.is === "changes") return edit.changes;
  throw new CliError(EXIT.usage, `${edit.why.charAt(0).toUpperCase()}${edit.why.slice(1)}.`);
}

/** What would be refused where it is read is not written. */
function checked(next: unknown, name: string): unknown {
  const parsed = parseProject(next, { homeNamespace: "argocd" });
  if (parsed.ok) return next;
  throw new CliError(
    EXIT.usage,
    `Project ${name} would not be valid then.`,
    parsed.problems.map(
      ({ path = "", text, fix }) => `${path}: ${text}${fix === undefined ? "" : `. ${fix}`}.`,
    ),
  );
}

function projectIn(text: string, name: string, file: string): Project {
  const { documents, problems } = parseYaml(text);
  const [problem] = problems;
  if (problem !== undefined) throw new CliError(EXIT.usage, `Cannot read ${file}: ${problem.text}.`);
  const found = documents.filter(({ value }) => isProject(value, name));
  const [one] = found;
  if (one === undefined || found.length > 1)
    throw new CliError(
      EXIT.usage,
      one === undefined
        ? `There is no AppProject ${name} in ${file}.`
        : `There are ${found.length} of AppProject ${name} in ${file}.`,
    );
  const { value } = one;
  // A project that says nothing of itself yet.
  return { ...(value as Project), spec: (value as Partial<Project>).spec ?? {} };
}

function isProject(value: unknown, name: string): boolean {
  return (
    isMapping(value) &&
    value["kind"] === "AppProject" &&
    isMapping(value["metadata"]) &&
    value["metadata"]["name"] === name
  );
}

/** Whole or not at all; a link stays one. */
function writeWhole(file: string, text: string): void {
  try {
    const target = realpathSync(file);
    const next = `${target}.${process.pid}.next`;
    writeFileSync(next, text, { flag: "wx" });
    chmodSync(next, statSync(target).mode);
    renameSync(next, target);
  } catch (cause) {
    throw new CliError(EXIT.invalid, `Cannot write ${file}: ${messageOf(cause)}.`, [], { cause });
  }
}
