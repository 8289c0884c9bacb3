import type { Context } from "hono";
import type { Asker } from "../core/access/asker.ts";
import { keyOfApp } from "../core/model/application.ts";
import type { PodLogAsk } from "../core/model/pod-log.ts";
import type { LogEvent, LogSelection } from "../engine/control.ts";
import { defined } from "../lib/defined.ts";
import { ApiError, errorLine } from "./api-error.ts";
import { describe } from "./applications.ts";
import type { ApiContext, Env } from "./context.ts";
import { appName, findApp, NAMING, orNotFound } from "./find-app.ts";
import { OpenPlaces } from "./open-places.ts";
import { may, type Routes } from "./routes.ts";
import { ERROR_LINE } from "./terms/answers.ts";
import { stream } from "./terms/terms.ts";
import { type FieldsOf, flag, oneOf, optional, text, told, whole } from "./terms/wire.ts";
import { unhurried } from "./unhurried.ts";

const PLACES = { all: 100, each: 15, kept: 10 };
/** Below the shortest idle limit that proxies are known for (30 s). */
const KEEPALIVE_MS = 15_000;
/** Go's zero time, which Argo CD's clients read as none. */
const NO_TIME = "0001-01-01T00:00:00Z";
const TIME = {
  pattern: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
  expected: "a time such as 2026-11-29T14:00:00Z",
};
const NUMBER = { most: 999_999_999 };

const POD_QUERY = {
  ...NAMING,
  namespace: optional(text({ says: "Of the object, not of the application; as `kind` and the next two." })),
  kind: optional(text()),
  group: optional(text()),
  resourceName: optional(text({ says: "Its Pods, and those that descend from it." })),
  container: optional(text()),
  allContainers: optional(flag("Of each Pod, those that set it up too.")),
  follow: optional(flag("Goes on until all of its Pods have ended.")),
  previous: optional(flag("Of the run before.")),
  tailLines: optional(whole({ ...NUMBER, says: "The last ones; 0 is all." })),
  sinceSeconds: optional(whole({ ...NUMBER, says: "0 is all." })),
  sinceTime: optional(text(TIME)),
  untilTime: optional(text(TIME)),
  filter: optional(text({ says: "Lines that hold this text; behind `!` those that do not." })),
  matchCase: optional(flag("Of the filter.")),
};
const QUERY = { ...POD_QUERY, podName: optional(text()) };
type Asked = FieldsOf<typeof QUERY>;
const LINES = stream(
  oneOf(
    told({
      result: told({
        content: text(),
        timeStamp: text({ says: "Without fractions of a second." }),
        timeStampStr: text(),
        podName: text(),
        container: optional(text({ says: "Where all are read." })),
        last: optional(flag("It is no line: nothing more comes.")),
      }),
    }),
    ERROR_LINE,
  ),
);
const READING = { asks: may("logs", "get") };
const LOGS = {
  id: "readLogs",
  says: "What the Pods of an application write.",
  ...READING,
  query: QUERY,
  answers: LINES,
} as const;
const POD_LOGS = {
  id: "readPodLogs",
  says: "What one Pod of an application writes.",
  ...READING,
  query: POD_QUERY,
  answers: LINES,
} as const;

/**
 * Logs in Argo CD's shape: a line of JSON for each line that was written, `{"result":{content,timeStamp,timeStampStr,podName}}`,
 * and a last one that says so; or Server-Sent Events where `Accept` asks for them. What goes wrong with one Pod is a line
 * `{"error":{…}}`, as grpc-gateway has it. Nothing is read faster than the client takes it.
 */
export function logRoutes(routes: Routes, { control, log }: Pick<ApiContext, "control" | "log">): void {
  const places = new OpenPlaces("logs are being read", PLACES);
  const answer = async (c: Context<Env>, who: Asker, query: Asked): Promise<Response> => {
    const request = c.req.raw;
    // `namespace`, `kind`, `group` and `resourceName` are the resource's, not the application's.
    const app = findApp(control, who, appName(c.req.param("name") ?? "", query));
    const ask = askOf(query);
    const isWanted = filterOf(query);
    // Nobody would ever read or cancel the body of a HEAD.
    if (request.method === "HEAD") return c.body(null, 200, { "content-type": "application/json" });
    const ending = new AbortController();
    request.signal.addEventListener("abort", () => ending.abort(), { once: true });
    const { pods, events } = orNotFound(
      await control.logs(who, keyOfApp(app), selectionOf(query), ask, ending.signal),
      describe(app),
    );
    const lines = events[Symbol.asyncIterator]();
    const leave = places.take(who);
    const hurry = unhurried(c.env.server, request);
    const end = (): void => {
      leave();
      hurry();
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
      return new Response(bodyOf(first, lines, { sse, isWanted, end }), { headers });
    } catch (cause) {
      end();
      throw cause;
    }
  };
  routes.get("/api/v1/applications/:name/logs", LOGS, (c, who, { query }) => answer(c, who, query));
  routes.get("/api/v1/applications/:name/pods/:pod/logs", POD_LOGS, (c, who, { query }) =>
    answer(c, who, { ...query, podName: c.req.param("pod") }),
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
  const { text, time, pod, container } = event;
  return {
    result: {
      content: text,
      timeStamp: time === "" ? NO_TIME : time.replace(/\.\d+/, ""),
      timeStampStr: time,
      podName: pod,
      ...defined({ container }),
    },
  };
}

function lastEntry(): unknown {
  return { content: "", timeStamp: NO_TIME, timeStampStr: "", podName: "", last: true };
}

function selectionOf({ group, kind, resourceName, podName, namespace, allContainers }: Asked): LogSelection {
  const of = defined({ group, kind, name: resourceName });
  return {
    ...defined({ pod: podName, namespace }),
    ...(Object.keys(of).length === 0 ? {} : { of }),
    ...(allContainers === true ? { containers: "all" as const } : {}),
  };
}

/** 0 is Argo CD's word for "not said". */
function askOf({ follow, previous, container, sinceTime, tailLines, sinceSeconds }: Asked): PodLogAsk {
  return {
    until: follow === true ? "its-end" : "now",
    of: previous === true ? "previous" : "this-run",
    ...defined({
      ...{ container, sinceTime },
      tailLines: tailLines || undefined,
      sinceSeconds: sinceSeconds || undefined,
    }),
  };
}

/** Argo CD's filter: lines that hold a text, or behind `!` those that do not; and none that is later than `untilTime`. */
function filterOf({
  filter = "",
  matchCase,
  untilTime = "",
}: Asked): (line: { text: string; time: string }) => boolean {
  const until = Date.parse(untilTime);
  const isExclusion = filter.startsWith("!");
  const fold = (text: string): string => (matchCase === true ? text : text.toLowerCase());
  const wanted = fold(isExclusion ? filter.slice(1) : filter);
  return ({ text, time }) =>
    !(Date.parse(time) > until) && (wanted === "" || fold(text).includes(wanted) !== isExclusion);
}
