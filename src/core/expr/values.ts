/** What an expression is about. Nothing of JavaScript is reachable in it: maps are `Map`s, whose keys are no properties. */
import { isMapping } from "../../lib/is-mapping.ts";
import { showTime } from "./layout.ts";
import { Duration, Time } from "./time.ts";
import { Wrong } from "./wrong.ts";

/** `bigint` is an int of 64 bits, `number` a float. */
export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | List
  | Mapping
  | Time
  | Duration
  | Named
  | Func;
export type List = readonly Value[];
export type Mapping = ReadonlyMap<Value, Value>;

/** What a call is charged for, and how long its texts and lists may become. */
export interface Budget {
  /** @throws {Wrong} where it is more than there is */
  spend(steps: number): void;
  /** Nanoseconds since 1970. */
  now(): bigint;
}

/** A function that whoever evaluates gives. It throws `Wrong` for what is wrong with its arguments. */
export class Func {
  constructor(
    readonly name: string,
    readonly call: (args: readonly Value[], budget: Budget) => Value,
  ) {}
}

/** A month or a day of the week: equal to its like alone, and to no number. */
export class Named {
  constructor(
    readonly type: "time.Month" | "time.Weekday",
    readonly number: number,
    readonly text: string,
  ) {}
}

export const MOST_ITEMS = 100_000;
/** UTF-16 units. */
export const LONGEST_TEXT = 1_000_000;
const DEEPEST_INPUT = 100;

export const isList = (value: Value): value is List => Array.isArray(value);
export const isMap = (value: Value): value is Mapping => value instanceof Map;
export const int64 = (value: bigint): bigint => BigInt.asIntN(64, value);

/**
 * JSON as it was read, `Func`s and values among it, as a value. A whole number is an int.
 * @throws {Wrong} on what is none of these, or nests without an end
 */
export function intake(given: unknown, depth = 0): Value {
  if (depth > DEEPEST_INPUT) throw new Wrong(`what it is about nests deeper than ${DEEPEST_INPUT}`);
  switch (typeof given) {
    case "undefined":
      return null;
    case "boolean":
    case "string":
      return given;
    case "bigint":
      return int64(given);
    case "number":
      return Number.isSafeInteger(given) ? BigInt(given) : given;
  }
  if (given === null) return null;
  if (given instanceof Func || given instanceof Time || given instanceof Duration || given instanceof Named)
    return given;
  if (Array.isArray(given)) return given.map((item: unknown) => intake(item, depth + 1));
  if (given instanceof Map)
    return new Map([...given].map(([key, value]) => [intake(key, depth + 1), intake(value, depth + 1)]));
  // An object of a class has what is no data.
  if (!isMapping(given) || ![Object.prototype, null].includes(Object.getPrototypeOf(given)))
    throw new Wrong("what it is about holds something that is no JSON");
  return new Map(Object.entries(given).map(([key, value]) => [key, intake(value, depth + 1)]));
}

/** As messages and `type()` name it. */
export function typeOf(value: Value): string {
  if (value === null) return "nil";
  switch (typeof value) {
    case "boolean":
      return "bool";
    case "bigint":
      return "int";
    case "number":
      return "float";
    case "string":
      return "string";
  }
  if (value instanceof Time) return "time.Time";
  if (value instanceof Duration) return "time.Duration";
  if (value instanceof Named) return value.type;
  if (value instanceof Func) return "func";
  return isMap(value) ? "map" : "array";
}

export function isEqual(one: Value, other: Value, budget: Budget): boolean {
  const areTexts = typeof one === "string" && typeof other === "string" && one.length === other.length;
  budget.spend(areTexts ? 1 + stepsOf(one.length) : 1);
  if (one === other) return true;
  if (isNumber(one) && isNumber(other))
    // biome-ignore lint/suspicious/noDoubleEquals: an int and a float are compared by what they are worth.
    return one == other;
  if (one === null || other === null) return false;
  if (typeof one === "string" || typeof other === "string") return false;
  if (one instanceof Time) return other instanceof Time && one.ns === other.ns;
  if (one instanceof Duration) return other instanceof Duration && one.ns === other.ns;
  if (one instanceof Named)
    return other instanceof Named && one.type === other.type && one.number === other.number;
  if (isList(one))
    return (
      isList(other) &&
      one.length === other.length &&
      one.every((item, at) => isEqual(item, other[at] ?? null, budget))
    );
  if (!isMap(one) || !isMap(other) || one.size !== other.size) return false;
  for (const [key, item] of one)
    if (!other.has(key) || !isEqual(item, other.get(key) ?? null, budget)) return false;
  return true;
}

export function isNumber(value: Value): value is bigint | number {
  return typeof value === "bigint" || typeof value === "number";
}

/** @returns below 0, 0, above 0; undefined: these have no order; NaN: one is no number */
export function order(one: Value, other: Value, budget: Budget): number | undefined {
  if (isNumber(one) && isNumber(other))
    return one < other ? -1 : one > other ? 1 : Number.isNaN(one) || Number.isNaN(other) ? Number.NaN : 0;
  if (typeof one === "string" && typeof other === "string") {
    budget.spend(stepsOf(Math.min(one.length, other.length)));
    return byBytes(one, other);
  }
  if (
    (one instanceof Time && other instanceof Time) ||
    (one instanceof Duration && other instanceof Duration)
  )
    return one.ns < other.ns ? -1 : one.ns > other.ns ? 1 : 0;
  return undefined;
}

/** By code points, as UTF-8 is ordered. */
function byBytes(one: string, other: string): number {
  if (one === other) return 0;
  for (let at = 0; at < Math.min(one.length, other.length); at += 1) {
    if (one.charCodeAt(at) === other.charCodeAt(at)) continue;
    return (one.codePointAt(at) ?? 0) - (other.codePointAt(at) ?? 0);
  }
  return one.length - other.length;
}

/** As Go prints it. @throws {Wrong} where it would be longer than a text may be */
export function show(value: Value, budget: Budget): string {
  budget.spend(1);
  if (value === null) return "<nil>";
  if (typeof value === "string") return value;
  if (typeof value === "number") return showFloat(value);
  if (typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (value instanceof Time) return showTime(value);
  if (value instanceof Duration) return value.toString();
  if (value instanceof Named) return value.text;
  if (value instanceof Func) return `func ${value.name}`;
  const parts = isMap(value)
    ? [...value]
        .map(([key, item]) => [show(key, budget), item] as const)
        .sort(([one], [other]) => byBytes(one, other))
        .map(([key, item]) => `${key}:${show(item, budget)}`)
    : value.map((item) => show(item, budget));
  return bounded(isMap(value) ? `map[${parts.join(" ")}]` : `[${parts.join(" ")}]`, budget);
}

/** With an exponent from a million on, and below a ten-thousandth. */
function showFloat(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
  const [digits = "", power = ""] = value.toExponential().split("e");
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 6) return String(value);
  return `${digits}e${power.slice(0, 1)}${power.slice(1).padStart(2, "0")}`;
}

/** What it costs to go through a text of so many characters. */
export const stepsOf = (characters: number): number => Math.ceil(characters / 64);

/** @throws {Wrong} */
export function bounded(text: string, budget: Budget): string {
  if (text.length > LONGEST_TEXT) throw new Wrong(`it makes a text of more than ${LONGEST_TEXT} characters`);
  budget.spend(stepsOf(text.length));
  return text;
}

/** @throws {Wrong} */
export function boundedList<T>(items: readonly T[], budget: Budget): readonly T[] {
  if (items.length > MOST_ITEMS) throw new Wrong(`it makes a list of more than ${MOST_ITEMS}`);
  budget.spend(items.length);
  return items;
}
