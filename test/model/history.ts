/** A value over time. Moments are whole numbers that rise with everything that happens. */
export class History<T> {
  readonly #entries: { moment: number; value: T }[];

  constructor(first: T) {
    this.#entries = [{ moment: 0, value: first }];
  }

  set(moment: number, value: T): void {
    this.#entries.push({ moment, value });
  }

  get now(): T {
    return this.#entries.at(-1)?.value as T;
  }

  at(moment: number): T {
    return this.#entries.findLast((entry) => entry.moment <= moment)?.value as T;
  }

  /** What it was at that moment and since, oldest first. */
  since(moment: number): T[] {
    const first = this.#entries.findLastIndex((entry) => entry.moment <= moment);
    return this.#entries.slice(Math.max(0, first)).map(({ value }) => value);
  }

  /** Moments at which it changed, from `moment` on, and that moment. */
  moments(moment: number): number[] {
    return [moment, ...this.#entries.map((entry) => entry.moment).filter((one) => one > moment)];
  }

  /** Everything that it was until then, oldest first. */
  until(moment: number): T[] {
    return this.#entries.filter((entry) => entry.moment <= moment).map(({ value }) => value);
  }

  all(): T[] {
    return this.#entries.map(({ value }) => value);
  }
}
