/** What commits that are not merged yet would do: which applications, which objects, with the real difference to the clusters. */
import type { ApplicationEffect, BlastAsk, BlastEvent } from "../../core/model/blast-report.ts";
import { Failure } from "../../core/model/failure.ts";
import { Slots } from "../../lib/slots.ts";
import type { Applications } from "../applications.ts";
import { type Concerned, whomItConcerns } from "./concerned.ts";
import { type EvaluateParts, effectOn } from "./evaluate.ts";
import { type FoundRange, findRange } from "./range.ts";

/** Applications that are rendered and compared for questions at once: the others' passes go on beside them. */
const AT_ONCE = 2;
/** Questions that are answered or wait for their turn. */
const MOST_QUESTIONS = 8;

export interface BlastRadiusParts extends EvaluateParts {
  applications: Applications;
}

export class BlastRadius {
  readonly #parts: BlastRadiusParts;
  readonly #slots = new Slots(AT_ONCE);
  #questions = 0;

  constructor(parts: BlastRadiusParts) {
    this.#parts = parts;
  }

  /**
   * The range first, then each application that it concerns, by key.
   * @throws {Failure} where it is not clear what is meant, or Git cannot say; of a single application it is in its part
   */
  async *of(ask: BlastAsk, signal: AbortSignal): AsyncGenerator<BlastEvent> {
    if (this.#questions >= MOST_QUESTIONS)
      throw new Failure("not-ready", "the range", "backoff", {
        cannot: "tell what would change",
        why: `${MOST_QUESTIONS} such questions are being answered`,
        fix: "Try again in a moment",
      });
    this.#questions++;
    const ended = new AbortController();
    try {
      yield* this.#answer(ask, AbortSignal.any([signal, ended.signal]));
    } finally {
      // Whoever reads no further wants nothing more rendered.
      ended.abort(new Error("nobody reads the answer"));
      this.#questions--;
    }
  }

  async *#answer(ask: BlastAsk, signal: AbortSignal): AsyncGenerator<BlastEvent> {
    const { applications, ports } = this.#parts;
    const settings = ports.settings();
    const { git } = ports;
    const all = [...applications];
    const range = await findRange(
      ask,
      all.map(({ spec }) => spec.app),
      { git, settings },
      signal,
    );
    const { concerned, untouched, elsewhere } = await whomItConcerns(all, range, { git, settings });
    const { repository, base, head, into, parted, changedPaths, notes } = range;
    const known = { repository, base, head, into, parted, changedPaths, notes };
    yield { is: "range", range: { ...known, concerned: concerned.length, untouched, elsewhere } };
    for await (const effect of this.#effects(concerned, range, signal)) yield { is: "application", effect };
    yield { is: "end" };
  }

  async *#effects(
    concerned: readonly Concerned[],
    range: FoundRange,
    signal: AbortSignal,
  ): AsyncGenerator<ApplicationEffect> {
    const under: Promise<ApplicationEffect>[] = [];
    let next = 0;
    const begin = (): void => {
      const one = concerned[next++];
      if (one === undefined) return;
      const effect = this.#slots.hold(() => effectOn(one, range, this.#parts, signal), signal);
      // Whoever waits for it hears of it; where nobody does any more, it is no fault.
      effect.catch(() => undefined);
      under.push(effect);
    };
    for (let at = 0; at < AT_ONCE; at++) begin();
    for (let effect = under.shift(); effect !== undefined; effect = under.shift()) {
      const found = await effect;
      begin();
      yield found;
    }
  }
}
