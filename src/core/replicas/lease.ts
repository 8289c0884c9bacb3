/**
 * A Lease of Kubernetes as the election reads and writes it.
 * https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/lease-v1
 */
import { isMapping } from "../../lib/is-mapping.ts";
import type { KubeObject } from "../model/kube-object.ts";
import { LONGEST_LEASE_MS } from "./election-settings.ts";

/** The epoch in which the holder had written its last before it let go. A Lease that somebody emptied by hand has none. */
export const HANDED_OVER = "holdfast.dev/handed-over";
/** Where others reach whoever holds it: an origin, with the base path. */
const HOLDER_ADDRESS = "holdfast.dev/address";
/** The largest number that the API server takes for `leaseTransitions`. */
const LAST_EPOCH = 2 ** 31 - 1;

/**
 * Whose a Lease is.
 *
 * - `held`: by the process of that identity.
 * - `handed-over`: its holder says that it wrote its last.
 * - `emptied`: nobody's by its own words, and whoever held it may not know.
 */
export type Holding = { is: "held"; by: string } | { is: "handed-over" } | { is: "emptied" };

/** A Lease as the API server showed it. */
export interface SeenLease {
  uid: string;
  resourceVersion: string;
  holding: Holding;
  /** `leaseTransitions`; 0 where that is no number of an epoch. */
  epoch: number;
  /** What its holder counts on, 0 where it says nothing sensible. Never more than LONGEST_LEASE_MS. */
  durationMs: number;
  /** `renewTime` as written: it tells one renewal from another, and no time. */
  renewal: string;
  /** Of its holder, as it says it; undefined where it says none. */
  address: string | undefined;
  object: KubeObject;
}

/** @returns undefined where the answer is no Lease of this name */
export function seenLease(object: KubeObject, name: string): SeenLease | undefined {
  const { uid, resourceVersion } = object.metadata;
  if (object.kind !== "Lease" || object.metadata.name !== name) return undefined;
  if (typeof uid !== "string" || typeof resourceVersion !== "string") return undefined;
  if (uid === "" || resourceVersion === "") return undefined;
  const spec = isMapping(object["spec"]) ? object["spec"] : {};
  const { holderIdentity: by, leaseTransitions, leaseDurationSeconds, renewTime } = spec;
  const epoch = isEpoch(leaseTransitions) ? leaseTransitions : 0;
  return {
    ...{ uid, resourceVersion, epoch, object },
    address: object.metadata.annotations?.[HOLDER_ADDRESS],
    holding:
      typeof by === "string" && by !== ""
        ? { is: "held", by }
        : object.metadata.annotations?.[HANDED_OVER] === String(epoch) && epoch > 0
          ? { is: "handed-over" }
          : { is: "emptied" },
    renewal: typeof renewTime === "string" ? renewTime : "",
    durationMs:
      typeof leaseDurationSeconds === "number" && leaseDurationSeconds > 0
        ? Math.min(leaseDurationSeconds * 1000, LONGEST_LEASE_MS)
        : 0,
  };
}

function isEpoch(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value > 0 && value <= LAST_EPOCH;
}

/** After the last number they begin anew: no two that follow each other are the same. */
export function epochAfter(epoch: number): number {
  return epoch >= LAST_EPOCH ? 1 : epoch + 1;
}

export interface LeaseWords {
  holder: string;
  epoch: number;
  durationMs: number;
  /** ISO 8601, for who reads the Lease: nobody decides by them. */
  acquiredAt: string;
  renewedAt: string;
  /** Of the holder. */
  address?: string | undefined;
}

/** A Lease that is not there yet. */
export function newLease(place: { namespace: string; name: string }, words: LeaseWords): KubeObject {
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { ...place },
    spec: specOf(words),
  };
}

/** The Lease that was seen, taken or renewed. What others wrote beside it stays, and the version is the condition. */
export function heldLease(seen: SeenLease, words: LeaseWords): KubeObject {
  const { [HANDED_OVER]: _, [HOLDER_ADDRESS]: __, ...annotations } = seen.object.metadata.annotations ?? {};
  const { address } = words;
  const said = address === undefined ? annotations : { ...annotations, [HOLDER_ADDRESS]: address };
  return { ...withAnnotations(seen, said), spec: specOf(words) };
}

/** The Lease as its holder lets go of it. */
export function handedOverLease(seen: SeenLease, words: Omit<LeaseWords, "holder">): KubeObject {
  const { [HOLDER_ADDRESS]: _, ...others } = seen.object.metadata.annotations ?? {};
  const annotations = { ...others, [HANDED_OVER]: String(words.epoch) };
  return { ...withAnnotations(seen, annotations), spec: specOf({ ...words, holder: "" }) };
}

function withAnnotations({ object }: SeenLease, annotations: Record<string, string>): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { ...metadata, annotations },
  };
}

/** All of it: a `strategy` that somebody set would have the control plane choose a holder. */
function specOf({ holder, epoch, durationMs, acquiredAt, renewedAt }: LeaseWords): Record<string, unknown> {
  return {
    holderIdentity: holder,
    leaseDurationSeconds: durationMs / 1000,
    leaseTransitions: epoch,
    acquireTime: microTime(acquiredAt),
    renewTime: microTime(renewedAt),
  };
}

/** As Kubernetes writes a MicroTime. */
function microTime(iso: string): string {
  return iso.replace(/\.(\d{3})Z$/, ".$1000Z");
}
