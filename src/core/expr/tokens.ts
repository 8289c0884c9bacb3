/** What an expression is written with. https://expr-lang.org/docs/language-definition */
import { Wrong } from "./wrong.ts";

export type Token = { at: number } & (
  | { is: "word"; text: string }
  | { is: "sign"; text: string }
  | { is: "text"; value: string }
  | { is: "int"; value: bigint; text: string }
  | { is: "float"; value: number; text: string }
  | { is: "end" }
);

/** Words that are operators, and names after a dot alone. */
const OPERATORS = new Set([
  ...["in", "not", "and", "or", "matches", "contains", "startsWith", "endsWith", "let", "if", "else"],
]);
const SPACE = /[\s]+|\/\/[^\n]*|\/\*/y;
const WORD = /[\p{L}_$][\p{L}\p{Nd}_$]*/uy;
const NUMBER =
  /0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:[0-9][0-9_]*(?:\.(?!\.)[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9_]+)?/y;
const SIGN = /\.\.|\?\.|\?\?|\|\||&&|==|!=|<=|>=|\*\*|::|[-+*/%^<>!?:|.,;#()[\]{}=]/y;
const MOST_INT = 2n ** 63n - 1n;

/** @throws {Wrong} */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  for (;;) {
    at = pastSpace(text, at);
    if (at >= text.length) break;
    const start = at;
    const letter = text.charAt(at);
    if (letter === '"' || letter === "'" || letter === "`") {
      const { value, end } = letter === "`" ? rawText(text, at) : quotedText(text, at);
      tokens.push({ at: start, is: "text", value });
      at = end;
      continue;
    }
    const number = take(NUMBER);
    if (number !== undefined) {
      at += number.length;
      if (take(WORD) !== undefined || /[0-9]/.test(text.charAt(at)))
        throw new Wrong(
          `${number}${text.charAt(at)} is no number`,
          start,
          "Write a name that begins with a letter, or put a sign between",
        );
      tokens.push({ at: start, text: number, ...numberOf(number, start) });
      continue;
    }
    const word = take(WORD);
    if (word !== undefined) {
      at += word.length;
      tokens.push({ at: start, is: OPERATORS.has(word) ? "sign" : "word", text: word });
      continue;
    }
    const sign = take(SIGN);
    if (sign === undefined)
      throw new Wrong(
        `${JSON.stringify(String.fromCodePoint(text.codePointAt(at) ?? 0))} means nothing here`,
        at,
        letter === "&" ? "Write && or `and`" : "Put text between quotes",
      );
    at += sign.length;
    tokens.push({ at: start, is: "sign", text: sign });
  }
  tokens.push({ at: text.length, is: "end" });
  return tokens;
}

function pastSpace(text: string, from: number): number {
  let at = from;
  for (;;) {
    SPACE.lastIndex = at;
    const found = SPACE.exec(text)?.[0];
    if (found === undefined) return at;
    if (found !== "/*") {
      at += found.length;
      continue;
    }
    const end = text.indexOf("*/", at + 2);
    if (end < 0) throw new Wrong("a comment does not end", at, "End it with */");
    at = end + 2;
  }
}

function numberOf(
  written: string,
  at: number,
): { is: "int"; value: bigint } | { is: "float"; value: number } {
  const digits = written.replaceAll("_", "");
  const isOfBase = /^0[xob]/i.test(digits);
  if (!isOfBase && /[.e]/i.test(digits)) {
    const value = Number(digits);
    if (Number.isFinite(value)) return { is: "float", value };
    throw new Wrong(`${written} is no number of 64 bits`, at);
  }
  if (!/[0-9a-f]$/i.test(digits) || (isOfBase && digits.length < 3))
    throw new Wrong(`${written} is no number`, at);
  const value = BigInt(isOfBase ? digits.toLowerCase() : digits);
  if (value <= MOST_INT) return { is: "int", value };
  throw new Wrong(`${written} is no number of 64 bits`, at, "Write it with a dot, as 1e20 or 9.3e18");
}

function rawText(text: string, at: number): { value: string; end: number } {
  const end = text.indexOf("`", at + 1);
  if (end < 0) throw new Wrong("a text does not end", at, "End it with `");
  return { value: text.slice(at + 1, end), end: end + 1 };
}

const LETTERS: Readonly<Record<string, string>> = {
  ...{ a: "\x07", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" },
  ...{ "\\": "\\", "'": "'", '"': '"', "`": "`", "?": "?" },
};
const OF_CODE =
  /x([0-9a-fA-F]{2})|u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})/y;

function quotedText(text: string, from: number): { value: string; end: number } {
  const quote = text.charAt(from);
  let value = "";
  for (let at = from + 1; at < text.length; ) {
    const letter = text.charAt(at);
    if (letter === quote) return { value, end: at + 1 };
    if (letter === "\n") break;
    if (letter !== "\\") {
      value += letter;
      at += 1;
      continue;
    }
    const escaped = escapedAt(text, at + 1);
    if (escaped === undefined)
      throw new Wrong(
        `\\${text.charAt(at + 1)} stands for nothing`,
        at,
        "Write \\\\ for a backslash, or put the text between ` and `",
      );
    value += escaped.value;
    at = escaped.end;
  }
  throw new Wrong(
    "a text does not end",
    from,
    `End it with ${quote}; one of several lines stands between \` and \``,
  );
}

function escapedAt(text: string, at: number): { value: string; end: number } | undefined {
  const letter = text.charAt(at);
  if (Object.hasOwn(LETTERS, letter)) return { value: LETTERS[letter] ?? "", end: at + 1 };
  OF_CODE.lastIndex = at;
  const found = OF_CODE.exec(text);
  if (found === null) return undefined;
  const [whole, two, braced, four, eight, octal] = found;
  const hex = two ?? braced ?? four ?? eight;
  const code = hex === undefined ? Number.parseInt(octal ?? "", 8) : Number.parseInt(hex, 16);
  if (!(code <= 0x10ffff)) return undefined;
  return { value: String.fromCodePoint(code), end: at + whole.length };
}
