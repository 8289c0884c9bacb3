/** What is asked of the daemon for a deed on several applications: before it, and to do it. */
import { useEffect, useState } from "preact/hooks";
import type { Application } from "../../core/model/application.ts";
import type { ListedApplication } from "../../core/model/listed-application.ts";
import { argoPathOf, ourPathOf } from "../application/paths.ts";
import { ask } from "../store/daemon.ts";
import type { Denied } from "../store/rights.ts";
import { forEach } from "../store/several.ts";
import { keyOf } from "../words/app-words.ts";
import {
  type Cascade,
  type Deed,
  type Going,
  goesWith,
  type Readiness,
  RIGHT_FOR,
  readiness,
  type WrittenIn,
} from "../words/bulk-words.ts";

/** What is known of one before it is done. */
export interface Looked {
  readiness: Readiness;
  /** Of a deletion; absent: nobody could say. */
  going?: Going;
}

/** Of each, one after the other, whether it may be done and what comes of it. */
export function useLooked(deed: Deed, apps: readonly ListedApplication[]): ReadonlyMap<string, Looked> {
  const [looked, setLooked] = useState<ReadonlyMap<string, Looked>>(new Map());
  useEffect(() => {
    const leave = new AbortController();
    const found = new Map<string, Looked>();
    const look = async (app: ListedApplication): Promise<void> => {
      const one = await lookAt(deed, app, leave.signal);
      if (leave.signal.aborted) return;
      found.set(keyOf(app), one);
      // Each would be a drawing of all of them.
      if (found.size % 10 === 0 || found.size === apps.length) setLooked(new Map(found));
    };
    void forEach(apps, look, leave.signal);
    return () => leave.abort();
  }, []);
  return looked;
}

async function lookAt(deed: Deed, app: ListedApplication, signal: AbortSignal): Promise<Looked> {
  const [rights, whole] = await Promise.allSettled([
    ask<{ denied: Denied }>("GET", ourPathOf(app, "rights"), { signal }),
    deed === "sync"
      ? undefined
      : ask<{ application: Application; origin: WrittenIn }>("GET", ourPathOf(app), { signal }),
  ]);
  // What nobody can answer is offered, and refused where it is.
  const denied = rights.status === "fulfilled" ? rights.value.denied[RIGHT_FOR[deed]] : undefined;
  const seen = whole.status === "fulfilled" ? whole.value : undefined;
  return {
    readiness: readiness(deed, seen?.application ?? app, { denied, origin: seen?.origin }),
    ...(deed === "delete" && seen !== undefined ? { going: goesWith(seen.application) } : {}),
  };
}

/** @returns what the daemon says of it beside that it is done @throws {Refused} */
export async function carryOut(
  deed: Deed,
  app: ListedApplication,
  cascade: Cascade,
): Promise<string | undefined> {
  switch (deed) {
    case "sync":
      await ask("POST", argoPathOf(app, "sync"), { body: {} });
      return undefined;
    case "pause":
    case "resume": {
      const body = { patch: JSON.stringify(patchOf(deed)), patchType: "merge" };
      await ask("PATCH", argoPathOf(app), { body });
      return undefined;
    }
    case "delete": {
      const how = cascade === "stay" ? "cascade=false" : `cascade=true&propagationPolicy=${cascade}`;
      const path = `${argoPathOf(app)}&${how}`;
      return (await ask<{ message?: string }>("DELETE", path)).message;
    }
  }
}

/** What else its automated sync is told (prune, self-heal) stays as it is. */
function patchOf(deed: "pause" | "resume") {
  return { spec: { syncPolicy: { automated: { enabled: deed === "resume" } } } };
}

/** As the command line takes it. Undefined: there it is asked of one at a time. */
export function cliOf(
  deed: Deed,
  apps: readonly ListedApplication[],
  cascade: Cascade,
): readonly string[] | undefined {
  const keys = apps.map(keyOf);
  if (deed === "sync") return ["app", "sync", ...keys];
  if (deed === "delete")
    return [
      "app",
      "delete",
      ...keys,
      ...(cascade === "stay" ? ["--no-cascade"] : []),
      ...(cascade === "background" ? ["--propagation-policy", "background"] : []),
    ];
  const [only] = keys;
  if (only === undefined || keys.length > 1) return undefined;
  return ["app", "patch", only, "--patch", JSON.stringify(patchOf(deed))];
}
