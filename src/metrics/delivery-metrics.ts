import { Counter, Histogram, type OpenMetricsContentType, Registry } from "prom-client";
import type { Into } from "./into.ts";

/** What a commit's way reached; `tookMs` since the commit was seen, or its push was heard. */
export interface ReachedInTime {
  reached: "synced" | "healthy";
  tookMs: number;
  /** Of the trace that shows where the time went. */
  traceId?: string;
}

/** How fast commits are delivered, and what became of the traces of that. */
export class DeliveryMetrics {
  /** Prom-client lets only a registry of this kind have exemplars. */
  readonly registry = new Registry<OpenMetricsContentType>();
  readonly #seconds: Histogram;
  readonly #spans: Counter;

  constructor({ registers }: Into) {
    this.registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    this.#seconds = new Histogram({
      name: "holdfast_delivery_seconds",
      help: "Seconds from a commit that was seen, or its push that was heard, to an automated application that is synced and healthy at it.",
      labelNames: ["reached"],
      buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800],
      enableExemplars: true,
      registers: [this.registry],
    });
    for (const reached of ["synced", "healthy"]) this.#seconds.zero({ reached });
    this.#spans = new Counter({
      name: "holdfast_trace_spans_total",
      help: "Spans of traces, by what became of them: sent, refused by the receiver, no room while it was away.",
      labelNames: ["outcome"],
      registers,
    });
  }

  reached({ reached, tookMs, traceId }: ReachedInTime): void {
    this.#seconds.observe({
      labels: { reached },
      value: tookMs / 1000,
      ...(traceId === undefined ? {} : { exemplarLabels: { trace_id: traceId } }),
    });
  }

  spans(outcome: "sent" | "refused" | "no room", count: number): void {
    this.#spans.inc({ outcome }, count);
  }
}
