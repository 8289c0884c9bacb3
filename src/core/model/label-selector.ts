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

function expressions(written: unknown): Record<string, unknown>[] {
  return Array.isArray(written) ? written.filter(isMapping) : [];
}
