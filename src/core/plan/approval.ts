import { hashValue } from "../../lib/hash.ts";
import { ANNOTATION, type Application } from "../model/application.ts";
import type { LiveObject } from "../model/live-object.ts";

/** What a person's yes is bound to; any change voids it. */
export interface Approval {
  /** All commits of the application's sources, joined. */
  revision: string;
  candidatesHash: string;
}

/** Hash of exactly these objects, in whatever order: keys and uids. */
export function approvalHash(candidates: readonly Pick<LiveObject, "key" | "uid">[]): string {
  return hashValue(candidates.map(({ key, uid }) => `${key} ${uid}`).sort());
}

/**
 * Binds `--confirm COUNT` to what is listed now.
 * @returns undefined where the person saw another number than there is: then nothing is approved
 */
export function bindApproval(
  count: number,
  candidates: readonly LiveObject[],
  revision: string,
): Approval | undefined {
  return count > 0 && count === candidates.length
    ? { revision, candidatesHash: approvalHash(candidates) }
    : undefined;
}

export interface Approvals {
  app: Application;
  /** RFC 3339; an annotation from before that does not count. */
  startedAt: string;
  revision: string;
  approval: Approval | undefined;
}

/** Whether a person approved of deleting exactly these, by the Application's annotation or by a bound approval. */
export function isApproved(
  candidates: readonly LiveObject[],
  { app, startedAt, revision, approval }: Approvals,
): boolean {
  if (isAnnotated(app, startedAt)) return true;
  return (
    approval !== undefined &&
    approval.revision === revision &&
    approval.candidatesHash === approvalHash(candidates)
  );
}

/** `argocd.argoproj.io/deletion-approved`: a time, not before the operation began. */
export function isAnnotated(app: Application, startedAt: string): boolean {
  const approvedAt = Date.parse(app.metadata.annotations?.[ANNOTATION.deletionApproved] ?? "");
  return Number.isFinite(approvedAt) && approvedAt >= Date.parse(startedAt);
}
