import type { AppEvent } from "../../engine/control.ts";

/** What moves out of sight is gone for whoever saw it, and what was never in sight is nothing. */
export function inSight<Event extends { type: AppEvent["type"] }>(
  shown: Iterable<string>,
  {
    keyOf,
    may,
    gone,
  }: {
    keyOf(event: Event): string;
    may(event: Event): boolean;
    /** Nothing of what it is now. */
    gone(event: Event): Event;
  },
  listener: (event: Event) => void,
): (event: Event) => void {
  const seen = new Set(shown);
  return (event) => {
    const key = keyOf(event);
    const was = seen.has(key);
    if (may(event)) {
      if (event.type === "DELETED") seen.delete(key);
      else seen.add(key);
      return listener(event.type === "MODIFIED" && !was ? { ...event, type: "ADDED" } : event);
    }
    if (seen.delete(key)) listener(gone(event));
  };
}
