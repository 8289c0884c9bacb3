import { compileGoRegexp, type GoRegexp } from "../../lib/go-regexp.ts";
import { Lru } from "../../lib/lru.ts";
import { Duration, Time } from "./time.ts";
import {
  type Budget,
  bounded,
  boundedList,
  int64,
  isEqual,
  isList,
  isMap,
  isNumber,
  MOST_ITEMS,
  order,
  typeOf,
  type Value,
} from "./values.ts";
import { Wrong } from "./wrong.ts";

/** Of two values that are both wanted, so not `and`, `or` and `??`. @throws {Wrong} */
export function binary(operator: string, left: Value, right: Value, budget: Budget): Value {
  switch (operator) {
    case "==":
      return isEqual(left, right, budget);
    case "!=":
      return !isEqual(left, right, budget);
    case "<":
    case ">":
    case "<=":
    case ">=":
      return isOrdered(operator, left, right, budget);
    case "in":
      return isIn(left, right, budget);
    case "matches":
    case "contains":
    case "startsWith":
    case "endsWith":
      return ofTexts(operator, left, right, budget);
    case "..":
      return range(left, right, budget);
    case "+":
      return plus(left, right, budget);
    default:
      return arithmetic(operator, left, right);
  }
}

/** @throws {Wrong} */
export function unary(operator: string, value: Value): Value {
  if (operator === "not") return !truth(value, "not");
  if (operator === "+") return value;
  if (typeof value === "bigint") return int64(-value);
  if (typeof value === "number") return -value;
  if (value instanceof Duration) return new Duration(int64(-value.ns));
  throw new Wrong(`- cannot be put before ${typeOf(value)}`);
}

/** @param where that asks, as messages name it @throws {Wrong} where it is neither true nor false */
export function truth(value: Value, where: string): boolean {
  if (typeof value === "boolean") return value;
  throw new Wrong(
    `${where} wants true or false, and this is ${typeOf(value)}`,
    undefined,
    value === null
      ? "Compare it, as `x == nil`, or say what counts without it, as `(x ?? false)`"
      : 'Compare it, as `x != ""`',
  );
}

function isOrdered(operator: string, left: Value, right: Value, budget: Budget): boolean {
  const by = order(left, right, budget);
  if (by === undefined) throw notOf(operator, left, right);
  if (operator === "<") return by < 0;
  if (operator === ">") return by > 0;
  return operator === "<=" ? by <= 0 : by >= 0;
}

function notOf(operator: string, left: Value, right: Value): Wrong {
  const isNil = left === null || right === null;
  return new Wrong(
    `${operator} does not go with ${typeOf(left)} and ${typeOf(right)}`,
    undefined,
    isNil
      ? "Say what counts where there is nothing, as `(x ?? 0)`"
      : "Convert one, with int(), float() or string()",
  );
}

function isIn(item: Value, all: Value, budget: Budget): boolean {
  if (all === null) return false;
  if (isMap(all)) return all.has(item);
  if (isList(all)) return all.some((each) => isEqual(each, item, budget));
  throw new Wrong(
    `\`in\` looks into lists and maps, and this is ${typeOf(all)}`,
    undefined,
    typeof all === "string" ? "Write `text contains part`" : undefined,
  );
}

/** Whatever a program of many expressions asks for again and again. */
const compiled = new Lru<string, GoRegexp>(50);
const LONGEST_PATTERN = 1_000;

function ofTexts(operator: string, left: Value, right: Value, budget: Budget): boolean {
  if (left === null || right === null) return false;
  if (typeof left !== "string" || typeof right !== "string") throw notOf(operator, left, right);
  budget.spend(1 + Math.ceil(left.length / 64));
  if (operator === "contains") return left.includes(right);
  if (operator === "startsWith") return left.startsWith(right);
  if (operator === "endsWith") return left.endsWith(right);
  if (right.length > LONGEST_PATTERN)
    throw new Wrong(`a regular expression of more than ${LONGEST_PATTERN} characters is not tried`);
  // It takes steps of its own for each character and each place in it.
  budget.spend(Math.ceil((left.length * right.length) / 256));
  let pattern = compiled.get(right);
  if (pattern === undefined) {
    budget.spend(20 + right.length);
    pattern = compileGoRegexp(right);
    compiled.set(right, pattern);
  }
  if (!pattern.ok) throw new Wrong(`it is no regular expression: ${pattern.problem}`);
  return pattern.finds(left);
}

function range(left: Value, right: Value, budget: Budget): Value {
  if (typeof left !== "bigint" || typeof right !== "bigint") throw notOf("..", left, right);
  if (right < left) return [];
  if (right - left >= BigInt(MOST_ITEMS)) throw new Wrong(`it makes a list of more than ${MOST_ITEMS}`);
  const count = Number(right - left) + 1;
  return boundedList(
    Array.from({ length: count }, (_, at) => left + BigInt(at)),
    budget,
  );
}

function plus(left: Value, right: Value, budget: Budget): Value {
  if (typeof left === "string" && typeof right === "string") return bounded(left + right, budget);
  if (left instanceof Time && right instanceof Duration) return moved(left, right.ns);
  if (left instanceof Duration && right instanceof Time) return moved(right, left.ns);
  if (left instanceof Duration && right instanceof Duration) return new Duration(int64(left.ns + right.ns));
  return arithmetic("+", left, right);
}

/** @throws {Wrong} where no calendar has that day */
export function moved(time: Time, byNs: bigint): Time {
  const to = new Time(time.ns + byNs, time.zone);
  if (to.isKnown) return to;
  throw new Wrong("it leads to a year before 1 or after 9999");
}

function arithmetic(operator: string, left: Value, right: Value): Value {
  if (operator === "-" && left instanceof Time && right instanceof Time)
    return new Duration(saturated(left.ns - right.ns));
  if (operator === "-" && left instanceof Time && right instanceof Duration) return moved(left, -right.ns);
  if (operator === "-" && left instanceof Duration && right instanceof Duration)
    return new Duration(int64(left.ns - right.ns));
  if (operator === "*") {
    const [duration, factor] = left instanceof Duration ? [left, right] : [right, left];
    if (duration instanceof Duration && typeof factor === "bigint")
      return new Duration(int64(duration.ns * factor));
    if (duration instanceof Duration && typeof factor === "number" && Number.isFinite(factor))
      return new Duration(saturated(BigInt(Math.trunc(Number(duration.ns) * factor))));
  }
  if (!isNumber(left) || !isNumber(right)) throw notOf(operator, left, right);
  if (operator === "/") return Number(left) / Number(right);
  if (operator === "**") return Number(left) ** Number(right);
  if (operator === "%") {
    if (typeof left !== "bigint" || typeof right !== "bigint") throw notOf(operator, left, right);
    if (right === 0n) throw new Wrong("it divides by zero");
    return int64(left % right);
  }
  if (typeof left === "bigint" && typeof right === "bigint")
    return int64(operator === "+" ? left + right : operator === "-" ? left - right : left * right);
  const [one, other] = [Number(left), Number(right)];
  return operator === "+" ? one + other : operator === "-" ? one - other : one * other;
}

const MOST = 2n ** 63n - 1n;
/** As Go's `Sub`: the longest that there is, where it would be longer. */
function saturated(ns: bigint): bigint {
  return ns > MOST ? MOST : ns < -MOST - 1n ? -MOST - 1n : ns;
}
