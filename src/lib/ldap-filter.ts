/** Values in LDAP filters. Source: RFC 4515, 3. */

/** Bytes as they stand in a filter, whatever they are. */
export function filterBytes(bytes: Uint8Array): string {
  return [...bytes].map((byte) => `\\${byte.toString(16).padStart(2, "0")}`).join("");
}

/** A text as one value, which no sign in it can end or widen. */
export function filterText(text: string): string {
  return text.replace(/[\\*()\p{Cc}]/gu, (sign) => filterBytes(new TextEncoder().encode(sign)));
}

/** Why a text is not one filter, as far as its brackets tell; undefined where it may be one. */
export function whyNoFilter(text: string): string | undefined {
  const signs = [...text.trim()];
  const inBrackets = signs[0] === "(";
  let depth = 0;
  for (const [at, sign] of signs.entries()) {
    if (sign === "(") depth++;
    if (sign === ")") depth--;
    const isOver = inBrackets && depth === 0 && at < signs.length - 1;
    if (depth < 0 || isOver) return "its brackets do not match, or it is several filters";
  }
  if (depth > 0) return "its brackets do not match";
  return signs.includes("=") ? undefined : "it compares nothing";
}
