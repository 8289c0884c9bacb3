import { Counter, Histogram, type Registry } from "prom-client";
import type { ArtifactRequest } from "../core/ports/artifacts.ts";

/** Requests to chart repositories and registries. Argo CD counts none of these. */
export class ArtifactMetrics {
  readonly #requests: Counter;
  readonly #seconds: Histogram;

  constructor(registers: Registry[]) {
    this.#requests = new Counter({
      name: "holdfast_artifact_requests_total",
      help: "Requests to chart repositories and registries.",
      labelNames: ["repo", "request_type", "result"],
      registers,
    });
    this.#seconds = new Histogram({
      name: "holdfast_artifact_request_duration_seconds",
      help: "Seconds that requests to chart repositories and registries took.",
      labelNames: ["repo", "request_type"],
      buckets: [0.1, 0.25, 0.5, 1, 2, 4, 10],
      registers,
    });
  }

  request({ url: repo, type: request_type, tookMs, failed }: ArtifactRequest): void {
    this.#requests.inc({ repo, request_type, result: failed ? "failed" : "answered" });
    this.#seconds.observe({ repo, request_type }, tookMs / 1000);
  }
}
