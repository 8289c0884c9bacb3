import { Duration, Time } from "./time.ts";
import {
  type Budget,
  isList,
  isMap,
  isNumber,
  type List,
  type Mapping,
  stepsOf,
  typeOf,
  type Value,
} from "./values.ts";
import { Wrong } from "./wrong.ts";

/** @throws {Wrong} */
export type Builtin = (args: readonly Value[], budget: Budget) => Value;

/** What a function was called with, by place, from 0. Each throws `Wrong` where it is something else. */
export class Arguments {
  constructor(
    readonly name: string,
    readonly all: readonly Value[],
    readonly budget: Budget,
  ) {}

  has(at: number): boolean {
    return at < this.all.length;
  }

  any(at: number): Value {
    return this.all[at] ?? null;
  }

  /** Whoever asks for a text goes through it, so that it costs steps here. */
  text(at: number): string {
    const value = this.any(at);
    if (typeof value !== "string") return this.#not(at, "a text");
    this.budget.spend(stepsOf(value.length));
    return value;
  }

  int(at: number): bigint {
    const value = this.any(at);
    if (typeof value === "bigint") return value;
    return typeof value === "number" && Number.isInteger(value)
      ? BigInt(value)
      : this.#not(at, "a whole number");
  }

  number(at: number): bigint | number {
    const value = this.any(at);
    return isNumber(value) ? value : this.#not(at, "a number");
  }

  list(at: number): List {
    const value = this.any(at);
    return isList(value) ? value : this.#not(at, "a list");
  }

  map(at: number): Mapping {
    const value = this.any(at);
    return isMap(value) ? value : this.#not(at, "a map");
  }

  time(at: number): Time {
    const value = this.any(at);
    return value instanceof Time ? value : this.#not(at, "a time");
  }

  duration(at: number): Duration {
    const value = this.any(at);
    if (typeof value === "bigint") return new Duration(value);
    return value instanceof Duration ? value : this.#not(at, "a duration");
  }

  #not(at: number, wanted: string): never {
    const found = typeOf(this.any(at));
    throw new Wrong(
      `${this.name} wants ${wanted}${this.all.length > 1 ? ` as argument ${at + 1}` : ""}, and this is ${found}`,
      undefined,
      found === "nil" ? 'Say what counts where there is nothing, as `(x ?? "")`' : undefined,
    );
  }
}

/**
 * A table of functions, each with how many arguments it takes.
 * @param of name, the least, the most, and what it does
 */
export function table(
  of: readonly (readonly [string, number, number, (args: Arguments) => Value])[],
): (readonly [string, Builtin])[] {
  return of.map(([name, least, most, does]) => [
    name,
    (args, budget) => {
      if (args.length < least || args.length > most)
        throw new Wrong(
          `${name} takes ${least === most ? least : `${least} to ${most}`} arguments, and here are ${args.length}`,
        );
      return does(new Arguments(name, args, budget));
    },
  ]);
}
