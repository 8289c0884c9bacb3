import type { ProviderName } from "../../core/webhooks/provider.ts";

export const OUTCOMES = ["looking", "ignored", "repeated", "refused", "unreadable"] as const;

/** One delivery that came, for whoever sets a webhook up. Never its body. */
export interface SeenDelivery {
  /** Milliseconds since 1970. */
  at: number;
  /** `unknown`: nobody's whom we know. */
  provider: ProviderName | "unknown";
  event: string;
  /** As the provider numbers them; "" where it does not. */
  id: string;
  /** The first address that it gives, without a password, or the image. "" where it names none. */
  about: string;
  outcome: (typeof OUTCOMES)[number];
  /** Of everything but `looking`. */
  why: string;
  /** Whether it has proved whom it is from. */
  proof: "genuine" | "unsigned" | "none";
  /** Who sent it; "" where that is not known. */
  from: string;
}

/** Of each provider: whoever floods under one name washes nothing of the others away. */
const MOST_EACH = 20;
/** How long a delivery that comes again is the same one. */
const REPEATED_MS = 10 * 60_000;
const MOST_IDS = 20_000;
const MOST_TEXT = 300;

/** What came lately, and which of it was heard already. In memory, and bounded. */
export class Deliveries {
  readonly #seen = new Map<string, SeenDelivery[]>();
  /** When each was heard, the oldest first. */
  readonly #heard = new Map<string, number>();

  constructor(readonly now: () => number = Date.now) {}

  note(delivery: Omit<SeenDelivery, "at">): void {
    const { provider, event, id, about, why } = delivery;
    const bounded = { ...delivery, event: cut(event), id: cut(id), about: cut(about), why: cut(why) };
    const known = this.#seen.get(provider) ?? [];
    this.#seen.set(provider, [{ ...bounded, at: this.now() }, ...known].slice(0, MOST_EACH));
  }

  /** The newest first. */
  all(): SeenDelivery[] {
    return [...this.#seen.values()].flat().sort((a, b) => b.at - a.at);
  }

  /** Whether it was heard within the last ten minutes; from now on it was. */
  hearsAgain(key: string): "again" | "first" {
    const now = this.now();
    for (const [old, at] of this.#heard) {
      if (now - at < REPEATED_MS && this.#heard.size <= MOST_IDS) break;
      this.#heard.delete(old);
    }
    const before = this.#heard.get(key);
    if (before !== undefined && now - before < REPEATED_MS) return "again";
    this.#heard.set(key, now);
    return "first";
  }
}

function cut(text: string): string {
  return text.slice(0, MOST_TEXT);
}
