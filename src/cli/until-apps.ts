import type { Application } from "../core/model/application.ts";
import type { CliContext } from "./context.ts";
import type { Client } from "./http/client.ts";
import { type AppChange, followApps } from "./http/follow-apps.ts";
import { nameOf } from "./words/app-words.ts";

export interface Until {
  /** 0: no limit. */
  timeoutMs: number;
  isDone(app: Application): boolean;
  /** An application that is no more: done, unless it says otherwise. */
  gone?(app: Application): void;
  update(app: Application): void;
}

/** `apps`: as they were seen last, in their order. `late`: those that are not done. */
export type Outcome = { is: "done" | "timed-out" | "interrupted"; apps: Application[]; late: Application[] };

/**
 * Follows applications until every one of them is done, or the time is over, or Ctrl-C.
 * The states that come in `apps` count as old: each application is looked at once more before it can be done.
 */
export async function untilApps(
  context: CliContext,
  client: Client,
  apps: ReadonlyMap<string, Application>,
  { timeoutMs, isDone, gone, update }: Until,
): Promise<Outcome> {
  const last = new Map(apps);
  const open = new Set(apps.keys());
  const late = (): Application[] => [...open].flatMap((name) => last.get(name) ?? []);
  const ended = (is: Outcome["is"]): Outcome => ({ is, apps: [...last.values()], late: late() });
  if (open.size === 0) return ended("done");
  const deadline = timeoutMs === 0 ? undefined : AbortSignal.timeout(timeoutMs);
  const signal = deadline === undefined ? context.signal : AbortSignal.any([context.signal, deadline]);
  const [only] = apps.values();
  const query =
    apps.size === 1 && only !== undefined
      ? { name: only.metadata.name, appNamespace: only.metadata.namespace }
      : {};
  try {
    for await (const change of followApps(client, query, {
      signal,
      note: context.note,
      known: apps.values(),
    })) {
      if (take(change) && open.size === 0) return ended("done");
    }
    return ended("done");
  } catch (cause) {
    if (context.signal.aborted) return ended("interrupted");
    if (deadline?.aborted === true) return ended("timed-out");
    throw cause;
  }

  /** Whether it is one of ours. */
  function take({ type, application }: AppChange): boolean {
    const name = nameOf(application);
    if (!last.has(name)) return false;
    last.set(name, application);
    if (type === "DELETED") {
      open.delete(name);
      gone?.(application);
      return true;
    }
    update(application);
    if (isDone(application)) open.delete(name);
    // It may have been good for a moment only: what counts is the last state.
    else open.add(name);
    return true;
  }
}
