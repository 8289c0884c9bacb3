/** What was asked for and has not ended: how it ended is said when the daemon tells. */
import { effect } from "@preact/signals";
import type { ListedApplication } from "../../core/model/listed-application.ts";
import { note } from "../components/notes.tsx";
import { endWords, isRunning, keyOf } from "../words/app-words.ts";
import { known } from "./applications.ts";

const awaited = new Map<string, { what: string; before: string }>();

/** @param what as its end is told: `Sync`, `Rollback to 3` @param ask asks the daemon for it */
export async function asking(
  app: ListedApplication,
  what: string,
  ask: () => Promise<unknown>,
): Promise<void> {
  const key = keyOf(app);
  // As the list has it: by that its end is known.
  awaited.set(key, { what, before: stateOf(known.peek()?.get(key) ?? app) });
  try {
    await ask();
  } catch (cause) {
    awaited.delete(key);
    throw cause;
  }
}

function stateOf({ status }: ListedApplication): string {
  return JSON.stringify(status?.operationState ?? null);
}

export function tellEnds(): void {
  effect(() => {
    const apps = known.value;
    for (const [key, { what, before }] of awaited) {
      const app = apps?.get(key);
      const state = app?.status?.operationState;
      if (app === undefined || state === undefined || isRunning(app) || stateOf(app) === before) continue;
      awaited.delete(key);
      const { text, tone } = endWords(`${app.metadata.name}: ${what}`, state);
      note(tone, text);
    }
  });
}
