/** Texts made fit for names. Source of all rules here: Argo CD. */

const LONGEST = 253;

/** Lower case, and a dash for whatever a name may not hold; dashes and dots at its ends go. */
export function normalizeName(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^-a-z0-9.]/g, "-")
    .slice(0, LONGEST)
    .replace(/^[-.]+|[-.]+$/g, "");
}

/** Words that signs stand for in a slug. */
const SIGNS: Readonly<Record<string, string>> = {
  '"': "",
  "'": "",
  "’": "",
  "‒": "-",
  "–": "-",
  "—": "-",
  "―": "-",
  "&": "and",
  "@": "at",
};

/** A branch's name for labels and hosts: plain letters, at most `most` characters, cut between words. */
export function slugOf(text: string, most = 50): string {
  const plain = text
    .replace(/["'’‒–—―&@]/g, (sign) => SIGNS[sign] ?? "")
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9-]/g, "-")
    .replace(/-+/g, "-")
    .replace(/^-+|-+$/g, "");
  if (plain.length <= most) return plain;
  let kept = "";
  for (const word of plain.split("-")) {
    const longer = kept === "" ? word : `${kept}-${word}`;
    if (longer.length > most) break;
    kept = longer;
  }
  return kept === "" ? plain.slice(0, most) : kept;
}
