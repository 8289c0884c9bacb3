/**
 * Delays between the daemon and its world. Each passage takes as long as the seed says for its name and its turn: some
 * seeds have slow Git, some slow watches, some a slow API server.
 */
import { chanceOf } from "./chance.ts";
import type { Passage } from "./script.ts";
import type { VirtualTime } from "./virtual-time.ts";

type Kind = Passage | "get" | "answer" | "event" | "tree";

export class Passages {
  readonly #turns = new Map<string, number>();
  #awaited: { passage: Passage; found: (atMs: number) => void } | undefined;

  constructor(
    private readonly seed: number,
    private readonly time: VirtualTime,
  ) {}

  /** Resolves when it is over. @param owner whose it is: what is on its way to a server arrives without the daemon */
  async through(kind: Kind, name: string, owner: "daemon" | "world" = "daemon"): Promise<void> {
    await this.time.pause(this.begin(kind, name), owner);
  }

  /** @returns how long it takes, milliseconds */
  begin(kind: Kind, name: string): number {
    const label = `${kind} ${name}`;
    const turn = (this.#turns.get(label) ?? 0) + 1;
    this.#turns.set(label, turn);
    const ms = this.#msOf(kind, chanceOf(this.seed, label, turn));
    const awaited = this.#awaited;
    if (awaited?.passage === kind) {
      this.#awaited = undefined;
      awaited.found(this.time.now + ms / 2);
    }
    return ms;
  }

  /** Whole milliseconds, at least two, so that there is a middle. */
  #msOf(kind: Kind, share: number): number {
    const mood = chanceOf(this.seed, "mood", kind);
    // A small request that takes five seconds is a server that does not answer.
    const longest = kind === "get" || kind === "answer" ? 2_000 : 5_000;
    const most = mood < 0.45 ? 4 : mood < 0.75 ? 200 : share < 0.8 ? 400 : longest;
    return 2 + 2 * Math.floor((share * most) / 2);
  }

  /** Lets time pass to the middle of the next passage of the kind; where none comes, for ten seconds. */
  async middleOf(passage: Passage): Promise<void> {
    let middleMs = Number.POSITIVE_INFINITY;
    this.#awaited = { passage, found: (atMs) => (middleMs = atMs) };
    await this.time.until(() => middleMs !== Number.POSITIVE_INFINITY, 10_000);
    this.#awaited = undefined;
    if (middleMs !== Number.POSITIVE_INFINITY) await this.time.pass(middleMs - this.time.now);
  }
}
