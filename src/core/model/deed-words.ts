/** What an entry of the activity is called for people; `action` stays what is asked for and counted. */
import { equalJson } from "../../lib/equal-json.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import type { ActivityNote } from "./activity.ts";
import { type Application, isAutomated } from "./application.ts";
import { isPaused } from "./paused.ts";

const WORDS: Readonly<Record<string, string>> = {
  "applicationset-applied": "set applied",
  "applicationset-create": "set created",
  "applicationset-update": "set changed",
  "applicationset-delete": "set deleted",
  "approve-removal": "removal approved",
  hold: "held",
  "image-update": "images updated",
  "revert-in-git": "put back in Git",
  unhold: "hold lifted",
  "undo-lost": "no longer to be made again",
};

/**
 * `dry run`, `rollback to 3`, `auto-sync paused`, `set applied: 6 deleted`, `POST clusters/test`; an action that is one word
 * is that. `before`, `after`: what people write of an application, as far as the entry has it.
 */
export function deedWords({
  action,
  details,
  before,
  after,
}: {
  action: string;
  details?: ActivityNote["details"];
  before?: unknown;
  after?: unknown;
}): string {
  if (action === "update") return updateWords(before, after) ?? action;
  if (action === "sync") return syncWords(details ?? {});
  if (action === "request" && typeof details?.["on"] === "string") return requestWords(details["on"]);
  if (action === "applicationset-applied")
    return [WORDS[action], appliedWords(details ?? {})].filter(Boolean).join(": ");
  return WORDS[action] ?? action.replaceAll("-", " ");
}

type Written = Pick<Application, "metadata" | "spec">;

/** Of an update that changes nothing else: what became of its auto-sync, or that it is left alone. */
function updateWords(before: unknown, after: unknown): string | undefined {
  const [was, is] = [writtenIn(before), writtenIn(after)];
  if (was === undefined || is === undefined) return undefined;
  const isOnlyPolicy = equalJson(withoutAutomation(was), withoutAutomation(is));
  if (isOnlyPolicy && isAutomated(was.spec) !== isAutomated(is.spec))
    return isAutomated(is.spec) ? "auto-sync resumed" : "auto-sync paused";
  if (equalJson(was.spec, is.spec) && isPaused(was) !== isPaused(is))
    return isPaused(is) ? "paused" : "resumed";
  return undefined;
}

/** Of what is large only what differs was kept, and of what somebody else wrote anything may be. */
function writtenIn(value: unknown): Written | undefined {
  if (!isMapping(value)) return undefined;
  const [metadata, spec] = [value["metadata"] ?? {}, value["spec"] ?? {}];
  if (!isMapping(metadata) || !isMapping(spec)) return undefined;
  const { annotations = {} } = metadata;
  const { syncPolicy = {} } = spec;
  if (!isMapping(annotations) || !isMapping(syncPolicy)) return undefined;
  const { automated } = syncPolicy;
  if (automated !== undefined && automated !== null && !isMapping(automated)) return undefined;
  return { metadata, spec } as unknown as Written;
}

/** What else is written of it; of `automated` all but whether it is on. */
function withoutAutomation({ metadata, spec: { syncPolicy, ...spec } }: Written): unknown {
  const { automated: _, ...policy } = syncPolicy ?? {};
  return { metadata, spec, policy };
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
