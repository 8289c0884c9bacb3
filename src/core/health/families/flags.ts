import { at, listAt, textAt } from "../read.ts";
import { degraded, type HealthRule, healthy, progressing } from "../verdict.ts";

const errorPaths = [
  ["status", "failureMessage"],
  ["status", "errorMessage"],
  ["status", "errMsg"],
  ["status", "error", "message"],
  ["status", "error"],
  ["status", "errorDescription"],
  ["status", "reconciliationError", "description"],
] as const;

/** Lists of complaints. */
const errorLists = ["problems", "errors", "validationErrors", "error"] as const;

/** An error text in a field of its own. Empty ones are how controllers say "no error". */
export const errorHealth: HealthRule = (object) => {
  for (const path of errorPaths) {
    const text = textAt(object, ...path);
    if (text !== "" && !/^(false|none|nil|no ?error)$/i.test(text))
      return degraded(`${path.join(".")} is set`, text);
  }
  for (const name of errorLists) {
    const texts = listAt(object, "status", name).map((one) =>
      typeof one === "string" ? one : textAt(one, "message"),
    );
    if (texts.length > 0)
      return degraded(`status.${name} is not empty`, texts.filter((text) => text !== "").join("; "));
  }
  return undefined;
};

const flagPaths = [
  ["status", "ready"],
  ["status", "healthy"],
  ["status", "readyToUse"],
  ["status", "available"],
  ["status", "valid"],
  ["status", "synced"],
  ["status", "deployed"],
  ["status", "created"],
  ["status", "active"],
  ["status", "initialized"],
  ["status", "conditionStatus", "ready"],
] as const;
/** A no to these is a judgement, not a step on the way. */
const judgements: ReadonlySet<string> = new Set(["healthy", "valid"]);

/** A yes or no in a field of its own. */
export const flagHealth: HealthRule = (object) => {
  for (const path of flagPaths) {
    const flag = at(object, ...path);
    const yes = flag === true || flag === "true" || flag === "True";
    const no = flag === false || flag === "false" || flag === "False";
    if (yes) return healthy(`${path.join(".")} is true`);
    if (no && judgements.has(path[1]))
      return degraded(
        `${path.join(".")} is false`,
        textAt(object, "status", "message") || `${path.join(".")} is false`,
      );
    if (no)
      return progressing(
        `${path.join(".")} is false`,
        textAt(object, "status", "message") || `${path.join(".")} is false`,
      );
  }
  return undefined;
};
