import { isMapping } from "../lib/is-mapping.ts";
import { printable } from "../lib/printable.ts";

/** Why a provider gave no answer, by its status. */
export type Refusal =
  | { is: "not there"; shown: string }
  | { is: "not allowed"; shown: string }
  /** `forMs`: how long it asks to be left alone, where it says so. */
  | { is: "too often"; shown: string; forMs?: number }
  | { is: "broken"; shown: string; forMs?: number }
  | { is: "refused"; shown: string };

/** A provider's limits are by the hour; nobody is let to hold us for longer. */
const LONGEST_MS = 3_600_000;

/**
 * Source: the providers' documentations. GitHub says 403 or 429 with `x-ratelimit-remaining: 0` and the second of the reset,
 * or `retry-after`; GitLab 429 with `ratelimit-reset`; Azure DevOps 429 with `retry-after`; Bitbucket 429.
 * @param text of the answer, which may say more
 * @param nowMs milliseconds since 1970
 */
export function refusalOf(
  status: number,
  headers: Readonly<Record<string, string>>,
  text: string,
  nowMs: number,
): Refusal {
  const said = wordsIn(text);
  const shown = said === "" ? `HTTP ${status}` : `HTTP ${status}: ${said}`;
  const forMs = pauseOf(headers, nowMs);
  const pause = forMs === undefined ? {} : { forMs };
  const remaining = headers["x-ratelimit-remaining"] ?? headers["ratelimit-remaining"];
  const isUsedUp =
    remaining?.trim() === "0" || headers["retry-after"] !== undefined || /rate limit/i.test(said);
  if (status === 429 || (status === 403 && isUsedUp)) return { is: "too often", shown, ...pause };
  if (status === 401 || status === 403 || status === 407) return { is: "not allowed", shown };
  // A page for signing in, with the status of an answer that somebody else changed. Source: Azure DevOps.
  if (status === 203) return { is: "not allowed", shown: "HTTP 203, a page for signing in" };
  if (status === 404 || status === 410) return { is: "not there", shown };
  if (status >= 500) return { is: "broken", shown, ...pause };
  return { is: "refused", shown };
}

/** What its JSON says of the reason, in the words of any provider. */
export function wordsIn(text: string): string {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    // As AWS's older services say it.
    return short(/<Message>([^<]*)<\/Message>/.exec(text)?.[1] ?? "");
  }
  if (!isMapping(body)) return "";
  const { message, error, errors, error_description: description } = body;
  const [first] = Array.isArray(errors) ? errors : [];
  const inner = [
    isMapping(error) ? error["message"] : undefined,
    isMapping(first) ? first["message"] : undefined,
  ];
  const words = [message, ...inner, description, error].find((each) => typeof each === "string");
  return typeof words === "string" ? short(words) : "";
}

function short(words: string): string {
  return printable(words)
    .slice(0, 200)
    .replace(/[.\s]+$/, "");
}

function pauseOf(headers: Readonly<Record<string, string>>, nowMs: number): number | undefined {
  const after = headers["retry-after"];
  const reset = headers["x-ratelimit-reset"] ?? headers["ratelimit-reset"];
  // The machine's clock may be off; the server's word for now comes with the answer.
  const sentAt = Date.parse(headers["date"] ?? "");
  const now = Number.isFinite(sentAt) ? sentAt : nowMs;
  const ms =
    after !== undefined
      ? /^\d+$/.test(after)
        ? Number(after) * 1000
        : Date.parse(after) - now
      : reset !== undefined && /^\d+$/.test(reset)
        ? Number(reset) * 1000 - now
        : Number.NaN;
  return Number.isFinite(ms) && ms > 0 ? Math.min(ms, LONGEST_MS) : undefined;
}
