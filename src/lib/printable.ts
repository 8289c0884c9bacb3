/** Somebody else's words, fit for one log line. */
export function printable(text: string): string {
  return text
    .replace(/[\p{Cc}]+/gu, " ")
    .trim()
    .slice(0, 300);
}
