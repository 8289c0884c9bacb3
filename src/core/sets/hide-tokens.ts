import { isMapping } from "../../lib/is-mapping.ts";
import { withoutUserinfo } from "../../lib/url-userinfo.ts";

/** In place of a value that its name says is a secret. Argo CD's signs. */
const MASK = "++++++++";
const CHANGED_MASK = "++++++++ (changed)";

/** `secretName` and `tokenRef` name something, and hold nothing. */
const SECRET = /(?:pass(?:word|wd|phrase)?|token|secret|credentials?|(?:api|private|access|auth)[-_.]?key)$/i;
/** `  dbPassword: x` within a text of values. */
const SECRET_LINE = /^(\s*(?:- )?["']?([\w.-]+)["']?\s*:[ \t]*)\S/;

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
  return hide([before, after], "") as [T | undefined, T | undefined];
}

function hide([before, after]: Pair, name: string): Pair {
  if (isMapping(before) || isMapping(after)) return hideFields([before, after], name);
  if (Array.isArray(before) || Array.isArray(after)) return hideItems([before, after], name);
  if (SECRET.test(name)) return masked([before, after]);
  return [inText(before, after, "before"), inText(after, before, "after")];
}

function hideFields([before, after]: Pair, own: string): Pair {
  const [left, right] = [before, after].map((side) => (isMapping(side) ? side : {}));
  // `{name: db.password, value: x}` of Helm's parameters and a plugin's environment.
  const named = [left?.["name"], right?.["name"]].some(
    (name) => typeof name === "string" && SECRET.test(name),
  );
  const names = [...new Set([...Object.keys(left ?? {}), ...Object.keys(right ?? {})])];
  const pairs = names.map((name): [string, Pair] => {
    const pair: Pair = [left?.[name], right?.[name]];
    return [name, named && (name === "value" || name === "string") ? masked(pair) : hide(pair, name)];
  });
  const side = (at: 0 | 1, was: unknown): unknown =>
    isMapping(was)
      ? Object.fromEntries(
          pairs.filter(([name]) => Object.hasOwn(was, name)).map(([name, pair]) => [name, pair[at]]),
        )
      : hide([was, undefined], own)[0];
  return [side(0, before), side(1, after)];
}

function hideItems([before, after]: Pair, name: string): Pair {
  const [left, right] = [before, after].map((side): readonly unknown[] => (Array.isArray(side) ? side : []));
  const shown = (own: readonly unknown[], others: readonly unknown[], at: 0 | 1): unknown[] =>
    own.map((item, index) => {
      const other = counterpart(item, index, others);
      return hide(at === 0 ? [item, other] : [other, item], name)[at];
    });
  return [
    Array.isArray(before) ? shown(left ?? [], right ?? [], 0) : hide([before, undefined], name)[0],
    Array.isArray(after) ? shown(right ?? [], left ?? [], 1) : hide([undefined, after], name)[1],
  ];
}

function counterpart(item: unknown, at: number, others: readonly unknown[]): unknown {
  const name = isMapping(item) ? item["name"] : undefined;
  return name === undefined ? others[at] : others.find((other) => isMapping(other) && other["name"] === name);
}

function masked([before, after]: Pair): Pair {
  const is = (value: unknown): boolean => value !== undefined && value !== "" && value !== null;
  return [
    is(before) ? MASK : before,
    is(after) ? (is(before) && before !== after ? CHANGED_MASK : MASK) : after,
  ];
}

/** Values as text, and addresses. What stands below a secret's name belongs to it. */
function inText(value: unknown, other: unknown, side: "before" | "after"): unknown {
  if (typeof value !== "string") return value;
  const lines = value.split("\n");
  const shown: string[] = [];
  for (let at = 0; at < lines.length; ) {
    const start = at++;
    const line = lines[start] ?? "";
    const [, head = "", key = ""] = SECRET_LINE.exec(line) ?? [];
    if (!SECRET.test(key)) {
      shown.push(withoutUserinfo(line));
      continue;
    }
    const indent = line.search(/\S/);
    while (at < lines.length && lines[at]?.search(/\S/) !== -1 && (lines[at]?.search(/\S/) ?? 0) > indent)
      at++;
    const secret = lines.slice(start, at).join("\n");
    const isNew = side === "after" && typeof other === "string" && !`\n${other}\n`.includes(`\n${secret}\n`);
    shown.push(`${head}${isNew ? CHANGED_MASK : MASK}`);
  }
  return shown.join("\n");
}
