/** The `yaml` package as far as it is used: from text to nodes, in steps, bounded before anything is built. */
import { Composer, type Document, Lexer, LineCounter, type Pair, Parser } from "yaml";
import { mendIndentation } from "./indentation.ts";

/** Every scalar stays text: what it means is decided by scalar.ts. */
const READ_AS_TEXT = {
  schema: "failsafe",
  version: "1.1",
  resolveKnownTags: false,
  merge: false,
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: "error",
} as const;

/** `'x'# note`: a comment behind quotes and brackets needs no space before it, for go-yaml. */
const GO_YAML_TAKES_IT = /^Comments must be separated from other tokens by white space/;
/** Lexemes between two steps. */
const STEP_LEXEMES = 1_000;
/** What the lexer says before the text of a plain or block scalar. */
const SCALAR_FOLLOWS = "\x1f";

export interface ParsedText {
  parsed: Document.Parsed;
  lineCounter: LineCounter;
  /** Of mappings that somebody asked about: by key. */
  pairs: WeakMap<object, ReadonlyMap<string, Pair>>;
}

/** @throws {TooManyValues} before more than `scalars` of them are built */
export function* parseAsText(text: string, scalars: number): Generator<undefined, ParsedText> {
  const first = yield* parseOnce(text, scalars);
  if (firstError(first) === undefined) return first;
  const mended = yield* mendIndentation(text, (of) => new Lexer().lex(of));
  const second = mended === undefined ? first : yield* parseOnce(mended, scalars);
  return firstError(second) === undefined ? second : first;
}

export function firstError({ parsed }: ParsedText): Document.Parsed["errors"][number] | undefined {
  return parsed.errors.find(({ message }) => !GO_YAML_TAKES_IT.test(message));
}

/** Of scalars, before they were built. */
export class TooManyValues extends Error {}

function* parseOnce(text: string, most: number): Generator<undefined, ParsedText> {
  const lineCounter = new LineCounter();
  const parser = new Parser(lineCounter.addNewLine);
  lineCounter.addNewLine(0);
  const tokens = [];
  let lexemes = 0,
    scalars = 0;
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    const first = lexeme[0];
    if ((first === SCALAR_FOLLOWS || first === '"' || first === "'") && ++scalars > most)
      throw new TooManyValues();
    if (++lexemes % STEP_LEXEMES === 0) yield;
  }
  tokens.push(...parser.end());
  yield;
  const [parsed] = new Composer({ ...READ_AS_TEXT, lineCounter }).compose(tokens, true, text.length);
  yield;
  return { parsed: parsed as Document.Parsed, lineCounter, pairs: new WeakMap() };
}

/**
 * Deep nesting costs the parser quadratic time, so it is looked for before. Brackets are counted roughly first; only a
 * text that could be too deep is taken apart into tokens, which knows brackets in strings from others.
 */
export function isTooDeep(text: string, limit: number): boolean {
  let open = 0;
  let deepest = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 91 || code === 123) deepest = Math.max(deepest, ++open);
    else if ((code === 93 || code === 125) && open > 0) open--;
  }
  const mayBeDeep =
    deepest > limit ||
    new RegExp(`(?:[-?:] +){${limit}}`).test(text) ||
    new RegExp(`^ {${limit},}[^ #\\n]`, "m").test(text);
  if (!mayBeDeep) return false;
  let flows = 0;
  let inLine = 0;
  let indents: number[] = [];
  for (const token of new Lexer().lex(text)) {
    if (token === "[" || token === "{") flows++;
    else if (token === "]" || token === "}") flows--;
    else if (token === "-" || token === "?") inLine++;
    else if (token.startsWith("\n") || token === "\r\n") inLine = 0;
    else if (/^ +$/.test(token) && inLine === 0 && flows === 0) {
      indents = indents.filter((indent) => indent < token.length);
      indents.push(token.length);
    }
    if (flows > limit || inLine > limit || indents.length > limit) return true;
  }
  return false;
}
