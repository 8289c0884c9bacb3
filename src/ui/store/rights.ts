/** What whoever looks may do: what is refused is not offered, with why. The daemon decides each request by itself all the same. */
import { useEffect, useState } from "preact/hooks";
import { ask } from "./daemon.ts";
import { whyStale } from "./stale.ts";

export type Right = "sync" | "rollback" | "update" | "delete" | "logs" | "terminal" | "edit" | "deleteObject";

/** Why not, of what may not be done. As long as nobody answered all is offered. */
export type Denied = Readonly<Partial<Record<Right, string>>>;

const RIGHTS: readonly Right[] = [
  ...(["sync", "rollback", "update", "delete"] as const),
  ...(["logs", "edit", "deleteObject"] as const),
];

/** Nothing of it may be done, for one reason. */
export function deniedAll(why: string): Denied {
  return Object.fromEntries(RIGHTS.map((right) => [right, why]));
}

/** A role that is given meanwhile is seen after so long. */
const AGAIN_MS = 60_000;

/** @param key `namespace/name` @param object `group/Kind/namespace/name`, of which `edit` and `deleteObject` are asked too */
export function useDenied(key: string, object?: string): Denied {
  const [known, setKnown] = useState<{ key: string; denied: Denied }>({ key, denied: {} });
  useEffect(() => {
    const leave = new AbortController();
    const [namespace = "", name = ""] = key.split("/").map(encodeURIComponent);
    const look = (): void => {
      const query = object === undefined ? "" : `?${new URLSearchParams({ object })}`;
      const path = `/api/holdfast/v1/applications/${namespace}/${name}/rights${query}`;
      ask<{ denied: Denied }>("GET", path, leave).then(
        ({ denied }) => setKnown({ key, denied }),
        // What nobody can answer is offered, and refused where it is.
        () => undefined,
      );
    };
    look();
    const timer = setInterval(look, AGAIN_MS);
    return () => {
      clearInterval(timer);
      leave.abort();
    };
  }, [key, object]);
  const stale = whyStale();
  if (stale !== undefined) return deniedAll(stale);
  return known.key === key ? known.denied : {};
}
