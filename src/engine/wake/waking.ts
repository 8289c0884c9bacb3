/** Who is worked on again because of what was heard, asked or found: it all ends in `add(key)`. */
import { type AppKey, trackingName } from "../../core/model/application.ts";
import type { RefKey } from "../../core/model/object-ref.ts";
import type { Cluster, LiveChange } from "../../core/ports/cluster.ts";
import type { Turn } from "../../lib/fair-line.ts";
import type { Applications } from "../applications.ts";
import type { KindFollower } from "../compare/follow-kinds.ts";
import type { EnginePorts } from "../engine-ports.ts";
import type { ManagedApplication } from "../managed-application.ts";
import type { Look } from "../target/target.ts";
import type { LetGo, WantedKeys } from "../target/wanted-keys.ts";
import type { ClusterListener } from "./watched-clusters.ts";

/** Pods change in bursts; what descends from an application's objects is looked at once a burst. */
const DESCENDANTS_AFTER_MS = 100;
/** How often the health of an application is shown while one of its operations runs. */
const WHILE_RUNNING_MS = 1_000;

export interface WakingParts {
  ports: EnginePorts;
  applications: Applications;
  wanted: WantedKeys;
  follower: KindFollower;
  add(key: AppKey, turn?: Turn): void;
  /** After a pause; an earlier time that is set already stands. */
  addAfter(key: AppKey, ms: number): void;
  /** See `Operations`. */
  hurry(managed: ManagedApplication): void;
}

export class Waking implements Omit<ClusterListener, "followed"> {
  readonly #parts: WakingParts;

  constructor(parts: WakingParts) {
    this.#parts = parts;
  }

  /** @param since milliseconds since 1970: what was asked of Git then or later is new enough */
  ask(managed: ManagedApplication, look: Look, since = this.#parts.ports.clock.now()): void {
    managed.inbox.need(look, since);
    this.#parts.add(managed.key);
  }

  /** A person waits for it. */
  askByHand(managed: ManagedApplication, look: Look): void {
    managed.inbox.need(look, this.#parts.ports.clock.now());
    this.#parts.add(managed.key, "soon");
  }

  askAll(look: Look): void {
    for (const managed of this.#parts.applications) this.ask(managed, look);
  }

  // ---------------------------------------------------------------- what clusters say

  changed(cluster: Cluster, { key, apps, tracked }: LiveChange): void {
    const { ports, wanted } = this.#parts;
    ports.observe.changed(cluster, key);
    for (const app of apps) this.#objectChanged(app, tracked ? "at-once" : "soon");
    // Whose it is, is what changes when one application takes over what another had.
    if (tracked)
      this.wake(wanted.wanting(cluster, key).filter((managed) => !apps.includes(this.#nameOf(managed))));
  }

  kindsChanged(owners: readonly AppKey[]): void {
    const { applications, follower } = this.#parts;
    const followers = owners.flatMap((key) => applications.get(key) ?? []);
    for (const managed of followers) follower.renew(managed);
    this.wake(followers);
  }

  connectionChanged(cluster: Cluster): void {
    this.wake(
      [...this.#parts.applications].filter(
        ({ snapshot, seen }) => snapshot?.cluster === cluster || seen.is === "failed",
      ),
    );
  }

  /** Users' own checks say something else of this object than before. */
  healthChanged(cluster: Cluster, key: RefKey): void {
    const app = cluster.get(key)?.tracking?.app;
    if (app !== undefined) this.#objectChanged(app, "soon");
  }

  // ---------------------------------------------------------------- what applications want and let go of

  /** Those who want what one application wants no more, and those whose it is. */
  letGo({ cluster, keys, others }: LetGo): void {
    this.wake(others);
    for (const key of keys) {
      const owner = this.#parts.applications.tracked(cluster.get(key)?.tracking?.app ?? "");
      if (owner !== undefined) this.wake([owner]);
    }
  }

  wake(applications: Iterable<ManagedApplication>): void {
    for (const managed of applications) {
      managed.changed();
      this.#parts.add(managed.key);
    }
  }

  #objectChanged(trackingName: string, when: "at-once" | "soon"): void {
    const { applications, add, addAfter, hurry } = this.#parts;
    const managed = applications.tracked(trackingName);
    if (managed === undefined) return;
    managed.changed();
    // A running operation judges for itself; what it changes is looked at when it has ended. One that waits to begin puts
    // back what drifted, too.
    if (managed.operation.is === "running") {
      if (when === "at-once") hurry(managed);
      addAfter(managed.key, WHILE_RUNNING_MS);
    }
    // Drift does not wait behind all whom one commit concerns.
    else if (when === "at-once") add(managed.key, "ahead");
    else addAfter(managed.key, DESCENDANTS_AFTER_MS);
  }

  #nameOf({ key }: ManagedApplication): string {
    return trackingName(key, this.#parts.ports.settings().namespace);
  }
}
