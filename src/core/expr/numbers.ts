import { type Arguments, type Builtin, table } from "./arguments.ts";
import { binary } from "./operators.ts";
import { int64, isList, isNumber, order, typeOf, type Value } from "./values.ts";
import { Wrong } from "./wrong.ts";

export const numbers: readonly (readonly [string, Builtin])[] = table([
  ["abs", 1, 1, (args) => absolute(args.number(0))],
  ["ceil", 1, 1, (args) => Math.ceil(Number(args.number(0)))],
  ["floor", 1, 1, (args) => Math.floor(Number(args.number(0)))],
  ["round", 1, 1, (args) => halfAway(Number(args.number(0)))],
  ["max", 1, 1_000, (args) => extreme(args, 1)],
  ["min", 1, 1_000, (args) => extreme(args, -1)],
  ["mean", 1, 1_000, (args) => mean(flat(args))],
  ["median", 1, 1_000, (args) => median(flat(args))],
  ["bitand", 2, 2, (args) => args.int(0) & args.int(1)],
  ["bitor", 2, 2, (args) => args.int(0) | args.int(1)],
  ["bitxor", 2, 2, (args) => args.int(0) ^ args.int(1)],
  ["bitnand", 2, 2, (args) => args.int(0) & ~args.int(1)],
  ["bitnot", 1, 1, (args) => ~args.int(0)],
  ["bitshl", 2, 2, (args) => int64(args.int(0) << places(args))],
  ["bitshr", 2, 2, (args) => args.int(0) >> places(args)],
  ["bitushr", 2, 2, (args) => int64(BigInt.asUintN(64, args.int(0)) >> places(args))],
]);

const absolute = (value: bigint | number): Value =>
  typeof value === "number" ? Math.abs(value) : int64(value < 0n ? -value : value);

const halfAway = (value: number): number => Math.sign(value) * Math.round(Math.abs(value));

/** More places than an int has are as many as it has. */
function places(args: Arguments): bigint {
  const by = args.int(1);
  if (by < 0n) throw new Wrong(`${args.name} shifts by no negative number`);
  return by > 64n ? 64n : by;
}

/** Numbers, and those of lists among them. */
function flat(args: Arguments): (bigint | number)[] {
  const found: (bigint | number)[] = [];
  const add = (value: Value): void => {
    args.budget.spend(1);
    if (isList(value)) for (const item of value) add(item);
    else if (isNumber(value)) found.push(value);
    else throw new Wrong(`${args.name} wants numbers, and this is ${typeOf(value)}`);
  };
  for (const value of args.all) add(value);
  return found;
}

function extreme(args: Arguments, sign: 1 | -1): Value {
  const all = flat(args);
  const [first, ...rest] = all;
  if (first === undefined) throw new Wrong(`${args.name} of nothing is nothing`);
  return rest.reduce(
    (best, value) => ((order(value, best, args.budget) ?? 0) * sign > 0 ? value : best),
    first,
  );
}

function mean(all: readonly (bigint | number)[]): Value {
  return all.length === 0 ? 0 : all.reduce<number>((sum, value) => sum + Number(value), 0) / all.length;
}

function median(all: readonly (bigint | number)[]): Value {
  const sorted = all.map(Number).sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 || sorted.length === 0 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

/** @throws {Wrong} */
export function sum(items: readonly Value[], budget: Parameters<Builtin>[1]): Value {
  return items.reduce<Value>((total, item) => {
    if (!isNumber(item)) throw new Wrong(`sum wants numbers, and this is ${typeOf(item)}`);
    return binary("+", total, item, budget);
  }, 0n);
}
