// C0 and C1 controls, and the marks that turn the direction of text: a message from a cluster must not steer the terminal.
const CONTROL = /[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** One line that only shows itself: line breaks and tabs become spaces, other controls `�`. */
export function plainText(text: string): string {
  return text
    .replace(/\s*\n\s*/g, " ")
    .replace(/\t/g, " ")
    .replace(CONTROL, "�")
    .trim();
}

/** As `plainText`, but lines stay lines. */
export function plainLines(text: string): string {
  return text
    .split("\n")
    .map((line) => line.replace(/\t/g, "  ").replace(CONTROL, "�"))
    .join("\n");
}
