/** A run of an application: what waits for what and since when, then its lanes; and the runs before it. */
import { useState } from "preact/hooks";
import type { Application } from "../../core/model/application.ts";
import type { OperationState } from "../../core/model/operation.ts";
import { took } from "../../lib/ago.ts";
import { Asked, useAsked } from "../components/asked.tsx";
import { State } from "../components/state.tsx";
import { Table } from "../components/table.tsx";
import { Ago, Timed } from "../components/time.tsx";
import { now } from "../store/applications.ts";
import { ask } from "../store/daemon.ts";
import { go, hrefOf, place, withQuery } from "../store/route.ts";
import { deletionSteps, isRunning, keyOf, kindOfRun, shortOf } from "../words/app-words.ts";
import { durationMs } from "../words/run-durations.ts";
import { type Lane, lanesOf, waitOf } from "../words/run-lanes.ts";
import { type Run, withLast } from "../words/run-tries.ts";
import { reviews } from "./reviews-later.ts";
import { RunDurations } from "./run-durations.tsx";

const TerminateReview = reviews.part(({ TerminateReview }) => TerminateReview);

const MOST_RUNS = 30;

export function RunView({ app, mayEnd }: { app: Application; mayEnd: string | undefined }) {
  const last = app.status?.operationState;
  const asked = place.value.query.get("run");
  const runs = useAsked(
    (signal) =>
      ask<{ items: Run[] }>(
        "GET",
        `/api/holdfast/v1/runs?${new URLSearchParams({ app: keyOf(app), limit: String(MOST_RUNS) })}`,
        { signal },
      ),
    [keyOf(app), last?.startedAt, last?.phase, last?.finishedAt],
  );
  const steps = deletionSteps(app);
  if (steps.length > 0 || (last !== undefined && kindOfRun(app) === "Deletion"))
    return <Deletion app={app} />;
  if (last === undefined) return <p class="dim">Nothing was synced yet.</p>;
  const chosen =
    runs.is === "answered"
      ? withLast(runs.value.items, last).find(({ id }) => String(id) === asked)
      : undefined;
  return (
    <>
      <One
        key={chosen?.id ?? "last"}
        app={app}
        state={chosen?.state ?? last}
        title={chosen === undefined ? `Last ${kindOfRun(app).toLowerCase()}` : `Run ${chosen.id}`}
        mayEnd={mayEnd}
      />
      <h2 class="small">Runs</h2>
      <Asked answer={runs} waiting="Asking for the runs before">
        {({ items }) => {
          const known = withLast(items, last);
          return (
            <>
              <RunDurations runs={known} />
              <Runs items={known} chosen={chosen?.id} />
            </>
          );
        }}
      </Asked>
    </>
  );
}

function One({
  app,
  state,
  title,
  mayEnd,
}: {
  app: Application;
  state: OperationState;
  title: string;
  mayEnd: string | undefined;
}) {
  const [ends, setEnds] = useState(false);
  const lanes = lanesOf(app, state);
  const wait = waitOf(state);
  const { initiatedBy: by, sync } = state.operation;
  const isLive = state.startedAt === app.status?.operationState?.startedAt && isRunning(app);
  const revision = state.syncResult?.revision ?? sync?.revision;
  return (
    <section class="run" aria-labelledby="run-title">
      <div class="title">
        <h2 id="run-title">{title}</h2>
        <State word={state.phase} />
        {isLive && state.phase === "Running" && (
          <div class="actions">
            <button
              type="button"
              aria-disabled={mayEnd !== undefined}
              title={mayEnd}
              onClick={() => mayEnd === undefined && setEnds(true)}
            >
              Terminate
            </button>
          </div>
        )}
      </div>
      {wait !== undefined ? (
        <p class="words" data-tone="moving">
          <b>Waiting</b>
          {wait.since !== undefined && (
            <>
              {" "}
              <time dateTime={wait.since}>
                {took(Math.max(now.value, Date.now()) - Date.parse(wait.since))}
              </time>
            </>
          )}{" "}
          for {wait.what}
        </p>
      ) : (
        state.message !== "" && (
          <p
            class="words"
            data-tone={state.phase === "Failed" || state.phase === "Error" ? "bad" : undefined}
          >
            <Timed text={state.message} />
          </p>
        )
      )}
      <p class="facts">
        <span>
          started <Ago at={state.startedAt} />
        </span>
        {state.finishedAt !== undefined && (
          <span>took {took(Date.parse(state.finishedAt) - Date.parse(state.startedAt))}</span>
        )}
        {revision !== undefined && <span class="mono">{shortOf(revision)}</span>}
        {by !== undefined && (
          <span>by {by.automated === true ? "Holdfast, by its policy" : by.username}</span>
        )}
        {(state.retryCount ?? 0) > 0 && <span>try {(state.retryCount ?? 0) + 1}</span>}
        {sync?.dryRun === true && <span>a rehearsal: nothing was written</span>}
      </p>
      {lanes.length === 0 ? (
        <p class="dim">{isLive ? "It has not touched an object yet." : "It touched no object."}</p>
      ) : (
        <ol class="lanes" aria-label="Phases and waves">
          {lanes.map((lane) => (
            <LaneView key={lane.name} lane={lane} />
          ))}
        </ol>
      )}
      {ends && <TerminateReview app={app} onClose={() => setEnds(false)} />}
    </section>
  );
}

const WORDS: Readonly<Record<Lane["state"], string>> = {
  done: "Succeeded",
  running: "Running",
  failed: "Failed",
  waiting: "Waiting",
};
const FEW = 20;

function LaneView({ lane: { name, state, lines } }: { lane: Lane }) {
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? lines : lines.slice(0, FEW);
  return (
    <li data-state={state}>
      <h3>
        {name} <State word={WORDS[state]} as="bare" />
      </h3>
      <ul aria-label={name}>
        {shown.map((line) => (
          <li key={line.key}>
            <span class="dim">{line.kind}</span> <span class="mono">{line.name}</span>{" "}
            <State word={line.state} as="bare" />{" "}
            {line.text !== "" && (
              <span class="why">
                <Timed text={line.text} />
              </span>
            )}
          </li>
        ))}
      </ul>
      {shown.length < lines.length && (
        <button type="button" class="link" onClick={() => setWhole(true)}>
          {lines.length - shown.length} more
        </button>
      )}
    </li>
  );
}

function Runs({ items, chosen }: { items: readonly Run[]; chosen: number | undefined }) {
  return (
    <Table
      items={items}
      keyOf={({ id }) => id}
      none="None is kept."
      columns={[
        {
          head: "Run",
          as: "word",
          cell: ({ id }) => (
            <a
              href={hrefOf(withQuery({ run: String(id) }))}
              aria-current={id === chosen ? "true" : undefined}
              onClick={(event) => {
                if (event.metaKey || event.ctrlKey) return;
                event.preventDefault();
                go(withQuery({ run: String(id) }), "push");
              }}
            >
              {id}
            </a>
          ),
        },
        { head: "Phase", as: "word", cell: ({ state }) => <State word={state.phase} as="bare" /> },
        { head: "Started", as: "word", cell: ({ state }) => <Ago at={state.startedAt} /> },
        {
          head: "Took",
          as: "word",
          cell: ({ state }) => took(durationMs(state, Math.max(now.value, Date.now()))),
        },
        { head: "Cause", as: "word", cell: ({ cause }) => cause },
        { head: "Message", cell: ({ state }) => <Timed text={state.message} /> },
      ]}
    />
  );
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
