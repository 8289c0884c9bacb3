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

  /** How far the next pass will look. */
  get look(): Look {
    return this.#look;
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
    return {
      look,
      since: this.#since,
      answer: () => {
        for (const resolve of askers) resolve();
      },
    };
  }
}
