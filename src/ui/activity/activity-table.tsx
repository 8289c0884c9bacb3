/** The entries, each with what was before and after where that is known. */
import { deedWords, objectKindWord, outcomeWord, requestedWords } from "../../core/model/deed-words.ts";
import { pageAt, setPageAt } from "../application/paths.ts";
import { Table } from "../components/table.tsx";
import { TextDiff } from "../components/text-diff.tsx";
import { Ago, dayAt } from "../components/time.tsx";
import { known } from "../store/applications.ts";
import { hrefOf } from "../store/route.ts";
import { type ActivityFacet, asOne } from "../words/activity-words.ts";
import { yamlText } from "../words/yaml-text.ts";

/** As the API has it. */
export interface Entry {
  seq: number;
  at: string;
  actor: string;
  action: string;
  app?: string;
  project?: string;
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
      items={asOne(items, deedOf)}
      keyOf={([{ seq }]) => seq}
      none={none}
      groupOf={([{ at }]) => dayAt(at)}
      columns={[
        { head: "When", as: "word", cell: ([{ at }]) => <Ago at={at} /> },
        {
          head: "Who",
          cell: ([{ actor, from }]) => (
            <>
              <Only facet="actor" value={actor} only={only} />
              {from !== undefined && <span class="why">from {from.address}</span>}
            </>
          ),
        },
        {
          head: "What",
          cell: ([entry]) => (
            <>
              <span>
                <Only facet="action" value={entry.action} word={deedOf(entry)} only={only} />
                {entry.count !== undefined && entry.count > 1 && (
                  <span class="dim"> {entry.count} times</span>
                )}
              </span>
              {entry.reason !== undefined && <span class="why">{entry.reason}</span>}
              {(entry.before !== undefined || entry.after !== undefined) && (
                <Change before={entry.before} after={entry.after} />
              )}
            </>
          ),
        },
        {
          head: "Of",
          as: "mono short",
          cell: ([entry, ...more]) => <About entry={entry} more={more} />,
        },
        {
          head: "Outcome",
          as: "word",
          cell: ([entry, ...more]) => <Outcome entry={entry} more={more} />,
        },
      ]}
    />
  );
}

const deedOf = ({ action, details = {}, before, after }: Entry): string =>
  deedWords({ action, details, before, after });

function Outcome({ entry, more }: { entry: Entry; more: readonly Entry[] }) {
  const { action, app, at, outcome } = entry;
  const word = outcomeWord(entry);
  const hasRun = word === "asked for" && action === "sync" && app !== undefined && more.length === 0;
  return (
    <>
      <span data-tone={word === "failed" ? "bad" : undefined}>{word}</span>
      {outcome?.why !== undefined && <span class="why">{outcome.why}</span>}
      {hasRun && known.value?.has(app) === true && (
        <a class="why" href={hrefOf(`${pageAt(app)}?${new URLSearchParams({ view: "run", run: at })}`)}>
          What came of it
        </a>
      )}
    </>
  );
}

/** @param more of which the same is told in this row */
function About({ entry: { app, object, project, details }, more }: { entry: Entry; more: readonly Entry[] }) {
  if (app === undefined) {
    if (object !== undefined) {
      const words = `${objectKindWord(object.kind)} ${object.name}`;
      if (object.kind !== "applicationset" || object.namespace === undefined) return words;
      return <a href={hrefOf(setPageAt(`${object.namespace}/${object.name}`))}>{words}</a>;
    }
    return project === undefined ? requestedWords(details) : `project ${project}`;
  }
  if (more.length === 0) return <Named app={app} />;
  return (
    <details>
      <summary>{more.length + 1} applications</summary>
      <ul class="plain-list">
        {[app, ...more.map((one) => one.app ?? "")].map((one) => (
          <li key={one}>
            <Named app={one} />
          </li>
        ))}
      </ul>
    </details>
  );
}

function Named({ app }: { app: string }) {
  return known.value?.has(app) ? <a href={hrefOf(pageAt(app))}>{app}</a> : app;
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
