import type { Builtin } from "./arguments.ts";
import { conversions } from "./conversions.ts";
import { dates } from "./dates.ts";
import { lists } from "./lists.ts";
import { numbers } from "./numbers.ts";
import { texts } from "./texts.ts";

/** By name; those that take a predicate are in predicates.ts. */
export const functions: ReadonlyMap<string, Builtin> = new Map([
  ...texts,
  ...numbers,
  ...lists,
  ...conversions,
  ...dates,
]);
