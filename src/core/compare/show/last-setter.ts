import type { FieldPath } from "../../../lib/field-path.ts";
import type { FieldDifference } from "../../model/comparison.ts";
import { isOurs } from "../../model/field-manager.ts";
import type { KubeObject, ManagedFieldsEntry } from "../../model/kube-object.ts";
import { type Claim, claimOn } from "../fields/fields-v1.ts";

/**
 * Who last set a field of a live object, as managedFields tell: of all that claim exactly this place the latest, else
 * of all that claim a list or map around it as a whole. Of two in one second it is not us.
 */
export function lastSetter(
  entries: readonly ManagedFieldsEntry[],
  live: KubeObject,
  path: FieldPath,
): FieldDifference["owner"] {
  const claims = entries.flatMap((entry) =>
    entry.fieldsV1 === undefined ? [] : [{ entry, claim: claimOn(entry.fieldsV1, live, path).is }],
  );
  const of = (is: Claim["is"]): ManagedFieldsEntry[] =>
    claims.filter(({ claim }) => claim === is).map(({ entry }) => entry);
  const exact = of("owned");
  const latest = (exact.length > 0 ? exact : of("inside-atomic")).reduce<ManagedFieldsEntry | undefined>(
    (best, entry) => {
      if (best === undefined) return entry;
      const [was, is] = [best.time ?? "", entry.time ?? ""];
      return is > was || (is === was && isOurs(best)) ? entry : best;
    },
    undefined,
  );
  if (latest === undefined) return undefined;
  return {
    manager: latest.manager,
    operation: latest.operation,
    time: latest.time ?? "",
    subresource: latest.subresource ?? "",
  };
}
