import type { Context } from "hono";
import type { Asker } from "../core/access/asker.ts";
import { type Application, keyOfApp } from "../core/model/application.ts";
import { Failure } from "../core/model/failure.ts";
import { equalJson } from "../lib/equal-json.ts";
import { ApiError, fromThrown } from "./api-error.ts";
import type { ApiContext, Env } from "./context.ts";
import { unhurried } from "./unhurried.ts";

/** A repository that nobody read before is fetched first. */
const LONGEST_CHECK_MS = 120_000;

/** @returns whether what it is rendered from, and for where, is not as it was; what stays is not asked again */
export function isMadeOtherwise(before: Application, after: Application): boolean {
  return !equalJson(madeOf(before), madeOf(after));
}

function madeOf({ spec: { source, sources, destination, project } }: Application): unknown {
  return [source ?? null, sources ?? null, destination, project];
}

/** @throws {ApiError} why it cannot be delivered as it is written */
export async function refuseFaults(
  c: Context<Env>,
  who: Asker,
  app: Application,
  { control, longestCheckMs = LONGEST_CHECK_MS }: Pick<ApiContext, "control" | "longestCheckMs">,
): Promise<void> {
  const late = AbortSignal.timeout(longestCheckMs);
  const over = AbortSignal.any([c.req.raw.signal, late]);
  const hurry = unhurried(c.env.server, c.req.raw);
  try {
    await orAborted(control.check(who, app, over), over);
  } catch (cause) {
    const fault = late.aborted && cause === late.reason ? lateCheck(app, longestCheckMs) : cause;
    if (!(fault instanceof Failure)) throw cause;
    const { http, body } = fromThrown(fault);
    throw new ApiError(
      http === 503 ? "Unavailable" : "InvalidArgument",
      `application ${keyOfApp(app)} was not written, because it could not be delivered so. ${body.message}`,
      { details: { ...body.details, asked: "sources" } },
    );
  } finally {
    hurry();
  }
}

/** Whatever the work does about the signal, nobody waits for it any longer. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
    if (signal.aborted) abort();
  });
}

function lateCheck(app: Application, longestMs: number): Failure {
  return new Failure("render-timeout", `application ${keyOfApp(app)}`, "backoff", {
    cannot: "look at its sources",
    why: `they were not there within ${longestMs / 1_000} s`,
    fix: "Try again: what was fetched meanwhile is not fetched again",
  });
}
