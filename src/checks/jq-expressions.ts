import type { ExpressionProblem, Jq, JqContent, JqPlaces } from "../core/ports/jq.ts";
import { hashText } from "../lib/hash.ts";
import { Lru } from "../lib/lru.ts";
import { CheckProcess, type CheckProcessOptions, checkProcessDefaults } from "./check-process.ts";
import type { JqAnswer, RunAnswer } from "./job.ts";

export interface JqExpressionsOptions {
  /** Starts the process for jq, see run-check-host.ts. */
  command: readonly string[];
  limits?: Partial<Omit<CheckProcessOptions, "command">>;
  /** An expression that had to be ended is left alone for so long: others wait behind it. */
  restMs?: number;
}

/** Steps of places that are remembered, some 50 bytes each. What was asked for longest ago goes first. */
const MOST_REMEMBERED = 400_000;
/** An answer without a place is remembered too. */
const EACH_COUNTS = 4;
/** Texts of expressions whose problem, or want of one, is known. */
const MOST_EXPRESSIONS = 5_000;
/** Longer ones are no paths. */
const LONGEST = 10_000;

/**
 * jq in a process of its own, started at the first question and gone a minute after the last. What it said of an
 * expression in one content is remembered, so that where nothing changes no process is started.
 */
export class JqExpressions implements Jq {
  readonly #process: CheckProcess;
  readonly #restMs: number;
  readonly #problems = new Lru<string, { why: string | null }>(MOST_EXPRESSIONS);
  readonly #places = new Lru<string, JqPlaces>(MOST_REMEMBERED, weigh);
  /** Expressions that had to be ended, by their text. */
  readonly #rests = new Lru<string, { until: number; why: string }>(MOST_EXPRESSIONS);
  /** Asked by several at once, answered once. */
  readonly #underWay = new Map<string, Promise<JqPlaces>>();

  constructor({ command, limits, restMs = 30_000 }: JqExpressionsOptions) {
    this.#process = new CheckProcess({ ...checkProcessDefaults, ...limits, command });
    this.#restMs = restMs;
  }

  async problemOf(expression: string): Promise<ExpressionProblem | undefined> {
    if (expression.length > LONGEST)
      return { lasts: "for-good", why: `it is longer than ${LONGEST} characters` };
    const known = this.#problems.get(expression);
    if (known === undefined) {
      const answer = await this.#ask(expression, () =>
        this.#process.run({ language: "jq", ask: "problem", expression }),
      );
      if (answer.is !== "done") return { lasts: "for-now", why: answer.why };
      const why = typeof answer.value === "string" ? answer.value : null;
      this.#problems.set(expression, { why });
      return why === null ? undefined : { lasts: "for-good", why };
    }
    return known.why === null ? undefined : { lasts: "for-good", why: known.why };
  }

  placesIn({ object, key }: JqContent, expression: string): Promise<JqPlaces> {
    const asked = hashText(JSON.stringify([expression, key]));
    const known = this.#places.get(asked);
    if (known !== undefined) return Promise.resolve(known);
    const underWay = this.#underWay.get(asked);
    if (underWay !== undefined) return underWay;
    const answer = this.#placesNow(asked, object, expression).finally(() => this.#underWay.delete(asked));
    this.#underWay.set(asked, answer);
    return answer;
  }

  async stop(): Promise<void> {
    await this.#process.stop();
  }

  async #placesNow(asked: string, object: unknown, expression: string): Promise<JqPlaces> {
    const answer = await this.#ask(expression, () =>
      this.#process.run({ language: "jq", ask: "places", expression, object }),
    );
    // Of a process that was ended, or could not be asked, nothing is learned.
    if (answer.is !== "done") return { is: "unknown", why: answer.why };
    const value = answer.value as JqAnswer;
    const places: JqPlaces =
      "why" in value ? { is: "unknown", why: value.why } : { is: "places", places: value.places };
    this.#places.set(asked, places);
    return places;
  }

  /** Asks the process, unless the expression rests. */
  async #ask(expression: string, run: () => Promise<RunAnswer>): Promise<RunAnswer> {
    const rest = this.#rests.get(expression);
    if (rest !== undefined && rest.until > performance.now()) return { is: "ended", why: rest.why };
    const answer = await run();
    if (answer.is === "ended")
      this.#rests.set(expression, { until: performance.now() + this.#restMs, why: answer.why });
    return answer;
  }
}

function weigh(found: JqPlaces): number {
  if (found.is === "unknown") return EACH_COUNTS;
  return found.places.reduce((sum, place) => sum + place.length + 1, EACH_COUNTS);
}
