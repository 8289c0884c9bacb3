import { isMapping } from "../../lib/is-mapping.ts";

const ACTION = /\{\{(.*?)\}\}/gs;
const PATH = /^\s*((?:\.[A-Za-z_][A-Za-z0-9_]*)+)\s*$/;

/**
 * A template that names fields and does nothing else, which most do, so that no program is started for it.
 * @returns undefined where it does more, or a field of it is no text, number or flag: that is for the engine to say
 */
export function plainTemplate(template: string, data: Readonly<Record<string, unknown>>): string | undefined {
  let isPlain = !template.replace(ACTION, "").includes("{{");
  const text = template.replace(ACTION, (_, action: string) => {
    const path = PATH.exec(action)?.[1];
    const value = path === undefined ? undefined : fieldAt(data, path.slice(1).split("."));
    if (typeof value === "string" || typeof value === "boolean" || Number.isSafeInteger(value))
      return String(value);
    isPlain = false;
    return "";
  });
  return isPlain ? text : undefined;
}

function fieldAt(data: unknown, path: readonly string[]): unknown {
  let at = data;
  for (const name of path) {
    if (!isMapping(at) || !Object.hasOwn(at, name)) return undefined;
    at = at[name];
  }
  return at;
}
