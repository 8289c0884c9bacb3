/** Deeds on an application that is found by its name: what stands in their way is what its own page says. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Application } from "../../core/model/application.ts";
import type { ListedApplication } from "../../core/model/listed-application.ts";
import { ourPathOf } from "../application/paths.ts";
import { askRefresh } from "../application/refresh.ts";
import { note } from "../components/notes.tsx";
import { askThere } from "../store/asked-there.ts";
import { ask } from "../store/daemon.ts";
import type { Denied } from "../store/rights.ts";
import { whyStale } from "../store/stale.ts";
import { keyOf } from "../words/app-words.ts";
import { actionsOf, type Situation } from "../words/application-actions.ts";
import type { deedIn } from "../words/deed-line.ts";
import type { Origin } from "../words/origin-words.ts";

export interface Choice {
  id: string;
  words: string;
  /** What kind of thing it is, where the words do not tell. */
  what?: string;
  /** Why it cannot be chosen now. */
  why?: string | undefined;
  /** Words of its states, beside it. */
  states?: readonly string[];
  act(): void;
}

/** Whoever types on asks nothing. */
const REST_MS = 150;

/** What each is and who may do what with it, as its own page asks it: once for as long as the palette is open. */
export function useSituations(apps: readonly ListedApplication[]): ReadonlyMap<string, Situation> {
  const [known, setKnown] = useState<ReadonlyMap<string, Situation>>(new Map());
  const leave = useRef(new AbortController());
  useEffect(() => () => leave.current.abort(), []);
  const missing = apps.filter((app) => !known.has(keyOf(app)));
  useEffect(() => {
    const timer = setTimeout(() => {
      for (const app of missing)
        situationOf(app, leave.current.signal).then(
          (situation) => setKnown((before) => new Map(before).set(keyOf(app), situation)),
          // What nobody can answer is offered, and decided where it leads.
          () => undefined,
        );
    }, REST_MS);
    return () => clearTimeout(timer);
  }, [missing.map(keyOf).join()]);
  return known;
}

async function situationOf(listed: ListedApplication, signal: AbortSignal): Promise<Situation> {
  const [{ application, origin }, { denied }] = await Promise.all([
    ask<{ application: Application; origin: Origin }>("GET", ourPathOf(listed), { signal }),
    ask<{ denied: Denied }>("GET", ourPathOf(listed, "rights"), { signal }),
  ]);
  return { app: application, origin, denied };
}

/** Leads to its review on its page; a refresh, which writes nothing, is done where one is. */
export function deedOf(
  { id, word, absent }: NonNullable<ReturnType<typeof deedIn>>["deed"],
  app: ListedApplication,
  situation: Situation | undefined,
): Choice {
  const offered =
    situation &&
    actionsOf(situation)
      .flat()
      .find((one) => one.id === id);
  const why = whyStale() ?? (situation !== undefined && offered === undefined ? absent : offered?.why);
  const { namespace, name } = app.metadata;
  return {
    // No namespace holds a dot.
    id: `deed-${id}-${namespace}.${name}`,
    words: offered?.word ?? word,
    ...{ what: `of ${keyOf(app)}`, why },
    act() {
      if (id !== "refresh" && id !== "hard-refresh") return askThere(app, id);
      askRefresh(app, id === "refresh" ? "normal" : "hard").catch((cause: Error) =>
        note("bad", cause.message),
      );
    },
  };
}
