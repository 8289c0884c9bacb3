/** The runs of an application: one of them, the last if nobody says otherwise, and the list of all that are kept. */
import type { Application } from "../../core/model/application.ts";
import type { OperationState } from "../../core/model/operation.ts";
import { type Answer, Asked, useAsked } from "../components/asked.tsx";
import { State } from "../components/state.tsx";
import { ask } from "../store/daemon.ts";
import { place } from "../store/route.ts";
import { deletionSteps, keyOf, kindOfRun } from "../words/app-words.ts";
import { whyNoRun } from "../words/no-runs.ts";
import { type Run, runAsked, syncsOf, withLast } from "../words/run-tries.ts";
import { askRun, isRunNumber } from "./ask-run.ts";
import { RunList } from "./run-list.tsx";
import { OneRun, type RunDeeds } from "./run-one.tsx";

const MOST_RUNS = 30;
/** Of the last one, while no answer has it. */
const UNKNOWN_ID = 0;

export function RunView({ app, deeds }: { app: Application; deeds: RunDeeds }) {
  const last = app.status?.operationState;
  const asked = place.value.query.get("run");
  const answer = useAsked(
    (signal) =>
      ask<{ items: Run[] }>(
        "GET",
        `/api/holdfast/v1/runs?${new URLSearchParams({ app: keyOf(app), limit: String(MOST_RUNS) })}`,
        { signal },
      ),
    [keyOf(app), last?.startedAt, last?.phase, last?.finishedAt],
  );
  const older = useOlder(app, asked, answer);
  const steps = deletionSteps(app);
  if (steps.length > 0 || (last !== undefined && kindOfRun(app) === "Deletion"))
    return <Deletion app={app} />;
  if (last === undefined) return <p class="dim">{whyNoRun(app)}</p>;
  const runs = known(answer.is === "answered" ? answer.value.items : [], last);
  const newest = runs.find(({ state }) => state === last) ?? (runs[0] as Run);
  const listed = asked === null ? newest : runAsked(runs, asked, MOST_RUNS);
  // No other one is shown for a moment.
  if (listed === undefined && (answer.is === "asking" || older.is === "asking"))
    return <p class="dim">Asking for the run…</p>;
  const meant = listed ?? (older.is === "answered" ? older.value : undefined);
  const run = meant ?? newest;
  return (
    <>
      {meant === undefined && answer.is === "answered" && (
        <p class="words" role="status">
          {older.is === "refused"
            ? `Run ${asked} could not be asked for (${older.why})`
            : isRunNumber(asked ?? "")
              ? `Run ${asked} is none of this application, or not kept any more`
              : `The run that was meant is not among the ${runs.length} that are shown here`}
          : this is the last one.
        </p>
      )}
      <OneRun
        key={run.id}
        app={app}
        run={run}
        tries={syncsOf(runs).find((tries) => tries.includes(run)) ?? [run]}
        deeds={deeds}
      />
      <h2 class="small">Runs</h2>
      <Asked answer={answer} waiting="Asking for the runs before">
        {() => <RunList runs={runs.filter(({ id }) => id !== UNKNOWN_ID)} chosen={run} />}
      </Asked>
    </>
  );
}

/** The run that the address names by its number, where it is kept and not among those that are listed. */
function useOlder(
  app: Application,
  asked: string | null,
  listed: Answer<{ items: Run[] }>,
): Answer<Run | undefined> {
  const id =
    asked === null ||
    !isRunNumber(asked) ||
    listed.is !== "answered" ||
    listed.value.items.some((one) => one.id === Number(asked))
      ? undefined
      : asked;
  const of = `${keyOf(app)} ${id}`;
  const answer = useAsked(
    async (signal) => {
      const run = id === undefined ? undefined : await askRun(id, signal);
      return { of, run: run?.app === keyOf(app) ? run : undefined };
    },
    [of],
  );
  if (id === undefined) return { is: "answered", value: undefined };
  if (answer.is !== "answered") return answer;
  return answer.value.of === of ? { is: "answered", value: answer.value.run } : { is: "asking" };
}

/** A try that begins is told by the application before the list of runs has it. */
function known(items: readonly Run[], last: OperationState): readonly Run[] {
  const runs = withLast(items, last);
  if (runs.some(({ state }) => state === last)) return runs;
  const cause = runs[0]?.state.startedAt === last.startedAt ? "retry" : "";
  return [{ id: UNKNOWN_ID, cause, state: last }, ...runs];
}

function Deletion({ app }: { app: Application }) {
  const last = app.status?.operationState;
  return (
    <section>
      <h2 class="small">Deletion</h2>
      {last !== undefined && last.message !== "" && <p>{last.message}</p>}
      <ul class="plan" aria-label="Steps">
        {deletionSteps(app).map(({ what, state, text }) => (
          <li key={what}>
            <span class="mono">{what}</span> <State word={state} as="bare" /> {text}
          </li>
        ))}
      </ul>
    </section>
  );
}
