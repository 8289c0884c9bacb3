import type { Context } from "hono";
import type { Asker } from "../core/access/asker.ts";
import { keyOfApp } from "../core/model/application.ts";
import type { PodLogAsk } from "../core/model/pod-log.ts";
import type { LogEvent, LogSelection } from "../engine/control.ts";
import { defined, filled } from "../lib/defined.ts";
import { ApiError, errorLine } from "./api-error.ts";
import { describe } from "./applications.ts";
import type { ApiContext, Env } from "./context.ts";
import { appName, findApp, orNotFound } from "./find-app.ts";
import { OpenPlaces } from "./open-places.ts";
import { may, type Routes } from "./routes.ts";

const PLACES = { all: 100, each: 15, kept: 10 };
/** Below the shortest idle limit that proxies are known for (30 s). */
const KEEPALIVE_MS = 15_000;
/** Go's zero time, which Argo CD's clients read as none. */
const NO_TIME = "0001-01-01T00:00:00Z";
/** RFC 3339. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/**
 * Logs in Argo CD's shape: a line of JSON for each line that was written, `{"result":{content,timeStamp,timeStampStr,podName}}`,
 * and a last one that says so; or Server-Sent Events where `Accept` asks for them. What goes wrong with one Pod is a line
 * `{"error":{…}}`, as grpc-gateway has it. Nothing is read faster than the client takes it.
 */
export function logRoutes(routes: Routes, { control, log }: Pick<ApiContext, "control" | "log">): void {
  const places = new OpenPlaces("logs are being read", PLACES);
  const answer = async (c: Context<Env>, who: Asker, pod?: string): Promise<Response> => {
    const request = c.req.raw;
    const query = c.req.query();
    // `namespace`, `kind`, `group` and `resourceName` are the resource's, not the application's.
    const app = findApp(control, who, appName(c.req.param("name") ?? "", query));
    const ask = askOf(query);
    const isWanted = filterOf(query);
    // Nobody would ever read or cancel the body of a HEAD.
    if (request.method === "HEAD") return c.body(null, 200, { "content-type": "application/json" });
    const ending = new AbortController();
    request.signal.addEventListener("abort", () => ending.abort(), { once: true });
    const { pods, events } = orNotFound(
      await control.logs(who, keyOfApp(app), selectionOf(query, pod), ask, ending.signal),
      describe(app),
    );
    const lines = events[Symbol.asyncIterator]();
    const leave = places.take(who);
    const end = (): void => {
      leave();
      ending.abort();
    };
    try {
      // What is wrong with the only Pod is the answer, where that is known at once.
      const first = pods.length === 1 && ask.until === "now" ? await lines.next() : undefined;
      if (first?.done !== true && first?.value.is === "failed") throw first.value.failure;
      const sse = (request.headers.get("accept") ?? "").includes("text/event-stream");
      const headers = {
        "content-type": sse ? "text/event-stream" : "application/json",
        "x-accel-buffering": "no",
      };
      c.env.server?.timeout(request, 0);
      return new Response(bodyOf(first, lines, { sse, isWanted, end }), { headers });
    } catch (cause) {
      end();
      throw cause;
    }
  };
  routes.get("/api/v1/applications/:name/logs", may("logs", "get"), (c, who) => answer(c, who));
  routes.get("/api/v1/applications/:name/pods/:pod/logs", may("logs", "get"), (c, who) =>
    answer(c, who, c.req.param("pod")),
  );

  type Next = IteratorResult<LogEvent>;

  function bodyOf(
    first: Next | undefined,
    lines: AsyncIterator<LogEvent>,
    { sse, isWanted, end }: { sse: boolean; isWanted: ReturnType<typeof filterOf>; end: () => void },
  ): ReadableStream<Uint8Array> {
    const encoder = new TextEncoder();
    const encoded = (value: unknown): Uint8Array =>
      encoder.encode(sse ? `data: ${JSON.stringify(value)}\n\n` : `${JSON.stringify(value)}\n`);
    let held = first;
    let keepalive: Timer | undefined;
    let isLeft = false;
    const stop = (): void => {
      clearInterval(keepalive);
      end();
    };
    return new ReadableStream<Uint8Array>(
      {
        start(controller) {
          // Sends the headers at once: a client knows that it is connected before anything is written.
          controller.enqueue(encoder.encode(sse ? ": connected\n\n" : "\n"));
          keepalive = setInterval(() => {
            if ((controller.desiredSize ?? 0) > 0)
              controller.enqueue(encoder.encode(sse ? ": ping\n\n" : "\n"));
          }, KEEPALIVE_MS);
        },
        async pull(controller) {
          try {
            for (;;) {
              const next: Next = held ?? (await lines.next());
              held = undefined;
              if (next.done === true) {
                controller.enqueue(encoded({ result: lastEntry() }));
                stop();
                return controller.close();
              }
              const event = next.value;
              if (event.is === "line" && !isWanted(event)) continue;
              return controller.enqueue(encoded(entryOf(event)));
            }
          } catch (cause) {
            stop();
            if (isLeft || (cause instanceof Error && cause.name === "AbortError")) return;
            // Whose right to it ends is told so.
            if (!(cause instanceof ApiError)) log.error("a log was cut", { error: String(cause) });
            controller.enqueue(encoded(errorLine(cause)));
            controller.close();
          }
        },
        cancel() {
          isLeft = true;
          stop();
        },
      },
      { highWaterMark: 1 },
    );
  }
}

function entryOf(event: LogEvent): unknown {
  if (event.is === "failed") return { error: { ...errorLine(event.failure).error, podName: event.pod } };
  const { text, time, pod } = event;
  return {
    result: {
      content: text,
      timeStamp: time === "" ? NO_TIME : time.replace(/\.\d+/, ""),
      timeStampStr: time,
      podName: pod,
    },
  };
}

function lastEntry(): unknown {
  return { content: "", timeStamp: NO_TIME, timeStampStr: "", podName: "", last: true };
}

function selectionOf(query: Record<string, string>, pod: string | undefined): LogSelection {
  const of = filled({ group: query.group, kind: query.kind, name: query.resourceName });
  return {
    ...filled({ pod: pod ?? query.podName, namespace: query.namespace }),
    ...(Object.keys(of).length === 0 ? {} : { of }),
  };
}

function askOf(query: Record<string, string>): PodLogAsk {
  const sinceTime = timeOf(query, "sinceTime");
  return {
    until: query.follow === "true" ? "its-end" : "now",
    of: query.previous === "true" ? "previous" : "this-run",
    ...filled({ container: query.container, sinceTime }),
    ...defined({
      tailLines: countOf(query, "tailLines"),
      sinceSeconds: countOf(query, "sinceSeconds"),
    }),
  };
}

/** As it is written; undefined where it is not said. */
function timeOf(query: Record<string, string>, name: string): string | undefined {
  const text = query[name] ?? "";
  if (text === "") return undefined;
  if (!TIME.test(text))
    throw new ApiError("InvalidArgument", `${name} is no time: write 2026-11-29T14:00:00Z`);
  return text;
}

/** 0 is Argo CD's word for "not said". */
function countOf(query: Record<string, string>, name: string): number | undefined {
  const text = query[name] ?? "";
  if (text === "" || text === "0") return undefined;
  if (!/^\d{1,9}$/.test(text)) throw new ApiError("InvalidArgument", `${name} is no whole number`);
  return Number(text);
}

/** Argo CD's filter: lines that hold a text, or behind `!` those that do not; and none that is later than `untilTime`. */
function filterOf(query: Record<string, string>): (line: { text: string; time: string }) => boolean {
  const { filter = "", matchCase } = query;
  const until = Date.parse(timeOf(query, "untilTime") ?? "");
  const isExclusion = filter.startsWith("!");
  const fold = (text: string): string => (matchCase === "true" ? text : text.toLowerCase());
  const wanted = fold(isExclusion ? filter.slice(1) : filter);
  return ({ text, time }) =>
    !(Date.parse(time) > until) && (wanted === "" || fold(text).includes(wanted) !== isExclusion);
}
