/** Values in LDAP filters. Source: RFC 4515, 3. */

/** Bytes as they stand in a filter, whatever they are. */
export function filterBytes(bytes: Uint8Array): string {
  return [...bytes].map((byte) => `\\${byte.toString(16).padStart(2, "0")}`).join("");
}

/** A text as one value, which no sign in it can end or widen. */
export function filterText(text: string): string {
  return text.replace(/[\\*()\p{Cc}]/gu, (sign) => filterBytes(new TextEncoder().encode(sign)));
}
