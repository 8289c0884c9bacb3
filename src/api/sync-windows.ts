import { keyOfApp } from "../core/model/application.ts";
import type { WindowNow, WindowVerdict } from "../engine/control.ts";
import { timestamp } from "../lib/timestamp.ts";
import { describe } from "./applications.ts";
import type { ApiContext } from "./context.ts";
import { appName, findApp, NAMING, orNotFound } from "./find-app.ts";
import { may, type Routes } from "./routes.ts";
import { json } from "./terms/terms.ts";
import { anything, choice, flag, list, map, optional, text, told } from "./terms/wire.ts";

const SHORT = told({
  kind: text(),
  schedule: text(),
  duration: text(),
  manualSync: optional(flag()),
});
const WITH_TIMES = told({
  window: map(anything()),
  is: choice(["open", "closed"]),
  changesAt: optional(text()),
});
const VERDICT = told({ may: choice(["sync", "not"]), why: optional(text()), until: optional(text()) });
const OF_APPLICATION = {
  id: "getApplicationSyncWindows",
  says: "Windows of its project that are for an application, and whether it may be synced now.",
  asks: may("applications", "get"),
  query: NAMING,
  answers: json(
    told({
      activeWindows: list(SHORT),
      assignedWindows: list(SHORT),
      canSync: flag("By a person."),
      holdfast: told({ windows: list(WITH_TIMES), manual: VERDICT, automated: VERDICT }),
    }),
  ),
} as const;
const OF_PROJECT = {
  id: "getProjectSyncWindows",
  says: "Windows of a project that are open now; all of them under `holdfast`.",
  asks: may("projects", "get"),
  answers: json(told({ windows: list(map(anything())), holdfast: told({ windows: list(WITH_TIMES) }) })),
} as const;

/** The windows of projects, and of applications. What Argo CD does not tell stands under `holdfast`. */
export function syncWindowRoutes(routes: Routes, { control }: ApiContext): void {
  /** `canSync` is a person's, as there. */
  routes.get("/api/v1/applications/:name/syncwindows", OF_APPLICATION, (c, who) => {
    const app = findApp(control, who, appName(c.req.param("name"), c.req.query()));
    const { windows, manual, automated } = orNotFound(control.syncWindows(who, keyOfApp(app)), describe(app));
    return c.json({
      activeWindows: windows.filter(isOpen).map(short),
      assignedWindows: windows.map(short),
      canSync: manual.may === "sync",
      holdfast: { windows: windows.map(withTimes), manual: said(manual), automated: said(automated) },
    });
  });

  /** `windows` are those that are open now, as there. */
  routes.get("/api/v1/projects/:name/syncwindows", OF_PROJECT, (c, who) => {
    const name = c.req.param("name");
    const windows = orNotFound(control.projectWindows(who, name), `project ${name}`);
    return c.json({
      windows: windows.filter(isOpen).map(({ window }) => window),
      holdfast: { windows: windows.map(withTimes) },
    });
  });
}

const isOpen = ({ is }: WindowNow): boolean => is === "open";

/** Argo CD's `ApplicationSyncWindow`. */
function short({ window: { kind, schedule, duration, manualSync } }: WindowNow): Record<string, unknown> {
  return { kind, schedule, duration, ...(manualSync === true ? { manualSync } : {}) };
}

function withTimes({ window, is, changesAt }: WindowNow): Record<string, unknown> {
  return { window, is, ...timeOf("changesAt", changesAt) };
}

function said({ until, ...verdict }: WindowVerdict): Record<string, unknown> {
  return { ...verdict, ...timeOf("until", until) };
}

function timeOf(name: string, ms: number | undefined): Record<string, string> {
  return ms === undefined ? {} : { [name]: timestamp(ms) };
}
