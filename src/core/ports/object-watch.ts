import type { KubeObject } from "../model/kube-object.ts";

/**
 * Whether all objects of a kind are seen.
 *
 * - `starting`: no list was answered yet.
 * - `absent`: the server does not serve the kind. What was seen of it is gone with its definition.
 * - `shown`: all there is was listed, and changes are told as they come.
 * - `unseen`: what is held was so once, and nothing is concluded from what is missing in it.
 */
export type WatchState =
  | { is: "starting" }
  | { is: "absent" }
  | { is: "shown" }
  | { is: "unseen"; why: string };

/** Whole objects of one kind, held for who reads them as records, as they were seen last. */
export interface ObjectWatch {
  state(): WatchState;
  get(namespace: string, name: string): KubeObject | undefined;
  /** In the order in which they were seen first. */
  objects(): Iterable<KubeObject>;
  /**
   * What our own write was answered with. It is taken in where that object is still seen at an older version: an answer
   * that comes late brings nothing back.
   */
  wrote(object: KubeObject): void;
  stop(): void;
}

export interface ObjectWatchListener {
  /** One that is new or other than before. */
  changed(object: KubeObject): void;
  /** As it was seen last, or in the watch's last words. */
  gone(object: KubeObject): void;
  /** The state became another one; told after the changes that came with it. */
  became(state: WatchState): void;
}
