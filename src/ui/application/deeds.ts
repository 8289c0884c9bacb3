/** What was done to an application, as far back as it is looked: its runs, and who did what. */
import type { Application } from "../../core/model/application.ts";
import { type Answer, useAsked } from "../components/asked.tsx";
import { ask } from "../store/daemon.ts";
import { keyOf } from "../words/app-words.ts";
import type { Entry, Known, Run } from "../words/timeline.ts";

/** More than the daemon keeps of one application. */
const MOST_RUNS = 1_000;
const ENTRIES_A_PAGE = 200;

type Deeds = Omit<Known, "deployments">;

/** Asked for where it is looked at, and again whenever something ended. */
export function useDeeds(
  app: Application,
  { asked, pages }: { asked: "yes" | "no"; pages: number },
): Answer<Deeds> {
  const key = keyOf(app);
  const { operationState, hold, history = [] } = app.status ?? {};
  return useAsked<Deeds>(
    async (signal) => {
      if (asked === "no") return { runs: [], entries: [], older: "none" };
      const query = (more: Record<string, string>) => new URLSearchParams({ app: key, ...more });
      const runs = ask<{ items: Run[] }>(
        "GET",
        `/api/holdfast/v1/runs?${query({ limit: String(MOST_RUNS) })}`,
        { signal },
      );
      const entries: Entry[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < pages; page++) {
        const told: { items: Entry[]; cursor?: string } = await ask(
          "GET",
          `/api/holdfast/v1/activity?${query({ limit: String(ENTRIES_A_PAGE), ...(cursor === undefined ? {} : { cursor }) })}`,
          { signal },
        );
        entries.push(...told.items);
        cursor = told.cursor;
        if (cursor === undefined) break;
      }
      return { runs: (await runs).items, entries, older: cursor === undefined ? "none" : "some" };
    },
    [key, asked, pages, operationState?.startedAt, operationState?.phase, hold?.since, history.length],
  );
}
