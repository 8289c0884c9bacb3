import { resolvePlain } from "./scalar.ts";

/** Begins like a word, and holds no `: `, no ` #`, nothing that only some readers take. */
const WORDS = /^[A-Za-z_/](?:[\w ./@+=(),$~^;<>*?!&%\\{}[\]|'"-]|:(?=[^\s])|(?<=\S)#)*$/;
/** `10.0.0.1`, `100m`, `8Gi`: not numbers to any reader. */
const LIKE_A_NUMBER = /^\d+(?:\.\d+){2,}$|^\d+[a-df-nq-zA-DF-NP-WYZ][A-Za-z]*$/;
const NOT_IN_A_BLOCK = /^[\s]|[\0-\x08\x0b-\x1f\x7f-\x9f\ufeff\u2028\u2029\ud800-\udfff]|[ \t](?:\n|$)/;

/**
 * YAML in block style that go-yaml, and `parseYaml`, read back as the same value: texts that would be read as anything
 * else (`yes`, `0644`, `1e3`, `2001-01-01`) are quoted.
 *
 * @param value JSON values and `bigint`; entries that are undefined are left out
 * @returns text that ends in a line break
 */
export function printYaml(value: unknown): string {
  if (isFilled(value)) return block(value, 0);
  return `${inline(value)}\n`;
}

function isFilled(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  return Array.isArray(value) ? value.length > 0 : Object.values(value).some((entry) => entry !== undefined);
}

function block(value: object, column: number): string {
  const indent = " ".repeat(column);
  let text = "";
  if (Array.isArray(value)) {
    for (const item of value as unknown[]) {
      // The first line of a nested block stands behind the dash: its indentation is already there.
      text += isFilled(item)
        ? `${indent}- ${block(item, column + 2).slice(column + 2)}`
        : `${indent}- ${scalar(item, column)}\n`;
    }
    return text;
  }
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue;
    const name = `${indent}${printKey(key)}:`;
    if (!isFilled(item)) text += `${name} ${scalar(item, column)}\n`;
    else text += `${name}\n${block(item, Array.isArray(item) ? column : column + 2)}`;
  }
  return text;
}

function scalar(value: unknown, column: number): string {
  if (typeof value !== "string" || !value.includes("\n") || NOT_IN_A_BLOCK.test(value)) return inline(value);
  let end = 0;
  while (value[value.length - 1 - end] === "\n") end++;
  const body = value.slice(0, value.length - end);
  const indent = " ".repeat(column + 2);
  const lines = body.split("\n").map((line) => (line === "" ? "" : indent + line));
  const kept = end > 1 ? "\n".repeat(end - 1) : "";
  return `|${end === 0 ? "-" : end === 1 ? "" : "+"}\n${lines.join("\n")}${kept}`;
}

function inline(value: unknown): string {
  switch (typeof value) {
    case "string":
      return printText(value);
    case "number":
      if (!Number.isFinite(value)) throw new TypeError(`printYaml: ${value} has no JSON form`);
      return Object.is(value, -0) ? "0" : String(value);
    case "bigint":
    case "boolean":
      return String(value);
    case "object":
      return value === null ? "null" : Array.isArray(value) ? "[]" : "{}";
    default:
      throw new TypeError(`printYaml: a ${typeof value} has no YAML form`);
  }
}

function printKey(key: string): string {
  return /^[A-Za-z_][\w./-]*$/.test(key) && resolvePlain(key) === key ? key : quote(key);
}

function printText(text: string): string {
  const isPlain =
    (WORDS.test(text) || LIKE_A_NUMBER.test(text)) && !text.endsWith(" ") && resolvePlain(text) === text;
  return isPlain ? text : quote(text);
}

/** JSON's escapes are YAML's, but for the characters that go-yaml does not take as they are. */
function quote(text: string): string {
  return JSON.stringify(text).replace(
    /[\x7f-\x9f\u00ad\ufeff\u2028\u2029\ufffe\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
