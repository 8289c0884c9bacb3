/** What the page asks for before the scripts that need it are there: each answer is taken once. */
import { ask } from "./daemon.ts";

const begun = new Map<string, Promise<unknown>>();

/** After it an answer is of another time, and whoever comes asks anew. */
const FRESH_MS = 5_000;

/** @param path of the API, as it will be asked for */
export function askEarly(path: string): void {
  const answer = ask("GET", path);
  // Whoever takes it is told; nobody else is.
  answer.catch(() => undefined);
  begun.set(path, answer);
  setTimeout(() => begun.delete(path), FRESH_MS);
}

/** The answer that is on its way, or another one. @throws {Refused} */
export function askOnce<T>(path: string, signal: AbortSignal): Promise<T> {
  const early = begun.get(path);
  begun.delete(path);
  return early === undefined ? ask<T>("GET", path, { signal }) : (early as Promise<T>);
}

/** From now on everything is asked for anew. */
export function forgetEarly(): void {
  begun.clear();
}
