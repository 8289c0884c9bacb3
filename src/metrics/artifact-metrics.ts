import type { ArtifactRequest } from "../core/ports/artifacts.ts";
import type { Into } from "./into.ts";
import { BoundedCounter, BoundedHistogram, MOST_NAMES } from "./series-bound.ts";

/** Requests to chart repositories and registries. Argo CD counts none of these. */
export class ArtifactMetrics {
  readonly #requests: BoundedCounter;
  readonly #seconds: BoundedHistogram;

  constructor({ registers, leftOut }: Into) {
    const bound = { registers, leftOut, most: MOST_NAMES };
    this.#requests = new BoundedCounter({
      name: "holdfast_artifact_requests_total",
      help: "Requests to chart repositories and registries.",
      labelNames: ["repo", "request_type", "result"],
      ...bound,
    });
    this.#seconds = new BoundedHistogram({
      name: "holdfast_artifact_request_duration_seconds",
      help: "Seconds that requests to chart repositories and registries took.",
      labelNames: ["repo", "request_type"],
      buckets: [0.1, 0.25, 0.5, 1, 2, 4, 10],
      ...bound,
    });
  }

  request({ url: repo, type: request_type, tookMs, failed }: ArtifactRequest): void {
    this.#requests.inc({ repo, request_type, result: failed ? "failed" : "answered" });
    this.#seconds.observe({ repo, request_type }, tookMs / 1000);
  }
}
