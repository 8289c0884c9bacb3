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
  /** Whether somebody asked since the last pass began, or only what that one did not get done is left. */
  #asked: "anew" | "still" = "anew";
  /** Looks that passes were asked for and have not ended. */
  readonly #looking = new Map<Promise<void>, "anew" | "still">();

  /** @param begun told where `isLooking` may become true; default nobody */
  constructor(private readonly begun: () => void = () => undefined) {}

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

  /** Whether a look is due, or under way, that is no mere further try of one that failed: it may end otherwise. */
  get isAskedAnew(): boolean {
    const isDue = this.#look !== "nothing" && this.#asked === "anew";
    return isDue || [...this.#looking.values()].includes("anew");
  }

  /** Resolves when the looks that are asked for, or under way, have ended. */
  async looked(): Promise<void> {
    const next = this.#look === "nothing" ? [] : [this.nextPass()];
    await Promise.all([...this.#looking.keys(), ...next]);
  }

  /** Asks for at least this look. */
  need(look: Look, since: number): void {
    this.#asked = "anew";
    this.#atLeast(look, since);
  }

  /** What a pass was asked for and did not get done. */
  stillNeed(look: Look, since: number): void {
    this.#atLeast(look, since);
  }

  #atLeast(look: Look, since: number): void {
    if (look === "latest" || look === "hard") this.#since = Math.max(this.#since, since);
    if (LOOKS.indexOf(look) > LOOKS.indexOf(this.#look)) this.#look = look;
    this.begun();
  }

  /** Resolves when the next pass that starts from now on has ended. */
  nextPass(): Promise<void> {
    return new Promise((resolve) => this.#askers.add(resolve));
  }

  /** Called where a pass starts. What a pass does not get done it asks for again by `stillNeed`. */
  take(): Asked {
    const look = this.#look;
    const askers = this.#askers;
    const looking = Promise.withResolvers<void>();
    if (look !== "nothing") this.#looking.set(looking.promise, this.#asked);
    this.#look = "nothing";
    this.#asked = "still";
    this.#askers = new Set();
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
