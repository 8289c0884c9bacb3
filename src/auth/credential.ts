import { createHmac, timingSafeEqual } from "node:crypto";
import { Secret } from "../core/model/secret.ts";
import { hashSha256 } from "../lib/hash.ts";

/** What a text that opens something is: a session of a person, a token of a program, or the mark of a device. */
export type CredentialKind = "session" | "token" | "device";

/** Bytes of chance, from a source that nobody can guess. */
export type Chance = (count: number) => Uint8Array<ArrayBuffer>;

export const systemChance: Chance = (count) => crypto.getRandomValues(new Uint8Array(count));

const BYTES = 32;
const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** 256 bits, then the CRC-32 of all before it: so that a scanner of secrets, and we, can tell one from noise offline. */
const TEXT = /^hf_(session|token|device)_[0-9A-Za-z]{43}[0-9A-Za-z]{6}$/;
const LONGEST = "hf_session_".length + 49;

/** `hf_<kind>_` and 49 signs. */
export function makeCredential(kind: CredentialKind, chance: Chance): Secret {
  return credentialOf(kind, chance(BYTES));
}

/**
 * A text that was shown, as its kind and the digest that it is kept by; undefined where it cannot be one of ours. Looking
 * a digest up tells by its time at most the digest, of which nobody finds the text.
 */
export function readCredential(text: string): { kind: CredentialKind; digest: string } | undefined {
  if (text.length > LONGEST) return undefined;
  const kind = TEXT.exec(text)?.[1] as CredentialKind | undefined;
  if (kind === undefined || text.slice(-6) !== checksum(text.slice(0, -6))) return undefined;
  return { kind, digest: hashSha256(text) };
}

/** As it is kept. */
export function digestOf(secret: Secret): string {
  return hashSha256(secret.reveal());
}

/** The first signs, which tell nobody the rest. */
export function hintOf(secret: Secret): string {
  const text = secret.reveal();
  return text.slice(0, text.lastIndexOf("_") + 5);
}

/**
 * The secret that comes after another: the same for all who show that one while `salt` holds, so that two tabs that come at
 * once are handed one and the same. Neither the salt nor what is kept of the old one is enough to make it.
 */
export function nextSecret(current: string, salt: string): Secret {
  return credentialOf("session", createHmac("sha256", salt).update(current).digest());
}

/** In the same time wherever they differ; digests, so that lengths do not count. */
export function isSameText(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(hashSha256(one), "hex"), Buffer.from(hashSha256(other), "hex"));
}

function credentialOf(kind: CredentialKind, bytes: Uint8Array): Secret {
  const body = `hf_${kind}_${base62(bytes, 43)}`;
  return new Secret(body + checksum(body));
}

function checksum(text: string): string {
  const crc = Bun.hash.crc32(text);
  return base62(Uint8Array.of(crc >>> 24, crc >>> 16, crc >>> 8, crc), 6);
}

function base62(bytes: Uint8Array, length: number): string {
  let rest = BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
  let text = "";
  for (let at = 0; at < length; at++) {
    text = (DIGITS[Number(rest % 62n)] ?? "") + text;
    rest /= 62n;
  }
  return text;
}
