/** A command as it is typed into a shell. @param words after `holdfast` */
export function cliLine(words: readonly string[]): string {
  return ["holdfast", ...words]
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : quoted(word)))
    .join(" ");
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
