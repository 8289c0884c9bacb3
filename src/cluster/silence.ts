import type { Clock } from "../core/ports.ts";

/** Aborts when nothing was heard for so long. The timer is not set anew at each sound, only when it runs out. */
export class Silence {
  readonly #controller = new AbortController();
  #heardAt: number;
  #timer: ReturnType<typeof setTimeout>;

  constructor(
    readonly longestMs: number,
    readonly clock: Clock,
  ) {
    this.#heardAt = clock.now();
    this.#timer = setTimeout(() => this.#look(), longestMs);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  heard(): void {
    this.#heardAt = this.clock.now();
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #look(): void {
    const left = this.#heardAt + this.longestMs - this.clock.now();
    if (left <= 0) this.#controller.abort(new Error(`nothing was heard for ${this.longestMs / 1000} s`));
    else this.#timer = setTimeout(() => this.#look(), left);
  }
}
