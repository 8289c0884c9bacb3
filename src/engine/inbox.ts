import type { Look } from "./target/target.ts";

const LOOKS: readonly Look[] = ["nothing", "known", "latest", "hard"];

/** What one pass was asked for. */
export interface Asked {
  look: Look;
  /** When that was asked for, milliseconds since 1970: refs that were listed since then are new enough. */
  since: number;
  /** Answers those who wait for this pass. */
  answer(): void;
}

/** How far the next pass must look, and who waits for it. Requests merge: the furthest look and the latest asking count. */
export class Inbox {
  #look: Look = "latest";
  #since = 0;
  #askers = new Set<() => void>();
  /** Looks that passes were asked for and have not ended. */
  readonly #looking = new Set<Promise<void>>();

  /** How far the next pass will look. */
  get look(): Look {
    return this.#look;
  }

  /** When the latest commits were asked for last, milliseconds since 1970: refs that were listed before are too old. */
  get since(): number {
    return this.#since;
  }

  /** Whether it is still to be looked up what Git wants, or is just being looked up. */
  get isLooking(): boolean {
    return this.#look !== "nothing" || this.#looking.size > 0;
  }

  /** Resolves when the looks that are asked for, or under way, have ended. */
  async looked(): Promise<void> {
    const next = this.#look === "nothing" ? [] : [this.nextPass()];
    await Promise.all([...this.#looking, ...next]);
  }

  /** Asks for at least this look. */
  need(look: Look, since: number): void {
    if (look === "latest" || look === "hard") this.#since = Math.max(this.#since, since);
    if (LOOKS.indexOf(look) > LOOKS.indexOf(this.#look)) this.#look = look;
  }

  /** Resolves when the next pass that starts from now on has ended. */
  nextPass(): Promise<void> {
    return new Promise((resolve) => this.#askers.add(resolve));
  }

  /** Called where a pass starts. What a pass does not get done it asks for again by `need`. */
  take(): Asked {
    const look = this.#look;
    const askers = this.#askers;
    this.#look = "nothing";
    this.#askers = new Set();
    const looking = Promise.withResolvers<void>();
    if (look !== "nothing") this.#looking.add(looking.promise);
    return {
      look,
      since: this.#since,
      answer: () => {
        this.#looking.delete(looking.promise);
        looking.resolve();
        for (const resolve of askers) resolve();
      },
    };
  }
}
