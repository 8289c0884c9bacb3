import { type Claimant, owningApp } from "../../core/compare/index.ts";
import type { AppKey } from "../../core/model/application.ts";
import { appKey } from "../../core/model/application.ts";
import type { LiveObject } from "../../core/model/live-object.ts";
import type { RefKey } from "../../core/model/object-ref.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import type { Applications } from "../applications.ts";
import type { ManagedApplication } from "../managed-application.ts";
import type { WantedKeys } from "../target/wanted-keys.ts";

/** How long it is believed that an Application is, or is not, a custom resource of a cluster. */
const BELIEVED_MS = 10_000;

/**
 * Whether the application whose mark an object bears still claims it. One that does not exist, is being deleted or does
 * not want the object any more has let go of it: whoever wants it takes it over.
 */
export class OwnerClaims {
  readonly #resources = new WeakMap<Cluster, Map<AppKey, { exists: Promise<boolean>; until: number }>>();

  /** Owner -> those who could not be told yet. */
  readonly #askers = new WeakMap<ManagedApplication, Set<ManagedApplication>>();

  constructor(
    private readonly applications: Pick<Applications, "tracked">,
    private readonly wanted: WantedKeys,
    private readonly homeNamespace: () => string,
  ) {}

  /**
   * @param owner the name in the object's tracking id
   * @param asker hears by `answered` when the answer may be another one
   */
  async claims(owner: string, key: RefKey, cluster: Cluster, asker: ManagedApplication): Promise<boolean> {
    const managed = this.applications.tracked(owner);
    if (managed === undefined) return this.#isResource(owner, cluster);
    if (managed.spec.deleting !== undefined) return false;
    // It keeps what it has until then.
    if (!isKnown(managed)) {
      const askers = this.#askers.get(managed) ?? new Set();
      this.#askers.set(managed, askers.add(asker));
      return true;
    }
    return this.wanted.wants(managed, cluster, key) ?? true;
  }

  /**
   * Who has the object, for people, where it is not the asker's to write: its mark is another's who claims it.
   * @param asker as in `claims`
   */
  async holder(
    live: LiveObject,
    us: Claimant,
    cluster: Cluster,
    asker: ManagedApplication,
  ): Promise<string | undefined> {
    const owner = owningApp(live, us);
    if (owner.is !== "other") return undefined;
    const isClaimed = owner.app === undefined || (await this.claims(owner.app, live.key, cluster, asker));
    return isClaimed ? owner.name : undefined;
  }

  /** A pass of it has ended. @returns those who asked before it was known what it wants, once that is known */
  answered(managed: ManagedApplication): Iterable<ManagedApplication> {
    if (managed.spec.deleting === undefined && !isKnown(managed)) return [];
    const askers = this.#askers.get(managed) ?? [];
    this.#askers.delete(managed);
    return askers;
  }

  /** Who beside the application `of` wants the object, and must not lose it by a prune or a deletion of that one. */
  otherWanting(of: AppKey, cluster: Cluster, key: RefKey): ManagedApplication | undefined {
    return this.wanted
      .wanting(cluster, key)
      .find((other) => other.key !== of && other.spec.deleting === undefined);
  }

  /** Argo CD, or another Holdfast, may follow an Application that lives in that cluster. What cannot be read is taken for there. */
  #isResource(owner: string, cluster: Cluster): Promise<boolean> {
    const [first = "", ...rest] = owner.split("_");
    const key = rest.length === 0 ? appKey(this.homeNamespace(), owner) : appKey(first, rest.join("_"));
    const known =
      this.#resources.get(cluster) ?? new Map<AppKey, { exists: Promise<boolean>; until: number }>();
    this.#resources.set(cluster, known);
    const believed = known.get(key);
    if (believed !== undefined && performance.now() < believed.until) return believed.exists;
    const [namespace = "", name = ""] = key.split("/");
    const exists = cluster
      .read({ group: "argoproj.io", kind: "Application", namespace, name }, "argoproj.io/v1alpha1")
      .then(({ is }) => is !== "absent");
    known.set(key, { exists, until: performance.now() + BELIEVED_MS });
    return exists;
  }
}

/** Whether it is known what an application wants: it has looked, and looks no more. */
function isKnown({ inbox, seen }: ManagedApplication): boolean {
  return !inbox.isLooking && seen.is === "compared";
}
