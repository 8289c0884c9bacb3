import { itemsAt, type JsonObject, type KubeJson, numberAt, objectAt, textAt, textMapAt } from "../json.ts";
import type { Kind } from "../kinds/kind.ts";
import { type StoreEvent, storeKey } from "../storage/store.ts";
import type { Controller } from "./loop.ts";
import { ownerKeys, podOf } from "./replica-sets.ts";
import { hasCondition, ownerReference, positive, specOf, templateHash, type World } from "./world.ts";

const hashLabel = "controller-revision-hash";

/** StatefulSets: Pods by number, one after the other where the policy says so, with their claims; updated from the top down to the partition. */
export class StatefulSetController implements Controller {
  readonly #world: World;
  readonly #sets: Kind;
  readonly #pods: Kind;
  readonly #claims: Kind;
  readonly #revisions: Kind;

  constructor(world: World) {
    this.#world = world;
    this.#sets = world.kind("apps/v1", "statefulsets");
    this.#pods = world.kind("v1", "pods");
    this.#claims = world.kind("v1", "persistentvolumeclaims");
    this.#revisions = world.kind("apps/v1", "controllerrevisions");
  }

  concerns(event: StoreEvent): readonly string[] {
    if (event.table === this.#sets.table)
      return [storeKey(event.object.metadata.namespace, event.object.metadata.name)];
    return event.table === this.#pods.table ? ownerKeys(event.object, "StatefulSet") : [];
  }

  reconcile(key: string): number | undefined {
    const set = this.#world.find(this.#sets, key);
    if (set === undefined) return undefined;
    if (set.metadata.deletionTimestamp === undefined) {
      remember(this.#world, this.#revisions, set);
      this.#advance(set);
    }
    this.#report(set);
    return undefined;
  }

  #advance(set: KubeJson): void {
    const wanted = numberAt(set, "spec", "replicas") ?? 1;
    const inOrder = textAt(set, "spec", "podManagementPolicy") !== "Parallel";
    const byNumber = new Map(this.#world.owned(set, this.#pods).map((pod) => [numberOf(pod), pod]));
    for (let number = 0; number < wanted; number++) {
      const pod = byNumber.get(number);
      if (pod === undefined) this.#make(set, number);
      else if (textAt(pod, "status", "phase") === "Failed") this.#world.delete(this.#pods, pod);
      if (inOrder && (pod === undefined || !isReady(pod))) return;
    }
    const spare = [...byNumber].filter(([number]) => number >= wanted).sort(([a], [b]) => b - a);
    for (const [, pod] of spare) {
      this.#world.delete(this.#pods, pod);
      if (inOrder) return;
    }
    this.#update(set, byNumber, wanted);
  }

  #update(set: KubeJson, byNumber: ReadonlyMap<number, KubeJson>, wanted: number): void {
    if (textAt(set, "spec", "updateStrategy", "type") !== "RollingUpdate") return;
    const partition = numberAt(set, "spec", "updateStrategy", "rollingUpdate", "partition") ?? 0;
    const hash = revisionName(set);
    for (let number = wanted - 1; number >= partition; number--) {
      const pod = byNumber.get(number);
      if (pod === undefined) return;
      if (textMapAt(pod, "metadata", "labels")[hashLabel] !== hash) {
        this.#world.delete(this.#pods, pod);
        return;
      }
      if (!isReady(pod)) return;
    }
  }

  #make(set: KubeJson, number: number): void {
    const name = `${set.metadata.name}-${number}`;
    const namespace = set.metadata.namespace ?? "";
    const templates = itemsAt(set, "spec", "volumeClaimTemplates");
    for (const template of templates) {
      const claim = `${textAt(template, "metadata", "name") ?? ""}-${name}`;
      if (this.#world.find(this.#claims, storeKey(namespace, claim)) === undefined)
        this.#world.create(this.#claims, namespace, {
          metadata: {
            ...objectAt(template, "metadata"),
            name: claim,
            labels: textMapAt(set, "spec", "selector", "matchLabels"),
          },
          spec: objectAt(template, "spec"),
        });
    }
    const pod = podOf(
      set,
      { name },
      {
        [hashLabel]: revisionName(set),
        "statefulset.kubernetes.io/pod-name": name,
        "apps.kubernetes.io/pod-index": String(number),
      },
    );
    const volumes = templates.map((template) => ({
      name: textAt(template, "metadata", "name") ?? "",
      persistentVolumeClaim: { claimName: `${textAt(template, "metadata", "name") ?? ""}-${name}` },
    }));
    const spec = objectAt(pod, "spec");
    this.#world.create(this.#pods, namespace, {
      ...pod,
      spec: {
        ...spec,
        hostname: name,
        subdomain: textAt(set, "spec", "serviceName") ?? "",
        volumes: [...volumes, ...itemsAt(spec, "volumes")],
      },
    });
  }

  #report(set: KubeJson): void {
    const mine = this.#world
      .owned(set, this.#pods)
      .filter((pod) => pod.metadata.deletionTimestamp === undefined);
    const hash = revisionName(set);
    const updated = mine.filter((pod) => textMapAt(pod, "metadata", "labels")[hashLabel] === hash).length;
    const ready = mine.filter(isReady).length;
    const wanted = numberAt(set, "spec", "replicas") ?? 1;
    const before = textAt(set, "status", "currentRevision") ?? hash;
    const isDone = updated === wanted && mine.length === wanted && ready === wanted;
    const current = isDone ? hash : before;
    const counts: Record<string, number> = {
      readyReplicas: ready,
      currentReplicas:
        current === hash
          ? updated
          : mine.filter((pod) => textMapAt(pod, "metadata", "labels")[hashLabel] === current).length,
      updatedReplicas: updated,
    };
    this.#world.status(this.#sets, set, {
      observedGeneration: set.metadata.generation ?? 0,
      replicas: mine.length,
      ...positive(counts),
      availableReplicas: ready,
      currentRevision: current,
      updateRevision: hash,
      collisionCount: 0,
    });
  }
}

function revisionName(set: KubeJson): string {
  return `${set.metadata.name}-${templateHash(objectAt(specOf(set), "template"))}`;
}

function numberOf(pod: KubeJson): number {
  return Number(pod.metadata.name.slice(pod.metadata.name.lastIndexOf("-") + 1));
}

function isReady(pod: KubeJson): boolean {
  return pod.metadata.deletionTimestamp === undefined && hasCondition(pod, "Ready");
}

/** Keeps a ControllerRevision for the template of now. */
export function remember(world: World, revisions: ReturnType<World["kind"]>, owner: KubeJson): void {
  const name = revisionName(owner);
  const mine = world.owned(owner, revisions);
  if (mine.some((one) => one.metadata.name === name)) return;
  const template: JsonObject = { ...objectAt(specOf(owner), "template"), $patch: "replace" };
  world.create(revisions, owner.metadata.namespace ?? "", {
    metadata: {
      name,
      labels: { ...textMapAt(owner, "spec", "selector", "matchLabels"), [hashLabel]: name },
      ownerReferences: [ownerReference(owner)],
    },
    revision: Math.max(0, ...mine.map((one) => numberAt(one, "revision") ?? 0)) + 1,
    data: { spec: { template } },
  });
}
