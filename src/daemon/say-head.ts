import { sayHead } from "../core/model/activity.ts";
import { Failure } from "../core/model/failure.ts";
import type { Journal } from "../core/ports/journal.ts";
import type { Log } from "../core/ports/log.ts";

const EVERY_MS = 60 * 60_000;

/**
 * Says the head of the activity in the log, which is kept elsewhere: whoever writes the store anew from some entry on cannot
 * take that back.
 */
export class HeadsInLog {
  #said: string | undefined;
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(
    private readonly journal: Pick<Journal, "activityHead">,
    private readonly log: Log,
  ) {
    this.say();
    this.#timer = setInterval(() => this.say(), EVERY_MS).unref();
  }

  /** Where there is another one since. */
  say(): void {
    try {
      const head = this.journal.activityHead();
      if (head === undefined || sayHead(head) === this.#said) return;
      this.#said = sayHead(head);
      this.log.info("head of the activity", { head: this.#said });
    } catch (cause) {
      // That the store is lost is said by whoever watches it.
      if (!(cause instanceof Failure)) throw cause;
    }
  }

  stop(): void {
    clearInterval(this.#timer);
    this.say();
  }
}
