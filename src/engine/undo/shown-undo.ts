import type { ShownUndo } from "../../core/model/application.ts";
import type { KeptNote } from "../../core/model/kept-object.ts";
import { refKey } from "../../core/model/object-ref.ts";
import { timestamp } from "../../lib/timestamp.ts";
import type { ManagedApplication } from "../managed-application.ts";
import type { DeletedObjects } from "./deleted-objects.ts";

/**
 * What can be made again of an application, by what is in memory: no cluster is asked. What Git wants again and what
 * has something in its place is left out, because an undo would make nothing of it.
 */
export function shownUndo(
  managed: ManagedApplication,
  deleted: Pick<DeletedObjects, "notes" | "hasContent">,
  keepMs: number,
): ShownUndo | undefined {
  const notes = deleted.notes(managed.key);
  if (notes.length === 0) return undefined;
  const wanted = new Set(managed.target?.desired.map(({ key }) => key));
  const cluster = managed.snapshot?.cluster;
  const isMissing = (note: KeptNote): boolean => {
    const key = refKey(note.ref);
    if (!deleted.hasContent(note) || wanted.has(key)) return false;
    return cluster === undefined || (cluster.server === note.server && cluster.get(key) === undefined);
  };
  const missing = notes.filter(isMissing);
  const [newest] = missing;
  if (newest === undefined) return undefined;
  const oldest = missing.findLast(({ run }) => run === newest.run) ?? newest;
  return {
    objects: new Set(missing.map(({ ref }) => refKey(ref))).size,
    run: newest.run,
    at: newest.at,
    until: timestamp(Date.parse(oldest.at) + keepMs),
  };
}
