import type { Into } from "./into.ts";
import { BoundedCounter, MOST_NAMES } from "./series-bound.ts";

/** Argo CD's metrics of webhooks, by its names and labels. */
export class WebhookMetrics {
  readonly #requests: BoundedCounter;
  #handled = 0;

  constructor({ registers, families, leftOut }: Into) {
    this.#requests = new BoundedCounter({
      name: "argocd_webhook_requests_total",
      help: "Deliveries of webhooks that were heard; repo is empty where no application follows what they name.",
      labelNames: ["repo"],
      most: MOST_NAMES,
      ...{ registers, leftOut },
    });
    families.gauge("argocd_webhook_handlers_in_flight", "Deliveries of webhooks that are being read.", () => [
      [{}, this.#handled],
    ]);
  }

  /** @param repo "" where nobody follows it: whoever sends deliveries could make series without end */
  requested(repo: string): void {
    this.#requests.inc({ repo });
  }

  /** @returns it has ended */
  handling(): () => void {
    this.#handled++;
    return () => void this.#handled--;
  }
}
