import { hasOption } from "../../core/model/application.ts";
import { type GroupVersionKind, gvkOf } from "../../core/model/kube-object.ts";
import { parseRefKey } from "../../core/model/object-ref.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import { keptOn } from "../../lib/kept-on.ts";
import type { ManagedApplication } from "../managed-application.ts";
import type { Snapshot } from "../snapshot.ts";
import type { Target } from "../target/target.ts";

/** What an application has watched where, as one text, to skip a call that would change nothing. */
interface Following {
  cluster: Cluster;
  text: string;
  /** `group/Kind` -> why it cannot be watched. */
  failed: ReadonlyMap<string, string>;
}

/** Has clusters watch what applications need to see: what Git wants, and what was ever applied. */
export class KindFollower {
  readonly #following = keptOn<ManagedApplication, Following>();

  /** @returns `group/Kind` -> why it cannot be watched */
  async follow(
    managed: ManagedApplication,
    { app, cluster }: Snapshot,
    target: Target,
  ): Promise<ReadonlyMap<string, string>> {
    const kinds = new Map<string, GroupVersionKind>();
    const namespaces = new Set<string>([app.spec.destination.namespace ?? ""]);
    for (const { object, ref } of target.desired) {
      kinds.set(`${ref.group}/${ref.kind}`, gvkOf(object));
      namespaces.add(ref.namespace);
    }
    // What was applied once is followed too, or an object whose kind left Git would never be seen again.
    for (const key of managed.memory.records.keys()) {
      const { group, kind, namespace } = parseRefKey(key);
      // Without a version the cluster takes its preferred one.
      if (!kinds.has(`${group}/${kind}`)) kinds.set(`${group}/${kind}`, { group, version: "", kind });
      namespaces.add(namespace);
    }
    if (hasOption(app.spec.syncPolicy?.syncOptions, "CreateNamespace=true"))
      kinds.set("/Namespace", { group: "", version: "v1", kind: "Namespace" });
    namespaces.delete("");
    const text = `${[...kinds.keys()].sort().join(" ")} in ${[...namespaces].sort().join(" ")}`;
    const before = this.#following.get(managed);
    if (before?.cluster === cluster && before.text === text && before.failed.size === 0) return before.failed;
    // What it had on another cluster stays there, and is none of its business any more.
    if (before !== undefined && before.cluster !== cluster) before.cluster.unfollow(managed.key);
    const { failed } = await cluster.follow(managed.key, [...kinds.values()], [...namespaces]);
    this.#following.set(managed, { cluster, text, failed });
    return failed;
  }

  /** As `follow` said last. */
  failedOf(managed: ManagedApplication): ReadonlyMap<string, string> {
    return this.#following.get(managed)?.failed ?? new Map();
  }

  /**
   * Lists anew what it follows, whatever the watches said.
   * @throws {Failure} cluster-unreachable where the server does not answer
   */
  async relist({ key }: ManagedApplication, { cluster }: Snapshot): Promise<void> {
    await cluster.relist(key);
  }

  /** Kinds came, went, or are seen again: the next look asks anew. */
  renew(managed: ManagedApplication): void {
    const before = this.#following.get(managed);
    if (before !== undefined) this.#following.set(managed, { ...before, text: "" });
  }
}
