/** What the Pods of an object write, as it comes. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Application } from "../../core/model/application.ts";
import { Scrolled } from "../components/scrolled.tsx";
import { lines as linesOf } from "../store/daemon.ts";
import { keyOf } from "../words/app-words.ts";
import { argoPathOf } from "./paths.ts";

interface Line {
  id: number;
  pod: string;
  text: string;
}

interface LogEntry {
  result?: { content: string; podName: string; last?: boolean };
  error?: { message: string };
}

/** The oldest go first. */
const MOST_LINES = 5_000;
const TAIL = 200;

export function LogView({
  app,
  of: { group, kind, namespace, name },
}: {
  app: Application;
  of: { group: string; kind: string; namespace: string; name: string };
}) {
  const [lines, setLines] = useState<readonly Line[]>([]);
  const [state, setState] = useState<{ is: "following" | "ended" } | { is: "cut"; why: string }>({
    is: "following",
  });
  const [filter, setFilter] = useState("");
  // What crashed says why in the run that ended, and the one after it has said nothing yet.
  const [run, setRun] = useState<"this" | "before">("this");
  const box = useRef<HTMLElement>(null);
  const stays = useRef(true);
  useEffect(() => {
    const leave = new AbortController();
    setLines([]);
    setState({ is: "following" });
    stays.current = true;
    const query = new URLSearchParams({
      ...(kind === "Pod" ? { podName: name } : { group, kind, resourceName: name }),
      ...{ namespace, tailLines: String(TAIL) },
      ...(run === "before" ? { previous: "true" } : { follow: "true" }),
    });
    void follow(`${argoPathOf(app, "logs")}&${query}`, leave.signal);
    return () => leave.abort();

    async function follow(path: string, signal: AbortSignal): Promise<void> {
      let id = 0;
      try {
        for await (const batch of linesOf<LogEntry>(path, signal)) {
          const said = batch.flatMap(({ result, error }): Line[] => {
            id += 1;
            if (error !== undefined) return [{ id, pod: "", text: error.message }];
            if (result === undefined || result.last === true) return [];
            return [{ id, pod: result.podName, text: result.content }];
          });
          setLines((before) => [...before, ...said].slice(-MOST_LINES));
        }
        if (!signal.aborted) setState({ is: "ended" });
      } catch (cause) {
        if (!signal.aborted)
          setState({ is: "cut", why: cause instanceof Error ? cause.message : String(cause) });
      }
    }
  }, [keyOf(app), group, kind, namespace, name, run]);
  useEffect(() => {
    const element = box.current;
    if (element !== null && stays.current) element.scrollTop = element.scrollHeight;
  }, [lines]);
  const wanted = filter.toLowerCase();
  const shown = wanted === "" ? lines : lines.filter(({ text }) => text.toLowerCase().includes(wanted));
  const hasPods = new Set(lines.map(({ pod }) => pod)).size > 1;
  return (
    <>
      <p class="row">
        <label>
          Find{" "}
          <input type="search" value={filter} onInput={(event) => setFilter(event.currentTarget.value)} />
        </label>
        <label>
          <input
            type="checkbox"
            checked={run === "before"}
            onChange={(event) => setRun(event.currentTarget.checked ? "before" : "this")}
          />
          Of the run before
        </label>
        <span class="dim">
          {state.is === "following" ? "Following" : state.is === "ended" ? "Ended" : ""} ·{" "}
          {shown.length === 1 ? "1 line" : `${shown.length} lines`}
        </span>
      </p>
      {state.is === "cut" && (
        <p class="refused" role="alert">
          {state.why}
        </p>
      )}
      <Scrolled
        as="log"
        label={`Log of ${kind} ${name}`}
        box={box}
        onScroll={({ scrollTop, scrollHeight, clientHeight }) => {
          stays.current = scrollHeight - scrollTop - clientHeight < 24;
        }}
      >
        {shown.map(({ id, pod, text }) => (
          <div key={id}>
            {hasPods && pod !== "" && <span class="dim">{pod} </span>}
            {text}
          </div>
        ))}
        {lines.length === 0 && state.is !== "cut" && <span class="dim">Nothing was written yet.</span>}
      </Scrolled>
    </>
  );
}
