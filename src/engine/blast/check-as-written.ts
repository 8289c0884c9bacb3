/** Whether what an application is made of can be had and rendered as it is written. Writes nothing, and keeps nothing. */
import { type Application, keyOfApp, sourcesOf } from "../../core/model/application.ts";
import { applicationTooLarge } from "../../core/model/application-size.ts";
import { Failure, type FailureCode } from "../../core/model/failure.ts";
import type { EnginePorts } from "../engine-ports.ts";
import type { ManagedApplication } from "../managed-application.ts";
import type { Snapshot, Snapshots } from "../snapshot.ts";
import { isLeftClosed, targetAsWritten } from "./prepare-as-written.ts";
import { shadowOf } from "./shadow.ts";

/** What a manifest, or an entry of repositories, is at fault for. A cluster that is away, or that lacks a kind yet, is no fault of theirs. */
const AT_FAULT: ReadonlySet<FailureCode> = new Set<FailureCode>([
  ...(["git-unreachable", "git-auth", "git-revision", "git-path", "path-outside-source"] as const),
  ...(["artifact-unreachable", "artifact-auth", "artifact-version", "artifact-refused"] as const),
  ...(["render", "render-timeout", "manifest", "tool-missing", "config", "invalid-spec"] as const),
]);

/**
 * What is encrypted or lies in a store stays there, and is passed over: nobody is refused for what a look leaves closed.
 * @param managed as it is; undefined where it would be new
 * @throws {Failure} why it cannot be delivered as it is written
 * @throws the signal's reason
 */
export async function checkAsWritten(
  managed: ManagedApplication | undefined,
  app: Application,
  parts: { ports: EnginePorts; snapshots: Snapshots },
  signal: AbortSignal,
): Promise<void> {
  if (sourcesOf(app.spec).length === 0 || isRefusedAnyway(managed, app)) return;
  const snapshot = snapshotOf(managed, app, parts.snapshots);
  if (snapshot === undefined) return;
  try {
    const { records } = shadowOf(managed, { key: keyOfApp(app), app }).memory;
    await targetAsWritten(app, snapshot, records, parts.ports, signal);
  } catch (cause) {
    signal.throwIfAborted();
    if (!(cause instanceof Failure) || (AT_FAULT.has(cause.code) && !isLeftClosed(cause))) throw cause;
  }
}

/** Whoever may not write it so is told that, and no repository is asked for it. */
function isRefusedAnyway(managed: ManagedApplication | undefined, app: Application): boolean {
  if (applicationTooLarge(app) !== undefined) return true;
  if (managed === undefined) return false;
  const { deleting, origin } = managed.spec;
  return deleting !== undefined || origin.from === "file" || origin.from === "parent";
}

/** What its project does not permit is refused where it is written, with all reasons. */
function snapshotOf(
  managed: ManagedApplication | undefined,
  app: Application,
  snapshots: Snapshots,
): Snapshot | undefined {
  try {
    return snapshots.take({ app }, managed?.snapshot);
  } catch (cause) {
    if (cause instanceof Failure) return undefined;
    throw cause;
  }
}
