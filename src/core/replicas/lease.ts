/**
 * A Lease of Kubernetes as the election reads and writes it.
 * https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/lease-v1
 */
import { defined } from "../../lib/defined.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import type { KubeObject } from "../model/kube-object.ts";
import { LONGEST_LEASE_MS } from "./election-settings.ts";

/** The epoch in which the holder had written its last before it let go. A Lease that somebody emptied by hand has none. */
export const HANDED_OVER = "holdfast.dev/handed-over";
/** Where others reach whoever holds it: an origin. */
const HOLDER_ADDRESS = "holdfast.dev/address";
/** PEM of the certificate that is shown there. */
const HOLDER_CERTIFICATE = "holdfast.dev/certificate";
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

/** How others reach a holder, as it says it; undefined where it says nothing. */
export interface HolderReach {
  /** An origin. */
  address: string | undefined;
  /** PEM: what it shows there, where that is TLS of its own. */
  certificate: string | undefined;
}

/** A Lease as the API server showed it. */
export interface SeenLease extends HolderReach {
  uid: string;
  resourceVersion: string;
  holding: Holding;
  /** `leaseTransitions`; 0 where that is no number of an epoch. */
  epoch: number;
  /** What its holder counts on, 0 where it says nothing sensible. Never more than LONGEST_LEASE_MS. */
  durationMs: number;
  /** `renewTime` as written: it tells one renewal from another, and no time. */
  renewal: string;
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
    certificate: object.metadata.annotations?.[HOLDER_CERTIFICATE],
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
  reach?: HolderReach | undefined;
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
  const { [HANDED_OVER]: _, ...others } = withoutReach(seen);
  const { address, certificate } = words.reach ?? {};
  const said = defined({ [HOLDER_ADDRESS]: address, [HOLDER_CERTIFICATE]: certificate });
  return { ...withAnnotations(seen, { ...others, ...said }), spec: specOf(words) };
}

/** The Lease as its holder lets go of it. */
export function handedOverLease(seen: SeenLease, words: Omit<LeaseWords, "holder">): KubeObject {
  const annotations = { ...withoutReach(seen), [HANDED_OVER]: String(words.epoch) };
  return { ...withAnnotations(seen, annotations), spec: specOf({ ...words, holder: "" }) };
}

function withoutReach({ object }: SeenLease): Record<string, string> {
  const { [HOLDER_ADDRESS]: _, [HOLDER_CERTIFICATE]: __, ...others } = object.metadata.annotations ?? {};
  return others;
}

/** What a holder says beside its Lease. */
export interface LeaseNotes {
  labels?: Readonly<Record<string, string>>;
  annotations?: Readonly<Record<string, string>>;
}

export function notedLease(lease: KubeObject, { labels, annotations }: LeaseNotes): KubeObject {
  const { metadata } = lease;
  return {
    ...lease,
    metadata: {
      ...metadata,
      ...(labels === undefined ? {} : { labels: { ...metadata.labels, ...labels } }),
      ...(annotations === undefined ? {} : { annotations: { ...metadata.annotations, ...annotations } }),
    },
  };
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
