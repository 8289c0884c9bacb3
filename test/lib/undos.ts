/** What tests of undos do and ask, each with an engine of its own in a world that a file shares. */
import type { AppKey } from "../../src/core/model/application.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import type { Cluster, Errand } from "../../src/core/ports/cluster.ts";
import type { ClusterObjects } from "../../src/core/ports/cluster-objects.ts";
import type { Undoable } from "../../src/engine/control.ts";
import {
  isQuiet,
  type Placed,
  type Repository,
  type Rig,
  type RigOptions,
  sharedWorld,
  type World,
} from "./engine-rig.ts";
import { configMap } from "./manifests.ts";

export const key = (name: string): AppKey => `argocd/${name}` as AppKey;

/** A world that all tests of a file share, and applications in it. */
export function sharedUndos() {
  let world: World;
  const start = sharedWorld((it) => {
    world = it;
  });
  return {
    get world() {
      return world;
    },
    start,
    /** `keep` is there beside the files, so that no prune takes all. */
    async placed(
      name: string,
      files: Record<string, KubeObject>,
      more: Partial<Placed> = {},
      options: RigOptions = {},
    ): Promise<{ rig: Rig; repository: Repository }> {
      const rig = await start(options);
      const repository = await rig.placeNew(name, { "keep.yaml": configMap(name, "keep"), ...files }, more);
      await rig.untilSettled(name);
      await rig.untilIdle();
      return { rig, repository };
    },
  };
}

/** Takes files out of Git and waits until what they gave is gone. */
export async function pruned(
  rig: Rig,
  repository: Repository,
  name: string,
  ...files: string[]
): Promise<void> {
  const sha = await repository.commit(Object.fromEntries(files.map((file) => [file, null])));
  await rig.refresh(name);
  await rig.until(name, (app) => isQuiet(app) && app.status?.history?.at(-1)?.revision === sha);
  await rig.untilIdle();
}

/** @returns how the operation ended, or why there was none */
export async function undo(rig: Rig, name: string, run?: number) {
  const asked = await rig.control.undo(key(name), {
    mode: "write",
    actor: "user:test",
    ...(run === undefined ? {} : { run }),
  });
  if (asked.is !== "written") return asked;
  await rig.untilIdle();
  return rig.app(name).status?.operationState;
}

/** `Kind/name` -> whether it can be made again, and why not. */
export async function undoable(
  rig: Rig,
  name: string,
): Promise<Record<string, Pick<Undoable, "can" | "why">>> {
  const found = await rig.control.undoable(key(name));
  if (found.is === "absent") throw new Error("there is no such application");
  return Object.fromEntries(
    found.value.objects.map(({ ref, can, why }) => [`${ref.kind}/${ref.name}`, { can, why }]),
  );
}

/** Puts something between the engine and what it asks of its cluster for an errand. */
export function watched(rig: Rig, instead: (objects: ClusterObjects) => Partial<ClusterObjects>): void {
  const { cluster } = rig;
  rig.clusters[0] = new Proxy(cluster, {
    get(real, part: keyof Cluster) {
      if (part !== "for") {
        const value = real[part];
        return typeof value === "function" ? value.bind(real) : value;
      }
      return (errand: Errand): ClusterObjects => {
        const objects = real.for(errand);
        const other = instead(objects);
        return new Proxy(objects, {
          get: (target, name: keyof ClusterObjects) => other[name] ?? target[name].bind(target),
        });
      };
    },
  });
  rig.engine.settingsChanged();
}
