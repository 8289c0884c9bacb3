export type FieldPath = readonly (string | number)[];

const PLAIN_KEY = /^[A-Za-z_$][\w$-]*$/;
const STEP = /\.?([A-Za-z_$][\w$-]*)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]/y;

/** `spec.sources[0].helm`, `metadata.annotations["a.b/c"]`; "" for the thing itself. */
export function showPath(path: FieldPath): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else if (PLAIN_KEY.test(step)) text += text === "" ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}

/** What `showPath` printed, taken apart again; undefined where the text is no such path. */
export function parsePath(text: string): FieldPath | undefined {
  const path: (string | number)[] = [];
  STEP.lastIndex = 0;
  while (STEP.lastIndex < text.length) {
    const step = STEP.exec(text);
    if (step === null) return undefined;
    const [, key, index, quoted] = step;
    if (key !== undefined) path.push(key);
    else if (index !== undefined) path.push(Number(index));
    else path.push(JSON.parse(`"${quoted}"`) as string);
  }
  return path;
}

/** What is at a path in a JSON value; undefined where nothing is. */
export function valueAt(value: unknown, path: FieldPath): unknown {
  return path.reduce(stepInto, value);
}

/** One step of a path. A step that finds no map or list to go into finds nothing. */
export function stepInto(value: unknown, step: string | number): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Array.isArray(value) ? value[Number(step)] : (value as Record<string, unknown>)[step];
}
