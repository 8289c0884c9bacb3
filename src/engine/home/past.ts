import type { AppKey } from "../../core/model/application.ts";
import type { Past } from "../../core/ports/home.ts";
import type { Journal } from "../../core/ports/journal.ts";

/** What was told under a name until now, of applications that are gone. */
export function pastUntilNow(key: AppKey, store: Pick<Journal, "activity" | "runs">): Past {
  return { entries: lastEnd(key, store)?.seq ?? 0, runs: store.runs({ app: key, limit: 1 })[0]?.id ?? 0 };
}

/** Of one that is remembered from before lives were told apart: by the time at which the one before it was deleted. */
export function pastByTime(key: AppKey, store: Pick<Journal, "activity" | "runs">): Past {
  const end = lastEnd(key, store);
  if (end === undefined) return { entries: 0, runs: 0 };
  // Both are of seconds: what began in the very second of the end is of the one that ended.
  const earlier = store
    .runs({ app: key, limit: Number.MAX_SAFE_INTEGER })
    .find(({ state }) => Date.parse(state.startedAt) <= Date.parse(end.at));
  return { entries: end.seq, runs: earlier?.id ?? 0 };
}

function lastEnd(key: AppKey, store: Pick<Journal, "activity">) {
  return store.activity({ app: key, action: "deleted", order: "newest-first", limit: 1 })[0];
}
