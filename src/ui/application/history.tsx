/** What became of an application: its deployments and the way back to each, and whatever else was done to it. */
import { type ComponentChildren, Fragment } from "preact";
import { type Application, sourcesOf } from "../../core/model/application.ts";
import { faredWords } from "../../core/model/fared.ts";
import { State } from "../components/state.tsx";
import { Table } from "../components/table.tsx";
import { Ago, Timed } from "../components/time.tsx";
import { go, hrefOf, place, withQuery } from "../store/route.ts";
import { placeOf, shortOf } from "../words/app-words.ts";
import { type DeploymentLine, deploymentsOf, withCommits } from "../words/deployment-words.ts";
import {
  askedFor,
  FIRST_KINDS,
  folded,
  found,
  KIND_WORDS,
  KINDS,
  type Kind,
  type Known,
  kindsIn,
  kindsText,
  type TimelineRow,
  timelineOf,
} from "../words/timeline.ts";
import { Author, Subject } from "./commit-words.tsx";
import { CompareDeployments, CompareTwo } from "./compare-deployments.tsx";
import { useDeeds } from "./deeds.ts";
import { useDeployments } from "./use-deployments.ts";

export function History({
  app,
  denied,
  onRollBack,
}: {
  app: Application;
  /** Why nobody may go back, who looks here. */
  denied: string | undefined;
  onRollBack(to: DeploymentLine): void;
}) {
  const { query } = place.value;
  const deployments = useDeployments(app);
  const lines = withCommits(deploymentsOf(app), deployments.is === "answered" ? deployments.value.items : []);
  const kinds = kindsIn(query.get("what"));
  const words = query.get("find") ?? "";
  const pages = Math.max(1, Math.floor(Number(query.get("pages"))) || 1);
  const others = useDeeds(app, { parts: askedFor(kinds), pages });
  const known: Known = {
    deployments: lines,
    ...(others.is === "answered"
      ? others.value
      : { runs: [], entries: [], transitions: [], older: "none" as const }),
  };
  const rows = folded(found(timelineOf(known), { kinds, words }));
  const goes = app.metadata.deletionTimestamp !== undefined;
  return (
    <>
      <Choices kinds={kinds} words={words}>
        <CompareTwo lines={lines} />
      </Choices>
      <CompareDeployments app={app} lines={lines} />
      {deployments.is === "refused" && (
        <p class="refused" role="alert">
          Who made the commits is not known: {deployments.why}
        </p>
      )}
      {others.is === "refused" && (
        <p class="refused" role="alert">
          What else was done is not known: {others.why}
        </p>
      )}
      <Rows
        rows={rows}
        goes={goes}
        app={app}
        denied={denied}
        onRollBack={onRollBack}
        none={noneWords(lines, words)}
      />
      {others.is === "asking" && kinds.length > 1 && <p class="dim">Asking the daemon…</p>}
      {known.older === "some" && (
        <p class="row">
          <button type="button" onClick={() => go(withQuery({ pages: String(pages + 1) }), "replace")}>
            Older
          </button>
          <span class="dim">
            Looked through {known.entries.length} deeds, back to <Ago at={known.entries.at(-1)?.at ?? ""} />
          </span>
        </p>
      )}
    </>
  );
}

function noneWords(lines: readonly DeploymentLine[], words: string): string {
  if (words !== "") return "Nothing of it fits what is looked for.";
  return lines.length === 0 ? "Nothing was deployed yet." : "Nothing of these kinds was done.";
}

function Choices({
  kinds,
  words,
  children,
}: {
  kinds: readonly Kind[];
  words: string;
  /** What else stands in their line. */
  children: ComponentChildren;
}) {
  const choose = (next: readonly Kind[]): void =>
    go(withQuery({ what: kindsText(next), pages: undefined }), "push");
  const isAll = kinds.length === KINDS.length;
  return (
    <search class="history-tools">
      <input
        type="search"
        aria-label="Find in the history"
        placeholder="Find: a commit, a person, a reason"
        value={words}
        onInput={(event) => go(withQuery({ find: event.currentTarget.value }), "replace")}
      />
      <fieldset class="chip-group">
        <legend class="hidden-text">What is shown</legend>
        <button
          type="button"
          class="chip"
          aria-pressed={isAll}
          onClick={() => choose(isAll ? FIRST_KINDS : KINDS)}
        >
          Everything
        </button>
        {KINDS.map((kind) => {
          const isShown = kinds.includes(kind) && !isAll;
          return (
            <button
              key={kind}
              type="button"
              class="chip"
              aria-pressed={isShown}
              onClick={() =>
                choose(isAll ? [kind] : isShown ? kinds.filter((one) => one !== kind) : [...kinds, kind])
              }
            >
              {KIND_WORDS[kind]}
            </button>
          );
        })}
      </fieldset>
      {children}
    </search>
  );
}

function Rows({
  rows,
  app,
  goes,
  denied,
  onRollBack,
  none,
}: {
  rows: readonly TimelineRow[];
  app: Application;
  goes: boolean;
  denied: string | undefined;
  onRollBack(to: DeploymentLine): void;
  none: string;
}) {
  const goBack = ({ line }: TimelineRow) =>
    line !== undefined &&
    line.is === undefined &&
    !goes && (
      <button
        type="button"
        aria-label={`Roll back to this: deployment ${line.id} of ${app.metadata.name}`}
        aria-disabled={denied !== undefined}
        title={denied}
        onClick={() => denied === undefined && onRollBack(line)}
      >
        Roll back to this
      </button>
    );
  const placesNow = sourcesOf(app.spec).map(placeOf);
  return (
    <Table
      items={rows}
      keyOf={({ key }) => key}
      none={none}
      columns={[
        {
          head: "What",
          as: "word",
          cell: ({ line, what, state }) =>
            line === undefined ? (
              <>
                {what} {state !== undefined && <State word={state} as="bare" />}
              </>
            ) : (
              <>
                Deployment {line.id}{" "}
                {line.is !== undefined && <State word={line.is === "held" ? "Held" : "Current"} as="bare" />}
              </>
            ),
        },
        {
          head: "When",
          as: "word",
          cell: ({ at, line, times }) => (
            <>
              <Ago at={at} />
              {times !== undefined && (
                <span class="why">
                  {times.count} times since <Ago at={times.first} />
                </span>
              )}
              {line !== undefined && (
                <span class="why">
                  {line.took === "" ? "succeeded" : `succeeded in ${line.took.replaceAll(" ", "\u00a0")}`}
                </span>
              )}
              {line?.fared !== undefined && <Fared of={line.fared} />}
            </>
          ),
        },
        {
          head: "Revision or change",
          cell: ({ line, words, run }) =>
            line !== undefined ? (
              <Commits line={line} placesNow={placesNow} />
            ) : (
              <>
                <Timed text={words} /> {run !== undefined && <RunLink run={run} />}
              </>
            ),
        },
        { head: "By", as: "short", cell: ({ by }) => by },
        {
          head: "Cause",
          as: "short",
          cell: ({ line, why }) => (line === undefined ? why : <Cause of={line.cause} />),
        },
        { head: "Go back", as: "act" as const, cell: goBack },
      ]}
    />
  );
}

function RunLink({ run }: { run: number }) {
  return (
    <a
      href={hrefOf(
        withQuery({ view: "run", run: String(run), what: undefined, find: undefined, pages: undefined }),
      )}
    >
      Its run
    </a>
  );
}

/**
 * Of each source the commit that changed it, and who made that; the revision beside it where that is another one.
 *
 * @param placesNow where the sources lie, as the head of the page says: said again only of several, or where it was elsewhere
 */
function Commits({
  line: { commits, places, about },
  placesNow,
}: {
  line: DeploymentLine;
  placesNow: readonly string[];
}) {
  return (
    <>
      {commits.map((commit, at) => {
        const one = about?.[at];
        const change = one?.commit ?? commit;
        const told = [
          one?.is === "commit" && <Author of={one} />,
          (commits.length > 1 || places[at] !== placesNow[at]) && places[at],
          change !== commit && <span title={commit}>at {shortOf(commit)}</span>,
          one?.is === "unknown" && `who made it is not known: ${one.why}`,
        ].filter((part) => part !== false && part !== undefined);
        return (
          <div key={`${at} ${commit}`} class="commit">
            <span class="mono" title={change}>
              {shortOf(change)}
            </span>{" "}
            {one?.is === "commit" && <Subject text={one.subject} />}
            <span class="why">
              {told.map((part, place) => (
                <Fragment key={place}>
                  {place > 0 && " · "}
                  {part}
                </Fragment>
              ))}
            </span>
          </div>
        );
      })}
    </>
  );
}

/** How it fared while it was there. */
function Fared({ of }: { of: NonNullable<DeploymentLine["fared"]> }) {
  return (
    <span class="why fared" data-tone={of.is === "healthy" ? "good" : "bad"}>
      {faredWords(of)}
    </span>
  );
}

/** One that went back is to be seen among the others. */
function Cause({ of }: { of: string }) {
  const [back, rest = ""] = /^(rollback to \d+)([\s\S]*)$/.exec(of)?.slice(1) ?? [];
  if (back === undefined) return <>{of}</>;
  return (
    <>
      <b>{back}</b>
      {rest}
    </>
  );
}
