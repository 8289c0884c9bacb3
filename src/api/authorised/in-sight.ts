import type { Asker } from "../../core/access/asker.ts";
import type { AppEvent } from "../../engine/control.ts";
import { ApiError } from "../api-error.ts";
import { mustHold } from "./standing.ts";

/** How often whoever follows is asked whether they may still. */
const EVERY_MS = 1_000;

export interface Sight<Event extends { type: AppEvent["type"] }> {
  /** `applications`, for the sentence. */
  what: string;
  keyOf(event: Event): string;
  may(event: Event): boolean;
  /** As it is now; undefined where it is gone. */
  now(key: string): Event | undefined;
  /** Nothing of what it is now. */
  gone(event: Event): Event;
}

/** What becomes of what somebody sees. */
export interface Followed<Event> {
  /**
   * An event that waited meanwhile, as it may be told now; undefined where nothing may be.
   */
  told(event: Event): Event | undefined;
  stop(): void;
}

/**
 * What moves out of sight is gone for whoever saw it, and what was never in sight is nothing. Where the policy changes, all
 * that was seen is looked at again.
 *
 * @param over nothing is told any more from here on, and why: whoever asks may see nothing of what they saw, or is nobody
 */
export function follow<Event extends { type: AppEvent["type"] }>(
  who: Asker,
  shown: Iterable<string>,
  sight: Sight<Event>,
  onEvent: (listener: (event: Event) => void) => () => void,
  { listener, over }: { listener(event: Event): void; over(why: ApiError): void },
): Followed<Event> {
  const { keyOf, may, gone, now } = sight;
  const seen = new Set(shown);
  let basis = who.basis();
  /** Since it was looked at last. */
  let lost = 0;
  const hide = (event: Event): void => {
    if (!seen.delete(keyOf(event))) return;
    lost += 1;
    listener(gone(event));
  };
  const unsubscribe = onEvent((event) => {
    const key = keyOf(event);
    const was = seen.has(key);
    if (may(event)) {
      if (event.type === "DELETED") seen.delete(key);
      else seen.add(key);
      return listener(event.type === "MODIFIED" && !was ? { ...event, type: "ADDED" } : event);
    }
    hide(event);
  });
  const lookAgain = (): void => {
    mustHold(who);
    const isSame = who.basis() === basis;
    basis = who.basis();
    for (const key of isSame ? [] : [...seen]) {
      const event = now(key);
      if (event !== undefined && !may(event)) hide(event);
    }
    const hasLost = lost > 0;
    lost = 0;
    if (!isSame && hasLost && seen.size === 0)
      throw new ApiError("PermissionDenied", `the permission to see these ${sight.what} was taken away`, {
        details: { reason: "permission-denied", resource: sight.what, action: "get", subject: who.name },
      });
  };
  const timer = setInterval(() => {
    try {
      lookAgain();
    } catch (cause) {
      stop();
      over(cause as ApiError);
    }
  }, EVERY_MS);
  const stop = (): void => {
    clearInterval(timer);
    unsubscribe();
  };
  return {
    told: (event) => (may(event) ? event : event.type === "ADDED" ? undefined : gone(event)),
    stop,
  };
}
