/** Functions of lists and maps. */
import { type Arguments, type Builtin, table } from "./arguments.ts";
import {
  type Budget,
  boundedList,
  isEqual,
  isList,
  isMap,
  type List,
  order,
  typeOf,
  type Value,
} from "./values.ts";
import { Wrong } from "./wrong.ts";

export const lists: readonly (readonly [string, Builtin])[] = table([
  ["first", 1, 1, (args) => args.list(0)[0] ?? null],
  ["last", 1, 1, (args) => args.list(0).at(-1) ?? null],
  ["get", 2, 2, get],
  ["take", 2, 2, take],
  ["keys", 1, 1, (args) => boundedList([...args.map(0).keys()], args.budget)],
  ["values", 1, 1, (args) => boundedList([...args.map(0).values()], args.budget)],
  ["toPairs", 1, 1, (args) => boundedList([...args.map(0)], args.budget)],
  ["fromPairs", 1, 1, (args) => new Map(boundedList(args.list(0), args.budget).map((pair) => pairOf(pair)))],
  ["reverse", 1, 1, (args) => boundedList(args.list(0).toReversed(), args.budget)],
  ["uniq", 1, 1, uniq],
  [
    "concat",
    1,
    1_000,
    (args) =>
      joined(
        args.all.map((_, at) => args.list(at)),
        args.budget,
      ),
  ],
  ["flatten", 1, 1, (args) => flatten(args.list(0), args.budget)],
  [
    "sort",
    1,
    2,
    (args) => sorted(args.list(0), args.list(0), args.has(1) ? args.any(1) : undefined, args.budget),
  ],
]);

function get(args: Arguments): Value {
  const from = args.any(0);
  const key = args.any(1);
  if (isMap(from)) return from.get(key) ?? null;
  if (!isList(from) || typeof key !== "bigint") return null;
  return from.at(Number(key)) ?? null;
}

function take(args: Arguments): Value {
  const count = args.int(1);
  if (count < 0n) throw new Wrong("take wants no negative number");
  return boundedList(args.list(0).slice(0, Number(count)), args.budget);
}

function pairOf(pair: Value): readonly [Value, Value] {
  const [key = null, value = null, ...more] = isList(pair) ? pair : [];
  if (!isList(pair) || pair.length !== 2 || more.length > 0)
    throw new Wrong("fromPairs wants lists of key and value");
  if (typeof key === "object" && key !== null) throw new Wrong(`${typeOf(key)} is no key of a map`);
  return [key, value];
}

function uniq(args: Arguments): Value {
  const kept: Value[] = [];
  for (const item of args.list(0)) if (!kept.some((one) => isEqual(one, item, args.budget))) kept.push(item);
  return kept;
}

function joined(all: readonly List[], budget: Budget): Value {
  budget.spend(all.reduce((count, list) => count + list.length, 0));
  return boundedList(all.flat(), budget);
}

function flatten(list: List, budget: Budget): Value {
  const flat: Value[] = [];
  const add = (items: List): void => {
    for (const item of items) {
      budget.spend(1);
      if (isList(item)) add(item);
      else flat.push(item);
    }
  };
  add(list);
  return boundedList(flat, budget);
}

/**
 * @param by what each of `items` is sorted by
 * @param direction `asc` or `desc`
 * @throws {Wrong}
 */
export function sorted(
  items: readonly Value[],
  by: readonly Value[],
  direction: Value | undefined,
  budget: Budget,
): Value {
  if (direction !== undefined && direction !== "asc" && direction !== "desc")
    throw new Wrong('it sorts "asc" or "desc"');
  const sign = direction === "desc" ? -1 : 1;
  const pairs = boundedList([...items.keys()], budget).map((at) => ({
    item: items[at] ?? null,
    key: by[at] ?? null,
  }));
  pairs.sort((one, other) => {
    budget.spend(1);
    const sense = order(one.key, other.key, budget);
    if (sense === undefined) throw new Wrong(`${typeOf(one.key)} and ${typeOf(other.key)} have no order`);
    return sense * sign;
  });
  return pairs.map(({ item }) => item);
}
