/** What an entry of the activity is called for people; `action` stays what is asked for and counted. */
import type { ActivityNote } from "./activity.ts";

const WORDS: Readonly<Record<string, string>> = {
  "applicationset-applied": "set applied",
  "applicationset-create": "set created",
  "applicationset-update": "set changed",
  "applicationset-delete": "set deleted",
  "approve-removal": "removal approved",
  "revert-in-git": "put back in Git",
  "undo-lost": "no longer to be made again",
};

/** `dry run`, `rollback to 3`, `set deleted`, `project delete`; an action that is one word is that. */
export function deedWords({
  action,
  details,
}: {
  action: string;
  details?: ActivityNote["details"];
}): string {
  if (action === "sync") return syncWords(details ?? {});
  return WORDS[action] ?? action.replaceAll("-", " ");
}

function syncWords({ dryRun, rollback, undo }: ActivityNote["details"]): string {
  const what =
    typeof rollback === "number" ? `rollback to ${rollback}` : Array.isArray(undo) ? "undo" : "sync";
  if (dryRun !== true) return what;
  return what === "sync" ? "dry run" : `dry run of ${what}`;
}
