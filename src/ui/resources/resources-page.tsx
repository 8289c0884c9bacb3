/** Objects of all applications: which application has what, found by what one knows of it. */
import { useEffect, useRef, useState } from "preact/hooks";
import { wordsOf } from "../../core/model/app-query.ts";
import type { FoundResource } from "../../core/model/found-resource.ts";
import { AsCli, copy } from "../components/as-cli.tsx";
import { FindLine } from "../components/find-line.tsx";
import { keptViews } from "../components/kept-views.ts";
import { ViewsMenu } from "../components/views-menu.tsx";
import { ask } from "../store/daemon.ts";
import { go, place, withQuery } from "../store/route.ts";
import { foundCsv } from "../words/found-table.ts";
import { keyOfResource, ResourceRows } from "./resource-rows.tsx";

interface Page {
  items: FoundResource[];
  total: number;
  cursor?: string;
}

type Found =
  | { is: "asking" }
  | { is: "found"; line: string; items: readonly FoundResource[]; total: number; cursor: string | undefined }
  | { is: "refused"; why: string };

const PAGE = 200;
/** Who types is asked for once. */
const PAUSE_MS = 150;
/** What others make comes and goes without a word to the page. */
const AGAIN_MS = 30_000;
const KEPT = keptViews("resources");
const EXAMPLES = ["kind:pod", "health:degraded", "image:nginx", "is:orphan"];

export function ResourcesPage() {
  const line = place.value.query.get("q") ?? "";
  const [found, more] = useFound(line);
  return (
    <>
      <h1 tabIndex={-1}>Resources</h1>
      <p class="attention">What applications have on their clusters, and what was made of it.</p>
      <Line line={line} found={found} />
      {found.is === "asking" && <p class="dim soon">Asking the daemon…</p>}
      {found.is === "refused" && (
        <p class="refused" role="alert">
          {found.why}
        </p>
      )}
      {found.is === "found" &&
        (found.items.length === 0 ? (
          <Nothing line={found.line} />
        ) : (
          <>
            <ResourceRows
              items={found.items}
              total={found.total}
              onEnd={found.cursor === undefined ? undefined : more}
            />
            <Copies {...found} />
          </>
        ))}
      <AsCli words={traceWords(line)} />
    </>
  );
}

function Line({ line, found }: { line: string; found: Found }) {
  return (
    <div class="find">
      <FindLine line={line} placeholder="name, kind:pod, ns:shop, image:nginx, app:web" most={500} />
      <span class="dim" role="status">
        {found.is === "found" && (found.total === 1 ? "1 object" : `${found.total} objects`)}
      </span>
      <div class="tools">
        <ViewsMenu kept={KEPT} path="/resources" />
      </div>
      <div class="chips">
        <fieldset class="chip-group">
          <legend>For example</legend>
          {EXAMPLES.map((word) => (
            <button
              key={word}
              type="button"
              class="chip mono"
              aria-pressed={wordsOf(line).includes(word)}
              onClick={() => go(withQuery({ q: toggled(line, word) }), "push")}
            >
              {word}
            </button>
          ))}
        </fieldset>
      </div>
    </div>
  );
}

/** What is listed so far, which may be less than what was found. */
function Copies({ items, total }: { items: readonly FoundResource[]; total: number }) {
  const which =
    items.length < total
      ? `the first ${items.length} of ${total}`
      : total === 1
        ? "the one found"
        : `all ${total}`;
  return (
    <p class="row">
      <span class="dim">Copy {which}</span>
      <button type="button" class="link" onClick={() => void copy(foundCsv(items), `${items.length} as CSV`)}>
        as CSV
      </button>
      <button
        type="button"
        class="link"
        onClick={() => void copy(JSON.stringify(items, null, 2), `${items.length} as JSON`)}
      >
        as JSON
      </button>
    </p>
  );
}

function Nothing({ line }: { line: string }) {
  return line === "" ? (
    <p class="dim">No application that you may see has any.</p>
  ) : (
    <p>
      No object is like that.{" "}
      <button type="button" class="link" onClick={() => go(withQuery({ q: undefined }), "push")}>
        Show all
      </button>{" "}
      <span class="dim">
        What is no application's is found where a project is told of orphans; <code>holdfast trace</code> says
        why something is nobody's.
      </span>
    </p>
  );
}

function useFound(line: string): [Found, () => void] {
  const [found, setFound] = useState<Found>({ is: "asking" });
  const asked = useRef<AbortController | undefined>(undefined);
  useEffect(() => {
    const leave = new AbortController();
    asked.current = leave;
    let timer: ReturnType<typeof setTimeout>;
    const look = async (most: number): Promise<void> => {
      try {
        const { items, total, cursor } = await pageOf(line, most, 0, leave.signal);
        if (leave.signal.aborted) return;
        // Whoever read on is not thrown back to the first ones.
        setFound((before) =>
          before.is === "found" && before.line === line && before.items.length > items.length
            ? { ...before, total }
            : { is: "found", line, items, total, cursor },
        );
      } catch (cause) {
        if (leave.signal.aborted) return;
        const why = cause instanceof Error ? cause.message : String(cause);
        // What is shown stands: that the daemon does not answer is said above it.
        setFound((before) =>
          before.is === "found" && before.line === line && cause instanceof TypeError
            ? before
            : { is: "refused", why },
        );
      }
      if (!leave.signal.aborted) timer = setTimeout(() => void again(), AGAIN_MS);
    };
    const again = (): Promise<void> => (document.hidden ? wait() : look(PAGE));
    const wait = async (): Promise<void> => {
      timer = setTimeout(() => void again(), AGAIN_MS);
    };
    timer = setTimeout(() => void look(PAGE), PAUSE_MS);
    return () => {
      clearTimeout(timer);
      leave.abort();
    };
  }, [line]);
  const isReading = useRef(false);
  const more = (): void => {
    const { current: leave } = asked;
    if (found.is !== "found" || found.line !== line || found.cursor === undefined || isReading.current)
      return;
    if (leave === undefined) return;
    isReading.current = true;
    pageOf(line, PAGE, Number(found.cursor), leave.signal)
      .then(({ items, total, cursor }) => {
        if (leave.signal.aborted) return;
        setFound((before) =>
          before.is === "found" && before.line === line
            ? { ...before, items: distinct([...before.items, ...items]), total, cursor }
            : before,
        );
      })
      // It is asked for again when the end is seen again.
      .catch(() => undefined)
      .finally(() => {
        isReading.current = false;
      });
  };
  return [found, more];
}

function pageOf(line: string, limit: number, cursor: number, signal: AbortSignal): Promise<Page> {
  const query = new URLSearchParams({ q: line, limit: String(limit), cursor: String(cursor) });
  return ask<Page>("GET", `/api/holdfast/v1/resources?${query}`, { signal });
}

/** What came meanwhile moves what follows: none is there twice. */
function distinct(items: readonly FoundResource[]): FoundResource[] {
  return [...new Map(items.map((item) => [keyOfResource(item), item])).values()];
}

function toggled(line: string, word: string): string {
  const words = wordsOf(line);
  return (words.includes(word) ? words.filter((one) => one !== word) : [...words, word]).join(" ");
}

/** By the command line one object is asked for. */
function traceWords(line: string): string[] {
  const words = wordsOf(line).map((word) => word.replaceAll('"', ""));
  const of = (...facets: string[]): string | undefined =>
    facets.flatMap((facet) =>
      words.filter((word) => word.startsWith(`${facet}:`)).map((word) => word.slice(facet.length + 1)),
    )[0];
  const name = of("name") ?? words.find((word) => !/^-|:/.test(word)) ?? "NAME";
  const [namespace, cluster] = [of("ns", "namespace"), of("cluster")];
  return [
    "trace",
    `${of("kind") ?? "Pod"}/${name}`,
    ...(namespace ? ["-n", namespace] : []),
    ...(cluster ? ["--cluster", cluster] : []),
  ];
}
