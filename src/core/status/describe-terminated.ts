import type { AppKey } from "../model/application.ts";
import type { Hold } from "../model/hold.ts";
import { shortRevision } from "../model/short-revision.ts";
import type { ShownTerminated } from "../model/terminated.ts";

/** Who ended its sync, when, what that means, and how it goes on. */
export function describeTerminated(
  key: AppKey,
  { revisions, by, at }: ShownTerminated,
  hold: Pick<Hold, "deployment"> | undefined,
): string {
  const what = revisions.length === 0 ? "its sync" : `the sync to ${revisions.map(shortRevision).join(", ")}`;
  // A commit moves nothing that is held.
  const goesOn =
    hold === undefined
      ? `at the next commit that changes it, or by: holdfast app sync ${key}`
      : `by: holdfast app rollback ${key} ${hold.deployment}, or holdfast app unhold ${key}`;
  return `terminated by ${by} at ${at}: ${what}. Nothing is synced or healed by itself since. It goes on ${goesOn}`;
}
