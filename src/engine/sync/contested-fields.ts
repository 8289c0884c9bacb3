import { type IgnoredFields, withFields } from "../../core/compare/index.ts";
import type { DesiredObject } from "../../core/model/desired-object.ts";
import { isFoughtOver } from "../../core/plan/fights.ts";
import type { Compared } from "../compare/compared.ts";
import type { ManagedApplication, SyncOperation } from "../managed-application.ts";
import { linesOf } from "./drift-info.ts";

/**
 * What a write leaves to others beside what is ignored: fields that are fought over. Whatever is synced without anybody's
 * asking writes the object around them, or each heal of another field would flip them once more; a heal of nothing else is
 * the one more try that a fight has.
 */
export function withContested(
  ignored: IgnoredFields,
  desired: DesiredObject,
  { memory }: Pick<ManagedApplication, "memory">,
  { initiatedBy, sync }: SyncOperation,
  { drifted, snapshot }: Pick<Compared, "drifted" | "snapshot">,
): IgnoredFields {
  const fight = memory.fights.known(desired.key);
  const live = snapshot.cluster.get(desired.key);
  if (initiatedBy?.automated !== true || fight === undefined || live === undefined) return ignored;
  const isHeal = (sync.resources ?? []).length > 0;
  if (isHeal && isFoughtOver({ fields: linesOf(drifted.get(desired.key)) }, fight)) return ignored;
  return withFields(ignored, fight.fields, desired.object, live.object);
}
