/** What a stream of one kind's objects tells, and whom. */
import type { KubeObject } from "../core/model/kube-object.ts";

/**
 * Which of two states of one object counts.
 *
 * - `by-version`: the newer one, as for what watches and writes say.
 * - `listed`: what a list says, unless ours is newer than the list (`version`), or the object was deleted after the list
 *   was asked for (`since`, of `LiveIndex.mark`). What a list shows at an older version than we knew, in a list that is
 *   newer than that, comes from another history.
 * - `as-it-is`: what is said now. The server's history began anew, versions tell nothing about what came first.
 */
export type Order = "by-version" | "as-it-is" | { listed: string; since: number };

/** Of the objects of a kind, as the API takes it; nothing of it: all. */
export interface Selection {
  labelSelector?: string;
  fieldSelector?: string;
}

/** Which object at which state: what the first words of a watch event say. */
export interface ObjectHead {
  /** Absent for what belongs to no namespace. */
  namespace: string | undefined;
  name: string;
  uid: string;
  resourceVersion: string;
}

/** Where a stream's objects go. */
export interface Sink {
  /** A list begins: what an earlier one that broke off had named counts no more. @returns `since` of its order */
  listing(): number;
  /** Whether the object is held at this very state, so that there is nothing to take in. */
  knows(head: ObjectHead): boolean;
  /** @param change `resync`: from a list that closes a gap */
  put(object: KubeObject, change: "event" | "resync", order: Order): void;
  deleted(object: KubeObject): void;
  /** A list ended: `put` was called for everything there is. */
  listed(version: string, order: Order): void;
}

/** `code` 0: no answer. */
export interface StreamFailure {
  code: number;
  why: string;
}

export type StreamState = { is: "listing" } | { is: "live" } | ({ is: "failed" } & StreamFailure);
