import { startTimer } from "../lib/timer.ts";

/** A sleep that anybody may end. */
export class Pause {
  #wake: () => void = () => undefined;

  /** Ends the sleep where there is one. */
  wake(): void {
    this.#wake();
  }

  /** Sleeps until the time is over, somebody wakes it, or a signal is aborted. */
  sleep(ms: number, signals: readonly AbortSignal[]): Promise<void> {
    return new Promise((done) => {
      const timer = startTimer(ms, () => this.#wake());
      const end = (): void => this.#wake();
      this.#wake = () => {
        timer.cancel();
        for (const signal of signals) signal.removeEventListener("abort", end);
        this.#wake = () => undefined;
        done();
      };
      for (const signal of signals) signal.addEventListener("abort", end);
      if (signals.some((signal) => signal.aborted)) this.#wake();
    });
  }
}
