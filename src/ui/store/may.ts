/** Whether whoever looks may do something with what is no application: what is refused is not offered, with why. */
import { useEffect, useState } from "preact/hooks";
import { daemon } from "./applications.ts";
import { mayDo } from "./can.ts";

/** Whoever reaches a daemon that asks nobody who they are: they may everything, and there is nobody to ask. */
const ANYBODY = "local";

/**
 * @param object as policies name it
 * @returns why not; undefined where they may, or nobody answered yet: the daemon decides each request by itself all the same
 */
export function useMay(resource: string, action: string, object: string): string | undefined {
  const { asker } = daemon.value;
  const key = `${asker} ${resource} ${action} ${object}`;
  const [denied, setDenied] = useState<string>();
  useEffect(() => {
    // No path holds two slashes, which addresses have: then the daemon says so where it is asked to do it.
    if (asker === "" || asker === ANYBODY || object.includes("//")) return;
    const leave = new AbortController();
    mayDo(resource, action, object, leave.signal).then(
      (may) => {
        if (!leave.signal.aborted) setDenied(may ? undefined : key);
      },
      () => undefined,
    );
    return () => leave.abort();
  }, [key]);
  return denied === key ? `${asker} may not ${action} ${resource} ${object}` : undefined;
}
