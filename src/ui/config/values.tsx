/** What charts are given as values and kustomizations set, and where each comes from. */
import { useState } from "preact/hooks";
import type { Application } from "../../core/model/application.ts";
import {
  type ApplicationValues,
  fromWords,
  isChanged,
  type SourceValue,
  type ToldValue,
  type ValueFrom,
  type ValueLayer,
  valuePath,
  valueWords,
} from "../../core/model/source-values.ts";
import { defined } from "../../lib/defined.ts";
import { ourPathOf } from "../application/paths.ts";
import { AsCli } from "../components/as-cli.tsx";
import { type Answer, Asked, useAsked } from "../components/asked.tsx";
import { Table } from "../components/table.tsx";
import { ask } from "../store/daemon.ts";
import { go, place, withQuery } from "../store/route.ts";
import { keyOf, shortOf } from "../words/app-words.ts";
import { webAddress } from "../words/web-links.ts";
import { WebLink } from "./facts.tsx";

const STEP = 200;

export function Values({ app }: { app: Application }) {
  const { revision, revisions } = app.status?.sync ?? {};
  const answer = useAsked(
    (signal) => ask<ApplicationValues>("GET", ourPathOf(app, "values"), { signal }),
    // What is compared now, and how it is written.
    [keyOf(app), revision, revisions?.join(), JSON.stringify(app.spec.source ?? app.spec.sources)],
  );
  const shown = place.value.query.get("values") === "all" ? "all" : "changed";
  const words = place.value.query.get("value") ?? "";
  return (
    <>
      <search class="history-tools">
        <input
          type="search"
          aria-label="Find in the values"
          placeholder="Find: a name, a value, a file"
          value={words}
          onInput={(event) => go(withQuery({ value: event.currentTarget.value || undefined }), "replace")}
        />
        {hasDefaults(answer) && (
          <button
            type="button"
            class="chip"
            aria-pressed={shown === "changed"}
            onClick={() => go(withQuery({ values: shown === "changed" ? "all" : undefined }), "push")}
          >
            Without defaults of charts
          </button>
        )}
      </search>
      <Asked answer={answer} waiting="Reading the values">
        {(values) =>
          values.sources.length === 0 ? (
            <p class="dim">No source is a chart or a kustomization.</p>
          ) : (
            values.sources.map((of) => (
              <OfSource
                key={`${of.source} ${shown} ${words}`}
                all={values}
                of={of}
                shown={shown}
                words={words}
              />
            ))
          )
        }
      </Asked>
      <AsCli words={["app", "values", keyOf(app), ...(shown === "changed" ? ["--changed"] : [])]} />
    </>
  );
}

/** While they are asked for too, so that nothing moves where there are any. */
function hasDefaults(answer: Answer<ApplicationValues>): boolean {
  if (answer.is !== "answered") return answer.is === "asking";
  return answer.value.sources.some(({ layers }) => layers.some(({ is }) => is === "chart"));
}

function OfSource({
  all,
  of,
  shown,
  words,
}: {
  all: ApplicationValues;
  of: ApplicationValues["sources"][number];
  shown: "all" | "changed";
  words: string;
}) {
  const [most, setMost] = useState(STEP);
  const { layers, values, total, charts } = of;
  const meant = words.toLowerCase().split(/\s+/).filter(Boolean);
  const found = values.filter((one) => {
    if (shown === "changed" && !isChanged(one, layers)) return false;
    const text = `${valuePath(one.path)} ${isWords(one)} ${fromWords(one, layers)}`.toLowerCase();
    return meant.every((word) => text.includes(word));
  });
  const absent = layers.flatMap((layer) => (layer.state === "absent" && "path" in layer ? [layer.path] : []));
  const closed = layers.filter(({ state }) => state === "closed");
  return (
    <>
      {all.sources.length > 1 && <h3 class="small">Source {of.source + 1}</h3>}
      <p class="dim">
        {found.length === total ? `All ${total}` : `${found.length} of ${total}`} values
        {values.length < total && `, of which the first ${values.length} are looked through`}
        {charts.length > 0 && `; defaults of ${charts.join(", ")} are in those charts and not here`}.
      </p>
      {absent.length > 0 && <p class="dim">Not there, and need not be: {absent.join(", ")}.</p>}
      {closed.map((_, at) => (
        <p key={at} class="warning-word">
          A file or parameter of these cannot be read as values: the render says why.
        </p>
      ))}
      <Table<SourceValue>
        items={found.slice(0, most)}
        keyOf={({ path, is }) => `${is} ${JSON.stringify(path)}`}
        none={shown === "changed" && words === "" ? "Nothing but defaults of charts." : "Nothing fits."}
        columns={[
          { head: "Value", as: "mono", cell: ({ path }) => valuePath(path) },
          {
            head: "Is",
            as: "mono",
            cell: (one) => (
              <>
                <Told told={one} is={one.is} />
                {one.was.length > 0 && (
                  <details>
                    <summary>
                      Was {one.was.length === 1 ? "another" : `${one.was.length} others`} before
                    </summary>
                    {one.was.map((was, at) => (
                      <div key={at}>
                        <Told told={was} is="given" /> <span class="dim">·</span>{" "}
                        <From from={was} of={of} all={all} />
                      </div>
                    ))}
                  </details>
                )}
              </>
            ),
          },
          { head: "From", cell: (one) => <From from={one} of={of} all={all} /> },
        ]}
      />
      {found.length > most && (
        <p>
          <button type="button" onClick={() => setMost(most + STEP)}>
            Show {Math.min(STEP, found.length - most)} more
          </button>
        </p>
      )}
    </>
  );
}

function isWords(one: SourceValue): string {
  return one.is === "deleted" ? "deleted" : valueWords(one);
}

function Told({ told, is }: { told: ToldValue; is: SourceValue["is"] }) {
  if (is === "deleted") return <span class="dim">deleted</span>;
  const words = valueWords(told);
  return "hidden" in told ? (
    <span class="dim">{words.slice(1, -1)}</span>
  ) : (
    <span class="value">{words}</span>
  );
}

/** In words, and where its file is in a browser at that revision. */
function From({
  from,
  of: { layers, source },
  all: { places },
}: {
  from: ValueFrom;
  of: ApplicationValues["sources"][number];
  all: ApplicationValues;
}) {
  const layer = layers[from.layer];
  const ref = layer?.is === "file" ? layer.ref : "";
  const at = ref === "" ? places[source] : places.find((one) => one.ref.replace(/^\$/, "") === ref);
  const isFile = layer?.is === "file" || (layer?.is === "chart" && layer.in === undefined);
  const to =
    isFile && at !== undefined && /^[0-9a-f]{40,64}$/.test(at.revision)
      ? webAddress(at.repoURL, {
          ...{ revision: at.revision, path: layer.path, is: "file" },
          ...defined({ line: from.line }),
        })
      : undefined;
  return (
    <span class="from" title={titleOf(layer, at?.revision)}>
      <WebLink to={layer?.is === "url" ? layer.url : to}>{fromWords(from, layers)}</WebLink>
    </span>
  );
}

function titleOf(layer: ValueLayer | undefined, revision: string | undefined): string | undefined {
  if (layer?.is === "chart" && layer.in !== undefined) return `${layer.path} in ${layer.in}`;
  if (revision === undefined || (layer?.is !== "file" && layer?.is !== "chart")) return undefined;
  return `${layer.path} at ${shortOf(revision)}`;
}
