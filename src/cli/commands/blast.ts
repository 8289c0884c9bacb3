import type { ApplicationEffect, BlastEvent, BlastRange } from "../../core/model/blast-report.ts";
import { defined } from "../../lib/defined.ts";
import { CliError } from "../cli-error.ts";
import type { CliContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { type ErrorBody, Refused } from "../http/refusal.ts";
import { printJsonList } from "../print-object.ts";
import { blastMarkdown } from "../words/blast-markdown.ts";
import { blastText } from "../words/blast-text.ts";
import { type BlastReport, blastExit, blastHeadline, caused, effectWords } from "../words/blast-words.ts";

export interface BlastOptions {
  repo?: string;
  into?: string;
  output?: "json" | "md" | "wide" | "name";
  maxCharacters?: number;
  /** False: changes end with 0 too. */
  exitCode: boolean;
}

/** The daemon sends an empty line every 15 s: an answer that is silent for longer is dead. */
const SILENCE_MS = 45_000;
/** gRPC's number, as the API has it. */
const INTERNAL = 13;

export async function blast(context: CliContext, range: string, options: BlastOptions): Promise<ExitCode> {
  const client = await context.client();
  const { base, head, repository } = await context.host.verbs.localRange({
    ...parseRange(range),
    signal: context.signal,
  });
  const ask = { base, head, ...defined({ repository: options.repo ?? repository, into: options.into }) };
  const report = await reportOf(context, client, ask);
  print(context, report, options);
  context.note(blastHeadline(report));
  const code = blastExit(report);
  return code === EXIT.differs && !options.exitCode ? EXIT.done : code;
}

/**
 * `BASE..HEAD`; with three dots it means the same, because what counts is what HEAD adds since they parted.
 * @throws {CliError} usage
 */
export function parseRange(text: string): { base: string; head: string } {
  const [base = "", head, ...more] = text.split(/(?<!\.)\.{2,3}(?!\.)/);
  if (more.length > 0 || text.trim() === "" || /\.{4}/.test(text))
    throw new CliError(EXIT.usage, `${JSON.stringify(text)} is no range of commits.`, [
      "Write BASE..HEAD, as in main..my-branch; BASE alone means BASE..HEAD.",
    ]);
  return { base, head: head === undefined || head === "" ? "HEAD" : head };
}

type Line = BlastEvent | { is: "error"; error: ErrorBody };

/** @throws {CliError} where the answer is an error, or ends before its end */
async function reportOf(
  context: CliContext,
  client: Awaited<ReturnType<CliContext["client"]>>,
  ask: Record<string, string>,
): Promise<BlastReport> {
  const silence = new AbortController();
  const hang = setTimeout(() => silence.abort(new Error("silent")), SILENCE_MS);
  const applications: ApplicationEffect[] = [];
  let range: BlastRange | undefined;
  try {
    const signal = AbortSignal.any([context.signal, silence.signal]);
    for await (const text of client.answerLines("/api/holdfast/v1/blast", ask, signal)) {
      hang.refresh();
      if (text === "") continue;
      const line = JSON.parse(text) as Line;
      switch (line.is) {
        case "range":
          range = line.range;
          break;
        case "application": {
          applications.push(line.effect);
          if (range !== undefined) progress(context, line.effect, applications.length, range.concerned);
          break;
        }
        case "error":
          throw new Refused(line.error.code === INTERNAL ? 500 : 503, line.error, {
            url: client.url,
            token: "none",
          });
        case "end":
          if (range !== undefined) return { ...range, applications };
      }
    }
  } catch (cause) {
    context.signal.throwIfAborted();
    if (!silence.signal.aborted) throw cause;
  } finally {
    clearTimeout(hang);
  }
  throw new CliError(EXIT.unreachable, `The answer of ${client.url} was cut off before its end.`, [
    "Run it again; if it stays so, look at the daemon's log.",
  ]);
}

function progress({ err, note }: CliContext, effect: ApplicationEffect, at: number, of: number): void {
  if (of < 2) return;
  const words = effect.is === "failed" ? "cannot be told" : effectWords(caused(effect)) || "nothing";
  note(err.paint("dim", `${at}/${of} ${effect.application}: ${words}`));
}

function print(context: CliContext, report: BlastReport, { output, maxCharacters }: BlastOptions): void {
  const nowMs = context.now();
  switch (output) {
    case "json":
      return printJsonList(context, "BlastReport", { ...report });
    case "md":
      context.host.stdout.write(blastMarkdown(report, { nowMs, ...defined({ most: maxCharacters }) }));
      return;
    case "name":
      return context.print(report.applications.map(({ application }) => application));
    default:
      return context.print(
        blastText(context.out, report, { detail: output === "wide" ? "fields" : "names", nowMs }),
      );
  }
}
