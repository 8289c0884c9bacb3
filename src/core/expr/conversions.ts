/** From one type to another. */
import { type Arguments, type Builtin, table } from "./arguments.ts";
import { format } from "./layout.ts";
import { Duration, Time } from "./time.ts";
import {
  type Budget,
  bounded,
  Func,
  int64,
  intake,
  isList,
  isMap,
  Named,
  show,
  typeOf,
  type Value,
} from "./values.ts";
import { Wrong } from "./wrong.ts";

export const conversions: readonly (readonly [string, Builtin])[] = table([
  ["len", 1, 1, length],
  ["type", 1, 1, (args) => typeOf(args.any(0))],
  ["int", 1, 1, (args) => toInt(args.any(0))],
  ["float", 1, 1, (args) => toFloat(args.any(0))],
  ["string", 1, 1, (args) => bounded(show(args.any(0), args.budget), args.budget)],
  [
    "toJSON",
    1,
    1,
    (args) => bounded(escaped(JSON.stringify(toJson(args.any(0), args.budget), null, 2)), args.budget),
  ],
  ["fromJSON", 1, 1, (args) => fromJson(args.text(0), args.budget)],
  ["toBase64", 1, 1, (args) => bounded(Buffer.from(args.text(0), "utf8").toString("base64"), args.budget)],
  ["fromBase64", 1, 1, (args) => fromBase64(args.text(0), args.budget)],
]);

function length(args: Arguments): Value {
  const value = args.any(0);
  if (typeof value === "string") {
    args.budget.spend(Math.ceil(value.length / 64));
    return BigInt([...value].length);
  }
  if (isList(value)) return BigInt(value.length);
  if (isMap(value)) return BigInt(value.size);
  throw new Wrong(
    `len counts texts, lists and maps, and this is ${typeOf(value)}`,
    undefined,
    value === null ? "Write len(x ?? [])" : undefined,
  );
}

function toInt(value: Value): Value {
  if (typeof value === "bigint") return value;
  if (typeof value === "number" && Number.isFinite(value)) return int64(BigInt(Math.trunc(value)));
  if (value instanceof Duration) return value.ns;
  if (value instanceof Named) return BigInt(value.number);
  if (typeof value === "string" && /^[+-]?\d{1,19}$/.test(value)) {
    const read = BigInt(value);
    if (int64(read) === read) return read;
  }
  throw new Wrong(`${shown(value)} is no whole number`);
}

/** Characters. */
const LONGEST_NUMBER = 400;

function toFloat(value: Value): Value {
  if (typeof value === "bigint" || typeof value === "number") return Number(value);
  if (
    typeof value === "string" &&
    value.length <= LONGEST_NUMBER &&
    /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i.test(value)
  )
    return Number(value);
  throw new Wrong(`${shown(value)} is no number`);
}

function shown(value: Value): string {
  return typeof value === "string" ? JSON.stringify(value.slice(0, 40)) : typeOf(value);
}

/** What prints as this value, keys in order. */
function toJson(value: Value, budget: Budget): unknown {
  budget.spend(1);
  if (typeof value === "bigint" || typeof value === "number") return jsonNumber(value);
  if (isList(value)) return value.map((item) => toJson(item, budget));
  if (isMap(value)) {
    const pairs = [...value].map(([key, item]) => [show(key, budget), toJson(item, budget)] as const);
    return Object.fromEntries(pairs.sort(([one], [other]) => (one < other ? -1 : 1)));
  }
  if (value instanceof Time) return format(value.wall(), "2006-01-02T15:04:05.999999999Z07:00");
  if (value instanceof Duration) return jsonNumber(value.ns);
  if (value instanceof Named) return value.number;
  if (value instanceof Func) throw new Wrong("a function has no JSON");
  return value;
}

function jsonNumber(value: bigint | number): unknown {
  if (typeof value === "number" && !Number.isFinite(value)) throw new Wrong("JSON has no such number");
  return typeof value === "number" || Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
}

/** As Go prints JSON, which is safe within HTML. */
function escaped(json: string): string {
  return json.replace(
    /[<>&\u2028\u2029]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function fromJson(text: string, budget: Budget): Value {
  budget.spend(Math.ceil(text.length / 16));
  try {
    return intake(JSON.parse(text));
  } catch (cause) {
    if (cause instanceof Wrong) throw cause;
    throw new Wrong("it is no JSON");
  }
}

function fromBase64(text: string, budget: Budget): Value {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text))
    throw new Wrong("it is no Base64");
  return bounded(Buffer.from(text, "base64").toString("utf8"), budget);
}
