/** JSON web tokens as Argo CD signs them, and as whoever attacks would. */

export const SECRET_KEY = "s3cr3t-of-an-argo-cd-of-44-characters-long==";

/** @param header what it says of itself, over `{alg: HS256, typ: JWT}` */
export async function argoToken(
  claims: Record<string, unknown>,
  key = SECRET_KEY,
  header: Record<string, unknown> = {},
): Promise<string> {
  const signed = `${part({ alg: "HS256", typ: "JWT", ...header })}.${part(claims)}`;
  const imported = await crypto.subtle.importKey(
    "raw",
    new TextEncoder().encode(key),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  const signature = await crypto.subtle.sign("HMAC", imported, new TextEncoder().encode(signed));
  return `${signed}.${Buffer.from(signature).toString("base64url")}`;
}

/** Half of one. */
export function part(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
