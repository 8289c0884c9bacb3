type Step = { take: string } | { all: true };
type Piece = { text: string } | { steps: Step[] };

/**
 * A template of Kubernetes' JSONPath, `{.user}{":"}{.hosts[0]}`, as far as secrets need it: fields, indexes, `*`, quoted
 * names and texts. What it finds is written one after the other, objects as JSON. Source: kubectl's JSONPath.
 * @returns undefined where the template is none of these
 */
export function fillJsonPath(
  template: string,
  value: unknown,
  maxLength: number,
): { found: string } | "missing" | "too large" | undefined {
  const pieces = parse(template);
  if (pieces === undefined) return undefined;
  let found = "";
  for (const piece of pieces) {
    if ("text" in piece) {
      found += piece.text;
      continue;
    }
    let at: unknown[] = [value];
    for (const step of piece.steps) {
      at = at.flatMap((one) => ("all" in step ? Object.values(one ?? {}) : take(one, step.take)));
      if (at.length === 0) return "missing";
    }
    found += at.map((one) => (typeof one === "string" ? one : JSON.stringify(one))).join(" ");
    if (found.length > maxLength) return "too large";
  }
  return { found };
}

function take(from: unknown, name: string): unknown[] {
  if (Array.isArray(from)) {
    const index = Number(name);
    const item: unknown = Number.isInteger(index) ? from.at(index) : undefined;
    return item === undefined ? [] : [item];
  }
  return typeof from === "object" && from !== null && Object.hasOwn(from, name)
    ? [(from as Record<string, unknown>)[name]]
    : [];
}

function parse(template: string): Piece[] | undefined {
  const pieces: Piece[] = [];
  for (let rest = template; rest !== ""; ) {
    const text = /^[^{]+/.exec(rest)?.[0];
    if (text !== undefined) {
      pieces.push({ text });
      rest = rest.slice(text.length);
      continue;
    }
    const [whole, quoted, path] =
      /^\{(?:(?:"([^"]*)"|'([^']*)')|([^{}]*))\}/.exec(rest) === null ? [] : partsOf(rest);
    if (whole === undefined) return undefined;
    rest = rest.slice(whole.length);
    if (quoted !== undefined) pieces.push({ text: quoted });
    else {
      const steps = stepsOf(path ?? "");
      if (steps === undefined) return undefined;
      pieces.push({ steps });
    }
  }
  return pieces;
}

function partsOf(rest: string): [string, string | undefined, string | undefined] {
  const [whole = "", double, single, path] = /^\{(?:(?:"([^"]*)"|'([^']*)')|([^{}]*))\}/.exec(rest) ?? [];
  return [whole, double ?? single, path];
}

const STEP = /\.([\w-]+)|\.?\[\*\]|\.(\*)|\[(-?\d+)\]|\[(?:"([^"]*)"|'([^']*)')\]/y;

function stepsOf(path: string): Step[] | undefined {
  const steps: Step[] = [];
  const from = path.trim().replace(/^[$@]/, "");
  STEP.lastIndex = 0;
  if (from === "" || from === ".") return [];
  while (STEP.lastIndex < from.length) {
    const match = STEP.exec(from);
    if (match === null) return undefined;
    const [, field, , index, double, single] = match;
    const name = field ?? index ?? double ?? single;
    steps.push(name === undefined ? { all: true } : { take: name });
  }
  return steps;
}
