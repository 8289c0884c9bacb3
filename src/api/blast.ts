import type { BlastAsk, BlastEvent } from "../core/model/blast-report.ts";
import { asFailure } from "../core/model/failure.ts";
import { defined } from "../lib/defined.ts";
import { isMapping } from "../lib/is-mapping.ts";
import { ApiError, fromThrown } from "./api-error.ts";
import type { ApiContext } from "./context.ts";
import { OpenPlaces } from "./open-places.ts";
import { readJson } from "./read-json.ts";
import { may, type Routes } from "./routes.ts";

/** Below the shortest idle limit that proxies are known for (30 s). */
const KEEPALIVE_MS = 15_000;
/** A fetch may take minutes: until then an answer is an error or a range, from then on it is a stream. */
const PATIENCE_MS = 5_000;
const PLACES = { all: 20, each: 4, kept: 4 };
const FIELDS = ["repository", "base", "head", "into"] as const;
const MOST_CHARACTERS = 1_024;

/**
 * `POST /api/holdfast/v1/blast`: what commits that are not merged would do. One JSON text a line: the range, then each
 * application as it is known, then `{"is":"end"}`, or `{"is":"error","error":{…}}` in place of what cannot follow. Writes
 * nothing; it is a POST because a page elsewhere could have a browser send a GET.
 */
export function blastRoutes(
  routes: Routes,
  { control, log }: Pick<ApiContext, "control" | "log">,
  patienceMs: number = PATIENCE_MS,
): void {
  const places = new OpenPlaces("ranges are being looked at", PLACES);
  routes.post("/api/holdfast/v1/blast", may("applications", "get"), async (c, who) => {
    const request = c.req.raw;
    const ask = askOf(await readJson(request));
    const leave = places.take(who);
    const left = new AbortController();
    request.signal.addEventListener("abort", leave, { once: true });
    c.env.server?.timeout(request, 0);
    const events = control.blast(who, ask, AbortSignal.any([request.signal, left.signal]));
    // What cannot be answered at all is an error with its status; what takes long to begin is told that it lives.
    let upcoming: ReturnType<typeof events.next> | undefined = events.next();
    // Whoever reads the stream hears of it.
    upcoming.catch(() => undefined);
    await firstOrPatience(upcoming, patienceMs).catch((cause) => {
      leave();
      throw cause;
    });
    const encoder = new TextEncoder();
    const line = (value: unknown): Uint8Array => encoder.encode(`${JSON.stringify(value)}\n`);
    let keepalive: Timer | undefined;
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(encoder.encode("\n"));
        keepalive = setInterval(() => {
          if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode("\n"));
        }, KEEPALIVE_MS);
      },
      async pull(controller) {
        const next = await nextOf(upcoming ?? events.next());
        upcoming = undefined;
        if (next.is === "event") return controller.enqueue(line(next.event));
        clearInterval(keepalive);
        leave();
        if (next.is === "error") {
          const { http, body } = fromThrown(next.cause);
          if (http === 500)
            log.error("request failed", { error: asFailure(next.cause, "the range", "be told").message });
          controller.enqueue(line({ is: "error", error: body }));
        }
        controller.close();
      },
      async cancel() {
        clearInterval(keepalive);
        leave();
        left.abort(new Error("the client is gone"));
        await events.return(undefined).catch(() => undefined);
      },
    });
    return new Response(body, {
      headers: { "content-type": "application/x-ndjson", "x-accel-buffering": "no" },
    });
  });
}

type Next = { is: "event"; event: BlastEvent } | { is: "error"; cause: unknown } | { is: "end" };

/** @throws what `first` does, where that comes in time */
async function firstOrPatience(first: Promise<unknown>, patienceMs: number): Promise<void> {
  const patience = Promise.withResolvers<void>();
  const timer = setTimeout(patience.resolve, patienceMs);
  try {
    await Promise.race([first, patience.promise]);
  } finally {
    clearTimeout(timer);
  }
}

async function nextOf(upcoming: Promise<IteratorResult<BlastEvent>>): Promise<Next> {
  try {
    const { done, value } = await upcoming;
    return done === true ? { is: "end" } : { is: "event", event: value };
  } catch (cause) {
    return { is: "error", cause };
  }
}

/** @throws {ApiError} */
function askOf(body: unknown): BlastAsk {
  if (!isMapping(body)) throw new ApiError("InvalidArgument", "the body is no JSON object");
  const unknown = Object.keys(body).find((field) => !(FIELDS as readonly string[]).includes(field));
  if (unknown !== undefined)
    throw new ApiError(
      "InvalidArgument",
      `${unknown}: there is no such field. There are ${FIELDS.join(", ")}`,
    );
  const text = (field: (typeof FIELDS)[number]): string | undefined => {
    const value = body[field];
    if (value === undefined || (typeof value === "string" && value.length <= MOST_CHARACTERS)) return value;
    throw new ApiError(
      "InvalidArgument",
      `${field}: expected a text of at most ${MOST_CHARACTERS} characters`,
    );
  };
  const head = text("head") ?? "";
  if (head === "")
    throw new ApiError("InvalidArgument", "head: name the commit, branch or ref that is to be merged");
  return {
    base: text("base") ?? "",
    head,
    ...defined({ repository: text("repository") || undefined, into: text("into") || undefined }),
  };
}
