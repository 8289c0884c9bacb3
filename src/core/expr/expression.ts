/**
 * Conditions in the language of github.com/expr-lang/expr, which Argo CD's deep links and triggers are written in:
 * https://expr-lang.org/docs/language-definition. What it has is in `names.ts`; what is none of it says so.
 * Where it differs: places in a text count characters and not bytes, a chain ends at `timezone` (name zones in `date`),
 * bytes (`b"…"`) and functions that an operator adds to Go are not there, and what takes too many steps is refused.
 */
import { defined } from "../../lib/defined.ts";
import { Evaluation } from "./evaluate.ts";
import { parse } from "./parse.ts";
import type { Node } from "./syntax.ts";
import { type Budget, intake, type Value } from "./values.ts";
import { placeOf, Wrong } from "./wrong.ts";

/** What is wrong with one, at a place of its text (from 1). */
export interface Mistake {
  why: string;
  line: number;
  column: number;
  fix?: string;
}

export type Compiled = { ok: true; expression: Expression } | { ok: false; mistake: Mistake };
export type Evaluated = { is: "value"; value: Value } | { is: "wrong"; mistake: Mistake };

/** Enough for what is asked of an application of some thousand objects. */
const MOST_STEPS = 500_000;

/** Names and what they stand for. It reads each once, whatever is asked of it how often. */
export class Environment {
  readonly #read = new Map<string, Value>();

  /**
   * @param given JSON, and `Func`s; a map of `Func`s is what `strings.ToLower(…)` is called of
   * @param nowMs since 1970, of `now()`
   */
  constructor(
    private readonly given: Readonly<Record<string, unknown>>,
    readonly nowMs: number,
  ) {}

  /** @returns undefined where the name stands for nothing @throws {Wrong} on what is no value */
  get(name: string): Value | undefined {
    if (!Object.hasOwn(this.given, name)) return undefined;
    const known = this.#read.get(name);
    if (known !== undefined) return known;
    const read = intake(this.given[name]);
    this.#read.set(name, read);
    return read;
  }

  /** @throws {Wrong} */
  all(): Value {
    return new Map(Object.keys(this.given).map((name) => [name, this.get(name) ?? null]));
  }
}

class Expression {
  constructor(
    readonly text: string,
    private readonly node: Node,
  ) {}

  /**
   * @param environment what its names stand for; one that stands for nothing is nil
   * @param mostSteps after which it is refused; a step is about one node or one item of a list
   */
  evaluate(environment: Environment, mostSteps = MOST_STEPS): Evaluated {
    let left = mostSteps;
    const budget: Budget = {
      spend(steps) {
        left -= steps;
        if (left < 0) throw new Wrong("it takes too many steps", undefined, "Ask less of each item");
      },
      now: () => BigInt(Math.trunc(environment.nowMs)) * 1_000_000n,
    };
    const evaluation = new Evaluation(
      (name) => environment.get(name),
      () => environment.all(),
      budget,
    );
    try {
      return { is: "value", value: evaluation.value(this.node) };
    } catch (cause) {
      return { is: "wrong", mistake: mistakeOf(cause, this.text) };
    }
  }
}

export function compile(text: string): Compiled {
  try {
    return { ok: true, expression: new Expression(text, parse(text)) };
  } catch (cause) {
    return { ok: false, mistake: mistakeOf(cause, text) };
  }
}

function mistakeOf(cause: unknown, text: string): Mistake {
  // What lists hold lists hold lists nests without any of it being written.
  if (cause instanceof RangeError) return mistakeOf(new Wrong("it nests too deep"), text);
  if (!(cause instanceof Wrong)) throw cause;
  return {
    why: cause.why,
    ...placeOf(text, cause.at ?? 0),
    ...defined({ fix: cause.fix }),
  };
}

/** In one sentence. */
export function sayMistake({ why, line, column, fix }: Mistake): string {
  const where = line === 1 ? `at character ${column}` : `at line ${line}, character ${column}`;
  return `${where}: ${why}${fix === undefined ? "" : `. ${fix}`}`;
}
