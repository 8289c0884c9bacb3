/** What a sync would do, as counts that lead to its plan. */
import type { ListedApplication } from "../../core/model/listed-application.ts";
import { note } from "../components/notes.tsx";
import { FromNow, inClock } from "../components/time.tsx";
import { whyStale } from "../store/stale.ts";
import type { Sentence } from "../words/app-words.ts";

/** Whether a sentence counts what a sync would do, and nothing is worse. */
export function isPlan({ lead, tone }: Sentence): boolean {
  return lead === "OutOfSync" && tone === "behind";
}

export function PlanLink({
  app,
  words,
  onReview,
}: {
  app: ListedApplication;
  words: string;
  onReview(app: ListedApplication): void;
}) {
  return (
    <button
      type="button"
      class="link"
      tabIndex={-1}
      title={`${inClock(words)}: review what a sync of ${app.metadata.name} would do`}
      onClick={() => onReview(app)}
    >
      <FromNow text={words} />
    </button>
  );
}

/** What cannot be done now is told to whoever presses its key. */
export function whenLive(act: () => void): void {
  const stale = whyStale();
  if (stale === undefined) act();
  else note("bad", stale);
}
