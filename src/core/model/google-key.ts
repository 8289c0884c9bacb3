/** A service account's key of Google Cloud, as it is downloaded. */
import { whyNoKey } from "../../lib/check-pem.ts";
import { isMapping } from "../../lib/is-mapping.ts";

export interface GoogleKey {
  email: string;
  /** PEM. */
  privateKey: string;
  keyId: string | undefined;
  tokenUri: string;
}

const TOKEN_URI = "https://oauth2.googleapis.com/token";

/** Nothing of the text is repeated in why it is none. */
export function readGoogleKey(text: string): { ok: true; key: GoogleKey } | { ok: false; why: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, why: "is no JSON text" };
  }
  const no = (why: string): { ok: false; why: string } => ({ ok: false, why });
  if (!isMapping(value)) return no("is no key of a service account");
  const { type, client_email: email, private_key: privateKey, private_key_id: keyId, token_uri: uri } = value;
  if (type !== "service_account") return no("is no key of a service account: its type is another one");
  if (typeof email !== "string" || email === "" || /[\p{Cc}\s:]/u.test(email))
    return no("names no service account in client_email");
  if (typeof privateKey !== "string") return no("has no private_key");
  const why = whyNoKey(privateKey);
  if (why !== undefined) return no(`has a private_key that ${why}`);
  const tokenUri = typeof uri === "string" && uri !== "" ? uri : TOKEN_URI;
  if (!isSafeServer(tokenUri)) return no("has a token_uri that is no https address");
  return {
    ok: true,
    key: { email, privateKey, keyId: typeof keyId === "string" ? keyId : undefined, tokenUri },
  };
}

/** Whether secrets may be sent there: over TLS, or to this very machine. */
export function isSafeServer(address: string): boolean {
  const url = URL.parse(address);
  if (url === null || address.includes("@") || url.hash !== "" || /[\p{Cc}\s\\]/u.test(address)) return false;
  return (
    url.protocol === "https:" ||
    (url.protocol === "http:" && /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname))
  );
}
