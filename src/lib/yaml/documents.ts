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
 *
 * @returns one after the other; `nothing` now and then, where much of the text holds none
 */
export function* splitDocuments(
  text: string,
  firstLine: number,
): Generator<DocumentText | "nothing", undefined> {
  let from = 0;
  let startLine = firstLine;
  if (text.includes("\n---") || text.includes("\n...")) {
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
          yield documentOf(text.slice(from, at), startLine);
          [from, startLine] = first === 46 ? [next, line + 1] : [at, line];
        }
      }
      at = next;
    }
  }
  yield documentOf(text.slice(from), startLine);
}

function isDirectivesOnly(text: string): boolean {
  return (
    text.includes("%") && text.split("\n").every((line) => line.startsWith("%") || SAYS_NOTHING.test(line))
  );
}

function documentOf(text: string, startLine: number): DocumentText | "nothing" {
  const line = firstContentLine(text);
  return line === undefined ? "nothing" : { text, startLine, line: startLine + line };
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
