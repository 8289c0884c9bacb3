/** What became of applications and clusters, the newest first. */

import type { Transition } from "../../core/model/transition.ts";
import { pageAt } from "../application/paths.ts";
import { known } from "../store/applications.ts";
import { hrefOf } from "../store/route.ts";
import { saidOf, wordsOf } from "../words/transition-words.ts";
import { State } from "./state.tsx";
import { Table } from "./table.tsx";
import { Ago, dayAt } from "./time.tsx";

/** @param of `none`: all of them are of one thing, and the page says which */
export function TransitionRows({
  items,
  none,
  of,
  days,
}: {
  items: readonly Transition[];
  none: string;
  of: "named" | "none";
  /** Headings of the days, where the list is long. */
  days?: "shown";
}) {
  const what = {
    head: "What",
    as: "word" as const,
    cell: ({ kind }: Transition) => {
      const { what, state } = saidOf(kind);
      return (
        <>
          {of === "named" || state === undefined ? what : ""}{" "}
          {state !== undefined && <State word={state} as="bare" />}
        </>
      );
    },
  };
  return (
    <Table
      items={items}
      keyOf={({ seq }) => seq}
      none={none}
      {...(days === undefined ? {} : { groupOf: ({ at }: Transition) => dayAt(at) })}
      columns={[
        {
          head: "When",
          as: "word",
          cell: ({ at, count, first }) => (
            <>
              <Ago at={at} />
              {count > 1 && (
                <span class="why">
                  {count} times since <Ago at={first} />
                </span>
              )}
            </>
          ),
        },
        what,
        ...(of === "none"
          ? []
          : [
              {
                head: "Of",
                as: "mono short" as const,
                cell: ({ app, cluster }: Transition) =>
                  cluster !== undefined ? (
                    <a href={hrefOf(`/clusters/${encodeURIComponent(cluster)}`)}>{cluster}</a>
                  ) : app !== undefined && known.value?.has(app) === true ? (
                    <a href={hrefOf(pageAt(app))}>{app}</a>
                  ) : (
                    app
                  ),
              },
            ]),
        { head: "Why", cell: (one) => wordsOf(one) },
      ]}
    />
  );
}
