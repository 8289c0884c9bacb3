import type { KnownLeader } from "./leader.ts";

/**
 * Why a request is asked no further.
 *
 * - `left`: whoever asked has gone.
 * - `late`: the leader did not begin to answer in time.
 * - `lost`: another one leads.
 * - `closing`: this replica stands by no longer.
 */
export type Cut = "left" | "late" | "lost" | "closing";

/** One request of somebody, from when it came to when nothing of it is open any more. */
export class Exchange {
  #attempt = new AbortController();
  #cut: Cut | undefined;
  /** Who is asked. */
  leader: KnownLeader | undefined;
  readonly #onLeft = (): void => this.cut("left");

  constructor(
    private readonly request: Request,
    private readonly ended: (exchange: Exchange) => void,
  ) {
    request.signal.addEventListener("abort", this.#onLeft, { once: true });
    if (request.signal.aborted) this.#onLeft();
  }

  /** Of what is asked now. */
  get signal(): AbortSignal {
    return this.#attempt.signal;
  }

  get wasCut(): Cut | undefined {
    return this.#cut;
  }

  cut(why: Cut): void {
    this.#cut ??= why;
    this.#attempt.abort(new DOMException(why, "AbortError"));
  }

  /** It is asked once more: what ended the attempt before is none of the next one's. */
  again(): void {
    if (this.#cut === "left" || this.#cut === "closing") return;
    this.#cut = undefined;
    this.#attempt = new AbortController();
    this.leader = undefined;
  }

  end(): void {
    this.request.signal.removeEventListener("abort", this.#onLeft);
    this.ended(this);
  }
}
