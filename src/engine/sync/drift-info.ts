import type { ForeignManager } from "../../core/model/live-object.ts";
import { parseRefKey, show } from "../../core/model/object-ref.ts";
import type { Operation } from "../../core/model/operation.ts";
import type { Drift } from "../../core/plan/heal-backoff.ts";
import type { Cluster } from "../../core/ports/cluster.ts";

type Info = NonNullable<Operation["info"]>;

/** Fields named of one object; more than these are counted. */
const MOST_FIELDS = 3;

/** What a self-heal puts back, and who wrote it last, to stand in the operation's `info` and in every history. */
export function driftInfo(drifts: readonly Drift[], cluster: Cluster): Info {
  return drifts.map(({ key, fields }) => ({
    name: "drift",
    value: `${show(parseRefKey(key))}: ${whatOf(fields)}${whoOf(cluster.get(key)?.managers ?? [])}`,
  }));
}

function whatOf(fields: string): string {
  switch (fields) {
    case "missing":
      return "was deleted";
    case "extra":
      return "is not wanted any more";
    case "":
    case "same":
      return "is not ours as it was left";
  }
  const names = fields.split(" ");
  const more = names.length > MOST_FIELDS ? ` and ${names.length - MOST_FIELDS} more` : "";
  return `${names.slice(0, MOST_FIELDS).join(", ")}${more}`;
}

/** The one who wrote last, status aside; the scale subresource leaves no time, and goes before the others. */
function whoOf(managers: readonly ForeignManager[]): string {
  const writers = managers.filter(({ subresource }) => subresource !== "status");
  const last = writers.reduce<ForeignManager | undefined>(
    (best, manager) =>
      best === undefined || manager.time === "" || (best.time !== "" && manager.time >= best.time)
        ? manager
        : best,
    undefined,
  );
  if (last === undefined) return "";
  return `, written last by ${last.manager} (${last.operation}${last.subresource === "" ? "" : ` of ${last.subresource}`})`;
}
