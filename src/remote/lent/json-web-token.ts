import { createSign } from "node:crypto";

/**
 * A JSON Web Token that says `claims`, signed with RSA and SHA-256. Source: RFC 7519, RFC 7518 section 3.3.
 * @param key in PEM
 * @throws {Error} for a key that is none, or not one of RSA
 */
export function signedToken(claims: object, key: string, header: object = {}): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const said = `${part({ alg: "RS256", typ: "JWT", ...header })}.${part(claims)}`;
  return `${said}.${createSign("RSA-SHA256").update(said).sign(key, "base64url")}`;
}
