import type { Failure } from "../core/model/failure.ts";
import { Slots } from "../lib/slots.ts";
import { startTimer } from "../lib/timer.ts";

export interface ServerLineTerms {
  /** Questions at once; the others wait in line. */
  most: number;
  /** For one whole answer, in milliseconds. */
  patienceMs: number;
  /** In milliseconds: how long nobody else asks a server that was waited for in vain. */
  restMs: number;
  /** What is said of one that was waited for in vain. */
  silent: () => Failure;
  /** Milliseconds that never go back. */
  now: () => number;
}

/**
 * The line before a server. One that hangs is waited for once, by those who asked it then: the others, in line or later,
 * hear at once that it does, and after a rest one of them asks again. So whoever needs it holds nothing for long that those
 * who do not need it wait for.
 */
export class ServerLine {
  readonly #terms: ServerLineTerms;
  readonly #slots: Slots;
  #silence: { failure: Failure; untilMs: number } | undefined;
  #asksAgain: "nobody" | "somebody" = "nobody";

  constructor(terms: ServerLineTerms) {
    this.#terms = terms;
    this.#slots = new Slots(terms.most);
  }

  /** @throws {Failure} as `silent` says, what `work` throws, and the signal's reason */
  async ask<T>(work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    return this.#slots.hold(() => this.#askNow(work, signal), signal);
  }

  async #askNow<T>(work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    const { patienceMs, restMs, silent, now } = this.#terms;
    signal.throwIfAborted();
    const silence = this.#silence;
    if (silence !== undefined) {
      if (now() < silence.untilMs || this.#asksAgain === "somebody") throw silence.failure;
      this.#asksAgain = "somebody";
    }
    const waiting = new AbortController();
    const timer = startTimer(patienceMs, () => {
      const failure = silent();
      this.#silence = { failure, untilMs: now() + restMs };
      waiting.abort(failure);
    });
    try {
      const answer = await work(AbortSignal.any([signal, waiting.signal]));
      this.#silence = undefined;
      return answer;
    } catch (cause) {
      throw waiting.signal.aborted && !signal.aborted ? waiting.signal.reason : cause;
    } finally {
      timer.cancel();
      if (silence !== undefined) this.#asksAgain = "nobody";
    }
  }
}
