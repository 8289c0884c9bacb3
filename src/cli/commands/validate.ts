import { defined } from "../../lib/defined.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { ValidatedFile, ValidatedSet } from "../offline-verbs.ts";
import { printJsonList } from "../print-object.ts";
import { plainText } from "../terminal/plain-text.ts";
import { andMore, count } from "../words/count.ts";
import { problemLines } from "../words/problem-lines.ts";

export interface ValidateOptions {
  config?: string;
  source?: string;
  clusters?: string;
  output?: "json";
}

/** Every problem of every file at once. Problems in the config end with 2, in manifests with 8. */
export async function validate(
  context: CliContext,
  files: string[],
  { config, source, clusters, output }: ValidateOptions,
): Promise<ExitCode> {
  const {
    files: judged,
    passedOver,
    unrendered,
  } = await context.host.verbs.validate(files, {
    ...defined({ config, source, clusters }),
    signal: context.signal,
  });
  if (output === "json") printJsonList(context, "Validation", { files: judged, passedOver });
  else context.print(judged.flatMap((file) => fileLines(context, file)));
  const isWrong = ({ problems }: ValidatedFile): boolean =>
    problems.some(({ severity }) => severity === "error");
  const wrong = judged.filter(isWrong);
  context.note(
    wrong.length === 0
      ? `${count(judged.length, "file")} checked, all of them valid.`
      : `${wrong.length} of ${count(judged.length, "file")} not valid.`,
  );
  if (passedOver > 0)
    context.note(
      `${count(passedOver, "file")} passed over: no Application, AppProject or ApplicationSet stands there.`,
    );
  if (wrong.length === 0) {
    const unasked = sayUnasked(judged, unrendered, config);
    if (unasked !== undefined) context.note(unasked);
    return EXIT.done;
  }
  return wrong.some(({ kind }) => kind === "config") ? EXIT.usage : EXIT.invalid;
}

/** What no file can tell, and who tells it. */
function sayUnasked(
  judged: readonly ValidatedFile[],
  unrendered: readonly string[],
  config: string | undefined,
): string | undefined {
  const [first] = unrendered;
  if (first === undefined && judged.every(({ kind }) => kind !== "config")) return undefined;
  const doctor = `holdfast doctor${config === undefined ? "" : ` --config ${config}`}`;
  const asks = `No repository and no cluster was asked: ${doctor} asks them`;
  return first === undefined
    ? `${asks}.`
    : `${asks}, and holdfast render -f ${first} shows whether revision and folder are there and render.`;
}

function fileLines({ out }: CliContext, { file, kind, problems, sets = [] }: ValidatedFile): string[] {
  const errors = problems.filter(({ severity }) => severity === "error").length;
  const warnings = problems.length - errors;
  const verdict = errors > 0 ? count(errors, "error") : kind === "unknown" ? "left out" : "valid";
  const sign = errors > 0 ? out.paint("bad", out.symbols.failed) : out.paint("good", out.symbols.done);
  const what = kind === "unknown" ? "" : `   ${kind}`;
  return [
    `${sign} ${file}${what}   ${verdict}${warnings === 0 ? "" : `, ${count(warnings, "warning")}`}`,
    ...problemLines(out, problems).map((line) => `  ${line}`),
    ...sets.map((set) => `  ${out.paint("dim", plainText(sayMade(set)))}`),
  ];
}

function sayMade(set: ValidatedSet): string {
  if ("unknown" in set) return `${set.name}: what it makes is not known here: ${set.unknown}`;
  const { makes } = set;
  return `${set.name} makes ${count(makes.length, "application")}${makes.length === 0 ? "" : `: ${andMore(makes, 10)}`}`;
}
