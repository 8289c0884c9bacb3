/** One import of a file, as it is written: a path that no expression makes. */
export interface Import {
  path: string;
  /** Whether what it names is Jsonnet again, or a text. */
  of: "code" | "content";
}

const SPACE_OR_COMMENT = /(?:\s+|\/\/[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/)+/y;
const WORD = /[A-Za-z_]\w*/y;
const STRING = /"((?:[^"\\]|\\[\s\S])*)"|'((?:[^'\\]|\\[\s\S])*)'/y;
const VERBATIM = /@"((?:[^"]|"")*)"|@'((?:[^']|'')*)'/y;
/** Where none of the above begins one: a comment or a literal that nobody closes. */
const UNCLOSED = /\/\*|@?["']/y;
const BLOCK_START = /\|\|\|-?[ \t\r]*\n/y;

/**
 * What a Jsonnet file imports, evaluated or not: names are literals in this language, so that its words are enough to
 * find them. Where the text is no Jsonnet, what was found up to there.
 * Linear in the text's length. Source: the language's specification.
 */
export function importsOf(text: string): Import[] {
  const found: Import[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) at = pattern.lastIndex;
    return match;
  };
  const takeString = (): string | undefined => {
    const verbatim = take(VERBATIM);
    if (verbatim !== null) return verbatim[1]?.replaceAll('""', '"') ?? verbatim[2]?.replaceAll("''", "'");
    const match = take(STRING);
    return match === null ? undefined : unescaped(match[1] ?? match[2] ?? "");
  };

  while (at < text.length) {
    if (take(SPACE_OR_COMMENT) !== null || takeString() !== undefined) continue;
    if (take(BLOCK_START) !== null) {
      at = endOfBlock(text, at);
      continue;
    }
    if (take(UNCLOSED) !== null) break;
    const word = take(WORD)?.[0];
    if (word === undefined) at++;
    else if (word === "import" || word === "importstr" || word === "importbin") {
      take(SPACE_OR_COMMENT);
      const path = takeString();
      if (path !== undefined) found.push({ path, of: word === "import" ? "code" : "content" });
    }
  }
  return found;
}

/** Behind the `|||` that ends a block of text: the first line that has less space in front than the block's first one. */
function endOfBlock(text: string, start: number): number {
  const lines = /([ \t]*)([^\n]*)(?:\n|$)/y;
  let indent: string | undefined;
  for (let at = start; at < text.length; ) {
    lines.lastIndex = at;
    const [whole = "", space = "", rest = ""] = lines.exec(text) ?? [];
    if (indent === undefined && rest.trim() !== "") indent = space;
    const isOfBlock =
      rest.trim() === "" || (indent !== undefined && indent !== "" && space.startsWith(indent));
    if (!isOfBlock) return at + space.length + (rest.startsWith("|||") ? 3 : 0);
    at += whole.length || 1;
  }
  return text.length;
}

const ESCAPES: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

function unescaped(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|([\s\S]))/g, (_, code?: string, sign = "") =>
    code === undefined ? (ESCAPES[sign] ?? sign) : String.fromCharCode(Number.parseInt(code, 16)),
  );
}
