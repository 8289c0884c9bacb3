import { Counter } from "prom-client";
import type { Into } from "./into.ts";

/** Images that are kept up to date. */
export class ImageMetrics {
  readonly #looks: Counter;
  readonly #writes: Counter;

  constructor({ registers }: Into) {
    this.#looks = new Counter({
      name: "holdfast_image_looks_total",
      help: "Images that registries were asked about, and whether they told.",
      labelNames: ["outcome"],
      registers,
    });
    this.#writes = new Counter({
      name: "holdfast_image_writes_total",
      help: "Commits, or changes of Applications, that bring images up to date, and what became of them.",
      labelNames: ["method", "outcome"],
      registers,
    });
  }

  looked(outcome: "done" | "failed"): void {
    this.#looks.inc({ outcome });
  }

  wrote(method: "git" | "argocd", outcome: "done" | "failed"): void {
    this.#writes.inc({ method, outcome });
  }
}
