import { isMapping } from "../../lib/is-mapping.ts";

/**
 * Whether a `matchLabels`/`matchExpressions` selector takes these labels. An empty selector takes all.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/label-selector/
 */
export function selectorMatches(
  selector: Record<string, unknown>,
  labels: Readonly<Record<string, string>>,
): boolean {
  const { matchLabels, matchExpressions } = selector;
  if (isMapping(matchLabels) && !Object.entries(matchLabels).every(([key, value]) => labels[key] === value))
    return false;
  return expressions(matchExpressions).every(({ key, operator, values }) => {
    const value = typeof key === "string" ? labels[key] : undefined;
    const isAmong = value !== undefined && Array.isArray(values) && values.includes(value);
    switch (operator) {
      case "In":
        return isAmong;
      case "NotIn":
        return !isAmong;
      case "Exists":
        return value !== undefined;
      default:
        return value === undefined;
    }
  });
}

const OPERATORS: readonly unknown[] = ["In", "NotIn", "Exists", "DoesNotExist"];

/** Whether it is one as it stands: what is not read of a selector would leave one that takes more than is meant. */
export function isSelector(value: unknown): value is Record<string, unknown> {
  if (!isMapping(value)) return false;
  const { matchLabels, matchExpressions, ...more } = value;
  return (
    Object.keys(more).length === 0 &&
    (matchLabels === undefined ||
      (isMapping(matchLabels) && Object.values(matchLabels).every((one) => typeof one === "string"))) &&
    (matchExpressions === undefined ||
      (Array.isArray(matchExpressions) &&
        matchExpressions.every(
          (one) => isMapping(one) && typeof one["key"] === "string" && OPERATORS.includes(one["operator"]),
        )))
  );
}

function expressions(written: unknown): Record<string, unknown>[] {
  return Array.isArray(written) ? written.filter(isMapping) : [];
}
