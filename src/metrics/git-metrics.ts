import type { GitRequest } from "../core/ports/git.ts";
import { withoutUserinfo } from "../lib/url-userinfo.ts";
import type { Into } from "./into.ts";
import { BoundedCounter, BoundedHistogram, MOST_NAMES } from "./series-bound.ts";

/**
 * Argo CD's metrics of its repo-server. Its failure counters bear a `revision` label; here it is always empty:
 * branch names and SHAs would make series without end.
 */
export class GitMetrics {
  readonly #requests: BoundedCounter;
  readonly #seconds: BoundedHistogram;
  readonly #failures: Record<GitRequest["type"], BoundedCounter>;

  constructor({ registers, leftOut }: Into) {
    const bound = { registers, leftOut, most: MOST_NAMES };
    this.#requests = new BoundedCounter({
      name: "argocd_git_request_total",
      help: "Requests to Git servers.",
      labelNames: ["repo", "request_type"],
      ...bound,
    });
    this.#seconds = new BoundedHistogram({
      name: "argocd_git_request_duration_seconds",
      help: "Seconds that requests to Git servers took.",
      labelNames: ["repo", "request_type"],
      buckets: [0.1, 0.25, 0.5, 1, 2, 4, 10],
      ...bound,
    });
    this.#failures = {
      fetch: new BoundedCounter({
        name: "argocd_git_fetch_fail_total",
        help: "Fetches that failed.",
        labelNames: ["repo", "revision"],
        ...bound,
      }),
      "ls-remote": new BoundedCounter({
        name: "argocd_git_lsremote_fail_total",
        help: "Listings of refs that failed.",
        labelNames: ["repo", "revision"],
        ...bound,
      }),
    };
  }

  gitRequest({ url, type, tookMs, failed }: GitRequest): void {
    const repo = withoutUserinfo(url);
    this.#requests.inc({ repo, request_type: type });
    this.#seconds.observe({ repo, request_type: type }, tookMs / 1000);
    if (failed) this.#failures[type].inc({ repo, revision: "" });
  }
}
