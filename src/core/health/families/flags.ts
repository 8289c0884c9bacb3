import { at, textAt } from "../read.ts";
import { degraded, type HealthRule, healthy, progressing } from "../verdict.ts";

const errorPaths = [
  ["status", "failureMessage"],
  ["status", "errorMessage"],
  ["status", "errMsg"],
  ["status", "error", "message"],
  ["status", "error"],
  ["status", "errorDescription"],
] as const;

/** An error text in a field of its own. Empty ones are how controllers say "no error". */
export const errorHealth: HealthRule = (object) => {
  for (const path of errorPaths) {
    const text = textAt(object, ...path);
    if (text !== "" && text !== "false") return degraded(`${path.join(".")} is set`, text);
  }
  return undefined;
};

const flagPaths = [
  ["status", "ready"],
  ["status", "healthy"],
  ["status", "readyToUse"],
  ["status", "available"],
  ["status", "initialized"],
] as const;

/** A yes or no in a field of its own. */
export const flagHealth: HealthRule = (object) => {
  for (const path of flagPaths) {
    const flag = at(object, ...path);
    const yes = flag === true || flag === "true" || flag === "True";
    const no = flag === false || flag === "false" || flag === "False";
    if (yes) return healthy(`${path.join(".")} is true`);
    if (no)
      return progressing(
        `${path.join(".")} is false`,
        textAt(object, "status", "message") || `${path.join(".")} is false`,
      );
  }
  return undefined;
};
