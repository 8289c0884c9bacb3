import type { Clock } from "../../core/ports/clock.ts";

/** Those that are asked for within a moment are worked on together, one such work after the other. */
export class Gathered<T> {
  readonly #wanted = new Set<T>();
  #working: "no" | "yes" = "no";

  /** @param work never rejects */
  constructor(
    private readonly clock: Clock,
    private readonly ms: number,
    private readonly work: (all: readonly T[]) => Promise<void>,
  ) {}

  want(one: T): void {
    this.#wanted.add(one);
    if (this.#working === "yes") return;
    this.#working = "yes";
    void this.#run().finally(() => {
      this.#working = "no";
    });
  }

  async #run(): Promise<void> {
    while (this.#wanted.size > 0) {
      await this.clock.sleep(this.ms);
      const all = [...this.#wanted];
      this.#wanted.clear();
      await this.work(all);
    }
  }
}
