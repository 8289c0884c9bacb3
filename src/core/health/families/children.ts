import { isMapping } from "../../../lib/is-mapping.ts";
import { cite, conditionsAt, tell } from "../conditions.ts";
import { fieldsAt, textAt } from "../read.ts";
import { degraded, type HealthRule, type Verdict } from "../verdict.ts";
import { shortfall } from "./by-conditions.ts";
import { endingWords, ends } from "./ending.ts";
import { byPhase } from "./phase.ts";
import { meaning } from "./words.ts";

/** Lists of what was, of what is asked for, and of what others are about. */
const notChildren =
  /^(conditions|ancestors|parents|listeners|summary|inventory)$|(backups|snapshots|runs|builds|executions|operations)$|history|transition|timestamp|previous|last|past|attempt|event|revision|version|retr(y|ies)|desired|expected|old|desc|rollback|artifact|error|warning/i;

/** Words for a failure that does not pass by itself; what merely lags behind is its parent's matter. */
const stateField = /^(phase|state|status|health|healthstatus|result)$|[a-z](State|Status|Phase)$/;
const pastField = /^(last|prev|old|desired|target|expected|requested|initial|previous)/i;

/** Conditions of a part that are about the whole part. */
const summary = /(Ready|Available|Healthy|Succeeded|Applied|Synced|Admitted|Accepted|Programmed|Valid)$/;

/** Of these False is a refusal, not a step on the way. */
const judgement = /(Admitted|Accepted|Valid)$/;

interface Child {
  /** As a path, with the child's own name. */
  name: string;
  fields: Readonly<Record<string, unknown>>;
  /** The status has one mapping of this name, not a list of such. */
  alone: boolean;
}

/** Parts that a status lists: a list of mappings, or a mapping of mappings by name. */
function childrenOf(object: unknown): Child[] {
  return Object.entries(fieldsAt(object, "status") ?? {}).flatMap(([list, value]): Child[] => {
    if (notChildren.test(list)) return [];
    if (Array.isArray(value))
      return value.filter(isMapping).map((fields, index) => ({
        name: `${list} ${nameOf(fields) || index}`,
        fields,
        alone: false,
      }));
    if (!isMapping(value)) return [];
    const entries = Object.entries(value);
    return entries.length > 0 && entries.every(([, fields]) => isMapping(fields))
      ? entries.map(([name, fields]) => ({
          name: `${list} ${name}`,
          fields: fields as Child["fields"],
          alone: false,
        }))
      : [{ name: list, fields: value, alone: true }];
  });
}

const nameOf = (fields: unknown): string =>
  ["name", "domain", "branch", "cluster", "clusterName", "id", "key", "type"]
    .map((field) => textAt(fields, field))
    .find((text) => text !== "") ?? "";

function failed({ name, fields }: Child): Verdict | undefined {
  for (const field of Object.keys(fields)) {
    if (!stateField.test(field) || pastField.test(field)) continue;
    const word = textAt(fields, field);
    if (meaning(word) !== "Degraded") continue;
    const why = textAt(fields, "message") || textAt(fields, "error") || textAt(fields, "reason");
    return degraded(
      `status.${name}: ${field} is ${word}`,
      why === "" ? `${name} is ${word}` : `${name}: ${why}`,
    );
  }
  if (fields["healthy"] === false)
    return degraded(
      `status.${name}: healthy is false`,
      `${name}: ${textAt(fields, "message") || "not healthy"}`,
    );
  const broken = conditionsAt(fields, "conditions").find(
    (condition) =>
      condition.status === "False" &&
      summary.test(condition.type) &&
      shortfall(condition, judgement.test(condition.type) ? "Degraded" : "Healthy") === "Degraded",
  );
  return broken === undefined
    ? undefined
    : degraded(`status.${name}: ${cite(broken)}`, `${name}: ${tell(broken)}`);
}

/** A part that failed, under a whole that says nothing of it. */
export const childHealth: HealthRule = (object) => {
  for (const child of childrenOf(object)) {
    const verdict = failed(child);
    if (verdict !== undefined) return verdict;
  }
  return undefined;
};

/** Where a status says nothing of the whole, but how one part of its own is: `status.cluster.status`. */
export const onlyPart: HealthRule = (object) => {
  const paths = childrenOf(object)
    .filter(({ alone }) => alone)
    .flatMap(({ name, fields }) =>
      Object.keys(fields)
        .filter((field) => stateField.test(field) && !pastField.test(field))
        .map((field) => `status.${name}.${field}`),
    );
  return paths.length === 0
    ? undefined
    : byPhase({ at: paths, several: "worst", ...(ends(object.kind) ? { words: endingWords } : {}) })(object);
};
