/** What became of an application, as far back as it is looked: its runs, who did what, its health and drift. */
import type { Application } from "../../core/model/application.ts";
import { type Answer, useAsked } from "../components/asked.tsx";
import { ask } from "../store/daemon.ts";
import { keyOf } from "../words/app-words.ts";
import {
  type askedFor,
  type Entry,
  type Known,
  type Run,
  TOLD_KINDS,
  type TransitionEntry,
} from "../words/timeline.ts";

/** More than the daemon keeps of one application. */
const MOST_RUNS = 1_000;
const MOST_TRANSITIONS = 1_000;
const ENTRIES_A_PAGE = 200;

type Deeds = Omit<Known, "deployments">;

/** Asked for where it is looked at, and again whenever something ended. */
export function useDeeds(
  app: Application,
  { parts, pages }: { parts: ReturnType<typeof askedFor>; pages: number },
): Answer<Deeds> {
  const key = keyOf(app);
  const { operationState, hold, history = [], health, sync } = app.status ?? {};
  return useAsked<Deeds>(
    async (signal) => {
      const query = (more: Record<string, string>) => new URLSearchParams({ app: key, ...more });
      const items = async <T>(path: string, more: Record<string, string>): Promise<T[]> =>
        (await ask<{ items: T[] }>("GET", `/api/holdfast/v1/${path}?${query(more)}`, { signal })).items;
      // All are waited for at once: who leaves ends all of them, and none may end unheard.
      const [runs, read, transitions] = await Promise.all([
        parts.has("runs") ? items<Run>("runs", { limit: String(MOST_RUNS) }) : [],
        parts.has("entries")
          ? entriesOf((cursor) => query({ limit: String(ENTRIES_A_PAGE), ...cursor }), pages, signal)
          : { entries: [], older: "none" as const },
        parts.has("transitions")
          ? items<TransitionEntry>("transitions", {
              kind: TOLD_KINDS.join(","),
              limit: String(MOST_TRANSITIONS),
            })
          : [],
      ]);
      return { runs, transitions, ...read };
    },
    [
      ...[key, [...parts].join(), pages, operationState?.startedAt, operationState?.phase, hold?.since],
      ...[history.length, health?.status, health?.lastTransitionTime, sync?.status],
    ],
  );
}

async function entriesOf(
  query: (cursor: { cursor?: string }) => URLSearchParams,
  pages: number,
  signal: AbortSignal,
): Promise<Pick<Deeds, "entries" | "older">> {
  const entries: Entry[] = [];
  let at: { cursor?: string } = {};
  for (let page = 0; page < pages; page++) {
    const { items, cursor }: { items: Entry[]; cursor?: string } = await ask(
      "GET",
      `/api/holdfast/v1/activity?${query(at)}`,
      { signal },
    );
    entries.push(...items);
    if (cursor === undefined) return { entries, older: "none" };
    at = { cursor };
  }
  return { entries, older: "some" };
}
