import type { Problem } from "../../core/model/problem.ts";
import { CliError } from "../cli-error.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Client } from "../http/client.ts";
import { CLI_VERSION, printJson } from "../print-object.ts";
import { oneSet, SETS_PATH, type SetSelection } from "../sets/choose-sets.ts";
import { setsInFile } from "../sets/sets-in-file.ts";
import { plainText } from "../terminal/plain-text.ts";
import { count } from "../words/count.ts";
import { type DiffItem, objectDiff } from "../words/object-diff.ts";
import { problemLines } from "../words/problem-lines.ts";
import { type Origin, writtenIn } from "../words/written-in.ts";

export interface AppsetPreviewOptions extends SetSelection {
  file?: string;
  nameOnly?: true;
  output?: "json";
  /** False: differences end with 0 too. */
  exitCode: boolean;
}

/** One application, as the API plans it. `application`: `namespace/name`. */
type Step =
  | { do: "create"; application: string; difference: DiffItem; from: string }
  | { do: "update"; application: string; difference: DiffItem; from: string; changed: string[] }
  | { do: "delete"; application: string; difference: DiffItem }
  | { do: "nothing"; application: string; from: string }
  | { do: "held"; application: string; wanted: "create" | "update" | "delete"; why: string };

interface Preview {
  /** `namespace/name`. */
  applicationSet: string;
  /** Of the one that is there; absent where there is none. */
  origin?: Origin;
  is: "whole" | "part";
  problems: Problem[];
  steps: Step[];
}

/** What sets would do with their applications: those of a file if they were written, or one as it is. Writes nothing. */
export async function appsetPreview(
  context: CliContext,
  name: string | undefined,
  options: AppsetPreviewOptions,
): Promise<ExitCode> {
  const client = await context.client();
  const previews: Preview[] = [];
  for (const body of await wantedSets(context, client, name, options)) {
    const preview = await client.send<Preview>("POST", `${SETS_PATH}/preview`, { body });
    previews.push({ ...preview, steps: inOrder(preview.steps) });
  }
  if (options.output === "json")
    printJson(
      context,
      previews.length === 1
        ? { apiVersion: CLI_VERSION, kind: "ApplicationSetPreview", ...previews[0] }
        : { apiVersion: CLI_VERSION, kind: "ApplicationSetPreviewList", items: previews },
    );
  else
    context.print(
      previews.flatMap(({ steps }) =>
        stepLines(context, steps, options.nameOnly === true ? "names" : "fields"),
      ),
    );
  for (const preview of previews) {
    for (const line of problemLines(context.err, preview.problems)) context.note(line);
    context.note(sentence(preview, options.file));
  }
  const errors = previews.flatMap(({ problems }) => problems.filter(({ severity }) => severity === "error"));
  const isPart = previews.some(({ is }) => is === "part");
  if (errors.length > 0)
    throw new CliError(
      EXIT.invalid,
      `Not all of it can be ${isPart ? "generated" : "done"}: ${count(errors.length, "error")}.`,
      isPart ? ["A set that cannot be generated whole deletes no application."] : [],
    );
  const differs = previews.some(({ steps }) => steps.some((step) => step.do !== "nothing"));
  return differs && options.exitCode ? EXIT.differs : EXIT.done;
}

async function wantedSets(
  context: CliContext,
  client: Client,
  name: string | undefined,
  { file, ...selection }: AppsetPreviewOptions,
): Promise<unknown[]> {
  if ((name === undefined) === (file === undefined))
    throw new CliError(
      EXIT.usage,
      name === undefined
        ? "Nothing is named to look at."
        : "A file and a name: only one of them is looked at.",
      ["Give a file with --file, or the NAME of a set that is there."],
    );
  if (file !== undefined) return setsInFile(context, file);
  const { applicationSet } = await oneSet(client, name ?? "", selection);
  return [applicationSet];
}

const ORDER: readonly Step["do"][] = ["create", "update", "delete", "held", "nothing"];

function inOrder(steps: readonly Step[]): Step[] {
  return ORDER.flatMap((kind) => steps.filter((step) => step.do === kind));
}

function stepLines(context: CliContext, steps: readonly Step[], detail: "fields" | "names"): string[] {
  if (detail === "names")
    return steps.flatMap((step) => (step.do === "nothing" ? [] : [`${step.do} ${step.application}`]));
  const { paint, symbols } = context.out;
  const blocks = steps.flatMap((step) => {
    if (step.do === "nothing" || step.do === "held") return [];
    const lines = objectDiff(
      context.out,
      step.difference,
      context.now(),
      "the set makes it no more: to delete",
    );
    return [withoutFields(step) ? [...lines, ...changedFields(step)] : lines];
  });
  const held = steps.flatMap((step) =>
    step.do === "held"
      ? [
          `${paint("behind", symbols.warning)} ${plainText(step.application)}: to ${step.wanted}, and held: ${plainText(step.why)}`,
        ]
      : [],
  );
  return (held.length === 0 ? blocks : [...blocks, held]).flatMap((block, at) =>
    at === 0 ? block : ["", ...block],
  );
}

/** A change that nobody may see is still one. */
function withoutFields(step: Step): step is Extract<Step, { do: "update" }> {
  return step.do === "update" && step.difference.fields.length === 0;
}

function changedFields({ changed }: Extract<Step, { do: "update" }>): string[] {
  return changed.map((path) => `@@ ${plainText(path)} @@   not shown`);
}

function sentence({ applicationSet, origin, is, steps }: Preview, file: string | undefined): string {
  const many = (kind: Step["do"]): number => steps.filter((step) => step.do === kind).length;
  const parts = (["create", "update", "delete"] as const).flatMap((kind) =>
    many(kind) === 0 ? [] : [`${many(kind)} to ${kind}`],
  );
  if (many("held") > 0) parts.push(`${many("held")} held`);
  const same = many("nothing");
  const what =
    parts.length === 0
      ? `nothing would change: ${count(same, "application")} ${same === 1 ? "is" : "are"} as it says`
      : `${parts.join(", ")}${same === 0 ? "" : `, ${same} as ${same === 1 ? "it is" : "they are"}`}`;
  const isOffered = parts.length > 0 && file !== undefined && is === "whole";
  return `${applicationSet}: ${what}${isOffered ? `. ${howToDoIt(origin, file)}` : ""}`;
}

/** What is written elsewhere is changed there. */
function howToDoIt(origin: Origin | undefined, file: string): string {
  return origin === undefined || origin.from === "api" || origin.from === "cluster"
    ? `Do it with: holdfast appset create -f ${file} --upsert`
    : `Do it where it is written: ${writtenIn(origin)}`;
}
