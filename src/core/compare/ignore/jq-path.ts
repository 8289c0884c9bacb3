import { equalJson } from "../../../lib/equal-json.ts";
import { type FieldPath, stepInto } from "../../../lib/field-path.ts";
import { isMapping } from "../../../lib/is-mapping.ts";

/**
 * The part of jq that names places and nothing more: `.spec.replicas`, `.metadata.annotations["a.b/c"]`,
 * `.webhooks[]?.clientConfig.caBundle`, `.spec.template.spec.containers[] | select(.name == "web") | .image`. It needs
 * no process, and says what jq says: a test holds the two beside each other.
 */
export type JqPath = readonly JqStep[];

type JqStep =
  | { is: "key"; name: string; where: Elsewhere }
  | { is: "index"; at: number; where: Elsewhere }
  /** All items of a list, all values of a mapping. */
  | { is: "each"; where: Elsewhere }
  /** Only values that have one of these values at a path of keys. */
  | { is: "where"; path: readonly KeyStep[]; equals: readonly unknown[] };

type KeyStep = Extract<JqStep, { is: "key" }>;

/** What a step does in a value that it cannot go into: jq's error, or with a `?` behind it nothing. */
type Elsewhere = "fails" | "passes";

const SPACE = /\s*/y;
const OPTIONAL = /\?/y;
const NAME = /\.([A-Za-z_][A-Za-z0-9_]*)/y;
const QUOTED_NAME = /\.("(?:[^"\\]|\\.)*")/y;
/** A dot before brackets begins a path, and is taken inside one too. Brackets without one begin a list. */
const EACH = /\.?\[\s*\]/y;
const INDEX = /\.?\[\s*(\d{1,6})\s*\]/y;
const QUOTED_KEY = /\.?\[\s*("(?:[^"\\]|\\.)*")\s*\]/y;
const BARE_BRACKET = /(?=\[)/y;
const PIPE = /\s*\|\s*/y;
const SELECT = /select\(/y;
/** Whole numbers that need no rounding. */
const EQUALS = /\s*==\s*("(?:[^"\\]|\\.)*"|-?\d{1,15}(?![\d.eE])|true|false|null)\s*/y;
const OR = /or\s+/y;
const CLOSE = /\)/y;

/** @returns one path for each part of `.a, .b`; undefined where the expression is more than places */
export function parseJqPaths(expression: string): JqPath[] | undefined {
  const reader = new Reader(expression);
  const paths: JqPath[] = [];
  for (;;) {
    const path = reader.path();
    if (path === undefined || !path.some(({ is }) => is !== "where")) return undefined;
    paths.push(path);
    if (reader.atEnd) return paths;
    // A comma binds closer than a pipe: `.a, .b | .c` means another thing than it seems to.
    if (expression.includes("|") || !reader.takes(/\s*,\s*/y)) return undefined;
  }
}

/**
 * Every place of an object that an expression means; its parts are those of `.a, .b`. Keys and items that are not there
 * are a place all the same, as in jq.
 * @returns [] too where jq stops with an error, such as at the items of something that is no list: then `del(…)` takes
 * nothing out
 */
export function placesOf(parts: readonly JqPath[], object: unknown): FieldPath[] {
  const found: FieldPath[] = [];
  return parts.every((path) => follow(path, [], object, found) === "done") ? found : [];
}

function follow(path: JqPath, at: FieldPath, value: unknown, found: FieldPath[]): "done" | "failed" {
  const [step, ...rest] = path;
  if (step === undefined) {
    found.push(at);
    return "done";
  }
  if (step.is === "where") {
    const have = reach(step.path, value);
    if (have.is !== "value") return have.is;
    return step.equals.some((want) => equalJson(want, have.value)) ? follow(rest, at, value, found) : "done";
  }
  const into = enter(step, value);
  if (into === undefined) return step.where === "passes" ? "done" : "failed";
  for (const [name, child] of into)
    if (follow(rest, [...at, name], child, found) === "failed") return "failed";
  return "done";
}

/** @returns undefined where the step cannot go into the value */
function enter(
  step: Exclude<JqStep, { is: "where" }>,
  value: unknown,
): readonly (readonly [string | number, unknown])[] | undefined {
  const isNothing = value === undefined || value === null;
  switch (step.is) {
    case "key":
      return isNothing || isMapping(value) ? [[step.name, ownOf(value, step.name)]] : undefined;
    case "index":
      return isNothing || Array.isArray(value) ? [[step.at, stepInto(value, step.at)]] : undefined;
    case "each":
      if (Array.isArray(value)) return value.map((item: unknown, index) => [index, item] as const);
      return isMapping(value) ? Object.entries(value) : undefined;
  }
}

function ownOf(value: unknown, name: string): unknown {
  return isMapping(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function reach(
  path: readonly KeyStep[],
  value: unknown,
): { is: "value"; value: unknown } | { is: "done" | "failed" } {
  let have = value;
  for (const step of path) {
    const into = enter(step, have);
    if (into === undefined) return { is: step.where === "passes" ? "done" : "failed" };
    have = into[0]?.[1];
  }
  return { is: "value", value: have ?? null };
}

class Reader {
  #at = 0;

  constructor(private readonly text: string) {
    this.#match(SPACE);
  }

  get atEnd(): boolean {
    this.#match(SPACE);
    return this.#at === this.text.length;
  }

  takes(pattern: RegExp): boolean {
    return this.#match(pattern) !== undefined;
  }

  path(): JqStep[] | undefined {
    const steps: JqStep[] = [];
    for (;;) {
      const more = this.#steps();
      if (more === undefined) return undefined;
      steps.push(...more);
      if (!this.takes(PIPE)) return steps;
    }
  }

  /** Between two pipes: places one after the other, or a `select`, which may have places behind it. */
  #steps(): JqStep[] | undefined {
    const steps: JqStep[] = [];
    if (this.takes(SELECT)) {
      const where = this.#where();
      if (where === undefined) return undefined;
      steps.push(where);
    } else if (this.takes(BARE_BRACKET)) return undefined;
    for (let step = this.#step(); step !== undefined; step = this.#step()) steps.push(step);
    return steps.length === 0 || steps.includes(BROKEN) ? undefined : steps;
  }

  #step(): JqStep | undefined {
    const name = this.#match(NAME)?.[1];
    if (name !== undefined) return { is: "key", name, where: this.#elsewhere() };
    const quoted = this.#match(QUOTED_NAME)?.[1] ?? this.#match(QUOTED_KEY)?.[1];
    if (quoted !== undefined) {
      const key = literal(quoted);
      return typeof key === "string" ? { is: "key", name: key, where: this.#elsewhere() } : BROKEN;
    }
    const index = this.#match(INDEX)?.[1];
    if (index !== undefined) return { is: "index", at: Number(index), where: this.#elsewhere() };
    return this.takes(EACH) ? { is: "each", where: this.#elsewhere() } : undefined;
  }

  #elsewhere(): Elsewhere {
    return this.takes(OPTIONAL) ? "passes" : "fails";
  }

  /** Behind `select(`: `.name == "a" or .name == "b")`, all about one path. */
  #where(): JqStep | undefined {
    let path: KeyStep[] | undefined;
    const equals: unknown[] = [];
    do {
      this.#match(SPACE);
      const steps = this.#steps() ?? [];
      const keys = steps.filter((step) => step.is === "key");
      if (keys.length === 0 || keys.length < steps.length || (path !== undefined && !equalJson(path, keys)))
        return undefined;
      path = keys;
      const value = this.#match(EQUALS)?.[1];
      const want = value === undefined ? undefined : literal(value);
      if (want === undefined) return undefined;
      equals.push(want);
    } while (this.takes(OR));
    return this.takes(CLOSE) ? { is: "where", path, equals } : undefined;
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.text);
    if (match === null) return undefined;
    this.#at = pattern.lastIndex;
    return match;
  }
}

/** Stands for a key that cannot be read: a string with an interpolation. */
const BROKEN: JqStep = { is: "index", at: -1, where: "fails" };

/** @returns undefined for what is no JSON, as jq's `"\\(…)"`, and for characters by number, of which jq has its own view */
function literal(text: string): unknown {
  if (text.includes("\\u")) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
