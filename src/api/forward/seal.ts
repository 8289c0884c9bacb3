/**
 * What a replica says of a request that it hands on, so that the leader knows who asks: one header, with an HMAC by a key that
 * the replicas alone hold. It is for one process and one request; whoever cannot make one is believed nothing.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Secret } from "../../core/model/secret.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import type { Arrival } from "../arrival.ts";
import { pathOf } from "../base-path.ts";

/** A request that has it was handed on, and is not handed on again. */
export const SEAL_HEADER = "holdfast-forwarded";
const VERSION = "holdfast-forwarded-v1";
/** Of the header: a Host of any length that a listener takes fits. */
const LONGEST = 32 * 1024;

/** For whom a seal is. */
export interface SealedFor {
  /** The identity by which the process that is asked stands for election. */
  leader: string;
  method: string;
  /** As it is asked: `http://host/path?query`. */
  url: string;
}

/** `another-key`: nobody who has the key made it, or ours is not theirs. */
export type Opened =
  | { is: "sealed"; arrival: Arrival }
  | { is: "another-key"; why: string }
  | { is: "wrong"; why: string };

export function sealOf(key: Secret, to: SealedFor, arrival: Arrival): string {
  const { address, via, scheme, host } = arrival;
  const said = JSON.stringify({ to: to.leader, what: whatOf(to), address, via, scheme, host });
  const payload = Buffer.from(said).toString("base64url");
  return `${payload}.${macOf(key, payload).toString("base64url")}`;
}

export function openSeal(key: Secret, shown: string, to: SealedFor): Opened {
  const [payload = "", mac = "", ...more] = shown.length > LONGEST ? [] : shown.split(".");
  const sent = Buffer.from(mac, "base64url");
  const made = macOf(key, payload);
  if (more.length > 0 || sent.length !== made.length || !timingSafeEqual(sent, made))
    return { is: "another-key", why: "it is not sealed with the key that the replicas share" };
  // From here on one of us wrote it.
  const said: unknown = JSON.parse(Buffer.from(payload, "base64url").toString());
  if (!isMapping(said)) return { is: "wrong", why: "it says nothing" };
  if (said["to"] !== to.leader) return { is: "wrong", why: "it is for another process" };
  if (said["what"] !== whatOf(to)) return { is: "wrong", why: "it is for another request" };
  const { address, via, scheme, host } = said;
  if (typeof address !== "string" || typeof host !== "string")
    return { is: "wrong", why: "it does not say who asks" };
  return {
    is: "sealed",
    arrival: {
      ...{ address, host },
      via: via === "proxy" ? "proxy" : "direct",
      scheme: scheme === "tls" ? "tls" : "plain",
    },
  };
}

/** The method, the path and the query; the name of the host is another one on the way. */
function whatOf({ method, url }: SealedFor): string {
  const at = url.indexOf("?");
  return `${method} ${pathOf(url)}${at < 0 ? "" : url.slice(at).split("#", 1)[0]}`;
}

function macOf(key: Secret, payload: string): Buffer {
  return createHmac("sha256", key.reveal()).update(`${VERSION}\n${payload}`).digest();
}
