import type { BlastAsk, BlastEvent } from "../core/model/blast-report.ts";
import { asFailure } from "../core/model/failure.ts";
import { defined } from "../lib/defined.ts";
import { fromThrown } from "./api-error.ts";
import type { ApiContext } from "./context.ts";
import { OpenPlaces } from "./open-places.ts";
import { may, type Routes } from "./routes.ts";
import { ERROR, FIELD_DIFFERENCE, OBJECT, REF } from "./terms/answers.ts";
import { lines } from "./terms/terms.ts";
import { choice, fields, list, oneOf, optional, text, told, whole } from "./terms/wire.ts";
import { unhurried } from "./unhurried.ts";

/** Below the shortest idle limit that proxies are known for (30 s). */
const KEEPALIVE_MS = 15_000;
/** A fetch may take minutes: until then an answer is an error or a range, from then on it is a stream. */
const PATIENCE_MS = 5_000;
const PLACES = { all: 20, each: 4, kept: 4 };
const RANGE_END = told({ asked: text(), commit: text() });
const OF_APPLICATION = {
  application: text(),
  cluster: text(),
  syncs: choice(["by-itself", "when-asked"]),
  manifest: optional(told({ is: choice(["new", "changed", "removed"]), file: text() })),
};
export const APPLICATION_EFFECT = oneOf(
  told({
    ...OF_APPLICATION,
    is: choice(["compared"]),
    objects: list(
      told({
        ...REF,
        version: text(),
        effect: choice(["create", "change", "delete", "hold", "stay", "run", "refuse", "unknown"]),
        cause: choice(["range", "before"]),
        why: optional(text()),
        fields: list(FIELD_DIFFERENCE),
        live: optional(OBJECT),
        predicted: optional(OBJECT),
      }),
    ),
    same: whole(),
    warnings: list(text()),
    refused: optional(text()),
  }),
  told({ ...OF_APPLICATION, is: choice(["failed"]), code: text(), why: text(), fix: optional(text()) }),
);
const REF_NAME = { most: 1_024, expected: "a text of at most 1024 characters" };

const BLAST_BODY = fields({
  head: text({ ...REF_NAME, says: "The commit, branch or ref that is to be merged." }),
  base: optional(text({ ...REF_NAME, says: "What it is held against; default the default branch." })),
  repository: optional(text({ ...REF_NAME, says: "Its address, where applications follow several." })),
  into: optional(text({ ...REF_NAME, says: "The branch that it would be merged into." })),
});

/** The range, then each application, then the end, or an error in place of what cannot follow. */
const BLAST_LINE = oneOf(
  told({
    is: choice(["range"]),
    range: told({
      repository: text(),
      base: RANGE_END,
      head: RANGE_END,
      into: text(),
      parted: oneOf(
        told({ is: choice(["at"]), commit: text() }),
        told({ is: choice(["unknown"]), why: text() }),
      ),
      changedPaths: optional(whole()),
      concerned: whole(),
      untouched: whole(),
      elsewhere: list(told({ application: text(), why: text() })),
      notes: list(text()),
    }),
  }),
  told({ is: choice(["application"]), effect: APPLICATION_EFFECT }),
  told({ is: choice(["end"]) }),
  told({ is: choice(["error"]), error: ERROR }),
);

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
  const terms = {
    id: "blast",
    says: "What commits that are not merged would do; writes nothing.",
    asks: may("applications", "get"),
    body: BLAST_BODY,
    answers: lines(BLAST_LINE),
  } as const;
  routes.post("/api/holdfast/v1/blast", terms, async (c, who, { body: asked }) => {
    const request = c.req.raw;
    const { base = "", head, repository, into } = asked;
    const ask: BlastAsk = {
      base,
      head,
      ...defined({ repository: repository || undefined, into: into || undefined }),
    };
    const given = places.take(who);
    const hurry = unhurried(c.env.server, request);
    const leave = (): void => {
      given();
      hurry();
    };
    const left = new AbortController();
    request.signal.addEventListener("abort", leave, { once: true });
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
