/** What a column says of an application. */
import type { ListedApplication } from "../../core/model/listed-application.ts";
import { isAutomatic } from "../../core/model/listed-words.ts";
import { State } from "../components/state.tsx";
import { Ago, inClock } from "../components/time.tsx";
import {
  clusterOf,
  destinationOf,
  healthOf,
  isRunning,
  kindOfRun,
  lastFailed,
  lastSynced,
  sentences,
  sourceOf,
} from "../words/app-words.ts";
import { Cause } from "./cause.tsx";
import type { ListColumn } from "./columns.ts";
import { FailedAgo } from "./failed-ago.tsx";
import { isPlan, PlanLink, SyncState } from "./plan-link.tsx";
import { Revision } from "./revision.tsx";
import { madeBy, whyOf } from "./why-words.ts";

export function Cell({
  app,
  column,
  room,
  onReview,
}: {
  app: ListedApplication;
  column: ListColumn["name"];
  room: ListColumn["room"];
  onReview(app: ListedApplication): void;
}) {
  const about = { role: "gridcell", class: `cell ${column} ${room}` } as const;
  const text = (words: string) => (
    <span {...about} title={words}>
      {words}
    </span>
  );
  switch (column) {
    case "why": {
      const [first] = sentences(app);
      const why = whyOf(app, first);
      if (first !== undefined && isPlan(first))
        return (
          <span {...about} data-tone={first.tone}>
            <PlanLink app={app} words={why} onReview={onReview} />
          </span>
        );
      return (
        <span {...about} title={`${inClock(why)}${madeBy(app)}`} data-tone={first?.tone}>
          {first !== undefined ? (
            <Cause app={app} first={first} why={why} />
          ) : (
            isRunning(app) && `${kindOfRun(app)} running`
          )}
        </span>
      );
    }
    case "sync":
      return (
        <span {...about}>
          <SyncState app={app} onReview={onReview} />
        </span>
      );
    case "health":
      return (
        <span {...about}>
          <State word={app.status?.hold === undefined ? healthOf(app) : "Held"} as="bare" />
        </span>
      );
    case "synced": {
      const failed = lastFailed(app);
      if (failed !== undefined)
        return (
          <span {...about}>
            <FailedAgo {...failed} before={lastSynced(app)} />
          </span>
        );
      const last = lastSynced(app);
      const began = app.status?.operationState?.startedAt;
      if (last === undefined && isRunning(app) && began !== undefined)
        return (
          <span {...about} title={`Its first ${kindOfRun(app).toLowerCase()} runs`}>
            began <Ago at={began} />
          </span>
        );
      if (last === undefined) return <span {...about}>never</span>;
      return (
        <span {...about}>
          <Ago at={last.at} />
          {last.by !== "" && <span title={`by ${last.by}`}> · {last.by}</span>}
        </span>
      );
    }
    case "project":
      return text(app.spec.project);
    case "revision":
      return <Revision app={app} about={about} />;
    case "source":
      return text(sourceOf(app));
    case "destination":
      return (
        <span {...about} title={destinationOf(app)}>
          <span>{clusterOf(app)}</span>
          {app.spec.destination.namespace && <span> · {app.spec.destination.namespace}</span>}
        </span>
      );
    case "policy":
      return text(isAutomatic(app) ? "on" : isAutomaticPaused(app) ? "paused" : "off");
  }
}

/** Its spec has automated sync, and says that it is not to be now. */
function isAutomaticPaused({ spec }: ListedApplication): boolean {
  return spec.syncPolicy?.automated?.enabled === false;
}
