import type { BlastAsk, BlastEvent } from "../core/model/blast-report.ts";
import { asFailure } from "../core/model/failure.ts";
import { defined } from "../lib/defined.ts";
import { isMapping } from "../lib/is-mapping.ts";
import { ApiError, fromThrown } from "./api-error.ts";
import type { ApiContext, Router } from "./context.ts";
import { readJson } from "./read-json.ts";

/** Below the shortest idle limit that proxies are known for (30 s). */
const KEEPALIVE_MS = 15_000;
const FIELDS = ["repository", "base", "head", "into"] as const;
const MOST_CHARACTERS = 1_024;

/**
 * `POST /api/holdfast/v1/blast`: what commits that are not merged would do. One JSON text a line: the range, then each
 * application as it is known, then `{"is":"end"}`, or `{"is":"error","error":{…}}` in place of what cannot follow. Writes
 * nothing; it is a POST because a page elsewhere could have a browser send a GET.
 */
export function blastRoutes(router: Router, { control, log }: ApiContext): void {
  router.post("/api/holdfast/v1/blast", async (c) => {
    const request = c.req.raw;
    const ask = askOf(await readJson(request));
    const left = new AbortController();
    const events = control.blast(ask, AbortSignal.any([request.signal, left.signal]));
    // What cannot be answered at all is an error with its status; a stream has none any more.
    const first = await events.next();
    const encoder = new TextEncoder();
    const line = (value: unknown): Uint8Array => encoder.encode(`${JSON.stringify(value)}\n`);
    let keepalive: Timer | undefined;
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        if (first.done !== true) controller.enqueue(line(first.value));
        keepalive = setInterval(() => {
          if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode("\n"));
        }, KEEPALIVE_MS);
      },
      async pull(controller) {
        const next = await nextOf(events);
        if (next.is === "event") return controller.enqueue(line(next.event));
        clearInterval(keepalive);
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
        left.abort(new Error("the client is gone"));
        await events.return(undefined).catch(() => undefined);
      },
    });
    c.env.server?.timeout(request, 0);
    return new Response(body, {
      headers: { "content-type": "application/x-ndjson", "x-accel-buffering": "no" },
    });
  });
}

type Next = { is: "event"; event: BlastEvent } | { is: "error"; cause: unknown } | { is: "end" };

async function nextOf(events: AsyncGenerator<BlastEvent>): Promise<Next> {
  try {
    const { done, value } = await events.next();
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
