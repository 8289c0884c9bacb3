import { isNeverRecreated } from "../compare/index.ts";
import { annotationList } from "../manifest/annotation-list.ts";
import { ANNOTATION, type Application, hasOption } from "../model/application.ts";
import type { DesiredObject } from "../model/desired-object.ts";
import type { LiveObject } from "../model/live-object.ts";
import type { SyncRequest } from "../model/operation.ts";
import type { ApplyMethod, Propagation } from "../model/plan.ts";
import { optionSaid } from "../model/sync-options.ts";

/** Options of one sync: the request's where it brings some, else the application's. */
export function optionsOf(
  app: Application,
  request: Pick<SyncRequest, "syncOptions"> | undefined,
): readonly string[] {
  return request?.syncOptions ?? app.spec.syncPolicy?.syncOptions ?? [];
}

/** Whether the option of this name is on: what Git says of the object decides, then the live object, then the application. */
export function isOptionSet(
  name: string,
  appOptions: readonly string[],
  desired: DesiredObject | undefined,
  live: LiveObject | undefined,
): boolean {
  const there = live === undefined ? [] : annotationList(live.object, ANNOTATION.syncOptions);
  return optionSaid(name, desired?.syncOptions ?? [], there, appOptions) ?? false;
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
  const replace = isOptionSet("Replace", options, desired, live);
  const strategy = request.syncStrategy;
  const force =
    strategy?.apply?.force === true ||
    strategy?.hook?.force === true ||
    optionSaid("Force", desired.syncOptions) === true;
  const recreate = force && !isNeverRecreated(desired.ref);
  if (replace) return recreate ? "replace-or-recreate" : "replace";
  return recreate ? "server-side-or-recreate" : "server-side";
}

/** @param options of the application */
export function propagationOf(options: readonly string[]): Propagation {
  if (hasOption(options, "PrunePropagationPolicy=background")) return "Background";
  return hasOption(options, "PrunePropagationPolicy=orphan") ? "Orphan" : "Foreground";
}
