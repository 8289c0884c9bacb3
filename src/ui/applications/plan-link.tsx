/** What a sync would do, as counts that lead to its plan. */
import type { ListedApplication } from "../../core/model/listed-application.ts";
import { note } from "../components/notes.tsx";
import { State } from "../components/state.tsx";
import { FromNow, inClock } from "../components/time.tsx";
import { whyStale } from "../store/stale.ts";
import { type Sentence, syncOf } from "../words/app-words.ts";

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
      {/* One item: a button lays out each text and each time within it apart. */}
      <span class="lines">
        <FromNow text={words} />
      </span>
    </button>
  );
}

/** Whether it is in sync; where it is not, what a sync would do is one press away, whatever else is said of it. */
export function SyncState({
  app,
  onReview,
}: {
  app: ListedApplication;
  onReview(app: ListedApplication): void;
}) {
  const word = syncOf(app);
  if (word !== "OutOfSync") return <State word={word} as="bare" />;
  const title = `Review what a sync of ${app.metadata.name} would do`;
  return (
    <button type="button" class="link of-state" tabIndex={-1} title={title} onClick={() => onReview(app)}>
      <State word={word} as="bare" />
    </button>
  );
}

/** What cannot be done now is told to whoever presses its key. */
export function whenLive(act: () => void): void {
  const stale = whyStale();
  if (stale === undefined) act();
  else note("bad", stale);
}
