/**
 * What a browser carries while it is away, so that nobody who begins logins by the thousand fills a memory of ours.
 * It is sealed: the verifier and the nonce are no business of the browser's.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { isMapping } from "../lib/is-mapping.ts";
import { Lru } from "../lib/lru.ts";
import type { PendingSignOn } from "./sign-on.ts";

/** A browser drops cookies of more than 4,096 bytes. */
const MAX_SEALED = 3_800;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Logins that came back within the time that one may take. Whoever is forgotten is refused by the provider, whose code is used. */
const MAX_USED = 10_000;
const TEXTS = ["provider", "state", "nonce", "verifier", "redirectUri", "returnTo"] as const;

export class SealedPending {
  readonly #used = new Lru<string, true>(MAX_USED);

  /** @param key 32 bytes that are this daemon's alone */
  constructor(readonly key: Uint8Array) {
    if (key.length !== 32) throw new RangeError("the key must have 32 bytes");
  }

  /** @returns a text for a cookie; undefined where it would be too long for one */
  seal(pending: PendingSignOn): string | undefined {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv("aes-256-gcm", this.key, nonce);
    const sealed = Buffer.concat([
      nonce,
      cipher.update(JSON.stringify(pending)),
      cipher.final(),
      cipher.getAuthTag(),
    ]);
    const text = sealed.toString("base64url");
    return text.length > MAX_SEALED ? undefined : text;
  }

  /** Once each: undefined for what was not sealed here, and for what was opened before. */
  openOnce(text: string): PendingSignOn | undefined {
    const pending = this.#open(text);
    if (pending === undefined) return undefined;
    const id = createHash("sha256").update(pending.state).digest("base64url");
    if (this.#used.get(id) !== undefined) return undefined;
    this.#used.set(id, true);
    return pending;
  }

  #open(text: string): PendingSignOn | undefined {
    if (text.length > MAX_SEALED || !/^[\w-]+$/.test(text)) return undefined;
    const bytes = Buffer.from(text, "base64url");
    if (bytes.length <= NONCE_BYTES + TAG_BYTES) return undefined;
    try {
      const cipher = createDecipheriv("aes-256-gcm", this.key, bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      });
      cipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      const opened = Buffer.concat([cipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), cipher.final()]);
      return pendingOf(JSON.parse(opened.toString()));
    } catch {
      return undefined;
    }
  }
}

/** What an older release sealed may be of another shape. */
function pendingOf(value: unknown): PendingSignOn | undefined {
  if (!isMapping(value)) return undefined;
  const isWhole =
    TEXTS.every((name) => typeof value[name] === "string") && typeof value["until"] === "number";
  return isWhole ? (value as unknown as PendingSignOn) : undefined;
}
