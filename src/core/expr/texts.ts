/** Functions of texts. Places count characters. */
import { type Arguments, type Builtin, table } from "./arguments.ts";
import { bounded, boundedList, LONGEST_TEXT, type Value } from "./values.ts";
import { Wrong } from "./wrong.ts";

export const texts: readonly (readonly [string, Builtin])[] = table([
  ["trim", 1, 2, trim],
  ["trimPrefix", 1, 2, (args) => withoutStart(args.text(0), args.has(1) ? args.text(1) : " ")],
  ["trimSuffix", 1, 2, (args) => withoutEnd(args.text(0), args.has(1) ? args.text(1) : " ")],
  ["upper", 1, 1, (args) => bounded(args.text(0).toUpperCase(), args.budget)],
  ["lower", 1, 1, (args) => bounded(args.text(0).toLowerCase(), args.budget)],
  ["split", 2, 3, (args) => split(args, "")],
  ["splitAfter", 2, 3, (args) => split(args, args.text(1))],
  ["replace", 3, 4, replace],
  ["repeat", 2, 2, repeat],
  ["join", 1, 2, join],
  ["indexOf", 2, 2, (args) => characters(args.text(0), args.text(0).indexOf(args.text(1)))],
  ["lastIndexOf", 2, 2, (args) => characters(args.text(0), args.text(0).lastIndexOf(args.text(1)))],
  ["hasPrefix", 2, 2, (args) => args.text(0).startsWith(args.text(1))],
  ["hasSuffix", 2, 2, (args) => args.text(0).endsWith(args.text(1))],
]);

function trim(args: Arguments): Value {
  if (!args.has(1)) return args.text(0).trim();
  const cut = new Set(args.text(1));
  const letters = [...args.text(0)];
  args.budget.spend(Math.ceil(letters.length / 16));
  const from = letters.findIndex((letter) => !cut.has(letter));
  if (from < 0) return "";
  return letters.slice(from, letters.findLastIndex((letter) => !cut.has(letter)) + 1).join("");
}

const withoutStart = (text: string, start: string): string =>
  start !== "" && text.startsWith(start) ? text.slice(start.length) : text;
const withoutEnd = (text: string, end: string): string =>
  end !== "" && text.endsWith(end) ? text.slice(0, -end.length) : text;

/** @param kept what stays at the end of each part but the last */
function split(args: Arguments, kept: string): Value {
  const text = args.text(0);
  const by = args.text(1);
  const most = args.has(2) ? args.int(2) : -1n;
  args.budget.spend(Math.ceil(text.length / 16));
  if (most === 0n) return [];
  const parts = by === "" ? [...text] : text.split(by);
  const count = most < 0n || most > BigInt(parts.length) ? parts.length : Number(most);
  const whole = [...parts.slice(0, count - 1), parts.slice(count - 1).join(by)];
  return boundedList(
    whole.map((part, at) => (at === whole.length - 1 ? part : part + kept)),
    args.budget,
  );
}

function replace(args: Arguments): Value {
  const [text, old, by] = [args.text(0), args.text(1), args.text(2)];
  const most = args.has(3) ? args.int(3) : -1n;
  args.budget.spend(Math.ceil(text.length / 16));
  const parts = old === "" ? ["", ...text, ""] : text.split(old);
  const times = most < 0n || most > BigInt(parts.length - 1) ? parts.length - 1 : Number(most);
  if (text.length + times * by.length > LONGEST_TEXT)
    throw new Wrong(`it makes a text of more than ${LONGEST_TEXT} characters`);
  const tail = parts.slice(times).join(old);
  return bounded([...parts.slice(0, times), tail].join(by), args.budget);
}

function repeat(args: Arguments): Value {
  const text = args.text(0);
  const times = args.int(1);
  if (times < 0n) throw new Wrong("repeat wants no negative number");
  if (times > BigInt(LONGEST_TEXT) || text.length * Number(times) > LONGEST_TEXT)
    throw new Wrong(`it makes a text of more than ${LONGEST_TEXT} characters`);
  return bounded(text.repeat(Number(times)), args.budget);
}

function join(args: Arguments): Value {
  const by = args.has(1) ? args.text(1) : "";
  const parts = args.list(0).map((part) => {
    if (typeof part === "string") return part;
    throw new Wrong("join joins texts", undefined, "Write join(map(list, string(#)))");
  });
  const length = parts.reduce((sum, part) => sum + part.length + by.length, 0);
  if (length > LONGEST_TEXT) throw new Wrong(`it makes a text of more than ${LONGEST_TEXT} characters`);
  args.budget.spend(parts.length);
  return bounded(parts.join(by), args.budget);
}

function characters(text: string, units: number): bigint {
  return units < 0 ? -1n : BigInt([...text.slice(0, units)].length);
}
