/** What the Pods of an object write, as it comes: which of them, since when, and what of it. */
import { useMemo } from "preact/hooks";
import type { Application } from "../../core/model/application.ts";
import { AsCli } from "../components/as-cli.tsx";
import { note } from "../components/notes.tsx";
import { Ago } from "../components/time.tsx";
import { go, place, withQuery } from "../store/route.ts";
import { keyOf } from "../words/app-words.ts";
import type { Container } from "../words/containers.ts";
import type { Entry } from "../words/log-book.ts";
import { readFilter } from "../words/log-filter.ts";
import { type FollowedLog, useLog } from "./follow-log.ts";
import { type LogPod, MOST_PODS, usePods } from "./log-pods.ts";
import type { LOG_QUERY } from "./log-query.ts";
import { LogRows } from "./log-rows.tsx";
import { argoPathOf } from "./paths.ts";

const SINCE = [
  ["", "all that is kept"],
  ["60", "last minute"],
  ["300", "last 5 minutes"],
  ["3600", "last hour"],
  ["21600", "last 6 hours"],
  ["86400", "last day"],
] as const;
const TAILS = ["100", "500", "5000", "50000"] as const;
const TAIL = "500";
const ALL = "*";
const ROLES: Readonly<Record<Container["role"], string>> = {
  main: "",
  init: "init",
  sidecar: "sidecar",
  debug: "debug",
};

export function LogView({
  app,
  of: { group, kind, namespace, name },
}: {
  app: Application;
  of: { group: string; kind: string; namespace: string; name: string };
}) {
  const { query } = place.value;
  const set = (changes: Partial<Record<(typeof LOG_QUERY)[number], string | undefined>>): void =>
    go(withQuery(changes), "replace");
  const answer = usePods(app, `${group}/${kind}/${namespace}/${name}`);
  const { pods, more } = answer.is === "answered" ? answer.value : { pods: [], more: 0 };
  const containers = useMemo(() => allOf(pods), [pods]);
  // Of more than are read at once, one; else all.
  const pod = query.get("pod") ?? (more > 0 ? pods[0]?.name : undefined);
  const asked = query.get("container") ?? undefined;
  const since = query.get("since") ?? "";
  const tail = TAILS.find((one) => one === query.get("tail")) ?? TAIL;
  const run = query.get("before") === "yes" ? "before" : "this";
  const times = query.get("times") === "yes";
  const wrap = query.get("wrap") !== "no";
  const find = query.get("line") ?? "";
  const read = useMemo(() => readFilter(find), [find]);
  const shownPods = pods.filter((one) => pod === undefined || one.name === pod);
  const chosen = asked ?? containers.find(({ role }) => role === "main")?.name;
  const asks = new URLSearchParams({
    ...(pod !== undefined
      ? { podName: pod }
      : kind === "Pod"
        ? { podName: name }
        : { group, kind, resourceName: name }),
    ...{ namespace, tailLines: tail },
    ...(asked === ALL ? { allContainers: "true" } : asked === undefined ? {} : { container: asked }),
    ...(/^\d{1,9}$/.test(since) ? { sinceSeconds: since } : {}),
    ...(run === "before" ? { previous: "true" } : { follow: "true" }),
  });
  const isMeant = (container: Container): boolean =>
    asked === ALL || container.name === (chosen ?? container.name);
  // What begins is followed from there on: of one that had not begun, or of a run that ended, nothing more comes.
  const log = useLog(
    argoPathOf(app, "logs"),
    asks,
    shownPods.map((one) => ({ ...one, containers: one.containers.filter(isMeant) })),
  );
  const { book, state } = log;
  const filter = read.is === "filter" ? read.filter : undefined;
  book.want(filter);
  const count = book.shown.length;
  return (
    <div class="log-view">
      {containers.length > 1 && (
        <fieldset class="log-containers" aria-label="Containers">
          {[...containers.map((one) => one.name), ALL].map((one) => (
            <button
              key={one}
              type="button"
              class="chip"
              aria-pressed={one === (asked ?? chosen)}
              onClick={() => set({ container: one })}
            >
              {one === ALL ? "All containers" : one}
              <Role of={containers.find((container) => container.name === one)} />
            </button>
          ))}
        </fieldset>
      )}
      <div class="row log-tools">
        <label class="find">
          Find{" "}
          <input
            type="search"
            value={find}
            placeholder="text, /regex/, !not"
            aria-invalid={read.is === "broken"}
            onInput={(event) => set({ line: event.currentTarget.value })}
          />
        </label>
        {(pods.length > 1 || more > 0) && (
          <label>
            Pod{" "}
            <select value={pod ?? ""} onChange={(event) => set({ pod: event.currentTarget.value })}>
              {more === 0 && <option value="">all {pods.length}</option>}
              {pods.map((one) => (
                <option key={one.name} value={one.name}>
                  {one.name}
                </option>
              ))}
            </select>
          </label>
        )}
        <label>
          Since{" "}
          <select value={since} onChange={(event) => set({ since: event.currentTarget.value })}>
            {SINCE.map(([value, word]) => (
              <option key={value} value={value}>
                {word}
              </option>
            ))}
          </select>
        </label>
        <label>
          Last{" "}
          <select value={tail} onChange={(event) => set({ tail: event.currentTarget.value })}>
            {TAILS.map((one) => (
              <option key={one} value={one}>
                {Number(one).toLocaleString("en")} lines
              </option>
            ))}
          </select>
        </label>
      </div>
      <div class="row log-tools">
        <Toggle
          label="Previous container"
          is={run === "before"}
          onTurn={(is) => set({ before: is ? "yes" : undefined })}
        />
        <Toggle label="Times" is={times} onTurn={(is) => set({ times: is ? "yes" : undefined })} />
        <Toggle label="Wrap" is={wrap} onTurn={(is) => set({ wrap: is ? undefined : "no" })} />
        <button type="button" class="link" onClick={() => void copy(book.shown)}>
          Copy
        </button>
        <button type="button" class="link" onClick={() => download(book.shown, `${pod ?? name}.log`)}>
          Download
        </button>
        <span class="dim status">
          {STATES[state.is]}
          {count === 1 ? "1 line" : `${count.toLocaleString("en")} lines`}
          {count < book.size && ` of ${book.size.toLocaleString("en")}`}
        </span>
      </div>
      {read.is === "broken" && (
        <p class="refused" role="alert">
          {read.why}
        </p>
      )}
      {more > 0 && (
        <p class="dim">
          It has {MOST_PODS + more} Pods, and {MOST_PODS} are read at once: choose one. Those that are not
          listed are in Resources.
        </p>
      )}
      {shownPods.map((one) => (
        <NotThere
          key={`${one.name} ${one.uid}`}
          pod={one}
          only={asked === ALL ? undefined : chosen}
          named={shownPods.length > 1}
        />
      ))}
      {state.is === "cut" && (
        <p class="refused" role="alert">
          {state.why}
        </p>
      )}
      <LogRows
        label={`Log of ${kind} ${name}`}
        log={log}
        filter={filter}
        wrap={wrap}
        columns={{ times, pods: pod === undefined && shownPods.length > 1, containers: asked === ALL }}
        empty={emptyWords(log, find)}
      />
      <AsCli words={command(app, { kind, group, name, namespace, pod, asked, since, tail, run, times })} />
    </div>
  );
}

const STATES = { asking: "Asking · ", following: "Following · ", ended: "Ended · ", cut: "" } as const;

function emptyWords({ book, state }: FollowedLog, find: string): string {
  if (state.is === "cut") return "";
  if (book.size > 0) return `None of ${book.size.toLocaleString("en")} lines holds ${find}.`;
  if (state.is === "asking") return "Asking for it…";
  // The daemon follows it: what there is of it may be on its way still.
  return state.is === "ended" ? "Nothing was written." : "No line has come yet.";
}

function Role({ of }: { of: Container | undefined }) {
  if (of === undefined) return null;
  const words = [
    ROLES[of.role],
    of.state.is === "waiting" ? "waits" : of.state.is === "ended" && of.role !== "init" ? "ended" : "",
    of.restarts > 0 ? `${of.restarts} restart${of.restarts === 1 ? "" : "s"}` : "",
  ].filter(Boolean);
  return words.length === 0 ? null : <span class="dim"> {words.join(" · ")}</span>;
}

function Toggle({ label, is, onTurn }: { label: string; is: boolean; onTurn(is: boolean): void }) {
  return (
    <label>
      <input type="checkbox" checked={is} onChange={(event) => onTurn(event.currentTarget.checked)} /> {label}
    </label>
  );
}

/** `CrashLoopBackOff`, `ErrImagePull`, `InvalidImageName`, `CreateContainerConfigError`: no way to a start. */
const FAILED_START = /^\w*(?:BackOff|Err|Invalid)/;

/** Why there is nothing to read of a Pod yet: how its containers stand, and what happened to it last. */
function NotThere({ pod, only, named }: { pod: LogPod; only: string | undefined; named: boolean }) {
  const waiting = pod.containers.filter(
    ({ name, state }) => state.is === "waiting" && (only === undefined || name === only),
  );
  if (waiting.length === 0 && pod.notPlaced === "") return null;
  const { lastEvent } = pod;
  return (
    <p
      class="words"
      data-tone={waiting.some(({ state }) => FAILED_START.test(state.why)) ? "bad" : "moving"}
      role="status"
    >
      {named && <b>{pod.name} </b>}
      {pod.notPlaced !== "" ? (
        <>is on no node. {pod.notPlaced}</>
      ) : (
        waiting
          .map(({ name, state }) => `${name} waits to start${state.why === "" ? "" : `: ${state.why}`}`)
          .join("\n")
      )}
      {lastEvent !== undefined && (
        <>
          {"\n"}
          <span class="dim">Last {lastEvent.is}</span> {lastEvent.reason}: {lastEvent.message}{" "}
          {lastEvent.at !== "" && <Ago at={lastEvent.at} />}
        </>
      )}
    </p>
  );
}

/** Of several Pods, those of all of them, each once. */
function allOf(pods: readonly LogPod[]): Container[] {
  const byName = new Map<string, Container>();
  for (const { containers } of pods)
    for (const one of containers) {
      const known = byName.get(one.name);
      // The one that is worst off says how it stands.
      if (known === undefined || one.state.is === "waiting" || one.restarts > known.restarts)
        byName.set(one.name, one);
    }
  return [...byName.values()];
}

interface Chosen {
  kind: string;
  group: string;
  name: string;
  namespace: string;
  pod: string | undefined;
  asked: string | undefined;
  since: string;
  tail: string;
  run: "this" | "before";
  times: boolean;
}

function command(
  app: Application,
  { kind, group, name, namespace, pod, asked, since, tail, run, times }: Chosen,
): string[] {
  const one = pod ?? (kind === "Pod" ? name : undefined);
  const flag = (word: string, value: string): string[] => (value === "" ? [] : [word, value]);
  return [
    ...["app", "logs", keyOf(app)],
    ...(one !== undefined
      ? [one]
      : [...flag("--kind", kind), ...flag("--group", group), ...flag("--name", name)]),
    ...flag("--namespace", namespace),
    ...(asked === ALL ? ["--all-containers"] : flag("-c", asked ?? "")),
    ...(since === "" ? [] : ["--since", `${since}s`]),
    ...["--tail", tail],
    ...(run === "before" ? ["--previous"] : ["-f"]),
    ...(times ? ["--timestamps"] : []),
  ];
}

function textOf(shown: readonly Entry[]): string {
  const pods = new Set(shown.flatMap(({ is, pod }) => (is === "break" ? [] : [pod]))).size > 1;
  return shown
    .map(({ pod, container, text }) =>
      [pods ? pod : "", container, text].filter((one) => one !== "").join(" "),
    )
    .join("\n");
}

async function copy(shown: readonly Entry[]): Promise<void> {
  try {
    await navigator.clipboard.writeText(textOf(shown));
    note("good", `Copied ${shown.length === 1 ? "1 line" : `${shown.length.toLocaleString("en")} lines`}`);
  } catch {
    note("bad", "This browser lets nothing be copied here. Download it instead");
  }
}

function download(shown: readonly Entry[], name: string): void {
  const url = URL.createObjectURL(new Blob([`${textOf(shown)}\n`], { type: "text/plain" }));
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  // After the browser has begun with it.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
