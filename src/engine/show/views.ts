/** What the API shows of one application beyond its status. */
import {
  afterTakeover,
  diffObjects,
  type IgnoredFields,
  IgnoreRules,
  keepMark,
  laidOver,
  leftFields,
  maskSecret,
  migrationOf,
  NOTHING_IGNORED,
  needsTakeover,
} from "../../core/compare/index.ts";
import type { Difference, ObjectRecord } from "../../core/model/comparison.ts";
import type { DesiredObject } from "../../core/model/desired-object.ts";
import { type KubeObject, parseApiVersion } from "../../core/model/kube-object.ts";
import { withObject } from "../../core/model/live-object.ts";
import type { RefKey } from "../../core/model/object-ref.ts";
import type { Compared } from "../compare/compared.ts";
import type { ManagedResource } from "../control.ts";
import { sendObject } from "../send/send-object.ts";
import type { Snapshot } from "../snapshot.ts";
import { faultsOf } from "../target/place-objects.ts";

export function manifestsOf(desired: readonly DesiredObject[]): KubeObject[] {
  return desired.filter(({ role }) => role.is !== "ignored").map(({ object }) => maskSecret(object));
}

/**
 * Objects beside each other, with the server's prediction and the owner of each field where they differ.
 * @throws the signal's reason
 */
export async function managedResources(
  { snapshot, target, comparison, ignored }: Compared,
  records: ReadonlyMap<RefKey, ObjectRecord>,
  signal?: AbortSignal,
): Promise<ManagedResource[]> {
  const shown = await Promise.all(
    comparison.differences.map((difference) =>
      managedResource(difference, snapshot, records, ignored.get(difference.key) ?? NOTHING_IGNORED, signal),
    ),
  );
  const hooks = target.desired
    .filter(({ role }) => role.is === "hook")
    .map(
      (desired): ManagedResource => ({
        ref: desired.ref,
        version: versionOf(desired.object),
        live: undefined,
        target: maskSecret(desired.object),
        predicted: undefined,
        modified: false,
        hook: true,
        resourceVersion: "",
        fields: [],
      }),
    );
  return [...shown, ...hooks];
}

async function managedResource(
  difference: Difference,
  snapshot: Snapshot,
  records: ReadonlyMap<RefKey, ObjectRecord>,
  ignored: IgnoredFields,
  signal: AbortSignal | undefined,
): Promise<ManagedResource> {
  if (difference.is === "extra") {
    const { live } = difference;
    const shown = maskSecret(live.object);
    const mark = keepMark("Prune", live.object, snapshot.app.spec.syncPolicy?.syncOptions ?? []);
    return {
      ref: live.ref,
      version: versionOf(live.object),
      live: shown,
      target: undefined,
      // No sync prunes it, whatever it is asked for.
      predicted: mark.is === "keep" ? shown : undefined,
      modified: false,
      hook: false,
      resourceVersion: live.resourceVersion,
      fields: [],
    };
  }
  const { desired } = difference;
  const base = {
    ref: desired.ref,
    version: versionOf(desired.object),
    hook: false,
    target: maskSecret(desired.object),
  };
  if (difference.is === "missing" || difference.is === "unknown")
    return {
      ...base,
      live: undefined,
      predicted: difference.is === "missing" ? base.target : undefined,
      modified: difference.is === "missing",
      resourceVersion: "",
      fields: [],
    };
  const { live } = difference;
  if (difference.is !== "changed")
    return {
      ...base,
      live: maskSecret(live.object),
      predicted: maskSecret(live.object),
      modified: false,
      resourceVersion: live.resourceVersion,
      fields: [],
    };
  const found = await snapshot.cluster.read(desired.ref, desired.object.apiVersion);
  // Whoever asked has gone: nobody needs the rest of what the server would say.
  signal?.throwIfAborted();
  const before = found.is === "found" ? found.object : live.object;
  const predicted = await predictedOf(
    desired,
    withObject(live, before),
    snapshot,
    records.get(desired.key),
    ignored,
  );
  const diff = diffObjects({ key: desired.key, live: before, predicted });
  return {
    ...base,
    live: diff.live,
    predicted: diff.predicted,
    modified: true,
    resourceVersion: live.resourceVersion,
    fields: diff.fields,
    left: leftFields(
      desired.ref,
      desired.object,
      before,
      ignored,
      new IgnoreRules(snapshot.app.spec.ignoreDifferences, snapshot.settings.ignore),
    ),
  };
}

/** The server's answer to a dry run, or what an apply would leave where the server refuses it. */
async function predictedOf(
  desired: DesiredObject,
  live: Extract<Difference, { is: "changed" }>["live"],
  { app, cluster, settings }: Snapshot,
  record: ObjectRecord | undefined,
  ignored: IgnoredFields,
): Promise<KubeObject> {
  const migration = migrationOf(app);
  const sent = await sendObject(
    {
      cluster,
      desired,
      live,
      ignored,
      how: "server-side",
      record,
      migration,
      faults: faultsOf(app, settings, desired.syncOptions),
    },
    "dry-run",
  );
  if (sent.is !== "done") return laidOver(desired.object, live.object);
  return needsTakeover(live.managers, record, migration)
    ? afterTakeover(live.object, desired.object, sent.outcome.object, migration)
    : sent.outcome.object;
}

function versionOf(object: KubeObject): string {
  return parseApiVersion(object.apiVersion).version;
}
