/** How fast one registry is asked about images: a few questions at once, some within a second, and none while it wants quiet. */
import { Failure } from "../../core/model/failure.ts";
import type { Clock } from "../../core/ports/clock.ts";
import { Pace } from "../../lib/pace.ts";
import { Slots } from "../../lib/slots.ts";
import { timestamp } from "../../lib/timestamp.ts";

const AT_ONCE = 4;
/** Source: Argo CD Image Updater's default. */
const WITHIN_A_SECOND = 20;
/** Of a registry that wants fewer requests and does not say for how long. */
const USUAL_QUIET_MS = 60_000;

export class RegistryTurns {
  readonly #slots = new Slots(AT_ONCE);
  readonly #pace: Pace;
  /** Milliseconds since some moment of this process. */
  #quietUntil = Number.NEGATIVE_INFINITY;

  constructor(
    /** `https://registry.example.com` */
    private readonly origin: string,
    private readonly clock: Clock,
  ) {
    this.#pace = new Pace(() => WITHIN_A_SECOND, 1_000, clock);
  }

  /** @throws {Failure} of `ask`; artifact-unreachable while it wants quiet */
  hold<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T> {
    return this.#slots.hold(async () => {
      this.#refuseWhileQuiet();
      await this.#pace.turn(signal);
      this.#refuseWhileQuiet();
      try {
        return await ask();
      } catch (cause) {
        if (cause instanceof Failure && /\(HTTP (?:429|503)\)/.test(cause.why)) {
          const quiet = cause.retryAfterMs ?? (cause.why.includes("429") ? USUAL_QUIET_MS : 0);
          this.#quietUntil = Math.max(this.#quietUntil, this.clock.monotonic() + quiet);
          this.#refuseWhileQuiet();
        }
        throw cause;
      }
    }, signal);
  }

  #refuseWhileQuiet(): void {
    const leftMs = this.#quietUntil - this.clock.monotonic();
    if (leftMs <= 0) return;
    throw new Failure("artifact-unreachable", this.origin, "backoff", {
      cannot: "ask it",
      why: `it asked for fewer requests, and is left alone until ${timestamp(this.clock.now() + leftMs)}`,
      fix: "Wait, or give it credentials: most registries answer those who log in more often",
      retryAfterMs: leftMs,
    });
  }
}
