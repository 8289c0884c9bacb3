import type { Into } from "./into.ts";
import { BoundedCounter, MOST_NAMES } from "./series-bound.ts";

/** Argo CD's metrics of notifications, by its names and labels. */
export class NotificationMetrics {
  readonly #deliveries: BoundedCounter;
  readonly #evaluations: BoundedCounter;

  constructor({ registers, leftOut }: Into) {
    this.#deliveries = new BoundedCounter({
      name: "argocd_notifications_deliveries_total",
      help: "Tries to deliver a notification, by trigger and service, and whether they succeeded.",
      labelNames: ["trigger", "service", "succeeded"],
      most: MOST_NAMES,
      ...{ registers, leftOut },
    });
    this.#evaluations = new BoundedCounter({
      name: "argocd_notifications_trigger_eval_total",
      help: "Triggers of Argo CD's settings that were asked, and whether they held.",
      labelNames: ["name", "triggered"],
      most: MOST_NAMES,
      ...{ registers, leftOut },
    });
  }

  delivered(trigger: string, service: string, outcome: "succeeded" | "failed"): void {
    this.#deliveries.inc({ trigger, service, succeeded: String(outcome === "succeeded") });
  }

  evaluated(name: string, outcome: "triggered" | "not"): void {
    this.#evaluations.inc({ name, triggered: String(outcome === "triggered") });
  }
}
