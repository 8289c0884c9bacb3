/** Helm's language of `--set name=value`. Source: package strvals of Helm, whose outcome it has for every text. */
import type { ValueFrom } from "../../../../src/core/model/source-values.ts";
import {
  emptyMap,
  inPlaceOf,
  nodeOf,
  plainOf,
  type ValueLeaf,
  type ValueMap,
  type ValueNode,
} from "./tree.ts";

const MOST_ITEMS = 65_536;
const DEEPEST = 30;
/** A name of a few letters makes a list of tens of thousands; a program that runs Helm is bounded by its own memory. */
const MOST_MADE = 2_000_000;
const MOST_SET = 20_000;

/** What all parameters of one source may still come to. Changed by `setParameter`. */
interface ParameterRoom {
  /** Of lists, each list as often as it is made anew. */
  items: number;
  keys: number;
}
export const parameterRoom = (): ParameterRoom => ({ items: MOST_MADE, keys: MOST_SET });

/** What Helm refuses; a render of it fails with Helm's own words. */
export class BadParameter extends Error {}

/** How what stands behind `=` becomes a value: `--set`, `--set-string`, `--set-file`. */
export type ReadValue = (text: string) => unknown;

/** What a `ReadValue` gives for something that is not told. */
export const HIDDEN = Symbol("encrypted");

export const asTyped: ReadValue = (text) => {
  const word = text.toLowerCase();
  if (word === "true") return true;
  if (word === "false") return false;
  if (word === "null") return null;
  if (text === "0") return 0;
  if (/^[+-]?[0-9]+$/.test(text) && !text.startsWith("0")) {
    const whole = BigInt(text.replace(/^\+/, ""));
    if (BigInt.asIntN(64, whole) !== whole) return text;
    const number = Number(whole);
    return Number.isSafeInteger(number) ? number : whole;
  }
  return text;
};
export const asText: ReadValue = (text) => text;

interface Scan {
  letters: readonly string[];
  at: number;
  read: ReadValue;
  from: ValueFrom;
  room: ParameterRoom;
}

/** Sets what a text says. Changes `into`. @throws {BadParameter} */
export function setParameter(
  into: ValueMap,
  text: string,
  read: ReadValue,
  from: ValueFrom,
  room: ParameterRoom = parameterRoom(),
): void {
  const scan: Scan = { letters: [...text], at: 0, read, from, room };
  while (scan.at < scan.letters.length) {
    if (--room.keys < 0) throw new BadParameter(`parameters set more than ${MOST_SET} keys`);
    setKey(scan, into, 0);
  }
}

/** Up to one of the stops, which is passed over; "" where the text ends before. */
function until(scan: Scan, stops: string): { text: string; stop: string } {
  let text = "";
  while (scan.at < scan.letters.length) {
    const letter = scan.letters[scan.at++] as string;
    if (stops.includes(letter)) return { text, stop: letter };
    if (letter === "\\") text += scan.letters[scan.at++] ?? "";
    else text += letter;
  }
  return { text, stop: "" };
}

function setKey(scan: Scan, into: ValueMap, depth: number): void {
  const { text: key, stop } = until(scan, "=[,.");
  switch (stop) {
    case "":
      if (key !== "") throw new BadParameter(`key ${JSON.stringify(key)} has no value`);
      return;
    case "[": {
      const index = readIndex(scan);
      const before = into.entries.get(key);
      const isHidden = before?.is === "leaf" && before.hidden !== undefined;
      const items = setItem(scan, isHidden ? [] : itemsOf(before), index, depth);
      // One item of a list that is not told: nor is the rest of it.
      put(
        into,
        key,
        isHidden ? { ...leaf(undefined, scan.from), hidden: "encrypted" } : leaf(items, scan.from),
      );
      return;
    }
    case "=":
      put(into, key, leaf(readValue(scan), scan.from));
      return;
    case ",":
      throw new BadParameter(`key ${JSON.stringify(key)} has no value (cannot end with ,)`);
    default: {
      if (depth >= DEEPEST) throw new BadParameter(`value name nested level is greater than ${DEEPEST}`);
      const before = into.entries.get(key);
      if (before !== undefined && before.is !== "map") throw new BadParameter(`${key} is no mapping`);
      const inner = before ?? emptyMap(scan.from);
      setKey(scan, inner, depth + 1);
      if (inner.entries.size === 0) throw new BadParameter(`key map ${JSON.stringify(key)} has no value`);
      if (key !== "") into.entries.set(key, inner);
    }
  }
}

function put(into: ValueMap, key: string, node: ValueNode): void {
  if (key !== "") into.entries.set(key, inPlaceOf(node, into.entries.get(key)));
}

function leaf(value: unknown, from: ValueFrom): ValueLeaf {
  if (value === HIDDEN) return { is: "leaf", value: undefined, from, hidden: "encrypted", was: [] };
  return { is: "leaf", value, from, was: [] };
}

/** A list in braces, or one value up to the next comma. */
function readValue(scan: Scan): unknown {
  if (scan.letters[scan.at] !== "{") {
    if (scan.at >= scan.letters.length) return "";
    return scan.read(until(scan, ",").text);
  }
  scan.at++;
  const list: unknown[] = [];
  for (;;) {
    const { text, stop } = until(scan, ",}");
    if (stop === "") throw new BadParameter("list must terminate with '}'");
    if (stop === "}") {
      // An empty list is a list of one empty text to Helm.
      list.push(scan.read(text));
      if (scan.letters[scan.at] === ",") scan.at++;
      return list;
    }
    list.push(scan.read(text));
  }
}

function readIndex(scan: Scan): number {
  const { text, stop } = until(scan, "]");
  if (stop === "" || !/^[+-]?[0-9]+$/.test(text)) throw new BadParameter("error parsing index");
  const index = Number(text);
  if (index < 0) throw new BadParameter(`negative ${index} index not allowed`);
  if (index > MOST_ITEMS) throw new BadParameter(`index of ${index} is greater than maximum supported`);
  return index;
}

function itemsOf(node: ValueNode | undefined): unknown[] {
  if (node === undefined) return [];
  const value = plainOf(node);
  if (!Array.isArray(value)) throw new BadParameter("it is no list");
  return value;
}

/** The list with one item set. */
function setItem(scan: Scan, list: readonly unknown[], index: number, depth: number): unknown[] {
  const { text, stop } = until(scan, "[.=");
  if (text !== "") throw new BadParameter(`unexpected data at end of array index: ${JSON.stringify(text)}`);
  scan.room.items -= Math.max(list.length, index + 1);
  if (scan.room.items < 0) throw new BadParameter(`parameters make lists of more than ${MOST_MADE} items`);
  const filled = [...list];
  while (filled.length <= index) filled.push(null);
  const before = list[index];
  switch (stop) {
    case "":
      return [...list];
    case "=":
      filled[index] = readValue(scan);
      return filled;
    case "[": {
      const next = readIndex(scan);
      if (before !== undefined && before !== null && !Array.isArray(before))
        throw new BadParameter("it is no list");
      // Helm has no bound here but its stack.
      if (depth >= DEEPEST) throw new BadParameter(`value name nested level is greater than ${DEEPEST}`);
      filled[index] = setItem(scan, Array.isArray(before) ? before : [], next, depth + 1);
      return filled;
    }
    default: {
      const inner = nodeOf(before, scan.from.layer, undefined);
      const into = inner.is === "map" ? inner : emptyMap(scan.from);
      setKey(scan, into, depth);
      filled[index] = plainOf(into);
      return filled;
    }
  }
}
