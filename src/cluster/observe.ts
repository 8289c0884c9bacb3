import { parseTrackingId, speaksOf } from "../core/manifest/tracking-id.ts";
import { ANNOTATION } from "../core/model/application.ts";
import { type KubeObject, showApiVersion } from "../core/model/kube-object.ts";
import type { LiveObject } from "../core/model/live-object.ts";
import { loadOf } from "../core/model/node-room.ts";
import { type ObjectRef, refKey } from "../core/model/object-ref.ts";
import type { SharedTexts } from "../lib/shared-texts.ts";
import { contentHash } from "./content-hash.ts";
import { fieldOwners } from "./field-owners.ts";
import { HeldObject } from "./held-object.ts";
import { descendant, slim, whole } from "./reduce.ts";

/** The kind that an object was asked for as: items of lists do not say it themselves. */
export interface ObservedKind {
  group: string;
  version: string;
  kind: string;
}

/**
 * One object from the server as the cache holds it. What a tracking id claims is held whole; of the rest, what others
 * own is held as a descendant, and what nobody owns as little more than its name.
 *
 * @param keep `whole` for an answer to a caller who asked for this object
 * @param shared for texts that many objects of a kind have, where they are kept
 */
export function observe(
  object: KubeObject,
  { group, version, kind }: ObservedKind,
  keep: "whole" | "by-tracking",
  shared?: SharedTexts,
): LiveObject {
  const { metadata } = object;
  const one = (text: string): string => shared?.of(text) ?? text;
  const apiVersion = one(showApiVersion({ group, version }));
  const ref: ObjectRef = { group, kind, namespace: metadata.namespace ?? "", name: metadata.name };
  const tracking = parseTrackingId(metadata.annotations?.[ANNOTATION.trackingId]);
  const owners = (metadata.ownerReferences ?? []).map(({ uid }) => one(uid));
  const detail =
    keep === "whole" || isTracked({ tracking, ref }) ? "full" : owners.length > 0 ? "descendant" : "slim";
  const load = group === "" && kind === "Pod" ? loadOf(object) : undefined;
  const live: LiveObject = {
    ref,
    key: refKey(ref),
    uid: metadata.uid ?? "",
    apiVersion,
    resourceVersion: metadata.resourceVersion ?? "",
    generation: metadata.generation ?? 0,
    detail,
    object:
      detail === "full"
        ? whole(object, apiVersion, kind)
        : detail === "slim"
          ? slim(object, apiVersion, kind)
          : descendant(object, apiVersion, kind, group),
    ...fieldOwners(object, apiVersion),
    tracking,
    installationId: metadata.annotations?.[ANNOTATION.installationId],
    owners,
    ...(load === undefined ? {} : { load: { ...load, node: one(load.node) } }),
    contentHash: detail === "descendant" ? "" : contentHash(object, apiVersion, kind),
  };
  return detail === "full" ? live : new HeldObject(live, one);
}

/** Whether its tracking id claims it, so that it is held whole. */
export function isTracked({ tracking, ref }: Pick<LiveObject, "tracking" | "ref">): boolean {
  return tracking !== undefined && speaksOf(tracking, ref);
}
