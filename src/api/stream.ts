import { keyOfApp } from "../core/model/application.ts";
import { keyOfSet } from "../core/model/application-set.ts";
import type { AppEvent } from "../engine/control.ts";
import type { SetEvent } from "../sets/control.ts";
import type { ApiContext } from "./context.ts";
import { APP_FILTERS, appFilter } from "./find-app.ts";
import { SET_FILTERS, setFilter } from "./find-set.ts";
import { eachAsResult, OpenStreams, STREAMING } from "./open-stream.ts";
import { may, type Routes } from "./routes.ts";
import { APPLICATION, SET } from "./terms/answers.ts";
import { stream } from "./terms/terms.ts";
import { choice, optional, told as shape, text, type WireFields } from "./terms/wire.ts";
import { withChange } from "./with-change.ts";

const eventOf = (of: WireFields) =>
  shape({ result: shape({ type: choice(["ADDED", "MODIFIED", "DELETED"]), ...of }) });

/** `/api/v1/stream/applications` and `/api/v1/stream/applicationsets`, in Argo CD's shapes. */
export function streamRoutes(routes: Routes, context: ApiContext): void {
  const { control, sets } = context;
  const told = withChange(context);
  const streams = new OpenStreams();
  const ofApplications = {
    id: "followApplications",
    says: "Every application as ADDED, then each change; with a `resourceVersion` the changes alone.",
    asks: may("applications", "get"),
    query: { ...APP_FILTERS, ...STREAMING },
    answers: stream(eventOf({ application: APPLICATION })),
  } as const;
  routes.get("/api/v1/stream/applications", ofApplications, (c, who) => {
    const wanted = appFilter(c.req.queries());
    who.filter("applications", "get");
    return streams.open<AppEvent>(c, {
      keyOf: ({ app }) => keyOfApp(app),
      first: () => control.applications(who).map((app) => ({ type: "ADDED", app })),
      follow: (listener, over) => control.onEvent(who, listener, over),
      wanted: ({ app }) => wanted(app),
      lines: eachAsResult(c, ({ type, app }) => ({ type, application: told(app) })),
    });
  });

  // Without sets it is among what is not served.
  if (sets === undefined) return;
  const ofSets = {
    id: "followApplicationSets",
    says: "Every ApplicationSet as ADDED, then each change; with a `resourceVersion` the changes alone.",
    asks: may("applicationsets", "get"),
    query: { name: optional(text()), appSetNamespace: optional(text()), ...SET_FILTERS, ...STREAMING },
    answers: stream(eventOf({ applicationSet: SET })),
  } as const;
  routes.get("/api/v1/stream/applicationsets", ofSets, (c, who) => {
    const queries = c.req.queries();
    const { appSetNamespace, appsetNamespace = appSetNamespace, ...others } = queries;
    const wanted = setFilter(appsetNamespace === undefined ? others : { ...others, appsetNamespace });
    const name = queries["name"]?.[0] || undefined;
    who.filter("applicationsets", "get");
    return streams.open<SetEvent>(c, {
      keyOf: ({ shown: { set } }) => keyOfSet(set),
      first: () => sets.sets(who).map((shown) => ({ type: "ADDED", shown })),
      follow: (listener, over) => sets.onEvent(who, listener, over),
      wanted: ({ shown: { set } }) => wanted(set) && (name === undefined || set.metadata.name === name),
      lines: eachAsResult(c, ({ type, shown: { set, status } }) => ({
        type,
        applicationSet: { ...set, status },
      })),
    });
  });
}
