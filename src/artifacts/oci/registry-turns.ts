/** How fast one registry is asked about images: a few questions at once, some within a second, and none while it wants quiet. */
import { Failure } from "../../core/model/failure.ts";
import { USUAL_REQUESTS_PER_SECOND } from "../../core/model/repository-access.ts";
import type { Clock } from "../../core/ports/clock.ts";
import { Lru } from "../../lib/lru.ts";
import { Pace } from "../../lib/pace.ts";
import { Slots } from "../../lib/slots.ts";
import { timestamp } from "../../lib/timestamp.ts";

const AT_ONCE = 4;
/** Of a registry that wants fewer requests and does not say for how long. */
const USUAL_QUIET_MS = 60_000;
/** Logins of one registry that are remembered to be left alone. */
const MOST_LOGINS = 1_000;
/** All of them: it has no time for anybody. */
const ANYBODY = "";

export class RegistryTurns {
  readonly #slots = new Slots(AT_ONCE);
  readonly #pace: Pace;
  #mostPerSecond = USUAL_REQUESTS_PER_SECOND;
  /** By login: milliseconds since some moment of this process. */
  readonly #quietUntil = new Lru<string, number>(MOST_LOGINS);

  constructor(
    /** `https://registry.example.com` */
    private readonly origin: string,
    private readonly clock: Clock,
  ) {
    this.#pace = new Pace(() => this.#mostPerSecond, 1_000, clock);
  }

  /** As whoever asks next has it. @param most undefined: as usual */
  allow(most: number | undefined): void {
    this.#mostPerSecond = most ?? USUAL_REQUESTS_PER_SECOND;
  }

  /**
   * @param login `loginKey`: one that asked too much is no reason to leave others unasked
   * @throws {Failure} of `ask`; artifact-unreachable while it wants quiet
   */
  hold<T>(login: string, ask: () => Promise<T>, signal: AbortSignal): Promise<T> {
    return this.#slots.hold(async () => {
      this.#refuseWhileQuiet(login);
      await this.#pace.turn(signal);
      this.#refuseWhileQuiet(login);
      try {
        return await ask();
      } catch (cause) {
        const [, status] = (cause instanceof Failure && /\(HTTP (429|503)\)/.exec(cause.why)) || [];
        if (cause instanceof Failure && status !== undefined) {
          const quietMs = cause.retryAfterMs ?? (status === "429" ? USUAL_QUIET_MS : 0);
          const whose = status === "429" ? login : ANYBODY;
          this.#quietUntil.set(whose, Math.max(this.#until(whose), this.clock.monotonic() + quietMs));
          this.#refuseWhileQuiet(login);
        }
        throw cause;
      }
    }, signal);
  }

  #until(login: string): number {
    return this.#quietUntil.get(login) ?? Number.NEGATIVE_INFINITY;
  }

  #refuseWhileQuiet(login: string): void {
    const leftMs = Math.max(this.#until(login), this.#until(ANYBODY)) - this.clock.monotonic();
    if (leftMs <= 0) return;
    throw new Failure("artifact-unreachable", this.origin, "backoff", {
      cannot: "ask it",
      why: `it asked for fewer requests, and is left alone until ${timestamp(this.clock.now() + leftMs)}`,
      fix: "Wait, or give it credentials: most registries answer those who log in more often",
      retryAfterMs: leftMs,
    });
  }
}
