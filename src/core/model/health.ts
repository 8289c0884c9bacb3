/** Argo CD's words. Best to worst: Healthy < Suspended < Progressing < Missing < Degraded < Unknown. */
export type HealthStatus = "Healthy" | "Suspended" | "Progressing" | "Missing" | "Degraded" | "Unknown";

export interface Health {
  status: HealthStatus;
  /** What a person needs: which part, why. "" where there is nothing to say. */
  message: string;
}
