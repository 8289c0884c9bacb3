/**
 * What an unquoted YAML scalar means, by the rules of sigs.k8s.io/yaml (go-yaml v2), through which every Kubernetes
 * tool reads: YAML 1.1 booleans and octals, no base 60, dates stay text. Checked against `helm template … | toJson`.
 */

const WORDS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ...["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"].map(
    (word) => [word, true] as const,
  ),
  ...["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"].map(
    (word) => [word, false] as const,
  ),
  ...["", "~", "null", "Null", "NULL"].map((word) => [word, null] as const),
  ...[".nan", ".NaN", ".NAN"].map((word) => [word, Number.NaN] as const),
  ...[".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"].map((word) => [word, Infinity] as const),
  ...["-.inf", "-.Inf", "-.INF"].map((word) => [word, -Infinity] as const),
]);

const LONGEST_WORD = 5;
const INTEGER = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[oO]([0-7]+)|0[bB]([01]+)|(0[0-7]*)|([1-9][0-9]*))$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const DOT_FLOAT = /^\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?$/;
const MAX_DIGITS = 400;

/** @returns string, number, bigint (outside ±2⁵³), boolean, null; NaN and infinities as numbers: JSON has no form for those */
export function resolvePlain(text: string): unknown {
  const first = text.charCodeAt(0);
  // Most scalars are words: look no further where no rule begins with such a character.
  const startsNumber = (first >= 48 && first <= 57) || first === 43 || first === 45 || first === 46;
  if (text.length <= LONGEST_WORD) {
    const word = WORDS.get(text);
    if (word !== undefined) return word;
  }
  if (!startsNumber || text.length > MAX_DIGITS) return text;
  if (first === 46) return DOT_FLOAT.test(text) ? finite(text.replaceAll("_", ""), text) : text;
  const plain = text.includes("_") ? text.replaceAll("_", "") : text;
  return integer(plain) ?? (FLOAT.test(plain) ? finite(plain, text) : text);
}

/** int64 and uint64, as Go's ParseInt and ParseUint with base 0; undefined for anything else. */
function integer(text: string): number | bigint | undefined {
  const match = INTEGER.exec(text);
  if (match === null) return undefined;
  const [, sign = "", hex, octal, binary, oldOctal, decimal] = match;
  if (decimal !== undefined && decimal.length <= 15) return Number(text);
  const digits =
    hex !== undefined
      ? `0x${hex}`
      : octal !== undefined
        ? `0o${octal}`
        : binary !== undefined
          ? `0b${binary}`
          : oldOctal !== undefined
            ? `0o${oldOctal}`
            : (decimal as string);
  const size = BigInt(digits);
  const value = sign === "-" ? -size : size;
  if (value < -(2n ** 63n) || value >= (sign === "" ? 2n ** 64n : 2n ** 63n)) return undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function finite(digits: string, text: string): number | string {
  const number = Number(digits);
  return Number.isFinite(number) ? number : text;
}

export type Tagged = { ok: true; value: unknown } | { ok: false; text: string };

const STANDARD = "tag:yaml.org,2002:";

/**
 * A scalar with an explicit tag. Tags that are not YAML's own leave the text as it is.
 * @param tag as written out: `tag:yaml.org,2002:int`, `!foo`, `!`
 */
export function resolveTagged(tag: string, text: string): Tagged {
  if (!tag.startsWith(STANDARD)) return { ok: true, value: text };
  const name = tag.slice(STANDARD.length);
  const value = resolvePlain(text);
  const wrong: Tagged = { ok: false, text: `a value tagged !!${name} is no ${name}` };
  switch (name) {
    case "int":
      return typeof value === "bigint" ||
        (typeof value === "number" &&
          Number.isInteger(value) &&
          integer(text.replaceAll("_", "")) !== undefined)
        ? { ok: true, value }
        : wrong;
    case "float":
      return typeof value === "number" || typeof value === "bigint"
        ? { ok: true, value: Number(value) }
        : wrong;
    case "bool":
      return typeof value === "boolean" ? { ok: true, value } : wrong;
    case "null":
      return value === null ? { ok: true, value } : wrong;
    case "binary":
      return /^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(text)
        ? { ok: true, value: Buffer.from(text, "base64").toString("utf8") }
        : wrong;
    case "timestamp":
      return /^\d{4}-\d{1,2}-\d{1,2}/.test(text) ? { ok: true, value: text } : wrong;
    default:
      return { ok: true, value: text };
  }
}
