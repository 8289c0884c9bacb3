import type { ExpressionProblem, Jq, JqContent, JqPlaces } from "../core/ports/jq.ts";
import { hashText } from "../lib/hash.ts";
import { Lru } from "../lib/lru.ts";
import { CheckProcess, type CheckProcessOptions, checkProcessDefaults } from "./check-process.ts";
import { FairLine, type Lane } from "./fair-line.ts";
import type { Job, JqAnswer, RunAnswer } from "./job.ts";
import { SharedMemory } from "./shared-memory.ts";

export interface JqExpressionsOptions {
  /** Starts the process for jq, see run-check-host.ts. */
  command: readonly string[];
  limits?: Partial<Omit<CheckProcessOptions, "command">>;
  /** An expression that had to be ended is left alone for so long: others wait behind it. */
  restMs?: number;
  /** What one application may use in a minute before it waits for itself alone. */
  budgetMs?: number;
}

/** Steps of places that are remembered, some 50 bytes each. What was asked for longest ago goes first. */
const MOST_REMEMBERED = 400_000;
/** An answer without a place is remembered too. */
const EACH_COUNTS = 4;
/** Texts of expressions whose problem, or want of one, is known. */
const MOST_EXPRESSIONS = 5_000;
/** Of one application in a minute: hundreds of expressions in hundreds of objects, and two without end. */
const BUDGET_MS = 2_000;
/** Longer ones are no paths. */
const LONGEST = 10_000;

/**
 * jq in processes of its own, one for everybody and one for those who used up what they may, started at the first question and gone a minute after the last. What it said of an
 * expression in one content is remembered, so that where nothing changes no process is started.
 */
export class JqExpressions implements Jq {
  readonly #lanes: Readonly<Record<Lane, CheckProcess>>;
  readonly #line: FairLine;
  readonly #restMs: number;
  readonly #problems = new Lru<string, { why: string | null }>(MOST_EXPRESSIONS);
  readonly #places = new SharedMemory<JqPlaces>(MOST_REMEMBERED, weigh);
  /** Expressions that had to be ended, by whose they are and their text: what one's object is too large for, another's is not. */
  readonly #rests = new Lru<string, { until: number; why: string }>(MOST_EXPRESSIONS);
  /** Asked by several at once, answered once. */
  readonly #underWay = new Map<string, Promise<JqPlaces>>();

  constructor({ command, limits, restMs = 30_000, budgetMs = BUDGET_MS }: JqExpressionsOptions) {
    const options = { ...checkProcessDefaults, ...limits, command };
    this.#lanes = { quick: new CheckProcess(options), slow: new CheckProcess(options) };
    this.#line = new FairLine({
      budgetMs,
      perMs: 60_000,
      // To start the process is nobody's fault.
      mostMs: options.jobMs,
      ticks: () => performance.now(),
    });
    this.#restMs = restMs;
  }

  async problemOf(expression: string, askedBy: string): Promise<ExpressionProblem | undefined> {
    if (expression.length > LONGEST)
      return { lasts: "for-good", why: `it is longer than ${LONGEST} characters` };
    const known = this.#problems.get(expression);
    if (known === undefined) {
      const answer = await this.#ask(askedBy, { language: "jq", ask: "problem", expression });
      if (answer.is !== "done") return { lasts: "for-now", why: answer.why };
      const why = typeof answer.value === "string" ? answer.value : null;
      this.#problems.set(expression, { why });
      return why === null ? undefined : { lasts: "for-good", why };
    }
    return known.why === null ? undefined : { lasts: "for-good", why: known.why };
  }

  placesIn({ object, key }: JqContent, expression: string, askedBy: string): Promise<JqPlaces> {
    const asked = hashText(JSON.stringify([expression, key]));
    const known = this.#places.get(askedBy, asked);
    if (known !== undefined) return Promise.resolve(known);
    const question = `${askedBy} ${asked}`;
    const underWay = this.#underWay.get(question);
    if (underWay !== undefined) return underWay;
    const answer = this.#placesNow(asked, { object, expression, askedBy }).finally(() =>
      this.#underWay.delete(question),
    );
    this.#underWay.set(question, answer);
    return answer;
  }

  async stop(): Promise<void> {
    await Promise.all([this.#lanes.quick.stop(), this.#lanes.slow.stop()]);
  }

  async #placesNow(
    asked: string,
    { object, expression, askedBy }: { object: unknown; expression: string; askedBy: string },
  ): Promise<JqPlaces> {
    const answer = await this.#ask(askedBy, { language: "jq", ask: "places", expression, object });
    // Of a process that was ended, or could not be asked, nothing is learned.
    if (answer.is !== "done") return { is: "unknown", why: answer.why };
    const value = answer.value as JqAnswer;
    const places: JqPlaces =
      "why" in value ? { is: "unknown", why: value.why } : { is: "places", places: value.places };
    this.#places.set(askedBy, asked, places);
    return places;
  }

  /** Asks the process when it is its turn, unless the expression rests by then. */
  #ask(askedBy: string, job: Extract<Job, { language: "jq" }>): Promise<RunAnswer> {
    const expression = JSON.stringify([askedBy, job.expression]);
    const rests = (): RunAnswer | undefined => {
      const rest = this.#rests.get(expression);
      return rest !== undefined && rest.until > performance.now()
        ? { is: "ended", why: rest.why }
        : undefined;
    };
    return this.#line.run(askedBy, async (lane) => {
      const resting = rests();
      if (resting !== undefined) return resting;
      const answer = await this.#lanes[lane].run(job);
      if (answer.is === "ended")
        this.#rests.set(expression, { until: performance.now() + this.#restMs, why: answer.why });
      return answer;
    });
  }
}

function weigh(found: JqPlaces): number {
  if (found.is === "unknown") return EACH_COUNTS;
  return found.places.reduce((sum, place) => sum + place.length + 1, EACH_COUNTS);
}
