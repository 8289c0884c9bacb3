/** A command as it is typed into a shell: no word of it is more than a word there. @param words the program first */
export function shellLine(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : quoted(word))).join(" ");
}

/** What a terminal obeys while it is pasted, such as the end of a paste, before any shell reads its quotes. */
const CONTROL = /\p{Cc}/gu;

function quoted(word: string): string {
  if (word.search(CONTROL) < 0) return `'${word.replaceAll("'", `'\\''`)}'`;
  // As bash, zsh and ksh read it.
  const plain = word.replace(/[\\']/g, "\\$&");
  const escaped = (sign: string): string => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return `$'${plain.replace(CONTROL, escaped)}'`;
}
