import { type AppKey, isAutomated, sourcesOf } from "../../core/model/application.ts";
import { type Hold, isHeldAt, revisionsIn, sourcesIn } from "../../core/model/hold.ts";
import type { SyncRequest } from "../../core/model/operation.ts";
import { equalJson } from "../../lib/equal-json.ts";
import type { WriteRefusal } from "../control.ts";
import type { ManagedApplication } from "../managed-application.ts";
import { revisionNamesOf } from "../target/tips.ts";

/**
 * Whoever asks for a sync and names no revision means the newest one, which is just what waits. So it is said what is held,
 * and only that may be synced meanwhile.
 */
function refusedByHold(
  key: AppKey,
  hold: Hold,
  sync: SyncRequest,
): Extract<WriteRefusal, { is: "would-be-undone" | "held" }> | undefined {
  const sources = sourcesIn(sync);
  const asked = revisionsIn(sync).filter((revision) => revision !== "");
  if (isHeldAt(hold, asked) && (sources.length === 0 || equalJson(sources, sourcesIn(hold.at))))
    return undefined;
  const held = revisionsIn(hold.at);
  const flags = held.length > 1 ? held.map((one) => `--revisions ${one}`) : [`--revision ${held[0] ?? ""}`];
  return {
    is: "held",
    object: `Application ${key}`,
    cannot: asked.length === 0 ? "sync it" : `sync it to ${asked.join(", ")}`,
    why: `it is held at ${held.join(", ")} by ${hold.by.replace(/^user:/, "")} (deployment ${hold.deployment}, since ${hold.since})`,
    fix: `Let it go on: holdfast app unhold ${key}. To sync what it is held at: holdfast app sync ${key} ${flags.join(" ")}. To hold it elsewhere: holdfast app rollback ${key} DEPLOYMENT`,
  };
}

/**
 * A person's sync to another revision than the one that is followed, where automated syncs would take it back in the next
 * moment. As Argo CD, which refuses it too; a rehearsal writes nothing and may name any revision.
 * @returns undefined where it stays
 */
export function wouldBeUndone(
  { key, spec, target }: Pick<ManagedApplication, "key" | "spec" | "target">,
  sync: SyncRequest,
): Extract<WriteRefusal, { is: "would-be-undone" | "held" }> | undefined {
  const { app, hold } = spec;
  if (sync.dryRun === true) return undefined;
  if (hold !== undefined) return refusedByHold(key, hold, sync);
  if (!isAutomated(app.spec)) return undefined;
  const revisions = revisionsIn(sync);
  const commits = target === undefined ? [] : revisionNamesOf(target);
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
