/** What a project's sync windows say of an application now. */
import type { Application } from "../../core/model/application.ts";
import type { Project } from "../../core/model/project.ts";
import type { SyncWindow } from "../../core/model/sync-window.ts";
import {
  askWindows,
  changesAt,
  closesAt,
  isOpenNow,
  opensAt,
  sayClosed,
  type WindowAsk,
  windowsFor,
} from "../../core/policy/sync-windows.ts";
import type { Clock } from "../../core/ports/clock.ts";
import { defined } from "../../lib/defined.ts";
import type { ApplicationWindows, WindowNow, WindowVerdict } from "../control.ts";
import { clusterFor, type Named } from "../destinations.ts";
import { projectOf } from "../limits.ts";

/** `why`: a sentence without a full stop. `opensAt`: milliseconds since 1970; undefined where no end is to be seen. */
export interface ClosedWindows {
  why: string;
  opensAt: number | undefined;
}

export interface WindowSources {
  clock: Pick<Clock, "now">;
  projects(): ReadonlyMap<string, Project>;
  clusters(): readonly Named[];
}

export class SyncWindows {
  constructor(private readonly sources: WindowSources) {}

  /** Asked before each write and each delete, so it answers from memory. @returns undefined where it may be synced */
  closedFor(app: Application, ask: Omit<WindowAsk, "at">): ClosedWindows | undefined {
    const { windows, project } = this.#of(app);
    if (windows.length === 0) return undefined;
    const at = this.sources.clock.now();
    const answer = askWindows(windows, { ...ask, at });
    if (answer.may === "sync") return undefined;
    const until = opensAt(windows, { at, by: ask.by });
    return { why: sayClosed(project, answer.inTheWay, until), opensAt: until };
  }

  ofApplication(app: Application): ApplicationWindows {
    const { windows } = this.#of(app);
    const verdict = (by: WindowAsk["by"]): WindowVerdict => {
      const at = this.sources.clock.now();
      const closed = this.closedFor(app, { by });
      return closed === undefined
        ? { may: "sync", ...defined({ until: closesAt(windows, { at, by }) }) }
        : { may: "not", why: closed.why, ...defined({ until: closed.opensAt }) };
    };
    return { windows: this.now(windows), manual: verdict("a person"), automated: verdict("itself") };
  }

  now(windows: readonly SyncWindow[]): WindowNow[] {
    const at = this.sources.clock.now();
    return windows.map((window) => ({
      window,
      is: isOpenNow(window, at) ? "open" : "closed",
      ...defined({ changesAt: changesAt(window, at) }),
    }));
  }

  #of(app: Application): { windows: readonly SyncWindow[]; project: string } {
    const { projects, clusters } = this.sources;
    const project = projectOf(app, projects());
    const { destination } = app.spec;
    const name = project?.metadata.name ?? app.spec.project;
    if (project?.spec.syncWindows === undefined) return { windows: [], project: name };
    const reached = clusterFor(destination, clusters());
    const { server = "", name: clusterName = "" } =
      reached.is === "found" ? reached.cluster : { server: destination.server, name: destination.name };
    const windows = windowsFor(project.spec.syncWindows, {
      name: app.metadata.name,
      namespace: destination.namespace ?? "",
      server,
      clusterName,
    });
    return { windows, project: name };
  }
}
