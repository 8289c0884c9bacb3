/** What the page knows of the daemon: every application, its state, and whether that is of now. One stream feeds it. */
import { batch, computed, type Signal, signal } from "@preact/signals";
import type { ListedApplication } from "../../core/model/listed-application.ts";
import type { PageWords } from "../../core/model/page-words.ts";
import type { Problem } from "../../core/model/problem.ts";
import type { CountedSets } from "../words/sets-mark.ts";
import { ask, Refused, setToken } from "./daemon.ts";
import { came, hasLeft } from "./leaving.ts";
import { ListState } from "./list-state.ts";
import { followShared } from "./shared-stream.ts";

export interface Pause {
  of: "deletions" | "writes";
  text: string;
}

interface DaemonStatus {
  version: string;
  /** Who asks, as the daemon sees it. */
  asker: string;
  accounts: "on" | "off";
  ready: boolean;
  problems: Problem[];
  pauses: Pause[];
  clusters: { name: string; server: string }[];
  /** Absent: it follows none. */
  applicationSets?: CountedSets;
  home: { in: "files" | "cluster"; namespace: string };
  /** What whoever runs it has the page say. */
  page: PageWords;
}

export type Connection =
  | { is: "connecting"; word: "Connecting" | "Reconnecting" | "Paused" }
  | { is: "live"; word: "Live" }
  /** `since`: when something was heard last, milliseconds since 1970; undefined where nothing ever was. */
  | { is: "offline"; word: "Offline"; why: string; since: number | undefined }
  /** It wants to know who asks. */
  | { is: "locked"; word: "Locked"; wasTried: boolean };

/** A page that nobody looks at asks for nothing after so long. */
const HIDDEN_MS = 60_000;
/** A brake that somebody pulled is seen at once: the question costs the daemon nothing but its answer. */
const PAUSES_EVERY_MS = 2_000;
const STATUS_EVERY_MS = 15_000;
/** Seconds that are told go on as often, as on the command line. */
const MOMENT_MS = 5_000;
const LONGEST_PAUSE_MS = 15_000;
/** A stream that held so long was a good one. */
const LONG_ENOUGH_MS = 10_000;

export const connection = signal<Connection>({ is: "connecting", word: "Connecting" });
export const daemon = signal<DaemonStatus>({
  version: "",
  asker: "",
  accounts: "off",
  ready: true,
  problems: [],
  pauses: [],
  clusters: [],
  home: { in: "files", namespace: "" },
  page: { instance: "" },
});
/** By `namespace/name`; undefined until they were listed. */
export const known = signal<ReadonlyMap<string, ListedApplication> | undefined>(undefined);
export const applications = computed(() => [...(known.value?.values() ?? [])]);
/** Whether names alone could be of two: where all are in one namespace it is repeated nowhere. */
export const areNamespacesSeveral = computed(
  () => new Set(applications.value.map(({ metadata }) => metadata.namespace)).size > 1,
);
/** Milliseconds since 1970: what relative times are told by. */
export const now = signal(Date.now());
/** The same more often, for what is told by seconds: whoever reads it is drawn anew each time. */
export const moment = signal(Date.now());
/** The same by whole minutes, for what takes minutes to change: whoever draws a list by it does so once in each. */
export const minute = computed(() => Math.floor(now.value / 60_000) * 60_000);

/** Of those that somebody looks at: another number whenever anything of one is another. */
const versions = new Map<string, Signal<number | undefined>>();
let state: ListState | undefined;
/** Something of the list came since it was drawn. */
let isStale = false;
/** When the daemon said anything last: what is shown is as of then. */
let heardMs: number | undefined;

/** Of one application, shown in the list or not; undefined where there is none. @param key `namespace/name` */
export function versionOf(key: string): Signal<number | undefined> {
  const before = versions.get(key);
  if (before !== undefined) return before;
  const made = signal(state?.version(key));
  versions.set(key, made);
  return made;
}

function begin(list: ConstructorParameters<typeof ListState>[0]): void {
  heardMs = Date.now();
  state = new ListState(list);
  came();
  isStale = true;
  batch(() => {
    for (const [key, version] of versions) version.value = state?.version(key);
    draw();
    connection.value = { is: "live", word: "Live" };
  });
}

/** @throws {Error} where what was told does not follow on what is known */
function take(frame: unknown): void {
  if (typeof frame === "object" && frame !== null && "error" in frame)
    throw new Error("the daemon ended the stream");
  heardMs = Date.now();
  const shown = known.peek();
  const taken = state?.take(frame);
  if (taken === undefined || taken.is === "known") return;
  if (taken.is === "gap") throw new Error(taken.why);
  const hadToDraw = isStale;
  isStale ||= taken.changed.some((key) => state?.app(key) !== shown?.get(key));
  if (isStale && !hadToDraw) requestAnimationFrame(draw);
  batch(() => {
    for (const key of taken.changed) {
      const version = versions.get(key);
      if (version !== undefined) version.value = state?.version(key);
    }
  });
}

function draw(): void {
  if (!isStale) return;
  isStale = false;
  known.value = state?.applications();
}

async function readStatus(): Promise<DaemonStatus> {
  const status = await ask<DaemonStatus>("GET", "/api/holdfast/v1/status");
  // What is drawn was somebody else's, whoever asks first since they signed in.
  if (known.value !== undefined && status.asker !== daemon.value.asker) return anew();
  daemon.value = status;
  return status;
}

async function readPauses(): Promise<void> {
  const { items } = await ask<{ items: Pause[] }>("GET", "/api/holdfast/v1/pauses");
  heardMs = Date.now();
  // Written once: it is announced each time that it is written.
  if (JSON.stringify(items) !== JSON.stringify(daemon.value.pauses))
    daemon.value = { ...daemon.value, pauses: items };
}

let unlocked: (() => void) | undefined;

/** The token that the page was asked for. */
export function unlock(token: string): void {
  setToken(token);
  unlocked?.();
}

/** Somebody signed in beside this page. */
export function resume(): void {
  unlocked?.();
}

/** Follows the daemon for as long as the page is looked at. */
export async function run(): Promise<never> {
  setInterval(() => {
    now.value = Date.now();
    if (document.hidden || known.value === undefined) return;
    // The stream notices for itself that the daemon is gone, and says so.
    readStatus().catch(() => undefined);
  }, STATUS_EVERY_MS);
  setInterval(() => {
    if (!document.hidden && connection.value.is === "live") readPauses().catch(() => undefined);
  }, PAUSES_EVERY_MS);
  setInterval(() => {
    if (!document.hidden) moment.value = Date.now();
  }, MOMENT_MS);
  let failures = 0;
  let sinceMs: number | undefined;
  for (;;) {
    sinceMs = undefined;
    await visible();
    const leave = new AbortController();
    const stopWatching = whenHidden(HIDDEN_MS, () => leave.abort());
    try {
      const { asker } = await readStatus();
      await followShared(
        {
          list(list) {
            begin(list);
            sinceMs = performance.now();
          },
          frame: take,
        },
        asker,
        leave.signal,
      );
    } catch (failure) {
      // One that lies at once each time is not asked again at once each time.
      if (sinceMs !== undefined && performance.now() - sinceMs > LONG_ENOUGH_MS) failures = 0;
      if (leave.signal.aborted) {
        connection.value = { is: "connecting", word: "Paused" };
        continue;
      }
      if (failure instanceof Refused && failure.status === 401) {
        // Somebody logged out, perhaps in another tab: nothing of theirs stays, not even behind what is drawn.
        if (known.value !== undefined && hasLeft()) return await anew();
        connection.value = { is: "locked", word: "Locked", wasTried: failures > 0 };
        await new Promise<void>((resolve) => {
          unlocked = resolve;
        });
        failures = 1;
        continue;
      }
      failures += 1;
      await pause(failures, failure);
    } finally {
      stopWatching();
    }
  }
}

function anew(): Promise<never> {
  location.reload();
  return new Promise(() => undefined);
}

async function pause(failures: number, failure: unknown): Promise<void> {
  const pauseMs = Math.min(1_000 * 2 ** (failures - 1), LONGEST_PAUSE_MS);
  if (failures > 1 || known.value === undefined) {
    const why = failure instanceof Refused ? failure.message : "the daemon does not answer";
    const isShown = known.value !== undefined && heardMs !== undefined;
    // Said once, and not again with each try: whoever listens hears what changes.
    connection.value = {
      is: "offline",
      word: "Offline",
      since: isShown ? heardMs : undefined,
      why: isShown
        ? `Not connected since ${new Date(heardMs ?? 0).toISOString()}: ${why}. What you see is as it was then, and nothing can be done. It is asked again and again, and goes on by itself.`
        : `Not connected: ${why}. It is asked again and again, and goes on by itself.`,
    };
  } else connection.value = { is: "connecting", word: "Reconnecting" };
  await new Promise((resolve) => setTimeout(resolve, pauseMs));
}

function visible(): Promise<void> {
  if (!document.hidden) return Promise.resolve();
  return new Promise((resolve) =>
    document.addEventListener("visibilitychange", () => resolve(), { once: true }),
  );
}

/** Calls once the page was hidden for that long without a break. @returns stops watching */
function whenHidden(ms: number, then: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const watch = (): void => {
    clearTimeout(timer);
    timer = document.hidden ? setTimeout(then, ms) : undefined;
  };
  document.addEventListener("visibilitychange", watch);
  watch();
  return () => {
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", watch);
  };
}
