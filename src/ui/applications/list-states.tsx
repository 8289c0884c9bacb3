/** What stands in place of the list, or above it: an answer, that it still comes, that there is nothing, that nothing is like that. */
import { useEffect, useState } from "preact/hooks";
import { FACET_NAMES, unknownNames } from "../../core/model/app-query.ts";
import { lateSince } from "../../core/model/late.ts";
import type { ListedApplication } from "../../core/model/listed-application.ts";
import { pageOf } from "../application/paths.ts";
import { AsCli, copy } from "../components/as-cli.tsx";
import { FromNow, Timed } from "../components/time.tsx";
import { connection, daemon, minute } from "../store/applications.ts";
import { favourites } from "../store/favourites.ts";
import { go, hrefOf, withQuery } from "../store/route.ts";
import { healthOf, keyOf, standing, summary, syncOf } from "../words/app-words.ts";
import { createWords, manifestLines } from "../words/first-application.ts";
import { parseSort, sorted } from "./order.ts";
import { narrowest } from "./query.ts";

/** What comes sooner is not announced. */
const SOON_MS = 150;
const SKELETON_ROWS = 12;

/** Nothing was listed yet: it still comes, or why it does not. */
export function NotYet() {
  const state = connection.value;
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), SOON_MS);
    return () => clearTimeout(timer);
  }, []);
  if (state.is === "offline")
    return (
      <>
        <h1 tabIndex={-1}>The applications cannot be shown</h1>
        <p class="dim">
          Does the daemon run, and is its address that of this page? On its machine{" "}
          <code>holdfast status</code> says so. This page goes on by itself.
        </p>
      </>
    );
  return (
    <>
      <h1 tabIndex={-1}>Asking the daemon</h1>
      {isLate && (
        <div class="skeleton" aria-hidden="true">
          {Array.from({ length: SKELETON_ROWS }, (_, at) => (
            <div key={at}>
              <i />
              <i />
              <i />
            </div>
          ))}
        </div>
      )}
    </>
  );
}

/** The first line is an answer, and the second leads to what is worst. */
export function Answer({ apps }: { apps: readonly ListedApplication[] }) {
  const isReady = daemon.value.ready;
  const state = connection.value;
  const text = isReady
    ? summary(apps, minute.value)
    : `Looking at ${apps.length === 1 ? "1 application" : `${apps.length} applications`} for the first time`;
  const attention = sorted(
    apps.filter((app) => standing(app, minute.value) === "attention"),
    parseSort(null),
    minute.value,
  );
  return (
    <>
      <h1 id="summary" tabIndex={-1}>
        {state.is === "offline" && state.since !== undefined && (
          <Timed text={`As of ${new Date(state.since).toISOString()}: `} />
        )}
        {text}
      </h1>
      {attention.length > 0 && apps.length > 1 && (
        <p class="attention">
          {attention.slice(0, 5).map((app, at) => (
            <span key={keyOf(app)}>
              {at === 0 ? "" : " · "}
              <a href={hrefOf(pageOf(app))}>{app.metadata.name}</a> <Trouble of={app} />
            </span>
          ))}
          {attention.length > 5 && (
            <>
              {" · "}
              <a href={hrefOf(withQuery({ q: "is:attention" }))}>and {attention.length - 5} more</a>
            </>
          )}
        </p>
      )}
    </>
  );
}

/** In a word or two: its state, or since when it waits where that is too long. */
function Trouble({ of: app }: { of: ListedApplication }) {
  const late = healthOf(app) === "Degraded" ? undefined : lateSince(app, minute.value);
  if (late === undefined) return <>{healthOf(app) === "Healthy" ? syncOf(app) : healthOf(app)}</>;
  return <FromNow text={`waits since ${late}`} />;
}

export function NothingFound({ apps, line }: { apps: readonly ListedApplication[]; line: string }) {
  const unknown = unknownNames(line);
  return (
    <div class="panel">
      <h2>None of {apps.length} is like that</h2>
      {unknown.length > 0 && (
        <p>
          <code>{unknown.join(" ")}</code> is looked for as text: what is asked by name is{" "}
          {FACET_NAMES.map((name) => `${name}:`).join(", ")}.
        </p>
      )}
      <p class="row">
        {narrowest(line, apps, { favourites: favourites.value, nowMs: minute.value }).map(
          ({ part, without, finds }) => (
            <button key={part} type="button" onClick={() => go(withQuery({ q: without }), "push")}>
              Without {part}: {finds}
            </button>
          ),
        )}
        <button type="button" onClick={() => go(withQuery({ q: undefined }), "push")}>
          Show all
        </button>
      </p>
    </div>
  );
}

export function Empty() {
  const { home, clusters } = daemon.value;
  const cluster = clusters[0]?.name ?? "in-cluster";
  const lines = manifestLines({ ...home, cluster });
  return (
    <section class="panel first">
      <h2>How to add one</h2>
      <p>
        {home.in === "cluster" ? (
          <>
            Applications are custom resources of the home cluster. With <code>kubectl</code> there:
          </>
        ) : (
          <>
            Put a manifest into one of the folders that <code>applications:</code> names in the config, such
            as:
          </>
        )}
      </p>
      <pre class="manifest">{lines}</pre>
      <p class="row">
        <button type="button" onClick={() => void copy(lines, "the manifest")}>
          Copy
        </button>
      </p>
      <p>
        {home.in === "cluster" ? "By the API, which writes it there:" : "Without a file, kept by the daemon:"}
      </p>
      <AsCli words={createWords({ cluster })} />
      <p>
        Or <a href={hrefOf("/new/application")}>fill in a form</a>, which shows first what it would make. It
        appears here by itself.
      </p>
    </section>
  );
}
