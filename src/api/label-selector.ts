import { ApiError } from "./api-error.ts";

export type LabelTest = (labels: Readonly<Record<string, string>>) => boolean;

const SET = /^([^\s!=,()]+)\s+(in|notin)\s*\(([^()]*)\)$/;
const EQUAL = /^([^\s!=,()]+)\s*(==|=|!=)\s*([^\s!=,()]*)$/;
const EXISTS = /^(!?)\s*([^\s!=,()]+)$/;

/**
 * Kubernetes' label selectors: `a=b`, `a!=b`, `a in (b, c)`, `a notin (b)`, `a`, `!a`, joined by commas.
 * As there, `!=` and `notin` hold where the label is missing.
 * @throws {ApiError} 400 where the text is none
 */
export function parseSelector(text: string): LabelTest {
  // Commas inside parentheses separate values, the others separate requirements.
  const tests = text.split(/,(?![^()]*\))/).map((part) => parseRequirement(part.trim(), text));
  return (labels) => tests.every((test) => test(labels));
}

function parseRequirement(part: string, whole: string): LabelTest {
  const [, setKey, setWord, list] = SET.exec(part) ?? [];
  if (setKey !== undefined && list !== undefined) {
    const values = new Set(list.split(",").map((value) => value.trim()));
    return (labels) => (labels[setKey] !== undefined && values.has(labels[setKey])) === (setWord === "in");
  }
  const [, key, sign, value] = EQUAL.exec(part) ?? [];
  if (key !== undefined) return (labels) => (labels[key] === value) === (sign !== "!=");
  const [, not, name] = EXISTS.exec(part) ?? [];
  if (name !== undefined) return (labels) => Object.hasOwn(labels, name) === (not === "");
  throw new ApiError(
    "InvalidArgument",
    `selector ${JSON.stringify(whole)}: ${JSON.stringify(part)} is no requirement. Write key=value, key!=value, key in (a, b), key or !key`,
  );
}
