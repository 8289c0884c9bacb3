/** One sync: what it waits for and since when, its tries, each as its lanes, and what can be done about it. */
import { useState } from "preact/hooks";
import type { Application } from "../../core/model/application.ts";
import type { OperationState } from "../../core/model/operation.ts";
import { waitsForSomebody } from "../../core/model/suspended-hook.ts";
import { later } from "../components/later.tsx";
import { State } from "../components/state.tsx";
import { Ago, Timed } from "../components/time.tsx";
import { now } from "../store/applications.ts";
import { go, place, withQuery } from "../store/route.ts";
import { isRunning, kindOfRun, sentences, shortOf } from "../words/app-words.ts";
import { durationMs } from "../words/run-durations.ts";
import { lanesOf, waitOf } from "../words/run-lanes.ts";
import { messageOf, nextTry, type Run, triedAt, tryName, tryOf, waited } from "../words/run-tries.ts";
import { reviews } from "./reviews-later.ts";
import { LaneView } from "./run-lane.tsx";
import { LEFT_WITH_A_RUN } from "./run-query.ts";
import { RunResults } from "./run-results.tsx";

const TerminateReview = reviews.part(({ TerminateReview }) => TerminateReview);
const LogView = later(() => import("./log-view.tsx")).part(({ LogView }) => LogView);

export interface RunDeeds {
  /** Why this person may not; undefined where they may. */
  denied: string | undefined;
  /** A sync is looked at, and asked for. */
  onRetry(): void;
}

const hasFailed = ({ phase }: OperationState): boolean => phase === "Failed" || phase === "Error";

/** @param tries of the sync, the first at first @param run that of them which is shown */
export function OneRun({
  app,
  run,
  tries,
  deeds,
}: {
  app: Application;
  run: Run;
  tries: readonly Run[];
  deeds: RunDeeds;
}) {
  const { state } = run;
  const isLast = state === app.status?.operationState;
  const revision = state.syncResult?.revision ?? state.operation.sync?.revision;
  return (
    <section class="run" aria-labelledby="run-title">
      <div class="title">
        <h2 id="run-title">{isLast ? `Last ${kindOfRun(app).toLowerCase()}` : `Run ${run.id}`}</h2>
        <State word={state.phase} />
        {isLast && <Deeds app={app} state={state} deeds={deeds} />}
      </div>
      <Said app={app} state={state} />
      <p class="facts">
        <span>
          started <Ago at={state.startedAt} />
        </span>
        {state.finishedAt !== undefined && <span>took {waited(durationMs(state, now.value))}</span>}
        {revision !== undefined && <span class="mono">{shortOf(revision)}</span>}
        <By state={state} />
        {state.operation.sync?.dryRun === true && <span>a dry run: nothing was written</span>}
      </p>
      {tries.length > 1 && <Tries tries={tries} chosen={run} />}
      <Try app={app} state={state} panel={tries.length > 1 ? `try-${run.id}` : undefined} />
    </section>
  );
}

function Deeds({
  app,
  state,
  deeds: { denied, onRetry },
}: {
  app: Application;
  state: OperationState;
  deeds: RunDeeds;
}) {
  const [ends, setEnds] = useState(false);
  const isGoing = isRunning(app) && state.phase === "Running";
  if (!isGoing && !ends && !hasFailed(state)) return null;
  const offer = isGoing ? { word: "Terminate", act: () => setEnds(true) } : { word: "Retry", act: onRetry };
  return (
    <div class="actions">
      {(isGoing || hasFailed(state)) && (
        <button
          type="button"
          aria-disabled={denied !== undefined}
          title={denied}
          onClick={() => denied === undefined && offer.act()}
        >
          {offer.word}
        </button>
      )}
      {ends && <TerminateReview app={app} onClose={() => setEnds(false)} />}
    </div>
  );
}

/** What it waits for, the next try, or how it ended; what the application's head says already is not said once more. */
function Said({ app, state }: { app: Application; state: OperationState }) {
  const wait = waitOf(state, app.spec.destination.namespace);
  const next = nextTry(state);
  const nowMs = Math.max(now.value, Date.now());
  if (wait !== undefined)
    return (
      <p class="words" data-tone={waitsForSomebody(state.message) ? "behind" : "moving"}>
        <b>Waiting</b>
        {wait.since !== undefined && (
          <>
            {" "}
            <time dateTime={wait.since}>{waited(nowMs - Date.parse(wait.since))}</time>
          </>
        )}{" "}
        for {wait.what}
      </p>
    );
  const said = messageOf(state);
  const isInHead =
    state === app.status?.operationState && sentences(app).some(({ text }) => text.includes(said));
  return (
    <>
      {next !== undefined && (
        <p class="words" data-tone="moving">
          <b>{next.name}</b> begins{" "}
          <time dateTime={next.at}>
            {Date.parse(next.at) > nowMs ? `in ${waited(Date.parse(next.at) - nowMs)}` : "now"}
          </time>
          , {next.why}
        </p>
      )}
      {said !== "" && !isInHead && (
        <p class="words" data-tone={hasFailed(state) || next !== undefined ? "bad" : undefined}>
          <Timed text={said} />
        </p>
      )}
    </>
  );
}

function By({ state: { operation } }: { state: OperationState }) {
  const { initiatedBy: by } = operation;
  if (by === undefined) return null;
  return <span>by {by.automated === true ? "Holdfast (automated sync)" : by.username}</span>;
}

function Tries({ tries, chosen }: { tries: readonly Run[]; chosen: Run }) {
  return (
    <div role="tablist" class="tabs" aria-label="Tries of this sync">
      {tries.map((one) => (
        <button
          key={one.id}
          type="button"
          role="tab"
          id={`tab-try-${one.id}`}
          aria-selected={one === chosen}
          aria-controls={`try-${one.id}`}
          onClick={() => go(withQuery({ ...LEFT_WITH_A_RUN, run: String(one.id) }), "push")}
        >
          {tryName(one, tries)} <State word={one.state.phase} as="bare" />
        </button>
      ))}
    </div>
  );
}

/** @param panel its id as the panel of a tab; undefined where there is one try */
function Try({ app, state, panel }: { app: Application; state: OperationState; panel: string | undefined }) {
  const lanes = lanesOf(app, state);
  const log = place.value.query.get("log");
  const [group = "", kind = "", namespace = "", name = ""] = (log ?? "").split("/");
  const tab =
    panel === undefined ? {} : ({ id: panel, role: "tabpanel", "aria-labelledby": `tab-${panel}` } as const);
  return (
    <div {...tab}>
      {panel !== undefined && state.finishedAt !== undefined && (
        <p class="dim">
          Try {tryOf(state)} took {waited(Date.parse(state.finishedAt) - Date.parse(triedAt(state)))}
        </p>
      )}
      {lanes.length === 0 ? (
        <p class="dim">
          {state.finishedAt === undefined ? "It has not touched an object yet." : "It touched no object."}
        </p>
      ) : (
        <ol class="lanes" aria-label="Phases and waves">
          {lanes.map((lane) => (
            <LaneView key={lane.name} lane={lane} until={state.finishedAt} />
          ))}
        </ol>
      )}
      {log !== null && name !== "" && (
        <div class="hook-log">
          <div class="title">
            <h3>
              Log of {kind} {name}
            </h3>
            <div class="actions">
              <button type="button" onClick={() => go(withQuery({ ...LEFT_WITH_A_RUN }), "replace")}>
                Close the log
              </button>
            </div>
          </div>
          <LogView key={log} app={app} of={{ group, kind, namespace, name }} />
        </div>
      )}
      <RunResults lanes={lanes} />
    </div>
  );
}
