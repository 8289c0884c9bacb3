import { backoffMs } from "../../lib/backoff.ts";
import type { How } from "./send.ts";

/** So often, and for so long, is no accident: on a slow server one who writes often is always first for a while. */
const LEAST = 8;
const WITHIN_MS = 10_000;
const PAUSE = { firstMs: 20, mostMs: 200 };

/** Somebody writes to the object each time between our reading and our writing. */
export class Races {
  /** Lost so far. */
  count = 0;
  readonly #beganAt: number;

  constructor(private readonly how: How) {
    this.#beganAt = how === "dry-run" ? 0 : how.clock.monotonic();
  }

  /** After a pause, where there is one more. @throws the reason of a stop, or of whoever terminated it */
  async lost(): Promise<"once-more" | "too-often"> {
    const { how } = this;
    this.count += 1;
    if (how === "dry-run") return this.count < LEAST ? "once-more" : "too-often";
    const { clock, stopping, signal } = how;
    if (this.count >= LEAST && clock.monotonic() - this.#beganAt >= WITHIN_MS) return "too-often";
    stopping.throwIfAborted();
    signal.throwIfAborted();
    await clock.sleep(backoffMs(this.count, PAUSE), signal);
    return "once-more";
  }
}
