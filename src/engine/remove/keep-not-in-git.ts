/** What goes with an application and is not in Git is kept for an undo: made again, the application lacks it. */
import { isHook } from "../../core/compare/index.ts";
import { asFailure } from "../../core/model/failure.ts";
import { type RefKey, show } from "../../core/model/object-ref.ts";
import type { ManagedApplication } from "../managed-application.ts";
import type { DeletedObjects } from "../undo/deleted-objects.ts";
import type { StepParts } from "./deletion.ts";

/**
 * Objects of the application that Git did not want when it was compared last.
 * @returns undefined where that is not known: it was never compared, or with what it is held at and not with Git
 */
export function notInGit({ compared, spec }: ManagedApplication): RefKey[] | undefined {
  if (compared === undefined || spec.hold !== undefined) return undefined;
  return compared.comparison.differences.flatMap(({ is, key }) => (is === "extra" ? [key] : []));
}

export function keeperOf(
  managed: ManagedApplication,
  { deleted }: { deleted: Pick<DeletedObjects, "keep"> },
): StepParts["keepDeleted"] {
  const { key: app, spec, removal } = managed;
  const { run, notInGit } = removal.progress ?? {};
  const extras = notInGit === undefined ? undefined : new Set(notInGit);
  return async (live, cluster) => {
    const isInGit = extras !== undefined && !extras.has(live.key);
    // What a hook left is made by the hook alone.
    if (run === undefined || isInGit || isHook(live.object)) return { is: "kept" };
    try {
      return await deleted.keep(live, {
        app,
        appUid: spec.uid,
        run,
        server: cluster.server,
        objects: cluster,
      });
    } catch (cause) {
      const { message } = asFailure(cause, show(live.ref), "keep it for an undo");
      return { is: "unknown", why: message };
    }
  };
}
