import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-codes.ts";
import { unreachable } from "./unreachable.ts";

/** A refresh renders and compares before it answers. */
const USUAL_MS = 120_000;
/** A limit for a wait that is over at once looks once all the same. */
const LEAST_MS = 1_000;

/** How long an answer may take. */
export interface Limit {
  /** What the caller said, ms; 0: without end. undefined: two minutes for one that is read whole, no end for a stream. */
  ms: number | undefined;
  answer: "whole" | "stream";
}

/** The time of one request; whoever makes one ends it. */
export class Within implements Disposable {
  readonly signal: AbortSignal;
  readonly #late = new AbortController();
  readonly #timer: Timer | undefined;
  readonly #ms: number;
  readonly #code: typeof EXIT.timedOut | typeof EXIT.unreachable;

  /** @param stop ends it at once, with its own reason */
  constructor(
    private readonly stop: AbortSignal,
    { ms, answer }: Limit,
  ) {
    const usual = answer === "whole" ? USUAL_MS : 0;
    this.#ms = ms === undefined ? usual : ms === 0 ? 0 : Math.max(ms, LEAST_MS);
    this.#code = ms === undefined ? EXIT.unreachable : EXIT.timedOut;
    this.signal = AbortSignal.any([stop, this.#late.signal]);
    if (this.#ms > 0) this.#timer = setTimeout(() => this.#late.abort(), this.#ms);
  }

  /** What `cause` is for whoever reads it. @throws the reason of `stop`, where that is why */
  error(url: string, cause: unknown): Error {
    this.stop.throwIfAborted();
    if (cause instanceof CliError) return cause;
    if (!this.#late.signal.aborted) return unreachable(url, cause);
    const longer = this.#code === EXIT.timedOut ? ["Give it longer with --timeout."] : [];
    return new CliError(this.#code, `${url} did not answer within ${this.#ms / 1_000} s.`, longer, { cause });
  }

  /** From now on it may take as long as it likes. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
