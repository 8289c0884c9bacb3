/** Secrets of repositories in the home namespace, as Argo CD's API makes them. */
import type { HeldRepository } from "../../core/argocd/held.ts";
import { inPlaceOf, type KeptRepository, printKept } from "../../core/argocd/kept-repository.ts";
import { Failure } from "../../core/model/failure.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import type { ClusterObjects, DeleteOutcome, WriteOutcome } from "../../core/ports/cluster-objects.ts";

type Objects = Pick<ClusterObjects, "create" | "replace" | "delete">;
type Refused = Exclude<WriteOutcome | DeleteOutcome, { is: "done" | "deleted" | "absent" }>;

/** What an API server sets itself. */
const OF_SERVER = ["managedFields", "creationTimestamp", "generation", "selfLink", "uid", "resourceVersion"];

export class RepositorySecrets {
  /** @param home the home's cluster as it is connected now; undefined: it is not */
  constructor(
    private readonly home: () => Objects | undefined,
    private readonly namespace: string,
  ) {}

  /**
   * @param held in place of this one, as it was seen: one that was changed since stays
   * @throws {Failure} conflict, refused, cluster-unreachable
   */
  async write(kept: KeptRepository, held: HeldRepository | undefined): Promise<{ uid: string }> {
    const objects = this.#objects("keep it");
    const printed = printKept(kept);
    const outcome =
      held === undefined
        ? await objects.create({ ...printed, metadata: this.#fresh(printed) }, "write")
        : await objects.replace({ ...printed, metadata: this.#instead(held, kept) }, "write");
    if (outcome.is === "done") return { uid: outcome.object.metadata.uid ?? "" };
    throw this.#refused(outcome, printed.metadata.name, "keep it");
  }

  /** @throws {Failure} conflict, refused, cluster-unreachable */
  async remove({ uid, version, kept }: HeldRepository): Promise<void> {
    const name = String(kept.metadata["name"]);
    const outcome = await this.#objects("remove it").delete(
      { group: "", kind: "Secret", namespace: this.namespace, name },
      "v1",
      { uid, resourceVersion: version, propagation: "Background" },
      "write",
    );
    if (outcome.is !== "deleted" && outcome.is !== "absent") throw this.#refused(outcome, name, "remove it");
  }

  #fresh({ metadata: { name, labels, annotations } }: KubeObject): KubeObject["metadata"] {
    return { name, namespace: this.namespace, labels: labels ?? {}, annotations: annotations ?? {} };
  }

  /** What others wrote beside it stays. */
  #instead({ kept: standing, uid, version }: HeldRepository, kept: KeptRepository): KubeObject["metadata"] {
    const { metadata } = inPlaceOf(kept, standing);
    const own = Object.fromEntries(Object.entries(metadata).filter(([key]) => !OF_SERVER.includes(key)));
    return {
      ...own,
      name: String(standing.metadata["name"]),
      namespace: this.namespace,
      uid,
      resourceVersion: version,
    };
  }

  #objects(cannot: string): Objects {
    const objects = this.home();
    if (objects === undefined)
      throw new Failure("cluster-unreachable", `namespace ${this.namespace}`, "backoff", {
        cannot,
        why: "the home cluster is not connected",
        fix: "Wait until it is: holdfast cluster list",
      });
    return objects;
  }

  #refused(outcome: Refused, name: string, cannot: string): Failure {
    const object = `Secret ${this.namespace}/${name}`;
    if (outcome.is === "unreachable")
      return new Failure("cluster-unreachable", object, "backoff", { cannot, why: outcome.why });
    const isConflict = outcome.status === 409;
    return new Failure(isConflict ? "conflict" : "refused", object, "after-edit", {
      cannot,
      why: isConflict ? "somebody made or changed it meanwhile" : outcome.message,
      fix: isConflict
        ? "Look at it, and try again"
        : "Let the daemon's account create, update and delete Secrets in that namespace",
    });
  }
}
