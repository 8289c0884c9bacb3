import { type Problem, showProblem } from "../../core/model/problem.ts";
import { CliError } from "../cli-error.ts";
import { EXIT, EXIT_OF_FAILURE, type ExitCode } from "../exit-codes.ts";

/** The API's answer in place of what was asked for. */
export interface ErrorBody {
  message: string;
  /** gRPC's number. */
  code?: number;
  details?: {
    reason?: string;
    /** Of a login that was turned away: brought along, it comes before others. */
    turn?: string;
    /** Of a login that is too old: what proves who asks. */
    by?: string;
    file?: string;
    problems?: Problem[];
    names?: string[];
    /** Of a write that was refused for what the application's sources say now. */
    asked?: "sources";
    object?: string;
    cannot?: string;
    why?: string;
    fix?: string;
  };
}

/** By `details.reason`: the codes of a Failure, and the API's own words. */
const BY_REASON: Readonly<Record<string, ExitCode>> = {
  ...EXIT_OF_FAILURE,
  "would-be-undone": EXIT.conflict,
  held: EXIT.conflict,
  "changed-meanwhile": EXIT.conflict,
  ambiguous: EXIT.usage,
  invalid: EXIT.invalid,
  "permission-denied": EXIT.denied,
  "managed-by-file": EXIT.denied,
  "managed-by-parent": EXIT.denied,
  "managed-by-set": EXIT.denied,
};

const BY_STATUS: Readonly<Record<number, ExitCode>> = {
  400: EXIT.usage,
  401: EXIT.denied,
  403: EXIT.denied,
  404: EXIT.notFound,
  408: EXIT.unreachable,
  409: EXIT.conflict,
  413: EXIT.usage,
  415: EXIT.usage,
  421: EXIT.denied,
  429: EXIT.unreachable,
  500: EXIT.internal,
  501: EXIT.usage,
  502: EXIT.unreachable,
  503: EXIT.unreachable,
  504: EXIT.unreachable,
};

function exitCodeOf(reason: string | undefined, status: number): ExitCode {
  return (reason === undefined ? undefined : BY_REASON[reason]) ?? BY_STATUS[status] ?? EXIT.internal;
}

/** An answer that is no success, for people. */
export class Refused extends CliError {
  constructor(
    readonly status: number,
    readonly body: ErrorBody,
    asked: { url: string; token: "shown" | "none" },
  ) {
    const { sentence, hints } = wordsOf(status, body, asked);
    super(exitCodeOf(body.details?.reason, status), sentence, hints);
  }
}

/** It is not there, or is not to be known of: whoever may not see everything is told the same of both. */
export function isUnseen(cause: unknown): boolean {
  return cause instanceof Refused && (cause.status === 404 || cause.status === 403);
}

function wordsOf(
  status: number,
  { message, details = {} }: ErrorBody,
  { url, token }: { url: string; token: "shown" | "none" },
): { sentence: string; hints: string[] } {
  if (status === 401)
    return {
      sentence: `${url} ${token === "shown" ? "does not take this token" : "wants a token"}${/^(send|say) /.test(message) ? "" : `: ${message}`}.`,
      hints: [`Log in: holdfast login ${url}. Or set HOLDFAST_TOKEN, or name a file with --token-file.`],
    };
  if (status === 500) return { sentence: `${url} failed: ${message}.`, hints: [] };
  const { object, cannot, why, fix, problems, file, names } = details;
  if (object !== undefined && cannot !== undefined && why !== undefined) {
    return {
      sentence: `${object}: cannot ${cannot}: ${full(why)}`,
      hints: fix === undefined ? [] : [full(fix)],
    };
  }
  if (problems !== undefined && problems.length > 0)
    return { sentence: "The daemon refuses it:", hints: problems.map(showProblem) };
  if (file !== undefined) {
    const [what = message, ...rest] = message.split(". ");
    return { sentence: full(capital(what)), hints: rest.map(full) };
  }
  if (names !== undefined)
    return {
      sentence: full(capital(message.split(". ", 1)[0] ?? message)),
      hints: ["Say which as namespace/name, or with --app-namespace."],
    };
  return { sentence: full(capital(message)), hints: [] };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function full(text: string): string {
  return /[.!?:]$/.test(text) ? text : `${text}.`;
}
