import { isNeverRecreated } from "../compare/index.ts";
import { annotationList } from "../manifest/annotation-list.ts";
import { ANNOTATION, type Application, hasOption } from "../model/application.ts";
import type { DesiredObject } from "../model/desired-object.ts";
import type { LiveObject } from "../model/live-object.ts";
import type { SyncRequest } from "../model/operation.ts";
import type { ApplyMethod, Propagation } from "../model/plan.ts";

/** Options of one sync: the request's where it brings some, else the application's. */
export function optionsOf(
  app: Application,
  request: Pick<SyncRequest, "syncOptions"> | undefined,
): readonly string[] {
  return request?.syncOptions ?? app.spec.syncPolicy?.syncOptions ?? [];
}

/** Whether the option is set on the application, or on the object in Git or in the cluster. */
export function isOptionSet(
  option: string,
  appOptions: readonly string[],
  desired: DesiredObject | undefined,
  live: LiveObject | undefined,
): boolean {
  return (
    hasOption(appOptions, option) ||
    hasOption(desired?.syncOptions, option) ||
    (live !== undefined && hasOption(annotationList(live.object, ANNOTATION.syncOptions), option))
  );
}

/**
 * How one object is written. `ServerSideApply=false` changes nothing: objects that server-side apply would not take
 * as written are repaired instead, see `repairsFor`.
 */
export function applyMethod(
  app: Application,
  request: SyncRequest,
  desired: DesiredObject,
  live: LiveObject | undefined,
): ApplyMethod {
  const options = optionsOf(app, request);
  const replace = isOptionSet("Replace=true", options, desired, live);
  const strategy = request.syncStrategy;
  const force =
    strategy?.apply?.force === true ||
    strategy?.hook?.force === true ||
    isOptionSet("Force=true", options, desired, undefined);
  const recreate = force && !isNeverRecreated(desired.ref);
  if (replace) return recreate ? "replace-or-recreate" : "replace";
  return recreate ? "server-side-or-recreate" : "server-side";
}

/** @param options of the application */
export function propagationOf(options: readonly string[]): Propagation {
  if (hasOption(options, "PrunePropagationPolicy=background")) return "Background";
  return hasOption(options, "PrunePropagationPolicy=orphan") ? "Orphan" : "Foreground";
}
