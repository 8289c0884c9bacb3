/** In which of the two formats of Prometheus a scrape is answered. */
export type MetricsFormat = "text" | "openmetrics";

export const METRICS_TYPES = {
  text: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
} as const satisfies Record<MetricsFormat, string>;

/** Versions of OpenMetrics that what we write is. */
const SPOKEN = new Set(["", "1.0.0", "0.0.1"]);

/**
 * As Prometheus' own libraries choose: OpenMetrics where it is named and wanted no less than text, otherwise text, also for
 * whoever wants neither: a scrape that is refused tells nobody anything.
 *
 * @param accept the header; null where there is none
 */
export function metricsFormat(accept: string | null): MetricsFormat {
  let [open, text] = [0, 0];
  for (const range of (accept ?? "").split(",")) {
    const [type = "", ...params] = range.split(";").map((part) => part.trim().toLowerCase());
    const values = new Map(params.map((param) => splitOnce(param)));
    const written = Number(values.get("q") ?? "1");
    const weight = Number.isFinite(written) ? written : 0;
    if (type === "application/openmetrics-text" && SPOKEN.has(values.get("version") ?? ""))
      open = Math.max(open, weight);
    if (type === "text/plain" || type === "text/*") text = Math.max(text, weight);
  }
  return open > 0 && open >= text ? "openmetrics" : "text";
}

function splitOnce(param: string): [string, string] {
  const at = param.indexOf("=");
  if (at === -1) return [param, ""];
  return [
    param.slice(0, at).trim(),
    param
      .slice(at + 1)
      .trim()
      .replace(/^"(.*)"$/, "$1"),
  ];
}
