/** Who did what, when, and what came of it. */
import { useState } from "preact/hooks";
import { Asked, useAsked } from "../components/asked.tsx";
import { Ago } from "../components/time.tsx";
import { ask } from "../store/daemon.ts";

interface Entry {
  seq: number;
  at: string;
  actor: string;
  action: string;
  app?: string;
  object?: { kind: string; namespace?: string; name: string };
  reason?: string;
  outcome?: { is: string; why?: string };
}

export function ActivityPage() {
  const [cursor, setCursor] = useState<string>();
  const answer = useAsked(
    (signal) =>
      ask<{ items: Entry[]; cursor?: string }>(
        "GET",
        `/api/holdfast/v1/activity?limit=100${cursor === undefined ? "" : `&cursor=${cursor}`}`,
        { signal },
      ),
    [cursor],
  );
  return (
    <>
      <h1 tabIndex={-1}>Activity</h1>
      <Asked answer={answer} waiting="Asking the daemon">
        {({ items, cursor: next }) => (
          <>
            <div class="table">
              <table>
                <thead>
                  <tr>
                    {["When", "Who", "What", "Of", "Came to"].map((head) => (
                      <th key={head} scope="col">
                        {head}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {items.map(({ seq, at, actor, action, app, object, reason, outcome }) => (
                    <tr key={seq}>
                      <td class="word">
                        <Ago at={at} />
                      </td>
                      <td>{actor}</td>
                      <td>
                        {action}
                        {reason !== undefined && <span class="why">{reason}</span>}
                      </td>
                      <td class="mono">
                        {app ?? (object === undefined ? "" : `${object.kind} ${object.name}`)}
                      </td>
                      <td>
                        {outcome?.is ?? "done"}
                        {outcome?.why !== undefined && <span class="why">{outcome.why}</span>}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
            <p class="row">
              {cursor !== undefined && (
                <button type="button" onClick={() => setCursor(undefined)}>
                  The newest
                </button>
              )}
              {next !== undefined && (
                <button type="button" onClick={() => setCursor(next)}>
                  Older
                </button>
              )}
            </p>
          </>
        )}
      </Asked>
    </>
  );
}
