import { ANNOTATION, type Application } from "../model/application.ts";
import type { LiveObject } from "../model/live-object.ts";

/** How long a person's word in an annotation counts: who comes later may not mean it any more. */
const VALID_MINUTES = 60;
/** How far a clock of whoever annotates may be ahead of ours. */
const AHEAD_AT_MOST_MS = 60_000;

/** What a person's yes is bound to: these objects, at this revision. */
export interface Approval {
  /** All commits of the application's sources, joined. */
  revision: string;
  /** Keys and uids. */
  objects: readonly string[];
}

type Candidate = Pick<LiveObject, "key" | "uid">;

/**
 * Binds `--confirm COUNT` to what is listed now.
 * @returns undefined where the person saw another number than there is: then nothing is approved
 */
export function bindApproval(
  count: number,
  candidates: readonly Candidate[],
  revision: string,
): Approval | undefined {
  return count > 0 && count === candidates.length
    ? { revision, objects: candidates.map(nameOf).sort() }
    : undefined;
}

/** Whether the approval is of these, at exactly this revision: of what was approved some may be gone by now. */
export function isBound(
  approval: Approval | undefined,
  candidates: readonly Candidate[],
  revision: string,
): boolean {
  if (approval?.revision !== revision) return false;
  const approved = new Set(approval.objects);
  return candidates.every((one) => approved.has(nameOf(one)));
}

function nameOf({ key, uid }: Candidate): string {
  return `${key} ${uid}`;
}

export interface AnnotatedWhen {
  /** RFC 3339: since when it is known that just this is to be deleted. */
  startedAt: string;
  /** Milliseconds since 1970. */
  now: number;
}

/** `not-taken`: there is a time, and it approves of nothing; `why` is a whole sentence. */
export type Annotated = { is: "approved" } | { is: "none" } | { is: "not-taken"; why: string };

/**
 * What `argocd.argoproj.io/deletion-approved` says, a time. An annotation can name neither objects nor a revision, so
 * its time must tell: it counts from the moment at which just this was to be deleted, and for 60 minutes. What is
 * deleted by it is gone, and what comes after it is newer than it: nothing is approved twice.
 */
export function annotatedApproval(
  { metadata }: Pick<Application, "metadata">,
  { startedAt, now }: AnnotatedWhen,
): Annotated {
  const text = metadata.annotations?.[ANNOTATION.deletionApproved];
  const at = Date.parse(text ?? "");
  // A text that is no time has its own warning.
  if (text === undefined || !Number.isFinite(at)) return { is: "none" };
  const not = (why: string): Annotated => ({
    is: "not-taken",
    why: `The approval of ${text} does not count, because ${why}. Annotate again, with the time at which you approve.`,
  });
  if (at > now + AHEAD_AT_MOST_MS) return not("that time has not come yet");
  if (at < Date.parse(startedAt))
    return not(`what is to be deleted now was not known then, but since ${startedAt}`);
  if (at < now - VALID_MINUTES * 60_000) return not(`it is older than ${VALID_MINUTES} minutes`);
  return { is: "approved" };
}
