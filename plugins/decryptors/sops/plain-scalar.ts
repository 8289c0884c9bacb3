/** What a scalar without quotes means to SOPS, and how it counts in the check over all values. */
export interface PlainScalar {
  value: string | number | bigint | boolean | null;
  /** undefined: nothing is there to count. */
  counted: string | undefined;
}

const INTEGER = /^[-+]?(?:0b[01_]+|0o[0-7_]+|0x[\da-f_]+|[\d_]+)$/i;
const FLOAT = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:e[-+]?\d+)?$/i;
const DATE = /^\d{4}-\d{1,2}-\d{1,2}(?:$|[Tt ])/;

/** Source: go-yaml v3, resolve.go, and SOPS's ToBytes. */
export function plainScalar(text: string): PlainScalar {
  if (/^(?:~|null|Null|NULL|)$/.test(text)) return { value: null, counted: undefined };
  if (/^(?:true|True|TRUE)$/.test(text)) return { value: true, counted: "True" };
  if (/^(?:false|False|FALSE)$/.test(text)) return { value: false, counted: "False" };
  if (INTEGER.test(text) && /\d/.test(text)) {
    const integer = integerOf(text);
    if (integer !== undefined)
      return {
        value: Number.isSafeInteger(Number(integer)) ? Number(integer) : integer,
        counted: String(integer),
      };
  }
  if (FLOAT.test(text)) return { value: Number(text), counted: withoutExponent(Number(text)) };
  if (DATE.test(text)) {
    const date = new Date(/[Tt ]/.test(text) ? text.replace(" ", "T") : `${text}T00:00:00Z`);
    if (!Number.isNaN(date.getTime()))
      return { value: text, counted: date.toISOString().replace(/\.?0*Z$/, "Z") };
  }
  return { value: text, counted: text };
}

/** JSON's numbers are floating ones, however they are written. */
export function jsonScalar(text: string): PlainScalar {
  const plain = plainScalar(text);
  if (typeof plain.value !== "number" && typeof plain.value !== "bigint") return plain;
  return { value: plain.value, counted: withoutExponent(Number(text)) };
}

function integerOf(text: string): bigint | undefined {
  const [, sign = "", digits = ""] = /^([-+]?)(.*)$/.exec(text.replaceAll("_", "")) ?? [];
  try {
    const value = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
    return sign === "-" ? -value : value;
  } catch {
    // Digits that are none in this base.
    return undefined;
  }
}

/** The shortest digits that mean the number, all of them written out. Source: Go's FormatFloat with 'f' and -1. */
export function withoutExponent(number: number): string {
  const [, sign = "", whole = "", part = "", power = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([-+]\d+))?$/.exec(String(number)) ?? [];
  if (whole === "") return String(number);
  const digits = whole + part;
  const point = whole.length + Number(power);
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  if (point >= digits.length) return `${sign}${digits}${"0".repeat(point - digits.length)}`;
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}
