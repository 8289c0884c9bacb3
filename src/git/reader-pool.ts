/** The open object readers of all repositories: a bounded number, and none that nobody asks. */
import { type ObjectReader, ReaderEnded } from "./object-reader.ts";

interface Open {
  reader: ObjectReader;
  weight: number;
  users: number;
  idle: ReturnType<typeof setTimeout> | undefined;
}

export class ReaderPool {
  /** By place, the one used longest ago first. */
  readonly #open = new Map<string, Open>();
  readonly #line: (() => void)[] = [];
  #stopped = false;

  constructor(
    /** Sum of the weights of readers that are open at once. */
    readonly maxWeight: number,
    /** A reader that nobody asks for so long is closed. */
    readonly idleMs: number,
  ) {}

  /**
   * Lends the reader of `place`, opened by `open` where there is none. Others may use it at the same time; what ended
   * over somebody else's question is opened anew and asked once more.
   * @param weight of one reader of this kind, at most `maxWeight`
   */
  async use<T>(
    place: string,
    weight: number,
    open: () => ObjectReader,
    work: (reader: ObjectReader) => Promise<T>,
  ): Promise<T> {
    try {
      return await this.#useOnce(place, weight, open, work);
    } catch (cause) {
      if (!(cause instanceof ReaderEnded && cause.over === "something else") || this.#stopped) throw cause;
      return this.#useOnce(place, weight, open, work);
    }
  }

  async #useOnce<T>(
    place: string,
    weight: number,
    open: () => ObjectReader,
    work: (reader: ObjectReader) => Promise<T>,
  ): Promise<T> {
    const mine = await this.#take(place, weight, open);
    try {
      return await work(mine.reader);
    } finally {
      if (--mine.users === 0) this.#rest(place, mine);
    }
  }

  /** Closes the reader of `place` and of all that lies below it. */
  async close(place: string): Promise<void> {
    const gone = [...this.#open.keys()].filter((each) => each === place || each.startsWith(`${place}/`));
    await Promise.all(gone.map((each) => this.#close(each)));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.#open.keys()].map((place) => this.#close(place)));
  }

  get size(): number {
    return this.#open.size;
  }

  async #take(place: string, weight: number, open: () => ObjectReader): Promise<Open> {
    for (;;) {
      const known = this.#open.get(place);
      if (known !== undefined && !known.reader.hasEnded) {
        clearTimeout(known.idle);
        known.users++;
        this.#open.delete(place);
        this.#open.set(place, known);
        return known;
      }
      if (known !== undefined) await this.#close(place);
      else if (this.#makeRoom(weight) === "there is room") {
        const mine: Open = { reader: open(), weight, users: 1, idle: undefined };
        this.#open.set(place, mine);
        return mine;
      } else await new Promise<void>((resolve) => this.#line.push(resolve));
    }
  }

  #makeRoom(weight: number): "there is room" | "all are busy" {
    let free = this.maxWeight - [...this.#open.values()].reduce((sum, each) => sum + each.weight, 0);
    for (const [place, { users, weight: other }] of [...this.#open]) {
      if (free >= weight) break;
      if (users > 0) continue;
      void this.#close(place);
      free += other;
    }
    return free >= weight ? "there is room" : "all are busy";
  }

  #rest(place: string, mine: Open): void {
    for (const go of this.#line.splice(0)) go();
    if (mine.reader.hasEnded) return void this.#close(place, mine);
    mine.idle = setTimeout(() => void this.#close(place, mine), this.idleMs);
    mine.idle.unref();
  }

  async #close(place: string, only?: Open): Promise<void> {
    const known = this.#open.get(place);
    if (known === undefined || (only !== undefined && known !== only)) return;
    this.#open.delete(place);
    clearTimeout(known.idle);
    await known.reader.close();
    for (const go of this.#line.splice(0)) go();
  }
}
