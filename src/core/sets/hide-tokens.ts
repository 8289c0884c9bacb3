import { isMapping } from "../../lib/is-mapping.ts";
import { type Secrecy, secrecyOf } from "../../lib/secret-values.ts";
import { withoutUserinfo } from "../../lib/url-userinfo.ts";

/** In place of a value that its name says is a secret. Argo CD's signs. */
const MASK = "++++++++";
const CHANGED_MASK = "++++++++ (changed)";

/** Without any of these no name in a text tells of a secret. */
const MAY_HOLD = /pass|secret|token|credential|key|string|dsn/i;
/** `  dbPassword: x` within a text of values. */
const LINE = /^(\s*(?:- )?["']?([\w.-]+)["']?\s*:[ \t]*)\S/;

type Pair = readonly [before: unknown, after: unknown];

/**
 * Two states of an application for those who read what a set would do, in logs and comments too: values that their names
 * say are secrets are masked, side by side, so that one that changes is still seen to. What generators learn ends up
 * there: tokens of parameters, of values, and in addresses of repositories.
 *
 * @param before undefined: it is not there yet; `after` undefined: it goes
 */
export function hideTokens<T extends object>(
  before: T | undefined,
  after: T | undefined,
): [T | undefined, T | undefined] {
  return hide([before, after], "plain") as [T | undefined, T | undefined];
}

function hide(pair: Pair, is: Secrecy): Pair {
  const [before, after] = pair;
  if (isMapping(before) || isMapping(after)) return hideFields(pair, is);
  if (Array.isArray(before) || Array.isArray(after)) return hideItems(pair, is);
  if (is === "secret") return masked(pair);
  return [inText(before, after, "before"), inText(after, before, "after")];
}

function hideFields([before, after]: Pair, is: Secrecy): Pair {
  const [left, right] = [fieldsOf(before), fieldsOf(after)];
  // `{name: db.password, value: x}` of Helm's parameters and a plugin's environment.
  const named = [left["name"], right["name"]].some(
    (name) => typeof name === "string" && secrecyOf(name, "plain") === "secret",
  );
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  const pairs = names.map((name): [string, Pair] => {
    const isValue = named && (name === "value" || name === "string");
    return [name, hide([left[name], right[name]], isValue ? "secret" : secrecyOf(name, is))];
  });
  const side = (at: 0 | 1, was: unknown): unknown =>
    isMapping(was)
      ? Object.fromEntries(
          pairs.filter(([name]) => Object.hasOwn(was, name)).map(([name, pair]) => [name, pair[at]]),
        )
      : hide([was, undefined], is)[0];
  return [side(0, before), side(1, after)];
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return isMapping(value) ? value : {};
}

function hideItems([before, after]: Pair, is: Secrecy): Pair {
  const [left, right] = [itemsOf(before), itemsOf(after)];
  const [toLeft, toRight] = [counterparts(left), counterparts(right)];
  return [
    Array.isArray(before)
      ? left.map((item, at) => hide([item, toRight(item, at)], is)[0])
      : hide([before, undefined], is)[0],
    Array.isArray(after)
      ? right.map((item, at) => hide([toLeft(item, at), item], is)[1])
      : hide([undefined, after], is)[1],
  ];
}

function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** What stands for an item in the other list: what has its name, else what has its place. */
function counterparts(others: readonly unknown[]): (item: unknown, at: number) => unknown {
  const byName = new Map<unknown, unknown>();
  for (const other of others) {
    const name = isMapping(other) ? other["name"] : undefined;
    if (name !== undefined && !byName.has(name)) byName.set(name, other);
  }
  return (item, at) => {
    const name = isMapping(item) ? item["name"] : undefined;
    return name === undefined ? others[at] : byName.get(name);
  };
}

/** Flags, and what is empty, hide nothing. */
function masked([before, after]: Pair): Pair {
  const isHidden = (value: unknown): boolean =>
    (typeof value === "string" && value !== "") || typeof value === "number";
  return [
    isHidden(before) ? MASK : before,
    isHidden(after) ? (isHidden(before) && before !== after ? CHANGED_MASK : MASK) : after,
  ];
}

/** Values as text, and addresses. */
function inText(value: unknown, other: unknown, side: "before" | "after"): unknown {
  if (typeof value !== "string") return value;
  if (!MAY_HOLD.test(value)) return withoutUserinfo(value);
  const known =
    side === "after" && typeof other === "string"
      ? new Set(partsOf(other).map(({ text }) => text))
      : undefined;
  return partsOf(value)
    .map(({ text, head }) => {
      if (head === undefined) return withoutUserinfo(text);
      return `${head}${known === undefined || known.has(text) ? MASK : CHANGED_MASK}`;
    })
    .join("\n");
}

/** Lines of a text, each with all that stands below it where its name says that it is a secret: `head` is what is shown. */
function partsOf(value: string): { text: string; head?: string }[] {
  const lines = value.split("\n");
  const parts: { text: string; head?: string }[] = [];
  for (let at = 0; at < lines.length; ) {
    const start = at++;
    const line = lines[start] ?? "";
    const [, head = "", key = ""] = LINE.exec(line) ?? [];
    if (secrecyOf(key, "plain") === "plain") {
      parts.push({ text: line });
      continue;
    }
    const indent = line.search(/\S/);
    while (at < lines.length && (lines[at] ?? "").search(/\S/) > indent) at++;
    parts.push({ text: lines.slice(start, at).join("\n"), head });
  }
  return parts;
}
