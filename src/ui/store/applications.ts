/** What the page knows of the daemon: every application, its state, and whether that is of now. One stream feeds it. */
import { batch, computed, signal } from "@preact/signals";
import type { Application } from "../../core/model/application.ts";
import type { Problem } from "../../core/model/problem.ts";
import { keyOf } from "../words/app-words.ts";
import { ask, type Change, follow, Refused, setToken } from "./daemon.ts";
import { hrefOf, place, withQuery } from "./route.ts";

export interface Pause {
  of: "deletions" | "writes";
  text: string;
}

interface DaemonStatus {
  version: string;
  ready: boolean;
  problems: Problem[];
  pauses: Pause[];
}

export type Connection =
  | { is: "connecting"; word: "Connecting" | "Reconnecting" | "Paused" }
  | { is: "live"; word: "Live" }
  | { is: "offline"; word: "Offline"; why: string }
  /** It wants to know who asks. */
  | { is: "locked"; word: "Locked"; wasTried: boolean };

/** A page that nobody looks at asks for nothing after so long. */
const HIDDEN_MS = 60_000;
/** A brake that somebody pulled is seen at once: the question costs the daemon nothing but its answer. */
const PAUSES_EVERY_MS = 2_000;
const STATUS_EVERY_MS = 15_000;
const LONGEST_PAUSE_MS = 15_000;

export const connection = signal<Connection>({ is: "connecting", word: "Connecting" });
export const daemon = signal<DaemonStatus>({ version: "", ready: true, problems: [], pauses: [] });
/** By `namespace/name`; undefined until they were listed. */
export const known = signal<ReadonlyMap<string, Application> | undefined>(undefined);
export const applications = computed(() => [...(known.value?.values() ?? [])]);
/** Milliseconds since 1970: what relative times are told by. */
export const now = signal(Date.now());

/** Changes that came since the last drawing: many of one application are one. */
const waiting = new Map<string, Application | undefined>();

function take({ type, application }: Change): void {
  if (waiting.size === 0) requestAnimationFrame(apply);
  waiting.set(keyOf(application), type === "DELETED" ? undefined : application);
}

function apply(): void {
  const next = new Map(known.value);
  for (const [key, app] of waiting)
    if (app === undefined) next.delete(key);
    else next.set(key, app);
  waiting.clear();
  known.value = next;
}

async function readStatus(): Promise<void> {
  daemon.value = await ask<DaemonStatus>("GET", "/api/holdfast/v1/status");
}

async function readPauses(): Promise<void> {
  const { items } = await ask<{ items: Pause[] }>("GET", "/api/holdfast/v1/pauses");
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

/** Somebody else asks from now on. */
export function reload(): void {
  location.assign(hrefOf(place.value.path === "/login" ? "/applications" : withQuery({})));
  location.reload();
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
  let failures = 0;
  for (;;) {
    await visible();
    const leave = new AbortController();
    const stopWatching = whenHidden(HIDDEN_MS, () => leave.abort());
    try {
      await readStatus();
      await follow(
        {
          list(items) {
            failures = 0;
            waiting.clear();
            batch(() => {
              known.value = new Map(items.map((app) => [keyOf(app), app]));
              connection.value = { is: "live", word: "Live" };
            });
          },
          change: take,
        },
        leave.signal,
      );
    } catch (failure) {
      if (leave.signal.aborted) {
        connection.value = { is: "connecting", word: "Paused" };
        continue;
      }
      if (failure instanceof Refused && failure.status === 401) {
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

async function pause(failures: number, failure: unknown): Promise<void> {
  const pauseMs = Math.min(1_000 * 2 ** (failures - 1), LONGEST_PAUSE_MS);
  if (failures > 1 || known.value === undefined) {
    const why = failure instanceof Refused ? failure.message : "the daemon does not answer";
    const before = known.value === undefined ? "" : "What you see is as it was before. ";
    connection.value = {
      is: "offline",
      word: "Offline",
      why: `Not connected: ${why}. ${before}Trying again every ${Math.round(pauseMs / 1000)} s.`,
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
