import type { LiveObject } from "../core/model/live-object.ts";
import { type RefKey, refKey } from "../core/model/object-ref.ts";
import type { KindInfo } from "../core/ports/cluster.ts";
import { SharedTexts } from "../lib/shared-texts.ts";
import type { LiveIndex } from "./live-index.ts";
import { observe } from "./observe.ts";
import type { Sink } from "./stream-types.ts";

/** @returns `group/Kind`, by which the index knows whose objects a list may take away */
export const kindName = ({ group, kind }: Pick<KindInfo, "group" | "kind">): string => `${group}/${kind}`;

/**
 * Letters of what lists and bursts of events say again and again: owners, nodes, and what the Pods of one owner have in
 * common. What was told before of an object whose status is large must not add up.
 */
const SHARED = 64 * 1024;

/**
 * What one stream tells, put into the index.
 * @param namespace that the stream is of; empty is all of them
 * @param now milliseconds since 1970
 */
export function feedSink(index: LiveIndex, info: KindInfo, namespace: string, now: () => number): Sink {
  /** What the list that is being read named; between lists nothing is noted, because a watch has no end. */
  let listed: Set<RefKey> | undefined;
  const shared = new SharedTexts(SHARED);
  const keyOf = ({ namespace = "", name }: { namespace?: string | undefined; name: string }): RefKey =>
    refKey({ group: info.group, kind: info.kind, namespace, name });
  const covers = (live: LiveObject): boolean => namespace === "" || live.ref.namespace === namespace;
  return {
    listing: () => {
      listed = new Set();
      return index.mark();
    },
    knows: (head) => index.knows(keyOf(head), head),
    put: (object, change, order) => {
      const key = keyOf(object.metadata);
      listed?.add(key);
      // What our own write was answered with, or what a list repeats.
      if (!index.knows(key, object.metadata))
        index.put(observe(object, info, "by-tracking", shared), change, order);
    },
    deleted: ({ metadata }) => {
      index.deleted(keyOf(metadata), metadata.uid ?? "", metadata.resourceVersion ?? "");
    },
    listed: (version, order) => {
      index.retain(kindName(info), listed ?? new Set(), version, order, covers);
      listed = undefined;
      index.listed(now());
    },
  };
}
