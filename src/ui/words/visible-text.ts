/** Characters that are not seen, or that have others seen in another order, are shown by signs and names. */

export type VisiblePart = { is: "text"; text: string } | { is: "sign"; sign: string; name: string };

/** Controls but for the tab, spaces that look like one, marks without a width, what turns the direction of a text, and tags. */
const UNSEEN = new RegExp(
  [
    String.raw`[\x00-\x08\n-\x1f\x7f-\xa0\xad\u061c\u115f\u1160\u17b4\u17b5\u180e\u2000-\u200f\u2028-\u202f]`,
    String.raw`[\u205f-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]`,
    String.raw`[\ufe00-\ufe0d]`,
    String.raw`[\u{e0000}-\u{e0fff}]`,
  ].join("|"),
  "u",
);
const NAMES: Readonly<Record<string, string>> = {
  "\r": "carriage return",
  "\u200b": "zero-width space",
  "\u202e": "right-to-left override",
  "\u00a0": "no-break space",
};

export function visibleParts(text: string): VisiblePart[] {
  if (!UNSEEN.test(text)) return text === "" ? [] : [{ is: "text", text }];
  const parts: VisiblePart[] = [];
  let plain = "";
  for (const one of text) {
    if (!UNSEEN.test(one)) {
      plain += one;
      continue;
    }
    if (plain !== "") parts.push({ is: "text", text: plain });
    plain = "";
    parts.push({ is: "sign", ...signOf(one) });
  }
  if (plain !== "") parts.push({ is: "text", text: plain });
  return parts;
}

function signOf(one: string): { sign: string; name: string } {
  const code = one.codePointAt(0) ?? 0;
  const hex = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  const sign = code < 0x20 ? String.fromCodePoint(0x2400 + code) : code === 0x7f ? "␡" : hex;
  return { sign, name: NAMES[one] === undefined ? hex : `${NAMES[one]}, ${hex}` };
}
