/** The entries, each with what was before and after where that is known. */
import { deedWords } from "../../core/model/deed-words.ts";
import { pageAt } from "../application/paths.ts";
import { Table } from "../components/table.tsx";
import { TextDiff } from "../components/text-diff.tsx";
import { Ago } from "../components/time.tsx";
import { known } from "../store/applications.ts";
import { hrefOf } from "../store/route.ts";
import type { ActivityFacet } from "../words/activity-words.ts";
import { yamlText } from "../words/yaml-text.ts";

/** As the API has it. */
export interface Entry {
  seq: number;
  at: string;
  actor: string;
  action: string;
  app?: string;
  object?: { kind: string; namespace?: string; name: string };
  reason?: string;
  outcome?: { is: string; why?: string };
  from?: { address: string };
  count?: number;
  before?: unknown;
  after?: unknown;
  details?: Record<string, unknown>;
}

export function ActivityTable({
  items,
  none,
  only,
}: {
  items: readonly Entry[];
  none: string;
  only(facet: ActivityFacet, value: string): void;
}) {
  return (
    <Table
      items={items}
      keyOf={({ seq }) => seq}
      none={none}
      columns={[
        { head: "When", as: "word", cell: ({ at }) => <Ago at={at} /> },
        {
          head: "Who",
          cell: ({ actor, from }) => (
            <>
              <Only facet="actor" value={actor} only={only} />
              {from !== undefined && <span class="why">from {from.address}</span>}
            </>
          ),
        },
        {
          head: "What",
          cell: ({ action, details = {}, reason, count = 1, before, after }) => (
            <>
              <span>
                <Only facet="action" value={action} word={deedWords({ action, details })} only={only} />
                {count > 1 && <span class="dim"> {count} times</span>}
              </span>
              {reason !== undefined && <span class="why">{reason}</span>}
              {(before !== undefined || after !== undefined) && <Change before={before} after={after} />}
            </>
          ),
        },
        {
          head: "Of",
          as: "mono",
          cell: ({ app, object }) =>
            app === undefined ? (
              object === undefined ? (
                ""
              ) : (
                `${object.kind} ${object.name}`
              )
            ) : known.value?.has(app) ? (
              <a href={hrefOf(pageAt(app))}>{app}</a>
            ) : (
              app
            ),
        },
        {
          head: "Came to",
          cell: ({ outcome: { is, why } = { is: "done" } }) => (
            <>
              <span data-tone={is === "failed" ? "bad" : undefined}>{is}</span>
              {why !== undefined && <span class="why">{why}</span>}
            </>
          ),
        },
      ]}
    />
  );
}

function Only({
  facet,
  value,
  word = value,
  only,
}: {
  facet: ActivityFacet;
  value: string;
  /** What is read in its place. */
  word?: string;
  only(facet: ActivityFacet, value: string): void;
}) {
  return (
    <button
      type="button"
      class="link quiet"
      aria-label={word === value ? `Only ${facet} ${value}` : `${word}: only ${facet} ${value}`}
      title={`Only ${facet} ${value}`}
      onClick={() => only(facet, value)}
    >
      {word}
    </button>
  );
}

/** Of big ones only what differs was kept. */
function Change({ before, after }: Pick<Entry, "before" | "after">) {
  return (
    <details>
      <summary>{before === undefined ? "What it is since" : "What changed"}</summary>
      <TextDiff before={textOf(before)} after={textOf(after)} />
    </details>
  );
}

function textOf(value: unknown): string | undefined {
  return value === undefined ? undefined : typeof value === "string" ? value : yamlText(value);
}
