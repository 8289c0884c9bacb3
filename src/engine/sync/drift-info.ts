import { appliedHash, type IgnoredFields, isAsLeft, lastWriter } from "../../core/compare/index.ts";
import type { ObjectDrift, ObjectRecord } from "../../core/model/comparison.ts";
import type { DesiredObject } from "../../core/model/desired-object.ts";
import type { ForeignManager } from "../../core/model/live-object.ts";
import { parseRefKey, type RefKey, show } from "../../core/model/object-ref.ts";
import type { Operation } from "../../core/model/operation.ts";
import type { Plan, Step } from "../../core/model/plan.ts";
import { type Drift, pathsOf } from "../../core/plan/heal-backoff.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import type { Compared } from "../compare/compared.ts";

type Info = NonNullable<Operation["info"]>;

/** Fields named of one object; more than these are counted. */
const MOST_FIELDS = 3;
const MOST_REMEMBERED = 50;

/**
 * What a sync of all or part of an application puts back on its way: objects that are not as they were left. What Git
 * changed itself is delivered, and nothing is put back by it.
 */
export function driftsIn(
  { waves }: Pick<Plan, "waves">,
  { comparison, drifted }: Pick<Compared, "comparison" | "drifted">,
  records: ReadonlyMap<RefKey, ObjectRecord>,
  ignoredOf: (desired: DesiredObject) => IgnoredFields,
): Drift[] {
  const differs = new Set(comparison.differences.flatMap(({ is, key }) => (is === "changed" ? [key] : [])));
  return waves
    .flatMap(({ steps }) => steps)
    .flatMap((step): Drift[] => {
      if (step.do !== "apply") return [];
      const { key } = step.desired;
      const fields = fieldsLost(step, records.get(key), ignoredOf);
      if (fields === "none") return [];
      if (fields === "missing") return [{ key, fields }];
      return differs.has(key) ? [{ key, fields: fields === "all" ? linesOf(drifted.get(key)) : "" }] : [];
    });
}

/** `all`: Git wants what was applied last, so whatever differs was set by others; `some`: Git wants something else too. */
function fieldsLost(
  { desired, live }: Extract<Step, { do: "apply" }>,
  record: ObjectRecord | undefined,
  ignoredOf: (desired: DesiredObject) => IgnoredFields,
): "missing" | "all" | "some" | "none" {
  const applied = record?.applied;
  if (applied === undefined) return "none";
  if (live === undefined) return "missing";
  if (live.uid !== record?.uid) return "none";
  if (applied.desiredHash === appliedHash(desired, ignoredOf(desired))) return "all";
  return isAsLeft(live.own, applied.own) ? "none" : "some";
}

/** What is put back, and who wrote it last, to stand in the operation's `info` and in every history. */
export function driftInfo(drifts: readonly Drift[], cluster: Cluster): Info {
  return drifts.map(({ key, fields }) => ({
    name: "drift",
    value: `${show(parseRefKey(key))}: ${whatOf(fields)}${whoOf(cluster.get(key)?.managers ?? [])}`,
  }));
}

/** One entry an object: what an earlier try, or the decision to heal, said of it stands. */
export function withInfo<O extends Operation>(operation: O, info: Info): O {
  const known = operation.info ?? [];
  const objectOf = ({ value }: Info[number]): string => value.split(": ", 1)[0] ?? "";
  const said = new Set(known.filter(({ name }) => name === "drift").map(objectOf));
  const added = info.filter((entry) => !said.has(objectOf(entry)));
  return added.length === 0 ? operation : { ...operation, info: [...known, ...added] };
}

function whatOf(fields: string): string {
  switch (fields) {
    case "missing":
      return "was deleted";
    case "extra":
      return "is not wanted any more";
    case "":
    case "same":
      return "is not as its last sync left it";
  }
  const names = pathsOf(fields);
  const more = names.length > MOST_FIELDS ? ` and ${names.length - MOST_FIELDS} more` : "";
  return `${names.slice(0, MOST_FIELDS).join(", ")}${more}`;
}

/** `Drift.fields` of what is known of a difference; more than that are no more telling, and would be remembered. */
export function linesOf(drift: Pick<ObjectDrift, "fields"> | undefined): string {
  return (drift?.fields ?? []).slice(0, MOST_REMEMBERED).join("\n");
}

function whoOf(managers: readonly ForeignManager[]): string {
  const last = lastWriter(managers);
  if (last === undefined) return "";
  return `, written last by ${last.manager} (${last.operation}${last.subresource === "" ? "" : ` of ${last.subresource}`})`;
}
