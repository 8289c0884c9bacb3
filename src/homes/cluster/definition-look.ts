/**
 * Whoever deletes a definition deletes every Application with it, and a finalizer would take all their objects along. So
 * the definition is looked at before one is taken as deleted, once for many that go together.
 */
import type { Lookup } from "../../core/ports/cluster-objects.ts";
import { type Backoff, backoffMs } from "../../lib/backoff.ts";
import { messageOf } from "../../lib/caught.ts";
import { startTimer, type Timer } from "../../lib/timer.ts";

export interface DefinitionLookParts {
  read(): Promise<Lookup>;
  /** What `judge` says may be another thing now. */
  changed(): void;
  again: Backoff;
}

/**
 * - `meant`: the definition stays, so somebody deleted this one.
 * - `unknown`: nobody looked since.
 * - `definition`: it goes with its definition.
 */
export type Deleted = "meant" | "unknown" | "definition";

export class DefinitionLook {
  readonly #parts: DefinitionLookParts;
  readonly #meant = new Set<string>();
  readonly #asked = new Set<string>();
  /** What went with a definition stays so, though another definition is there by now. */
  readonly #withDefinition = new Set<string>();
  #isEnding = false;
  #looking: "no" | "now" | "stopped" = "no";
  #timer: Timer | undefined;
  #failures = 0;

  constructor(parts: DefinitionLookParts) {
    this.#parts = parts;
  }

  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** @param what one Application that is seen to go, or not seen any more */
  judge(what: string): Deleted {
    if (this.#meant.has(what)) return "meant";
    if (this.#isEnding) this.#withDefinition.add(what);
    if (this.#withDefinition.has(what)) return "definition";
    this.#asked.add(what);
    if (this.#timer === undefined) void this.#look();
    return "unknown";
  }

  forget(what: string): void {
    this.#meant.delete(what);
    this.#asked.delete(what);
    this.#withDefinition.delete(what);
  }

  /** The definition is gone, or another one: what was found out of it counts no more. */
  anew(): void {
    this.#isEnding = false;
    this.#withDefinition.clear();
  }

  #again(): void {
    const pauseMs = backoffMs(++this.#failures, this.#parts.again);
    this.#timer = startTimer(pauseMs, () => void this.#look()).unref();
  }

  stop(): void {
    this.#looking = "stopped";
    this.#timer?.cancel();
  }

  async #look(): Promise<void> {
    this.#timer = undefined;
    if (this.#looking !== "no") return;
    this.#looking = "now";
    // Those that are asked about from now on need another look: the definition may be deleted in between.
    const asked = [...this.#asked];
    const found = await this.#parts
      .read()
      .catch((cause): Lookup => ({ is: "unreachable", why: messageOf(cause) }));
    if (this.#looking !== "now") return;
    this.#looking = "no";
    if (found.is === "found" && found.object.metadata.deletionTimestamp !== undefined) {
      const isNews = !this.#isEnding;
      this.#isEnding = true;
      for (const what of asked) this.#withDefinition.add(what);
      this.#asked.clear();
      // Whoever replaces one at once leaves no moment in which there is none: that is seen by looking again.
      this.#again();
      if (isNews) this.#parts.changed();
      return;
    } else if (found.is === "found" || found.is === "forbidden") {
      // Who may not read definitions cannot tell, and does as Argo CD.
      for (const what of asked) if (this.#asked.delete(what)) this.#meant.add(what);
      this.#isEnding = false;
      this.#failures = 0;
    } else return this.#again();
    this.#parts.changed();
    if (this.#asked.size > 0) void this.#look();
  }
}
