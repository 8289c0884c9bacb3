import { Counter, Gauge, type Registry } from "prom-client";

/** Argo CD's metrics of webhooks, by its names and labels. */
export class WebhookMetrics {
  readonly #requests: Counter;
  #handled = 0;

  constructor(registers: Registry[]) {
    this.#requests = new Counter({
      name: "argocd_webhook_requests_total",
      help: "Deliveries of webhooks that were heard; repo is empty where no application follows what they name.",
      labelNames: ["repo"],
      registers,
    });
    const handled = () => this.#handled;
    new Gauge({
      name: "argocd_webhook_handlers_in_flight",
      help: "Deliveries of webhooks that are being read.",
      registers,
      collect() {
        this.set(handled());
      },
    });
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
