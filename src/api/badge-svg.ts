import { escapeHtml } from "../lib/escape-html.ts";

/** One field of a badge: what it says, never by its colour alone. */
export interface BadgePart {
  text: string;
  colour: string;
}

const HEIGHT = 20;
/** Of a letter of eleven pixels, and beside a text. */
const [LETTER, BESIDE] = [7, 12];

/** An image for pages elsewhere: without scripts, styles, fonts or anything that is fetched. */
export function badgeSvg(parts: readonly BadgePart[]): string {
  let at = 0;
  const drawn = parts.map(({ text, colour }) => {
    const length = [...text].length * LETTER;
    const width = length + BESIDE;
    const middle = at + width / 2;
    const field = `<rect x="${at}" width="${width}" height="${HEIGHT}" fill="${colour}"/><text x="${middle}" y="14" textLength="${length}">${escapeHtml(text)}</text>`;
    at += width;
    return field;
  });
  const said = escapeHtml(parts.map(({ text }) => text).join(", "));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${at}" height="${HEIGHT}" role="img" aria-label="${said}"><title>${said}</title><g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">${drawn.join("")}</g></svg>`;
}
