/** What a commit says, and the name of the branch that it goes to. */
import { Failure } from "../core/model/failure.ts";
import type { ParameterSet } from "../core/ports/template-engine.ts";
import { hashSha256 } from "../lib/hash.ts";
import { printable } from "../lib/printable.ts";
import { groupOf } from "./beside.ts";
import type { ImageEdit } from "./image-edit.ts";
import type { ImagesPorts } from "./images-ports.ts";

const MOST_NAMED = 50;
/** Of a message: what templates make is not endless. */
const MOST_TEXT = 60_000;
/** Source: Argo CD Image Updater. */
const LONGEST_BRANCH = 255;

type WordPorts = Pick<ImagesPorts, "settings" | "fill" | "log">;

/** Where an operator's template is wrong it is said, and our own words are taken: an update does not wait for that. */
export async function commitMessage(edits: readonly ImageEdit[], ports: WordPorts): Promise<string> {
  const { message, messageTemplate, signOff, author } = ports.settings();
  const byTemplate = messageTemplate === "" ? undefined : await templated(messageTemplate, edits, ports);
  const lines = byTemplate === undefined ? ourLines(edits, message) : byTemplate.split("\n");
  const signed = signOff ? [`Signed-off-by: ${author.name} <${author.email}>`, ""] : [];
  // What registries and annotations say is no control character of anybody's terminal.
  return [...lines, ...signed].map(shown).join("\n");
}

/** Indented as it is: a list within a list stays one. */
function shown(line: string): string {
  const [indent = ""] = /^ {0,20}/.exec(line) ?? [];
  const text = printable(line);
  return text === "" ? "" : `${indent}${text}`;
}

function ourLines(edits: readonly ImageEdit[], template: string): string[] {
  const changes = [...new Set(edits.map(({ change }) => change))];
  const apps = [...new Set(edits.map(({ app }) => app))];
  const [one = ""] = changes;
  const usual =
    changes.length === 1
      ? `Update ${one}`
      : `Update ${changes.length} images of ${apps.length === 1 ? apps[0] : `${apps.length} applications`}`;
  const filled = template
    .replaceAll("{{changes}}", changes.join(", "))
    .replaceAll("{{apps}}", apps.join(", "))
    .replaceAll("{{count}}", String(changes.length));
  const lines = edits.map(({ app, change }) => `- ${app}: ${change}`);
  const more = lines.length > MOST_NAMED ? [`- and ${lines.length - MOST_NAMED} more`] : [];
  return [template === "" ? usual : filled, "", ...lines.slice(0, MOST_NAMED), ...more, ""];
}

/** Values as Image Updater gives them; a commit of ours may be of several applications. */
async function templated(
  template: string,
  edits: readonly ImageEdit[],
  { fill, log }: WordPorts,
): Promise<string | undefined> {
  // A template that asks for the first of none is not wrong for that.
  if (edits.length === 0) return undefined;
  const filled = await fill(template, {
    AppName: namesOf(edits).join(", "),
    AppChanges: edits.map(({ wanted, from, to }) => ({
      ...{ Image: wanted.image.name, OldTag: from, NewTag: to, Labels: {} },
    })),
  });
  const text = filled.is === "filled" ? filled.text.slice(0, MOST_TEXT).trimEnd() : "";
  if (text.trim() !== "") return `${text}\n`;
  log.warn("the template of commit messages cannot be used", {
    why: filled.is === "wrong" ? filled.why : "it gives an empty text",
    ...(filled.is === "wrong" && filled.line !== undefined ? { line: filled.line } : {}),
  });
  return undefined;
}

/** Names of branches that Git takes, without what could be read as anything else. */
const BRANCH = /^(?!.*(\.\.|\/\/|@\{|\.lock(\/|$)|\/\.|\.$))[A-Za-z0-9_][\w./+@=-]*(?<!\/)$/;

/** @throws {Failure} invalid-spec */
export async function branchName(
  template: string,
  edits: readonly ImageEdit[],
  { fill }: Pick<ImagesPorts, "fill">,
): Promise<string> {
  const wrong = (why: string): Failure =>
    new Failure("invalid-spec", `git-branch ${JSON.stringify(template)}`, "after-edit", {
      cannot: "name a branch",
      why,
      fix: "Write base:target; {{.AppName}}, {{.AppNamespace}}, {{.TargetKey}}, {{.SHA256}} and {{range .Images}} are filled in",
    });
  const values = branchValues(edits);
  const plain = template.replace(/\{\{\s*\.(\w+)\s*\}\}/g, (whole, name: string) => {
    const value = values[name];
    return typeof value === "string" ? value : whole;
  });
  // Most need no engine, which costs a process.
  const filled = plain.includes("{{")
    ? await fill(template, values)
    : ({ is: "filled", text: plain } as const);
  if (filled.is === "wrong") throw wrong(filled.why);
  const name = filled.text.slice(0, LONGEST_BRANCH);
  if (BRANCH.test(name)) return name;
  throw wrong(`${JSON.stringify(name)} is no name of a branch`);
}

function branchValues(edits: readonly ImageEdit[]): ParameterSet {
  const changes = edits.map(({ app, change }) => `${app} ${change}`).sort();
  const [first] = edits;
  const spaces = new Set(edits.map(({ app }) => app.slice(0, app.indexOf("/"))));
  return {
    AppName: namesOf(edits).join("-"),
    AppNamespace: [...spaces].join("-"),
    SHA256: hashSha256(changes.join("\n")),
    TargetKey: hashSha256(first === undefined ? "" : groupOf(first)).slice(0, 8),
    Images: edits.map(({ wanted, from, to }) => ({
      ...{ Name: wanted.image.name, Alias: wanted.alias, OldTag: from, NewTag: to },
    })),
  };
}

function namesOf(edits: readonly ImageEdit[]): string[] {
  return [...new Set(edits.map(({ app }) => app.slice(app.indexOf("/") + 1)))];
}
