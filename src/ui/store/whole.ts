/** One application with all that it has: asked for anew whenever the list tells that anything of it is another one. */
import { useEffect, useState } from "preact/hooks";
import type { Application } from "../../core/model/application.ts";
import type { Origin } from "../words/origin-words.ts";
import { known, versionOf } from "./applications.ts";
import { Refused } from "./daemon.ts";
import { askOnce, forgetEarly } from "./early.ts";

export type Whole =
  | { is: "asking" }
  | { is: "there"; app: Application; origin: Origin }
  | { is: "gone" }
  | { is: "refused"; why: string };

/** Changes that come quickly are asked for once. */
const PAUSE_MS = 150;
const MOST_MS = 2_000;
const AGAIN_MS = 2_000;

/** @param key `namespace/name` */
export function useWhole(key: string): Whole {
  const [whole, setWhole] = useState<{ key: string; state: Whole }>({ key, state: { is: "asking" } });
  useEffect(() => {
    const leave = new AbortController();
    const [namespace = "", name = ""] = key.split("/").map(encodeURIComponent);
    const path = `/api/holdfast/v1/applications/${namespace}/${name}`;
    const show = (state: Whole): void => {
      if (!leave.signal.aborted) setWhole({ key, state });
    };
    let restsUntil = 0;
    void (async () => {
      while (!leave.signal.aborted) {
        const version = versionOf(key).peek();
        // Before there is a list it is asked for all the same: nobody waits for thousands to see one.
        if (version === undefined && known.peek() !== undefined) show({ is: "gone" });
        else
          try {
            // What was asked for before the list came is looked at again with it; later it would be as old as it is.
            if (version !== undefined) forgetEarly();
            const { application, origin } = await askOnce<{ application: Application; origin: Origin }>(
              path,
              leave.signal,
            );
            show({ is: "there", app: application, origin });
            restsUntil = performance.now() + restMs(application.status?.resources?.length ?? 0);
          } catch (cause) {
            // What is shown stands: that the daemon does not answer is said above it.
            if (cause instanceof Refused) show({ is: "refused", why: cause.message });
            await pause(AGAIN_MS, leave.signal);
            continue;
          }
        await another(key, version, leave.signal);
        await pause(Math.max(PAUSE_MS, restsUntil - performance.now()), leave.signal);
      }
    })();
    return () => leave.abort();
  }, [key]);
  return whole.key === key ? whole.state : { is: "asking" };
}

/**
 * Milliseconds from one answer to the next question: one of thousands of objects takes tens of milliseconds to read and
 * draw, and one that changes all the time leaves the rest of the page its time. Its first change is shown as soon as others'.
 */
export function restMs(objects: number): number {
  return Math.min(MOST_MS, objects);
}

function another(key: string, version: number | undefined, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const stop = versionOf(key).subscribe((now) => {
      if (now !== version) end();
    });
    function end(): void {
      signal.removeEventListener("abort", end);
      // The first call comes before there is anything to stop.
      queueMicrotask(() => stop());
      resolve();
    }
    signal.addEventListener("abort", end);
  });
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(end, ms);
    function end(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    }
    if (signal.aborted) end();
    else signal.addEventListener("abort", end);
  });
}
