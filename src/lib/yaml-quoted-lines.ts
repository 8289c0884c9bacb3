/**
 * go-yaml, and with it every Kubernetes tool, does not care how far the further lines of a quoted scalar are indented; the
 * YAML specification and the parser do. Indentation there never belongs to the value, so that more of it may be put in.
 */

/** Zero-width signs among the lexemes: a document begins, a flow collection was cut off. */
const SIGNS = new Set(["\x02", "\x18"]);
/** The next lexeme is the text of a plain or block scalar, which may hold quotes as it likes. */
const SCALAR_FOLLOWS = "\x1f";
/** Each one costs another look at the whole text. */
const MOST_MENDED = 100;
const DOCUMENT_MARKER = /^(?:---|\.\.\.)(?=[ \t]|$)/m;

/**
 * Indents the further lines of quoted scalars so far that the parser takes them for what they are. Line numbers stay.
 * @param lex the parser's own lexer: pieces that put together are the text, and the signs above
 * @returns undefined where there is nothing to mend
 */
export function indentQuotedLines(text: string, lex: (text: string) => Iterable<string>): string | undefined {
  let mended = text;
  for (let round = 0; round < MOST_MENDED; round++) {
    const cut = firstCutOff(mended, lex);
    if (cut === undefined) break;
    mended = indentLines(mended, cut);
  }
  return mended === text ? undefined : mended;
}

interface Span {
  /** Offset of the opening quote. */
  start: number;
  /** Offset of the closing quote. */
  end: number;
}

/** The first quoted scalar that the lexer ended before its closing quote. */
function firstCutOff(text: string, lex: (text: string) => Iterable<string>): Span | undefined {
  let start = 0;
  let isScalar = false;
  for (const lexeme of lex(text)) {
    if (SIGNS.has(lexeme)) continue;
    if (lexeme === SCALAR_FOLLOWS) {
      isScalar = true;
      continue;
    }
    const quote = lexeme[0];
    if (!isScalar && (quote === "'" || quote === '"')) {
      const end = closingQuote(text, start, quote);
      if (end < 0 || DOCUMENT_MARKER.test(text.slice(start, end))) return undefined;
      if (end >= start + lexeme.length) return { start, end };
    }
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

/** Deeper than the column of its quote is deeper than anything around it. */
function indentLines(text: string, { start, end }: Span): string {
  const column = start - (text.lastIndexOf("\n", start) + 1);
  const inside = text.slice(start, end).replace(/\n(?!\n)/g, `\n${" ".repeat(column + 1)}`);
  return text.slice(0, start) + inside + text.slice(end);
}
