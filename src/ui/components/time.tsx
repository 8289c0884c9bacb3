import { ago } from "../../lib/ago.ts";
import { now } from "../store/applications.ts";

/** How long ago that was, and when exactly to whoever asks. @param at RFC 3339 */
export function Ago({ at }: { at: string }) {
  return (
    <time dateTime={at} onPointerEnter={tell}>
      {ago(at, Math.max(now.value, Date.now()))}
    </time>
  );
}

/** A time to come, in the reader's own zone. */
export function Until({ at }: { at: string }) {
  return (
    <time dateTime={at}>
      {new Date(at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" })}
    </time>
  );
}

/** Said once somebody asks: a browser's first date in words takes longer than all rows of a list. */
function tell({ currentTarget }: { currentTarget: HTMLTimeElement }): void {
  currentTarget.title = new Date(currentTarget.dateTime).toLocaleString(undefined, {
    ...{ dateStyle: "medium", timeStyle: "long" },
  });
}
