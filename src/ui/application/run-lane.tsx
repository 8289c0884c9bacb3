/** One phase or wave of a run: what it does, how far each object is, and what it waits for. */
import { useState } from "preact/hooks";
import { State } from "../components/state.tsx";
import { Timed } from "../components/time.tsx";
import { now } from "../store/applications.ts";
import { go, hrefOf, place, withQuery } from "../store/route.ts";
import { groupsOfLines, kindOfLines } from "../words/run-groups.ts";
import type { Lane, LaneState, RunLine } from "../words/run-lanes.ts";
import { waited } from "../words/run-tries.ts";

const WORDS: Readonly<Record<LaneState, string>> = {
  done: "Succeeded",
  running: "Running",
  failed: "Failed",
  waiting: "Waiting",
  stopped: "Stopped",
  "not-reached": "Not reached",
};
const FEW = 20;
/** Names of those that have one reason: as many are drawn at once. */
const MANY = 100;
/** Of these kinds there are Pods to read a log of. */
const LOGGED = new Set(["Job", "Pod", "Workflow"]);

/** @param until RFC 3339, when the run ended; undefined while it goes on */
export function LaneView({ lane, until }: { lane: Lane; until: string | undefined }) {
  const [isWhole, setWhole] = useState(false);
  const { name, state, lines, note } = lane;
  const groups = groupsOfLines(lines);
  const shown = isWhole ? groups : groups.slice(0, FEW);
  const left = groups.slice(shown.length).flat().length;
  const time = tookIn(lane, until);
  return (
    <li data-state={state}>
      <h3>
        {name}{" "}
        <span>
          <State word={WORDS[state]} as="bare" />
          {time !== "" && <span class="dim"> {time}</span>}
        </span>
      </h3>
      <ul aria-label={name}>
        {shown.map(([line, ...more]) => {
          if (line === undefined) return null;
          if (more.length === 0) return <Line key={line.key} line={line} />;
          return <Alike key={`${line.state} ${line.text}`} lines={[line, ...more]} />;
        })}
      </ul>
      {left > 0 && (
        <button type="button" class="link" onClick={() => setWhole(true)}>
          {left} more
        </button>
      )}
      {note !== "" && <p class="dim">{note.charAt(0).toUpperCase() + note.slice(1)}</p>}
    </li>
  );
}

function tookIn({ startedAt, finishedAt }: Lane, until: string | undefined): string {
  if (startedAt === undefined) return "";
  const end = finishedAt ?? until;
  const endMs = end === undefined ? Math.max(now.value, Date.now()) : Date.parse(end);
  return waited(endMs - Date.parse(startedAt));
}

/** Objects with one reason: it stands once, and which they are opens below it. */
function Alike({ lines }: { lines: readonly RunLine[] }) {
  const [isWhole, setWhole] = useState(false);
  const { state = "", text = "" } = lines[0] ?? {};
  const shown = isWhole ? lines : lines.slice(0, MANY);
  return (
    <li>
      <b>
        {lines.length} {kindOfLines(lines)}
      </b>{" "}
      <State word={state} as="bare" />{" "}
      <span class="why">
        <Timed text={text} />
      </span>
      <details class="alike">
        <summary>Which they are</summary>
        <ul>
          {shown.map(({ key, kind, name, id }) => (
            <li key={key}>
              <span class="dim">{kind}</span>{" "}
              <a class="mono" href={hrefOf(withQuery({ node: id }))}>
                {name}
              </a>
            </li>
          ))}
        </ul>
        {shown.length < lines.length && (
          <button type="button" class="link" onClick={() => setWhole(true)}>
            {lines.length - shown.length} more
          </button>
        )}
      </details>
    </li>
  );
}

function Line({ line: { id, kind, name, hook, state, text } }: { line: RunLine }) {
  const isOpen = place.value.query.get("log") === id;
  return (
    <li>
      <span class="dim">{kind}</span>{" "}
      <a class="mono" href={hrefOf(withQuery({ node: id }))}>
        {name}
      </a>{" "}
      <State word={state} as="bare" />{" "}
      {text !== "" && (
        <span class="why">
          <Timed text={text} />
        </span>
      )}
      {hook !== undefined && LOGGED.has(kind) && (
        <button
          type="button"
          class="link"
          aria-expanded={isOpen}
          aria-label={`Log of ${kind} ${name}`}
          onClick={() => go(withQuery({ log: isOpen ? undefined : id }), "replace")}
        >
          Log
        </button>
      )}
    </li>
  );
}
