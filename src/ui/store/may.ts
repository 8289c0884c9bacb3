/** Whether whoever looks may do something with what is no application: what is refused is not offered, with why. */
import { useEffect, useState } from "preact/hooks";
import { daemon } from "./applications.ts";
import { ask } from "./daemon.ts";

/**
 * @param object as policies name it
 * @returns why not; undefined where they may, or nobody answered yet: the daemon decides each request by itself all the same
 */
export function useMay(resource: string, action: string, object: string): string | undefined {
  const key = `${resource} ${action} ${object}`;
  const [denied, setDenied] = useState<string>();
  useEffect(() => {
    // No path holds an address: then the daemon says so where it is asked to.
    if (object.includes("/")) return;
    const leave = new AbortController();
    const path = `/api/v1/account/can-i/${resource}/${action}/${encodeURIComponent(object)}`;
    ask<{ value: string }>("GET", path, leave).then(
      ({ value }) => {
        if (!leave.signal.aborted) setDenied(value === "no" ? key : undefined);
      },
      () => undefined,
    );
    return () => leave.abort();
  }, [key]);
  return denied === key ? `${daemon.value.asker} may not ${action} ${resource} ${object}` : undefined;
}
