import type { HealthStatus } from "../model/health.ts";

/** Best to worst, as Argo CD aggregates. */
const rank: Readonly<Record<HealthStatus, number>> = {
  Healthy: 0,
  Suspended: 1,
  Progressing: 2,
  Missing: 3,
  Degraded: 4,
  Unknown: 5,
};

/** Whether `a` is strictly worse than `b`. */
export function isWorse(a: HealthStatus, b: HealthStatus): boolean {
  return rank[a] > rank[b];
}

export function isHealthStatus(word: unknown): word is HealthStatus {
  return typeof word === "string" && Object.hasOwn(rank, word);
}
