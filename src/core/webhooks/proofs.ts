/** By what a delivery proves whom it is from. Comparisons take the same time whatever was sent. */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { Secret } from "../model/secret.ts";
import type { Verdict } from "./provider.ts";

/**
 * HMAC-SHA256 of the raw body, in hexadecimal.
 * @param shown what was sent; with `sha256=` before it or without
 */
export function bySignature(
  secret: Secret | undefined,
  body: Uint8Array,
  shown: string | undefined,
  header: string,
): Verdict {
  if (secret === undefined) return { is: "unsigned" };
  if (shown === undefined || shown === "") return { is: "refused", why: `it has no ${header}` };
  const [, hex] = /^(?:sha256=)?([0-9a-f]{64})$/i.exec(shown.trim()) ?? [];
  const own = createHmac("sha256", secret.reveal()).update(body).digest();
  if (hex !== undefined && timingSafeEqual(own, Buffer.from(hex, "hex"))) return { is: "genuine" };
  return { is: "refused", why: `${header} is not the signature of this body by the secret that is set here` };
}

/** A word that is sent along as it is. @param where by which a person knows it */
export function byWord(secret: Secret | undefined, shown: string | undefined, where: string): Verdict {
  if (secret === undefined) return { is: "unsigned" };
  if (shown === undefined || shown === "") return { is: "refused", why: `it has no ${where}` };
  if (isSameWord(secret.reveal(), shown)) return { is: "genuine" };
  return { is: "refused", why: `${where} is not what is set here` };
}

/** Everything that is demanded must hold. */
export function all(...verdicts: readonly Verdict[]): Verdict {
  return (
    verdicts.find(({ is }) => is === "refused") ??
    verdicts.find(({ is }) => is === "genuine") ?? { is: "unsigned" }
  );
}

/** Basic authentication, RFC 7617. */
export function byBasic(
  username: Secret | undefined,
  password: Secret | undefined,
  shown: string | undefined,
): Verdict {
  if (username === undefined && password === undefined) return { is: "unsigned" };
  const [, coded] = /^basic ([A-Za-z0-9+/=]+)$/i.exec((shown ?? "").trim()) ?? [];
  if (coded === undefined) return { is: "refused", why: "it has no basic authentication" };
  const [name = "", ...rest] = Buffer.from(coded, "base64").toString("utf8").split(":");
  const isName = isSameWord(username?.reveal() ?? "", name);
  const isPassword = isSameWord(password?.reveal() ?? "", rest.join(":"));
  if (isName && isPassword) return { is: "genuine" };
  return { is: "refused", why: "its user name and password are not those that are set here" };
}

/** Digests are of one length. */
function isSameWord(own: string, shown: string): boolean {
  return timingSafeEqual(digest(own), digest(shown));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
