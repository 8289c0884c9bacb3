import { equalJson } from "../../../lib/equal-json.ts";
import { type FieldPath, stepInto } from "../../../lib/field-path.ts";
import { isMapping } from "../../../lib/is-mapping.ts";

/**
 * The part of jq that names places and nothing more: `.spec.replicas`, `.metadata.annotations["a.b/c"]`,
 * `.webhooks[]?.clientConfig.caBundle`, `.spec.template.spec.containers[] | select(.name == "web") | .image`.
 */
export type JqPath = readonly JqStep[];

type JqStep =
  | { is: "key"; name: string }
  | { is: "index"; at: number }
  /** All items of a list, all values of a mapping. */
  | { is: "each" }
  /** Only values that have one of these values at a path of keys. */
  | { is: "where"; path: readonly string[]; equals: readonly unknown[] };

const SPACE = /\s*/y;
const NAME = /\.([A-Za-z_][A-Za-z0-9_]*)\??/y;
const QUOTED_NAME = /\.("(?:[^"\\]|\\.)*")\??/y;
/** A dot before brackets begins a path, and is taken inside one too. */
const EACH = /\.?\[\s*\]\??/y;
const INDEX = /\.?\[\s*(\d{1,6})\s*\]\??/y;
const QUOTED_KEY = /\.?\[\s*("(?:[^"\\]|\\.)*")\s*\]\??/y;
const PIPE = /\s*\|\s*/y;
const SELECT = /select\(/y;
const EQUALS = /\s*==\s*("(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|true|false|null)\s*/y;
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

/** Every place of an object that the path means. Plain keys that are not there are a place all the same. */
export function placesOf(path: JqPath, object: unknown): FieldPath[] {
  let found: { at: FieldPath; value: unknown }[] = [{ at: [], value: object }];
  for (const step of path)
    found = found.flatMap(({ at, value }) => {
      switch (step.is) {
        case "key":
          return isMapping(value) || value === undefined
            ? [{ at: [...at, step.name], value: stepInto(value, step.name) }]
            : [];
        case "index":
          return Array.isArray(value) && step.at < value.length
            ? [{ at: [...at, step.at], value: value[step.at] as unknown }]
            : [];
        case "each":
          if (Array.isArray(value))
            return value.map((item: unknown, index) => ({ at: [...at, index], value: item }));
          return isMapping(value)
            ? Object.entries(value).map(([key, item]) => ({ at: [...at, key], value: item }))
            : [];
        case "where": {
          const have = step.path.reduce<unknown>(stepInto, value) ?? null;
          return step.equals.some((want) => equalJson(want, have)) ? [{ at, value }] : [];
        }
      }
    });
  return found.map(({ at }) => at);
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
    }
    for (let step = this.#step(); step !== undefined; step = this.#step()) steps.push(step);
    return steps.length === 0 || steps.includes(BROKEN) ? undefined : steps;
  }

  #step(): JqStep | undefined {
    const name = this.#match(NAME)?.[1];
    if (name !== undefined) return { is: "key", name };
    const quoted = this.#match(QUOTED_NAME)?.[1] ?? this.#match(QUOTED_KEY)?.[1];
    if (quoted !== undefined) {
      const key = literal(quoted);
      return typeof key === "string" ? { is: "key", name: key } : BROKEN;
    }
    const index = this.#match(INDEX)?.[1];
    if (index !== undefined) return { is: "index", at: Number(index) };
    return this.takes(EACH) ? { is: "each" } : undefined;
  }

  /** Behind `select(`: `.name == "a" or .name == "b")`, all about one path. */
  #where(): JqStep | undefined {
    let path: string[] | undefined;
    const equals: unknown[] = [];
    do {
      this.#match(SPACE);
      const steps = this.#steps() ?? [];
      const keys = steps.flatMap((step) => (step.is === "key" ? [step.name] : []));
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
const BROKEN: JqStep = { is: "index", at: -1 };

/** @returns undefined for what is no JSON: jq's `"\\(…)"` */
function literal(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
