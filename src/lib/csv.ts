/** Tables for spreadsheets: RFC 4180, which no cell of runs as a formula. */

/** @returns with its line end */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map(cellOf).join(",")}\r\n`;
}

/**
 * Spreadsheets take what begins with one of these for a formula, also within quotes and after blanks, and run it (OWASP, CSV
 * injection): an apostrophe before it makes it text.
 */
function cellOf(text: string): string {
  const safe = /^\s*[=+\-@|%＝＋－＠]|^[\t\r\n]/.test(text) ? `'${text}` : text;
  return /[",\r\n'\s]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
