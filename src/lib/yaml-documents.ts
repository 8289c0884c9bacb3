/** One document's text, cut out of its file, with the place where it stands. */
export interface DocumentText {
  text: string;
  /** 1-based line of the file at which `text` starts. */
  startLine: number;
  /** 1-based line of the first thing that is no comment, separator or empty line. */
  line: number;
}

const MARKER = /^(?:---|\.\.\.)(?=[ \t]|$)/;
const SAYS_NOTHING = /^(?:[ \t]*(?:#.*)?|---[ \t]*(?:#.*)?|\.\.\.[ \t]*(?:#.*)?)$/;

/**
 * Cuts a text at its document markers (`---` and `...` at the beginning of a line), which no scalar can contain.
 * Documents that hold nothing but comments are left out. So one document that does not parse spoils no other.
 */
export function splitDocuments(text: string, firstLine: number): DocumentText[] {
  if (!text.includes("\n---") && !text.includes("\n..."))
    return kept([{ from: 0, to: text.length, startLine: firstLine }], text);
  const pieces: { from: number; to: number; startLine: number }[] = [];
  let from = 0;
  let startLine = firstLine;
  let line = firstLine;
  for (let at = 0; at < text.length; line++) {
    const end = text.indexOf("\n", at);
    const next = end < 0 ? text.length : end + 1;
    const first = text.charCodeAt(at);
    if (
      at > from &&
      (first === 45 || first === 46) &&
      MARKER.test(text.slice(at, end < 0 ? text.length : end))
    ) {
      // Directives belong to the document that their `---` begins.
      if (first === 46 || !isDirectivesOnly(text.slice(from, at))) {
        pieces.push({ from, to: at, startLine });
        [from, startLine] = first === 46 ? [next, line + 1] : [at, line];
      }
    }
    at = next;
  }
  pieces.push({ from, to: text.length, startLine });
  return kept(pieces, text);
}

function isDirectivesOnly(text: string): boolean {
  return (
    text.includes("%") && text.split("\n").every((line) => line.startsWith("%") || SAYS_NOTHING.test(line))
  );
}

function kept(
  pieces: readonly { from: number; to: number; startLine: number }[],
  whole: string,
): DocumentText[] {
  const documents: DocumentText[] = [];
  for (const { from, to, startLine } of pieces) {
    const text = whole.slice(from, to);
    const line = firstContentLine(text);
    if (line !== undefined) documents.push({ text, startLine, line: startLine + line });
  }
  return documents;
}

/** 0-based; undefined where there is nothing. */
function firstContentLine(text: string): number | undefined {
  for (let at = 0, line = 0; at < text.length; line++) {
    const end = text.indexOf("\n", at);
    const to = end < 0 ? text.length : end;
    const first = text.charCodeAt(at);
    const isWord = (first >= 97 && first <= 122) || first === 123;
    if (isWord || !SAYS_NOTHING.test(text.slice(at, to))) return line;
    at = to + 1;
  }
  return undefined;
}
