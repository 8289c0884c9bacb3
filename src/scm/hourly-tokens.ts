/** Tokens that count for an hour, each asked for once by all who need it at the same time. */
export class HourlyTokens {
  readonly #now: () => number;
  readonly #known = new Map<string, { token: string; untilMs: number }>();
  readonly #asked = new Map<string, Promise<string>>();

  /** @param now milliseconds since 1970 */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** @throws what `ask` throws, which is not kept */
  async get(key: string, ask: () => Promise<{ token: string; untilMs: number }>): Promise<string> {
    const now = this.#now();
    for (const [old, { untilMs }] of this.#known) if (untilMs <= now) this.#known.delete(old);
    const known = this.#known.get(key);
    if (known !== undefined) return known.token;
    const asked = this.#asked.get(key) ?? this.#ask(key, ask);
    this.#asked.set(key, asked);
    return asked;
  }

  forget(key: string): void {
    this.#known.delete(key);
  }

  async #ask(key: string, ask: () => Promise<{ token: string; untilMs: number }>): Promise<string> {
    try {
      const given = await ask();
      this.#known.set(key, given);
      return given.token;
    } finally {
      this.#asked.delete(key);
    }
  }
}
