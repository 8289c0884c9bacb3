/**
 * Whether the cluster in which applications live is the one in which they lived. An entry that leads elsewhere shows a
 * cluster without them, and every application would be forgotten: so nothing is concluded there until somebody says that
 * it is meant.
 */
import type { ObjectRef } from "../../core/model/object-ref.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import type { Lookup } from "../../core/ports/cluster-objects.ts";
import type { Home } from "../../core/ports/home.ts";
import { type Backoff, backoffMs } from "../../lib/backoff.ts";
import { messageOf } from "../../lib/caught.ts";
import { startTimer, type Timer } from "../../lib/timer.ts";

/** Its uid never changes in a cluster's life, and no two clusters have the same. */
const KUBE_SYSTEM: ObjectRef = { group: "", kind: "Namespace", namespace: "", name: "kube-system" };
/** Name of the stored value. */
const HELD = "home-cluster";

export type WhichCluster =
  | { is: "not-told"; why: string }
  | { is: "same" }
  /** `lived`: uid of the cluster in which they lived, or which the config means. */
  | { is: "another"; lived: string; found: string };

export interface KnownClusterParts {
  /** As the config names it, for sentences. */
  name: string;
  /** The uid that the config says; "": the first that was found counts. */
  uid: string;
  store: Pick<Home, "value" | "putValue">;
  /** What `trouble` says is another thing. */
  became(): void;
  again: Backoff;
}

export class KnownCluster {
  readonly #parts: KnownClusterParts;
  #of: Cluster | undefined;
  #which: WhichCluster = { is: "not-told", why: "nobody asked yet" };
  #begin: (cluster: Cluster) => void = () => undefined;
  #timer: Timer | undefined;

  constructor(parts: KnownClusterParts) {
    this.#parts = parts;
  }

  /** Why nothing may be concluded from what this cluster shows, a sentence without a full stop. */
  get trouble(): string | undefined {
    const { name } = this.#parts;
    const which = this.#which;
    if (which.is === "same") return undefined;
    if (which.is === "not-told")
      return `whether cluster ${name} is the one in which the applications live is not known yet: ${which.why}`;
    const { lived, found } = which;
    return `cluster ${name} is not the one in which the applications live: the uid of its namespace kube-system is ${found}, and theirs was ${lived}. Have the entry lead to theirs again; or, where this one is meant from now on, set homeCluster.uid to ${found} in the config and restart: applications that are not there are forgotten then, and their objects stay`;
  }

  /** @param begin called as soon as it is known to be the same, and again where it is so after it was another */
  follow(cluster: Cluster | undefined, begin: (cluster: Cluster) => void): void {
    this.#timer?.cancel();
    this.#of = cluster;
    this.#begin = begin;
    this.#which = { is: "not-told", why: "it was not asked yet" };
    if (cluster !== undefined) void this.#look(cluster, 1);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#of = undefined;
  }

  /**
   * Before something is concluded from what it shows.
   * @returns whether it is the same still; where it is another, it is asked again until it is not
   */
  async isStill(cluster: Cluster): Promise<boolean> {
    const which = await this.#ask(cluster);
    if (this.#of !== cluster) return false;
    if (which.is === "another") {
      this.#which = which;
      this.#again(cluster, 1);
      this.#parts.became();
    }
    return which.is === "same";
  }

  async #look(cluster: Cluster, tries: number): Promise<void> {
    const which = await this.#ask(cluster);
    if (this.#of !== cluster) return;
    this.#which = which;
    if (which.is === "same") this.#begin(cluster);
    else this.#again(cluster, tries);
    this.#parts.became();
  }

  #again(cluster: Cluster, tries: number): void {
    this.#timer?.cancel();
    const pauseMs = backoffMs(tries, this.#parts.again);
    this.#timer = startTimer(pauseMs, () => void this.#look(cluster, tries + 1)).unref();
  }

  async #ask(cluster: Cluster): Promise<WhichCluster> {
    try {
      const found = await cluster.read(KUBE_SYSTEM, "v1");
      const { store, uid: meant } = this.#parts;
      const held = store.value(HELD);
      const which = whichCluster(found, meant === "" ? held : meant);
      const uid = found.is === "found" ? found.object.metadata.uid : undefined;
      // What cannot be written down would be another one's after a restart: it is asked again.
      if (which.is === "same" && uid !== undefined && uid !== held) store.putValue(HELD, uid);
      return which;
    } catch (cause) {
      return { is: "not-told", why: messageOf(cause) };
    }
  }
}

/** @param lived uid of the cluster in which the applications live; undefined: they live in the first that is found */
export function whichCluster(found: Lookup, lived: string | undefined): WhichCluster {
  switch (found.is) {
    case "unreachable":
      return { is: "not-told", why: found.why };
    // A server that has just started makes it a moment later.
    case "absent":
      return { is: "not-told", why: "it has no namespace kube-system yet" };
    // Who may not see it cannot tell, and trusts the entry.
    case "forbidden":
      return { is: "same" };
    case "found": {
      const { uid = "" } = found.object.metadata;
      return lived === undefined || lived === uid ? { is: "same" } : { is: "another", lived, found: uid };
    }
  }
}
