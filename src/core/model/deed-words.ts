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

/** Deeds that only begin: what came of one is told by its run, or by an entry that follows. */
const BEGINS: ReadonlySet<string> = new Set(["sync", "delete", "terminate"]);

/** `asked for` where the entry cannot know what came of it; else what the entry has. */
export function outcomeWord({ action, outcome }: { action: string; outcome?: { is: string } }): string {
  const is = outcome?.is ?? "done";
  return is === "done" && BEGINS.has(action) ? "asked for" : is;
}

/** Of a request that came to nothing else: what was asked for, without what all addresses begin with. */
function requestWords(on: string): string {
  return on.replace(/ \/api\/(?:holdfast\/)?v\d+\//, " ");
}

const PLURAL: Readonly<Record<string, string>> = {
  applications: "application",
  applicationsets: "ApplicationSet",
  projects: "project",
  clusters: "cluster",
  repositories: "repository",
  account: "account",
};

/**
 * What a request was about that came to nothing else, read from its address: `application web`, `application argocd/web`.
 * @returns "" where the address names nothing
 */
export function requestedWords(details: ActivityNote["details"] = {}): string {
  const [, ours, kind = "", rest = ""] =
    /^[A-Z]+ \/api\/(holdfast\/)?v\d+\/([a-z]+)\/([^?]+)/.exec(String(details["on"] ?? "")) ?? [];
  const word = Object.hasOwn(PLURAL, kind) ? PLURAL[kind] : undefined;
  if (word === undefined) return "";
  const isInNamespace = ours !== undefined && /^application/.test(kind);
  const parts = rest.split("/").slice(0, isInNamespace ? 2 : 1);
  try {
    return `${word} ${parts.map(decodeURIComponent).join("/")}`;
  } catch {
    return "";
  }
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
