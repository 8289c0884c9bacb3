import { createHmac } from "node:crypto";
import type { Clock } from "../core/ports/clock.ts";
import { type Chance, isSameText } from "./credential.ts";

/** Milliseconds that a turn is worth something. */
export const TURN_MS = 10 * 60_000;
const LONGEST = 200;

/**
 * Since when somebody asks, as a text that they bring the next time: of those who wait, who asked first comes first, and a
 * crowd that comes later passes nobody. Nothing is kept of who was turned away, so that no crowd fills anything up; what is
 * kept are turns that were taken, and there are no more of these than passwords that were looked at. A restart forgets all.
 */
export class Turns {
  readonly #key: Uint8Array<ArrayBuffer>;
  /** What was taken, and since when it was asked for. */
  readonly #taken = new Map<string, number>();

  constructor(
    private readonly clock: Pick<Clock, "monotonic">,
    chance: Chance,
  ) {
    this.#key = chance(32);
  }

  /**
   * @param text as it was handed out to this place; anything else asks as of now
   * @returns since when, and the text of that
   */
  of(text: string | undefined, place: string): { since: number; text: string } {
    const now = Math.floor(this.clock.monotonic());
    const since = Number(/^\d{1,16}(?=-)/.exec(text?.slice(0, LONGEST) ?? "")?.[0]);
    if (text !== undefined && since <= now && now - since < TURN_MS && !this.#taken.has(text)) {
      if (isSameText(text, this.#text(since, place))) return { since, text };
    }
    return { since: now, text: this.#text(now, place) };
  }

  /** Its password is looked at. */
  take(text: string): void {
    const now = this.clock.monotonic();
    for (const [taken, since] of this.#taken) {
      if (now - since < TURN_MS) break;
      this.#taken.delete(taken);
    }
    this.#taken.set(text, now);
  }

  #text(since: number, place: string): string {
    const mac = createHmac("sha256", this.#key)
      .update(JSON.stringify([since, place]))
      .digest("base64url");
    return `${since}-${mac}`;
  }
}
