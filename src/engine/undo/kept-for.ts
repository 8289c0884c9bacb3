import type { AppKey } from "../../core/model/application.ts";
import { asFailure } from "../../core/model/failure.ts";
import type { EnginePorts } from "../engine-ports.ts";
import type { DeletedObjects } from "./deleted-objects.ts";

/** However far the next one is: somebody may set the machine's clock. */
const AT_LEAST_EVERY_MS = 3_600_000;
/** Several that go within a moment go together. */
const AT_MOST_EVERY_MS = 1_000;

export interface KeptForParts {
  ports: Pick<EnginePorts, "clock" | "log">;
  deleted: Pick<DeletedObjects, "sweep" | "untilNextMs">;
  /** What can be made again of these is less than before. */
  lessIsKept(apps: readonly AppKey[]): void;
}

/** Has what was kept for long enough go when its time is over, at the start too, whether somebody asks or not. */
export class KeptFor {
  readonly #parts: KeptForParts;
  #stop = new AbortController();

  constructor(parts: KeptForParts) {
    this.#parts = parts;
  }

  /** Also where the settings say another time: what is too old by that goes at once. */
  start(): void {
    this.stop();
    this.#stop = new AbortController();
    void this.#run(this.#stop.signal);
  }

  stop(): void {
    this.#stop.abort();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts.ports;
    while (!signal.aborted) {
      const nextMs = this.#sweep();
      const pauseMs = Math.min(AT_LEAST_EVERY_MS, Math.max(AT_MOST_EVERY_MS, nextMs));
      await clock.sleep(pauseMs, signal).catch(() => undefined);
    }
  }

  /** Never throws. @returns how long until something else is to go */
  #sweep(): number {
    const { ports, deleted, lessIsKept } = this.#parts;
    try {
      const apps = deleted.sweep();
      if (apps.length > 0) lessIsKept(apps);
      return deleted.untilNextMs() ?? AT_LEAST_EVERY_MS;
    } catch (cause) {
      const { message } = asFailure(cause, "deleted objects", "let go of what was kept long enough");
      ports.log.warn("what was kept for long enough could not be let go", { error: message });
      return AT_LEAST_EVERY_MS;
    }
  }
}
