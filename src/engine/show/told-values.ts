/** What of a source's values is told to whoever sees the application. */
import { MASK } from "../../core/compare/index.ts";
import type { DesiredObject } from "../../core/model/desired-object.ts";
import type { SourceValue, SourceValues, ToldValue, ValueThere } from "../../core/model/source-values.ts";
import { defined } from "../../lib/defined.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { type Secrecy, secrecyOf } from "../../lib/secret-values.ts";
import { KeptTexts } from "./kept-texts.ts";

/** Characters of one value as JSON, and of all of them. */
const LONGEST = 16_384;
const MOST_CHARACTERS = 4 * 1024 * 1024;
/** An address with a password in it, a key, a setting in a text of its own. */
const HOLDS_SECRET = [
  /:\/\/[^/\s:@]*:[^/\s@]+@/,
  /-----BEGIN [A-Z ]*PRIVATE KEY/,
  /(?:pass(?:word|wd|phrase)|secret|token|credential|(?:api|access|private|signing|encryption)[-_]?key)["']?\s*[:=]\s*["']?[^\s"']/i,
];

/** What the objects that the values are rendered to say to everybody, and what they keep. */
export interface RenderedTexts {
  /** Every text of everything but Secrets. */
  open: ReadonlySet<string>;
  /** All that Secrets hold, decoded and as it is written. */
  kept: KeptTexts;
}

/** Of thousands of objects it takes a while. */
export function* renderedTexts(
  desired: readonly Pick<DesiredObject, "object">[],
): Generator<undefined, RenderedTexts> {
  const open = new Set<string>();
  const kept: string[] = [];
  for (const { object } of desired) {
    yield;
    if (object.kind !== "Secret") {
      collect(object, (text) => open.add(text));
      continue;
    }
    const { data, stringData } = object as { data?: unknown; stringData?: unknown };
    collect(data, (text) => kept.push(text, Buffer.from(text, "base64").toString("utf8")));
    collect(stringData, (text) => kept.push(text));
  }
  return { open, kept: yield* KeptTexts.of(kept) };
}

function collect(value: unknown, add: (text: string) => void): void {
  if (typeof value === "string") add(value);
  else if (typeof value === "number" || typeof value === "bigint") add(String(value));
  else if (Array.isArray(value)) for (const item of value) collect(item, add);
  else if (isMapping(value)) for (const inner of Object.values(value)) collect(inner, add);
}

/**
 * Whoever sees the application sees its manifests, Secrets masked, and the application itself. So what is a secret by the
 * name of its key is masked, what a Secret holds and nothing else does, and texts that hold credentials. Where the value
 * that counts is masked, so are those before it. Of thousands of values it takes a while.
 */
export function* toldValues(
  values: SourceValues,
  rendered: RenderedTexts,
): Generator<undefined, SourceValues> {
  const known = new Map<string, boolean>();
  let room = MOST_CHARACTERS;
  const isKept = (text: string): boolean => {
    if (rendered.open.has(text) || rendered.open.has(text.trim())) return false;
    const before = known.get(text);
    if (before !== undefined) return before;
    const is = waysOf(text).some((parts) => parts.every((part) => rendered.kept.holds(part)));
    known.set(text, is);
    return is;
  };
  const isSecret = (value: string | number | bigint, above: Secrecy): boolean => {
    const text = String(value);
    if (text === "") return false;
    return above === "secret" || isKept(text) || HOLDS_SECRET.some((pattern) => pattern.test(text));
  };
  /** What is inside of a list is masked where it stands. */
  const masked = (value: unknown, above: Secrecy): unknown => {
    if (Array.isArray(value)) return value.map((item) => masked(item, above));
    if (isMapping(value)) {
      const { name } = value;
      // `{name: DB_PASSWORD, value: x}`, as variables are written.
      const named = typeof name === "string" ? secrecyOf(name, "plain") : "plain";
      return Object.fromEntries(
        Object.entries(value).map(([key, inner]) => [
          key,
          masked(inner, secrecyOf(key, key === "value" && named === "secret" ? "secret" : above)),
        ]),
      );
    }
    return isScalar(value) && isSecret(value, above) ? MASK : value;
  };
  const toldOf = (one: ToldValue, above: Secrecy): ToldValue => {
    if ("hidden" in one) return { hidden: one.hidden };
    if (isScalar(one.value) && isSecret(one.value, above)) return { hidden: "secret" };
    const value = masked(one.value, above);
    const { length } = JSON.stringify(value) ?? "";
    if (length > LONGEST || length > room) return { hidden: "long" };
    room -= length;
    return { value };
  };
  const fromOf = ({ layer, line, name }: ValueThere): Pick<ValueThere, "layer" | "line" | "name"> => ({
    layer,
    ...defined({ line, name }),
  });
  const told: SourceValue[] = [];
  for (const one of values.values) {
    yield;
    const above = one.path.reduce<Secrecy>((is, key) => secrecyOf(key, is), "plain");
    const now = toldOf(one, above);
    const isHidden = "hidden" in now && now.hidden === "secret";
    const before = (was: ValueThere): ValueThere => ({
      ...fromOf(was),
      ...(isHidden && "value" in was && isScalar(was.value) && was.value !== ""
        ? { hidden: "secret" as const }
        : toldOf(was, above)),
    });
    told.push({ ...fromOf(one), ...now, path: one.path, is: one.is, was: one.was.map(before) });
  }
  return { ...values, values: told };
}

/**
 * How a text may stand in what a template makes of it: as it is, without the white space around it, escaped as JSON and in an
 * address, and line by line, set in as a template sets texts in. Each way is all of its parts.
 */
function waysOf(text: string): string[][] {
  const bare = text.trim();
  const lines = bare.split("\n").map((line) => line.trim());
  return [
    ...[[text], [bare], [JSON.stringify(bare).slice(1, -1)], [inAddress(bare)]],
    ...(lines.length > 1 ? [lines.filter((line) => line !== "")] : []),
  ];
}

function inAddress(text: string): string {
  // Half of a sign that is written as two is no text of an address.
  return encodeURIComponent(text.toWellFormed());
}

function isScalar(value: unknown): value is string | number | bigint {
  return typeof value === "string" || typeof value === "number" || typeof value === "bigint";
}
