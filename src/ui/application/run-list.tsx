/** The syncs that are kept of an application, with how long they took: a row each, and one for those that failed alike. */
import { useState } from "preact/hooks";
import { State } from "../components/state.tsx";
import { Table } from "../components/table.tsx";
import { Ago, Timed } from "../components/time.tsx";
import { now } from "../store/applications.ts";
import { go, hrefOf, withQuery } from "../store/route.ts";
import { durationMs } from "../words/run-durations.ts";
import { groupsOfSyncs, type SyncLine } from "../words/run-groups.ts";
import { messageOf, type Run, syncsOf, waited } from "../words/run-tries.ts";
import { RunDurations } from "./run-durations.tsx";
import { LEFT_WITH_A_RUN } from "./run-query.ts";

interface Row extends SyncLine {
  /** Older ones that failed alike, and whether they have rows of their own; absent: there are none. */
  alike?: { older: readonly SyncLine[]; are: "shown" | "folded" };
  /** What it came to stands above, in another row or where the run itself is shown. */
  isSaid: boolean;
}

/** @param runs the newest first @param chosen its run that is shown above */
export function RunList({ runs, chosen }: { runs: readonly Run[]; chosen: Run }) {
  const [opened, setOpened] = useState<ReadonlySet<number>>(new Set());
  const syncs = syncsOf(runs).map((tries) => ({ tries, last: tries.at(-1) as Run }));
  const isChosen = ({ tries }: SyncLine): boolean => tries.some(({ id }) => id === chosen.id);
  const above = messageOf(chosen.state);
  const rows = groupsOfSyncs(syncs).flatMap(([newest, ...older]): Row[] => {
    if (newest === undefined) return [];
    const isSaid = above !== "" && messageOf(newest.last.state) === above;
    if (older.length === 0) return [{ ...newest, isSaid }];
    // Known by its oldest: a newer one joins it and opens nothing.
    const isOpen = opened.has(oldestOf(older)) || older.some(isChosen);
    return [
      { ...newest, isSaid, alike: { older, are: isOpen ? "shown" : "folded" } },
      ...(isOpen ? older.map((one) => ({ ...one, isSaid: true })) : []),
    ];
  });
  const turn = (older: readonly SyncLine[]): void => {
    const id = oldestOf(older);
    setOpened(opened.has(id) ? new Set([...opened].filter((one) => one !== id)) : new Set([...opened, id]));
  };
  return (
    <>
      <RunDurations runs={syncs.map(({ last }) => last)} />
      <Table
        items={rows}
        keyOf={({ last }) => last.id}
        none="None is kept."
        columns={[
          {
            head: "Run",
            as: "word",
            cell: (row) => {
              const { alike } = row;
              return (
                <>
                  <RunLink id={row.last.id} is={isChosen(row) ? "shown" : "another"} />
                  {alike !== undefined && (
                    <span class="why">
                      <button
                        type="button"
                        class="link"
                        aria-expanded={alike.are === "shown"}
                        aria-disabled={alike.older.some(isChosen)}
                        title={alike.older.some(isChosen) ? "One of them is shown above" : undefined}
                        onClick={() => !alike.older.some(isChosen) && turn(alike.older)}
                      >
                        and {alike.older.length} alike
                      </button>
                    </span>
                  )}
                </>
              );
            },
          },
          { head: "Phase", as: "word", cell: ({ last }) => <State word={last.state.phase} as="bare" /> },
          {
            head: "Started",
            as: "word",
            cell: ({ last, alike }) => (
              <>
                <Ago at={last.state.startedAt} />
                {alike !== undefined && (
                  <span class="why">
                    first <Ago at={alike.older.at(-1)?.last.state.startedAt ?? ""} />
                  </span>
                )}
              </>
            ),
          },
          {
            head: "Took",
            as: "word",
            cell: ({ last }) => waited(durationMs(last.state, Math.max(now.value, Date.now()))),
          },
          { head: "Tries", as: "word", cell: ({ tries }) => tries.length },
          { head: "Cause", as: "word", cell: ({ tries }) => tries[0]?.cause ?? "" },
          {
            head: "Message",
            cell: ({ last, isSaid }) =>
              isSaid ? <span class="dim">as above</span> : <Timed text={messageOf(last.state)} />,
          },
        ]}
      />
    </>
  );
}

function oldestOf(syncs: readonly SyncLine[]): number {
  return syncs.at(-1)?.last.id ?? 0;
}

function RunLink({ id, is }: { id: number; is: "shown" | "another" }) {
  const to = withQuery({ ...LEFT_WITH_A_RUN, run: String(id) });
  return (
    <a
      href={hrefOf(to)}
      aria-current={is === "shown" ? "true" : undefined}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey) return;
        event.preventDefault();
        go(to, "push");
      }}
    >
      {id}
    </a>
  );
}
