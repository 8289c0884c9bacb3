import { type Application, keyOfApp } from "../../core/model/application.ts";
import { type Backoff, backoffMs } from "../../lib/backoff.ts";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-codes.ts";
import type { Client, Query } from "./client.ts";

export interface AppChange {
  type: "ADDED" | "MODIFIED" | "DELETED";
  application: Application;
}

/** The daemon sends an empty line every 15 s: a stream that is silent for longer is dead. */
const SILENCE_MS = 45_000;
const PAUSES: Backoff = { firstMs: 500, mostMs: 5_000 };
/** A daemon that restarts is back by then. */
const GIVE_UP_MS = 60_000;

export interface FollowOptions {
  signal: AbortSignal;
  /** A sentence when the connection is lost, and when it is back. */
  note(text: string): void;
  /** Those that were seen before: one that is not told at the beginning is told as DELETED. */
  known?: Iterable<Application>;
}

/**
 * The applications as they are now, then every change. A broken stream is opened again, and then tells all of them again:
 * an application that went away meanwhile is told as DELETED.
 *
 * @throws the signal's reason; {CliError} unreachable after a minute without a connection, and what the API refuses
 */
export async function* followApps(
  client: Client,
  query: Query,
  { signal, note, known: before = [] }: FollowOptions,
): AsyncGenerator<AppChange> {
  const known = new Map([...before].map((app) => [keyOfApp(app) as string, app]));
  let lostMs: number | undefined;
  let failures = 0;
  for (;;) {
    const silence = new AbortController();
    const either = AbortSignal.any([signal, silence.signal]);
    const hang = setTimeout(() => silence.abort(), SILENCE_MS);
    const told = new Set<string>();
    let signs = 0;
    try {
      for await (const line of client.lines("/api/v1/stream/applications", query, either)) {
        hang.refresh();
        if (lostMs !== undefined) {
          note(`Connected to ${client.url} again.`);
          lostMs = undefined;
          failures = 0;
        }
        if (line === "") {
          // The first sign says that the stream is open, then comes everything there is, well before the second sign.
          signs += 1;
          if (signs === 2) yield* gone(known, told);
          continue;
        }
        const { result: change } = JSON.parse(line) as { result?: AppChange };
        // Why it ends: opened again it is refused, or tells what is left.
        if (change === undefined) break;
        const key: string = keyOfApp(change.application);
        told.add(key);
        if (change.type === "DELETED") known.delete(key);
        else known.set(key, change.application);
        yield change;
      }
    } catch (cause) {
      signal.throwIfAborted();
      if (!silence.signal.aborted && !isConnectionLost(cause)) throw cause;
      if (lostMs !== undefined && performance.now() - lostMs > GIVE_UP_MS) throw cause;
    } finally {
      clearTimeout(hang);
    }
    if (lostMs === undefined) {
      lostMs = performance.now();
      note(`The connection to ${client.url} is lost. Trying again.`);
    }
    failures += 1;
    await pause(backoffMs(failures, PAUSES), signal);
  }
}

function* gone(known: Map<string, Application>, told: ReadonlySet<string>): Generator<AppChange> {
  for (const [key, application] of [...known]) {
    if (told.has(key)) continue;
    known.delete(key);
    yield { type: "DELETED", application };
  }
}

function isConnectionLost(cause: unknown): boolean {
  return cause instanceof CliError && cause.code === EXIT.unreachable;
}

/** Rejects with the signal's reason. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const stop = (): void => reject(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}
