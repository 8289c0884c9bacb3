import { isAutomated, sourcesOf } from "../../core/model/application.ts";
import type { SyncRequest } from "../../core/model/operation.ts";
import type { WriteRefusal } from "../control.ts";
import type { ManagedApplication } from "../managed-application.ts";
import { commitsOf } from "../target/tips.ts";

/**
 * A person's sync to another revision than the one that is followed, where automated syncs would take it back in the next
 * moment. As Argo CD, which refuses it too; a rehearsal writes nothing and may name any revision.
 * @returns undefined where it stays
 */
export function wouldBeUndone(
  { key, spec: { app }, target }: Pick<ManagedApplication, "key" | "spec" | "target">,
  { revision, revisions = revision === undefined ? [] : [revision], dryRun }: SyncRequest,
): Extract<WriteRefusal, { is: "would-be-undone" }> | undefined {
  if (dryRun === true || !isAutomated(app.spec)) return undefined;
  const commits = target === undefined ? [] : commitsOf(target);
  const followed = sourcesOf(app.spec).map(({ targetRevision }) => targetRevision || "HEAD");
  const other = revisions.findIndex(
    (asked, at) => asked !== "" && asked !== followed[at] && asked !== commits[at],
  );
  if (other < 0) return undefined;
  return {
    is: "would-be-undone",
    object: `Application ${key}`,
    cannot: `sync it to ${revisions[other]}`,
    why: `it is synced automatically to ${followed[other] ?? "its own revision"}, which would undo it at once`,
    fix: "Commit what you want there, set spec.source.targetRevision, or take spec.syncPolicy.automated away first; --dry-run may name any revision",
  };
}
