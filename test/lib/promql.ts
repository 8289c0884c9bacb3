/** Metric names and labels that an expression of PromQL names. Enough of its grammar for rules and dashboards of ours. */

export interface NamedInExpression {
  /** With the labels that its matchers name. */
  metrics: { name: string; labels: string[] }[];
  /** Labels of by, on, without, ignoring and group_left. */
  grouped: string[];
}

const KEYWORDS = new Set(
  "by without on ignoring group_left group_right and or unless bool offset sum count max min avg rate increase irate delta absent time histogram_quantile label_values topk inf nan".split(
    " ",
  ),
);

export function namedIn(expression: string): NamedInExpression {
  const grouped: string[] = [];
  // Texts first: what stands in quotes names nothing.
  const bare = expression
    .replace(/"(?:[^"\\]|\\.)*"/g, '""')
    .replace(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g, (_, labels: string) => {
      grouped.push(
        ...labels
          .split(",")
          .map((label) => label.trim())
          .filter((label) => label !== ""),
      );
      return " ";
    })
    .replace(/\[[^\]]*\]/g, "");
  const metrics = [...bare.matchAll(/([a-zA-Z_][a-zA-Z0-9_:]*)\s*(\{[^}]*\})?/g)].flatMap(
    ([, name = "", matchers = ""]) =>
      KEYWORDS.has(name.toLowerCase())
        ? []
        : [
            {
              name,
              labels: [...matchers.matchAll(/([a-zA-Z_][a-zA-Z0-9_]*)\s*[=!]/g)].map(
                ([, label]) => label ?? "",
              ),
            },
          ],
  );
  return { metrics, grouped };
}
