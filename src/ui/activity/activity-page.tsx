/** Who did what, when, and what came of it. */
import { useState } from "preact/hooks";
import { Asked, useAsked } from "../components/asked.tsx";
import { Table } from "../components/table.tsx";
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
            <Table
              items={items}
              keyOf={({ seq }) => seq}
              none="Nothing was done yet."
              columns={[
                { head: "When", as: "word", cell: ({ at }) => <Ago at={at} /> },
                { head: "Who", cell: ({ actor }) => actor },
                {
                  head: "What",
                  cell: ({ action, reason }) => (
                    <>
                      {action}
                      {reason !== undefined && <span class="why">{reason}</span>}
                    </>
                  ),
                },
                {
                  head: "Of",
                  as: "mono",
                  cell: ({ app, object }) =>
                    app ?? (object === undefined ? "" : `${object.kind} ${object.name}`),
                },
                {
                  head: "Came to",
                  cell: ({ outcome }) => (
                    <>
                      {outcome?.is ?? "done"}
                      {outcome?.why !== undefined && <span class="why">{outcome.why}</span>}
                    </>
                  ),
                },
              ]}
            />
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
