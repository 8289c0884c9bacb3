import { Counter, Histogram, type Registry } from "prom-client";
import type { GitRequest } from "../core/ports/git.ts";
import { withoutUserinfo } from "../lib/url-userinfo.ts";

/**
 * Argo CD's metrics of its repo-server. Its failure counters bear a `revision` label; here it is always empty:
 * branch names and SHAs would make series without end.
 */
export class GitMetrics {
  readonly #requests: Counter;
  readonly #seconds: Histogram;
  readonly #failures: Record<GitRequest["type"], Counter>;

  constructor(registers: Registry[]) {
    this.#requests = new Counter({
      name: "argocd_git_request_total",
      help: "Requests to Git servers.",
      labelNames: ["repo", "request_type"],
      registers,
    });
    this.#seconds = new Histogram({
      name: "argocd_git_request_duration_seconds",
      help: "Seconds that requests to Git servers took.",
      labelNames: ["repo", "request_type"],
      buckets: [0.1, 0.25, 0.5, 1, 2, 4, 10],
      registers,
    });
    this.#failures = {
      fetch: new Counter({
        name: "argocd_git_fetch_fail_total",
        help: "Fetches that failed.",
        labelNames: ["repo", "revision"],
        registers,
      }),
      "ls-remote": new Counter({
        name: "argocd_git_lsremote_fail_total",
        help: "Listings of refs that failed.",
        labelNames: ["repo", "revision"],
        registers,
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
