/** What Prometheus' text says, as far as benches ask. */

/** Sum over all series of a metric. */
export function sumOf(text: string, name: string): number {
  let sum = 0;
  for (const [, value] of text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "gm")))
    sum += Number(value);
  return sum;
}

export interface Lag {
  /** 99 of 100 samples were no later than this; Infinity where that is beyond the largest bucket. */
  p99Ms: number;
  samples: number;
}

/**
 * How late the daemon's event loop ran between two scrapes, as it samples that twice a second: the upper bound of the bucket
 * in which the 99th of 100 samples lies. A scrape of its own is among the samples.
 */
export function lagBetween(before: string, after: string): Lag {
  const [earlier, later] = [bucketsOf(before), bucketsOf(after)];
  const added = [...later].map(([bound, count]) => [bound, count - (earlier.get(bound) ?? 0)] as const);
  const samples = added.at(-1)?.[1] ?? 0;
  const within = added.find(([, count]) => count >= samples * 0.99)?.[0] ?? 0;
  return { p99Ms: within * 1_000, samples };
}

/** Upper bound in seconds -> samples up to it, rising. */
function bucketsOf(text: string): Map<number, number> {
  const buckets = new Map<number, number>();
  for (const [, bound = "", count] of text.matchAll(
    /^holdfast_event_loop_lag_seconds_bucket\{le="([^"]+)"\} (\S+)$/gm,
  ))
    buckets.set(bound === "+Inf" ? Number.POSITIVE_INFINITY : Number(bound), Number(count));
  return buckets;
}
