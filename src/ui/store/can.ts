/** Whether whoever looks may do something that is of no application: what is refused is not offered, with why. */
import { useAsked } from "../components/asked.tsx";
import { daemon } from "./applications.ts";
import { ask } from "./daemon.ts";
import { whyStale } from "./stale.ts";

/** `unknown`: the daemon has not told yet. `nobody`: it has no accounts. */
export function whoIsAsked(): "unknown" | "nobody" | "somebody" {
  const { asker, accounts } = daemon.value;
  if (asker === "") return "unknown";
  return accounts === "off" ? "nobody" : "somebody";
}

/** What only a daemon with accounts can answer: asked once it is known that there is somebody. */
export function ofSomebody<T>(
  who: ReturnType<typeof whoIsAsked>,
  asks: () => Promise<T>,
  nobody: T,
): Promise<T> {
  if (who === "somebody") return asks();
  return who === "nobody" ? Promise.resolve(nobody) : new Promise<T>(() => undefined);
}

export async function mayDo(
  resource: string,
  action: string,
  object: string,
  signal: AbortSignal,
): Promise<boolean> {
  const path = [resource, action, ...object.split("/")].map(encodeURIComponent).join("/");
  const { value } = await ask<{ value: string }>("GET", `/api/v1/account/can-i/${path}`, { signal });
  return value === "yes";
}

/**
 * @param object as policies name it
 * @returns why not, in words; undefined as long as nobody said no: the daemon decides each request by itself all the same
 */
export function useWhyNot(resource: string, action: string, object = "*"): string | undefined {
  // No path holds two slashes, which addresses have: then the daemon says so where it is asked to do it.
  const isAsked = whoIsAsked() === "somebody" && !object.includes("//");
  const answer = useAsked(
    (signal) => (isAsked ? mayDo(resource, action, object, signal) : Promise.resolve(true)),
    [daemon.value.asker, resource, action, object],
  );
  const stale = whyStale();
  if (stale !== undefined) return stale;
  return isAsked && answer.is === "answered" && !answer.value
    ? `Your policy does not let you ${action} ${resource}${object === "*" ? "" : ` ${object}`}`
    : undefined;
}
