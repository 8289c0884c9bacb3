/** The running or last operation: how it stands, who asked for it, and what its hooks or its steps came to. */
import type { Application } from "../../core/model/application.ts";
import { State } from "../components/state.tsx";
import { Ago } from "../components/time.tsx";
import { deletionSteps, hooksOf, isRunning, kindOfRun } from "../words/app-words.ts";

export function LastRun({ app }: { app: Application }) {
  const last = app.status?.operationState;
  const hooks = hooksOf(app);
  const steps = deletionSteps(app);
  if (last === undefined && steps.length === 0) return <p class="dim">Nothing was synced yet.</p>;
  const by = last?.operation.initiatedBy;
  return (
    <section>
      <h2 class="small">
        {kindOfRun(app) === "Deletion" ? "Deletion" : `Last ${kindOfRun(app).toLowerCase()}`}
      </h2>
      {last !== undefined && (
        <dl>
          <dt>Phase</dt>
          <dd>
            <State word={last.phase} as="bare" />
          </dd>
          {last.message !== "" && (
            <>
              <dt>Message</dt>
              <dd>{last.message}</dd>
            </>
          )}
          <dt>Started</dt>
          <dd>
            <Ago at={last.startedAt} />
          </dd>
          {last.finishedAt !== undefined && (
            <>
              <dt>Finished</dt>
              <dd>
                <Ago at={last.finishedAt} />
              </dd>
            </>
          )}
          {last.syncResult?.revision !== undefined && (
            <>
              <dt>Revision</dt>
              <dd class="mono">{last.syncResult.revision}</dd>
            </>
          )}
          {by !== undefined && (
            <>
              <dt>Started by</dt>
              <dd>{by.automated === true ? "Holdfast, by its policy" : (by.username ?? "")}</dd>
            </>
          )}
        </dl>
      )}
      {steps.length > 0 && (
        <ul class="plan" aria-label="Steps">
          {steps.map(({ what, state, text }) => (
            <li key={what}>
              <span class="mono">{what}</span> <State word={state} as="bare" /> {text}
            </li>
          ))}
        </ul>
      )}
      {steps.length === 0 && hooks.length > 0 && (
        <>
          <h2 class="small">{isRunning(app) ? "Hooks of the running sync" : "Hooks of the last sync"}</h2>
          <ul class="plan" aria-label="Hooks">
            {hooks.map(({ name, type, phase, text }) => (
              <li key={`${type} ${name}`}>
                <span class="dim">{type}</span> <span class="mono">{name}</span>{" "}
                <State word={phase} as="bare" /> {text}
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
