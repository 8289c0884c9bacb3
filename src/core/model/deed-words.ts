/** What an entry of the activity is called for people; `action` stays what is asked for and counted. */
import type { ActivityNote } from "./activity.ts";

const WORDS: Readonly<Record<string, string>> = {
  "applicationset-applied": "set applied",
  "applicationset-create": "set created",
  "applicationset-update": "set changed",
  "applicationset-delete": "set deleted",
  "approve-removal": "removal approved",
  "image-update": "images updated",
  "revert-in-git": "put back in Git",
  "undo-lost": "no longer to be made again",
};

/** `dry run`, `rollback to 3`, `set applied: 6 deleted`, `POST clusters/test`; an action that is one word is that. */
export function deedWords({
  action,
  details,
}: {
  action: string;
  details?: ActivityNote["details"];
}): string {
  if (action === "sync") return syncWords(details ?? {});
  if (action === "request" && typeof details?.["on"] === "string") return requestWords(details["on"]);
  if (action === "applicationset-applied")
    return [WORDS[action], appliedWords(details ?? {})].filter(Boolean).join(": ");
  return WORDS[action] ?? action.replaceAll("-", " ");
}

/** Of a request that came to nothing else: what was asked for, without what all addresses begin with. */
function requestWords(on: string): string {
  return on.replace(/ \/api\/(?:holdfast\/)?v\d+\//, " ");
}

/** `3 created, 1 deleted`. */
function appliedWords(details: ActivityNote["details"]): string {
  return ["created", "changed", "deleted"]
    .flatMap((what) => {
      const count = details[what];
      return typeof count === "number" && count > 0 ? [`${count} ${what}`] : [];
    })
    .join(", ");
}

/** What an entry is about, as it is called elsewhere. */
export function objectKindWord(kind: string): string {
  return kind === "applicationset" ? "ApplicationSet" : kind;
}

function syncWords({ dryRun, rollback, undo }: ActivityNote["details"]): string {
  const what =
    typeof rollback === "number" ? `rollback to ${rollback}` : Array.isArray(undo) ? "undo" : "sync";
  if (dryRun !== true) return what;
  return what === "sync" ? "dry run" : `dry run of ${what}`;
}
