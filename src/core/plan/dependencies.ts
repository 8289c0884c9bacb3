import { ANNOTATION, type AppKey, type Application, appKey, keyOfApp } from "../model/application.ts";

/** How far a named application is. `why`: what is still to come of it, without its name. */
export type DependencyState = { is: "there" } | { is: "on-its-way"; why: string };

export interface Dependency {
  app: Application;
  state: DependencyState;
}

/** Names in one sentence; the others are counted. */
const MOST_NAMES = 3;

/**
 * Applications that are to be Synced and Healthy before this one is synced by itself, in the order of writing, each once.
 * Names stand between commas or blanks; one without a namespace is of the application's own.
 */
export function dependenciesOf(app: Application): AppKey[] {
  const { namespace, annotations } = app.metadata;
  const names = (annotations?.[ANNOTATION.dependsOn] ?? "").split(/[\s,]+/).filter((name) => name !== "");
  return [...new Set(names.map((name) => (name.includes("/") ? (name as AppKey) : appKey(namespace, name))))];
}

/**
 * What an application waits for, as a part of a sentence: `argocd/db (OutOfSync) and argocd/net (its sync is going on)`.
 * A name that nobody has and a circle of applications that wait for each other are waits too, and name their fix.
 *
 * @param find by key; undefined where there is no such application
 * @returns undefined where nothing is in its way
 */
export function awaited(app: Application, find: (key: AppKey) => Dependency | undefined): string | undefined {
  const named = dependenciesOf(app);
  const circle = circleOf(app, find);
  if (circle !== undefined)
    return circle.length === 2
      ? `itself. Take its name out of its annotation ${ANNOTATION.dependsOn}`
      : `a circle that never ends: ${circle.join(" → ")}. Take one of the names out of the annotations ${ANNOTATION.dependsOn}`;
  const waits = named.flatMap((key): string[] => {
    const found = find(key);
    if (found === undefined) return [`${key} (there is no such application)`];
    return found.state.is === "there" ? [] : [`${key} (${found.state.why})`];
  });
  if (waits.length === 0) return undefined;
  const shown = waits.slice(0, MOST_NAMES).join(", ");
  return waits.length > MOST_NAMES ? `${shown} and ${waits.length - MOST_NAMES} more` : shown;
}

/** The shortest way from the application back to itself, its own name at both ends. */
function circleOf(
  app: Application,
  find: (key: AppKey) => Pick<Dependency, "app"> | undefined,
): AppKey[] | undefined {
  const own = keyOfApp(app);
  const cameFrom = new Map<AppKey, AppKey>();
  // Grows while it is walked, nearest first; each application is walked once.
  const line: { key: AppKey; app: Application }[] = [{ key: own, app }];
  for (const { key, app: from } of line) {
    for (const next of dependenciesOf(from)) {
      if (next === own) {
        const way = [own];
        for (let at: AppKey | undefined = key; at !== undefined && at !== own; at = cameFrom.get(at))
          way.unshift(at);
        return [own, ...way];
      }
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, key);
      const found = find(next);
      if (found !== undefined) line.push({ key: next, app: found.app });
    }
  }
  return undefined;
}
