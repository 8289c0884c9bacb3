/** Functions that ask something of each item of a list. */
import { sorted } from "./lists.ts";
import { sum } from "./numbers.ts";
import { truth } from "./operators.ts";
import { type Budget, boundedList, typeOf, type Value } from "./values.ts";
import { Wrong } from "./wrong.ts";

interface Asked {
  items: readonly Value[];
  /** What a function takes beside list and predicate. */
  extra?: Value;
  /** The predicate, of one item; the item itself where there is none. */
  of(item: Value, index: number, acc?: Value): Value;
  budget: Budget;
}

/** @throws {Wrong} */
type Predicate = (asked: Asked) => Value;

const holds =
  (name: string, { of }: Asked) =>
  (item: Value, index: number): boolean =>
    truth(of(item, index), name);

export const predicates: ReadonlyMap<string, Predicate> = new Map<string, Predicate>([
  ["all", (asked) => asked.items.every(holds("all", asked))],
  ["any", (asked) => asked.items.some(holds("any", asked))],
  ["none", (asked) => !asked.items.some(holds("none", asked))],
  ["one", (asked) => asked.items.filter(holds("one", asked)).length === 1],
  ["filter", (asked) => boundedList(asked.items.filter(holds("filter", asked)), asked.budget)],
  ["count", (asked) => BigInt(asked.items.filter(holds("count", asked)).length)],
  [
    "map",
    ({ items, of, budget }) =>
      boundedList(
        items.map((item, index) => of(item, index)),
        budget,
      ),
  ],
  ["find", (asked) => asked.items.find(holds("find", asked)) ?? null],
  ["findLast", (asked) => asked.items.findLast(holds("findLast", asked)) ?? null],
  ["findIndex", (asked) => place(asked.items.findIndex(holds("findIndex", asked)))],
  ["findLastIndex", (asked) => place(asked.items.findLastIndex(holds("findLastIndex", asked)))],
  [
    "sum",
    ({ items, of, budget }) =>
      sum(
        items.map((item, index) => of(item, index)),
        budget,
      ),
  ],
  ["groupBy", groupBy],
  [
    "sortBy",
    ({ items, of, extra, budget }) =>
      sorted(
        items,
        items.map((item, index) => of(item, index)),
        extra,
        budget,
      ),
  ],
  ["reduce", reduce],
]);

function place(index: number): Value {
  return index < 0 ? null : BigInt(index);
}

function groupBy({ items, of, budget }: Asked): Value {
  const groups = new Map<Value, Value[]>();
  for (const [index, item] of items.entries()) {
    budget.spend(1);
    const key = of(item, index);
    if (typeof key === "object" && key !== null)
      throw new Wrong(
        `groupBy groups by texts and numbers, and this is ${typeOf(key)}`,
        undefined,
        "Write string() around it",
      );
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

function reduce({ items, of, extra }: Asked): Value {
  const [first, ...rest] = items;
  if (extra !== undefined) return items.reduce<Value>((acc, item, index) => of(item, index, acc), extra);
  if (first === undefined)
    throw new Wrong(
      "reduce has no item to begin with",
      undefined,
      "Write a value to begin with as third argument",
    );
  return rest.reduce<Value>((acc, item, index) => of(item, index + 1, acc), first);
}
