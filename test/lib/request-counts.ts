import type { RawApi } from "./raw-api.ts";

/** Requests that an API server counted, by `VERB group/resource/subresource`, dry runs with ` dry-run` after it. */
export type RequestCounts = Map<string, number>;

/** Reads `apiserver_request_total` from the server's own metrics. */
export async function readRequestCounts(api: RawApi): Promise<RequestCounts> {
  const answer = await api.text("GET", "/metrics");
  return parseRequestCounts(answer);
}

export function parseRequestCounts(metrics: string): RequestCounts {
  const counts: RequestCounts = new Map();
  for (const [, labels = "", value] of metrics.matchAll(/^apiserver_request_total\{([^}]*)\} (\S+)$/gm)) {
    const label = (name: string): string => new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(labels)?.[1] ?? "";
    const place = [label("group"), label("resource"), label("subresource")]
      .filter((part) => part !== "")
      .join("/");
    const key = `${label("verb")} ${place}${label("dry_run") === "" ? "" : " dry-run"}`;
    counts.set(key, (counts.get(key) ?? 0) + Number(value));
  }
  return counts;
}

/** What was added from one reading to the next; unchanged keys are left out. */
export function addedRequests(before: RequestCounts, after: RequestCounts): Record<string, number> {
  const added: Record<string, number> = {};
  for (const [key, count] of after) {
    const more = count - (before.get(key) ?? 0);
    if (more !== 0) added[key] = more;
  }
  return added;
}
