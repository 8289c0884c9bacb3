import { type Application, healsItself, isAutomated } from "../core/model/application.ts";
import { revisionsIn } from "../core/model/hold.ts";
import { isPaused } from "../core/model/paused.ts";
import { shortRevision } from "../core/model/short-revision.ts";
import type { Kept } from "../sandbox/demo/demo-actions.ts";

/** How long the daemon is asked: what was done stands whether it answers or not. */
const ASK_MS = 5_000;

/**
 * What keeps an application from following what happens to it now, and what is to be typed first.
 *
 * @param what a commit to its repository, or a change in its cluster
 * @returns undefined where nothing does, as far as the daemon says
 */
export function keptFrom(app: Application, what: "commit" | "edit"): Kept | undefined {
  const { metadata, spec, status } = app;
  const { name } = metadata;
  const { hold, terminated } = status ?? {};
  if (isPaused(app)) return { why: `${name} is paused`, first: `app resume ${name}` };
  // One that the next commit lifts keeps nothing, and a change by hand is put back to what is held.
  if (what === "commit" && hold?.until === "lifted") {
    const at = revisionsIn(hold.at).map(shortRevision).join(", ");
    return { why: `${name} is held at ${at} by ${hold.by}`, first: `app unhold ${name}` };
  }
  // A commit is something else than what was ended, and is synced.
  if (what === "edit" && terminated !== undefined)
    return { why: `a sync of ${name} was ended by ${terminated.by}`, first: `app sync ${name}` };
  const isByItself = what === "commit" ? isAutomated(spec) : healsItself(spec);
  return isByItself ? undefined : { why: `${name} is synced by hand`, first: `app sync ${name}` };
}

/** The same as the daemon says it now: nothing where it does not answer, or has no such application. */
export async function keptBy(
  url: string | undefined,
  name: string,
  what: "commit" | "edit",
): Promise<Kept | undefined> {
  if (url === undefined) return undefined;
  const get = async <T>(path: string): Promise<T | undefined> => {
    const answer = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(ASK_MS) });
    return answer.ok ? ((await answer.json()) as T) : undefined;
  };
  try {
    const daemon = await get<{ state: string }>("/api/holdfast/v1/status");
    if (daemon?.state === "paused") return { why: "the whole daemon is paused", first: "admin resume" };
    const app = await get<Application>(`/api/v1/applications/${name}`);
    return app === undefined ? undefined : keptFrom(app, what);
  } catch {
    return undefined;
  }
}
