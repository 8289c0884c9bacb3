import {
  TRANSITION_KINDS,
  type Transition,
  type TransitionKind,
  type TransitionQuery,
} from "../core/model/transition.ts";
import { defined } from "../lib/defined.ts";
import { timestamp } from "../lib/timestamp.ts";
import { ApiError } from "./api-error.ts";
import type { ApiContext } from "./context.ts";
import { keyNamed } from "./find-app.ts";
import type { WatchEvent } from "./latest-events.ts";
import { OpenStreams } from "./open-stream.ts";
import { may, type Routes } from "./routes.ts";
import { TRANSITION } from "./terms/answers.ts";
import { json, stream } from "./terms/terms.ts";
import { choice, type FieldsOf, list, optional, text, told, whole } from "./terms/wire.ts";

const MOST = 1_000;
const TERM = { most: 300 };
const TIME = { pattern: /^\d{4}-\d\d-\d\d/, expected: "a time such as 2026-11-23T04:00:00Z" };
const OF = {
  app: optional(text({ ...TERM, says: "`namespace/name`." })),
  cluster: optional(text({ ...TERM, says: "By its name." })),
  kind: optional(text({ ...TERM, says: `Any of these, with commas: ${TRANSITION_KINDS.join(", ")}.` })),
};
const QUERY = {
  ...OF,
  since: optional(text({ ...TIME, says: "The first moment that counts." })),
  until: optional(text({ ...TIME, says: "The first moment that does not count any more." })),
  order: optional(choice(["newest-first", "oldest-first"], "Default: newest-first.")),
  limit: optional(whole({ least: 1, says: "Default 50, at most 1000." })),
  cursor: optional(whole({ least: 0, says: "As the page before tells it, or `seq` of the last one heard." })),
};
const LIST = {
  id: "listTransitions",
  says: "What became of applications and clusters: health, drift, syncs, holds, connections.",
  asks: may("applications", "get"),
  query: QUERY,
  answers: json(
    told({
      items: list(TRANSITION),
      cursor: optional(text({ says: "For the next page; absent on the last one." })),
    }),
  ),
} as const;
const FOLLOW = {
  id: "followTransitions",
  says: "The same from now on, or beyond a cursor, the oldest first. Of what waits for a slow reader, the last of each kind.",
  asks: may("applications", "get"),
  query: { ...OF, cursor: optional(whole({ least: 0, says: "`seq` of the last one heard." })) },
  answers: stream(told({ result: TRANSITION })),
} as const;

interface Event extends WatchEvent {
  transition: Transition;
}

/** `/api/holdfast/v1/transitions` and `…/stream/transitions`: what became of applications and clusters. */
export function transitionRoutes(routes: Routes, { control }: Pick<ApiContext, "control">): void {
  const streams = new OpenStreams();

  routes.get("/api/holdfast/v1/transitions", LIST, (c, who, { query }) => {
    const { since, until, order = "newest-first", limit = 50, cursor } = query;
    const page = control.transitions(who, {
      ...filterIn(query),
      ...defined({ since: timeIn("since", since), until: timeIn("until", until), beyond: cursor }),
      order,
      limit: Math.min(limit, MOST),
    });
    return c.json({
      items: page.items,
      ...(page.cursor === undefined ? {} : { cursor: String(page.cursor) }),
    });
  });

  routes.get("/api/holdfast/v1/stream/transitions", FOLLOW, (c, who, { query }) => {
    const filter = { ...filterIn(query), ...defined({ beyond: query.cursor }) };
    return streams.open<Event>(c, {
      // One that flaps while somebody reads slowly waits once.
      keyOf: ({ transition: { kind, app, cluster } }) => `${kind} ${app ?? ""} ${cluster ?? ""}`,
      first: () => [],
      follow: (listener, over) => ({
        stop: control.followTransitions(
          who,
          filter,
          (transition) => listener({ type: "MODIFIED", transition }),
          over,
        ),
        told: (event) => (control.maySeeTransition(who, event.transition) ? event : undefined),
      }),
      wanted: () => true,
      lines: (events) => events.map(({ transition }) => ({ result: transition })),
    });
  });
}

/** @throws {ApiError} */
function filterIn({
  app,
  cluster,
  kind,
}: FieldsOf<typeof OF>): Pick<TransitionQuery, "app" | "cluster" | "kinds"> {
  return defined({
    app: app === undefined ? undefined : keyNamed(app),
    cluster,
    kinds: kind === undefined ? undefined : kind.split(",").map(kindIn),
  });
}

function kindIn(written: string): TransitionKind {
  const kind = TRANSITION_KINDS.find((one) => one === written.trim());
  if (kind !== undefined) return kind;
  throw new ApiError(
    "InvalidArgument",
    `query: kind: there is no ${JSON.stringify(written)}. Use ${TRANSITION_KINDS.join(", ")}`,
  );
}

function timeIn(name: string, written: string | undefined): string | undefined {
  if (written === undefined) return undefined;
  const at = Date.parse(written);
  if (Number.isNaN(at)) throw new ApiError("InvalidArgument", `query: ${name}: expected ${TIME.expected}`);
  return timestamp(at);
}
