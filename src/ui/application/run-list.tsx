/** The syncs that are kept of an application, a row each, with how long they took. */
import { took } from "../../lib/ago.ts";
import { State } from "../components/state.tsx";
import { Table } from "../components/table.tsx";
import { Ago, Timed } from "../components/time.tsx";
import { now } from "../store/applications.ts";
import { go, hrefOf, withQuery } from "../store/route.ts";
import { durationMs } from "../words/run-durations.ts";
import { messageOf, type Run, syncsOf } from "../words/run-tries.ts";
import { RunDurations } from "./run-durations.tsx";
import { LEFT_WITH_A_RUN } from "./run-query.ts";

/** @param runs the newest first @param chosen its run that is shown above */
export function RunList({ runs, chosen }: { runs: readonly Run[]; chosen: number | undefined }) {
  const syncs = syncsOf(runs).map((tries) => ({ tries, last: tries.at(-1) as Run }));
  return (
    <>
      <RunDurations runs={syncs.map(({ last }) => last)} />
      <Table
        items={syncs}
        keyOf={({ last }) => last.id}
        none="None is kept."
        columns={[
          {
            head: "Run",
            as: "word",
            cell: ({ tries, last: { id } }) => {
              const to = withQuery({ ...LEFT_WITH_A_RUN, run: String(id) });
              return (
                <a
                  href={hrefOf(to)}
                  aria-current={tries.some((one) => one.id === chosen) ? "true" : undefined}
                  onClick={(event) => {
                    if (event.metaKey || event.ctrlKey) return;
                    event.preventDefault();
                    go(to, "push");
                  }}
                >
                  {id}
                </a>
              );
            },
          },
          { head: "Phase", as: "word", cell: ({ last }) => <State word={last.state.phase} as="bare" /> },
          { head: "Started", as: "word", cell: ({ last }) => <Ago at={last.state.startedAt} /> },
          {
            head: "Took",
            as: "word",
            cell: ({ last }) => took(durationMs(last.state, Math.max(now.value, Date.now()))),
          },
          { head: "Tries", as: "word", cell: ({ tries }) => tries.length },
          { head: "Cause", as: "word", cell: ({ tries }) => tries[0]?.cause ?? "" },
          { head: "Message", cell: ({ last }) => <Timed text={messageOf(last.state)} /> },
        ]}
      />
    </>
  );
}
