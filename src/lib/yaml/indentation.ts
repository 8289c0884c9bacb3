/**
 * go-yaml, and with it every Kubernetes tool, does not care how far the further lines of a quoted scalar or of a flow
 * collection are indented; the YAML specification and the parser do. Indentation there never belongs to the value, so
 * that more of it may be put in.
 */

/** Zero-width signs among the lexemes: a document begins, a flow collection was cut off. */
const DOCUMENT = "\x02",
  CUT_OFF = "\x18";
/** The next lexeme is the text of a plain or block scalar, which may hold quotes as it likes. */
const SCALAR_FOLLOWS = "\x1f";
/** UTF-16 units that are looked at in all: each place that is mended costs another look at the text. */
const MOST_LOOKED_AT = 8 * 1024 * 1024;
const STEP_LEXEMES = 4_000;
const DOCUMENT_MARKER = /^(?:---|\.\.\.)(?=[ \t]|$)/m;

/**
 * Indents the further lines of quoted scalars and flow collections so far that the parser takes them for what they are.
 * Line numbers stay.
 * @param lex the parser's own lexer: pieces that put together are the text, and the signs above
 * @returns undefined where there is nothing to mend
 */
export function* mendIndentation(
  text: string,
  lex: (text: string) => Iterable<string>,
): Generator<undefined, string | undefined> {
  let mended = text;
  for (let looked = 0; looked <= MOST_LOOKED_AT; looked += mended.length) {
    const cut = yield* firstCutOff(mended, lex);
    if (cut === undefined) break;
    mended = indentLines(mended, cut);
  }
  return mended === text ? undefined : mended;
}

interface Span {
  /** Offset of the opening quote or bracket. */
  start: number;
  /** Offset of the closing one. */
  end: number;
}

/** The first quoted scalar or flow collection that the lexer ended before its end. */
function* firstCutOff(
  text: string,
  lex: (text: string) => Iterable<string>,
): Generator<undefined, Span | undefined> {
  const open: number[] = [];
  let start = 0;
  let isScalar = false;
  let lexemes = 0;
  for (const lexeme of lex(text)) {
    if (++lexemes % STEP_LEXEMES === 0) yield;
    if (lexeme === DOCUMENT) continue;
    if (lexeme === CUT_OFF) {
      const [outermost] = open;
      const end = outermost === undefined ? -1 : closingBracket(text, outermost);
      return outermost === undefined || end < 0 ? undefined : { start: outermost, end };
    }
    if (lexeme === SCALAR_FOLLOWS) {
      isScalar = true;
      continue;
    }
    const first = lexeme[0];
    if (!isScalar && (first === "'" || first === '"')) {
      const end = closingQuote(text, start, first);
      if (end < 0 || DOCUMENT_MARKER.test(text.slice(start, end))) return undefined;
      if (end >= start + lexeme.length) return { start, end };
    } else if (!isScalar && (lexeme === "[" || lexeme === "{")) open.push(start);
    else if (!isScalar && (lexeme === "]" || lexeme === "}")) open.pop();
    isScalar = false;
    start += lexeme.length;
  }
  return undefined;
}

/** -1 where there is none. */
function closingQuote(text: string, start: number, quote: "'" | '"'): number {
  for (let at = start + 1; at < text.length; at++) {
    if (quote === '"' && text[at] === "\\") at++;
    else if (text[at] === quote) {
      if (quote === '"' || text[at + 1] !== "'") return at;
      at++;
    }
  }
  return -1;
}

/** -1 where there is none. */
function closingBracket(text: string, start: number): number {
  let depth = 0;
  let quotesEnd = -1;
  for (let at = start; at < text.length; at++) {
    const sign = text[at];
    const before = text[at - 1] ?? " ";
    const isBehindQuotes = at - 1 === quotesEnd;
    if (sign === "[" || sign === "{") depth++;
    else if (sign === "]" || sign === "}") {
      if (--depth === 0) return at;
    } else if ((sign === "'" || sign === '"') && /[\s,:[{]/.test(before)) {
      at = closingQuote(text, at, sign);
      if (at < 0) return -1;
      quotesEnd = at;
    } else if (sign === "#" && (/[\s,[\]{}]/.test(before) || isBehindQuotes)) {
      at = text.indexOf("\n", at);
      if (at < 0) return -1;
    }
  }
  return -1;
}

/** Deeper than the column of its beginning is deeper than anything around it. */
function indentLines(text: string, { start, end }: Span): string {
  const column = start - (text.lastIndexOf("\n", start) + 1);
  const inside = text.slice(start, end).replace(/\n(?!\n)/g, `\n${" ".repeat(column + 1)}`);
  return text.slice(0, start) + inside + text.slice(end);
}
