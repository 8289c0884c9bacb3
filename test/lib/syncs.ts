/** What tests of syncs do and ask, in the world and the engine that a file shares. */
import { ANNOTATION } from "../../src/core/model/application.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import type { DeleteOutcome, WriteMode } from "../../src/core/ports/cluster-objects.ts";
import {
  conditions,
  type Files,
  isQuiet,
  type Placed,
  type Repository,
  type Rig,
  sharedRig,
  type World,
} from "./engine-rig.ts";
import { configMap } from "./manifests.ts";

export interface Given extends Partial<Placed> {
  files: Files;
}

export const MANUAL = { syncPolicy: {} } as const;

export const maps = (namespace: string, count: number): Record<string, KubeObject> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, at) => [`m${at}.yaml`, configMap(namespace, `m${at}`)]),
  );

export const inWave = (wave: number, object: KubeObject): KubeObject => ({
  ...object,
  metadata: {
    ...object.metadata,
    annotations: { ...object.metadata.annotations, [ANNOTATION.syncWave]: String(wave) },
  },
});

export function sharedSyncs() {
  let world: World, rig: Rig;
  sharedRig((...both) => {
    [world, rig] = both;
  });
  async function placed(name: string, { files, ...more }: Given): Promise<Repository> {
    const repository = await rig.placeNew(name, files, more);
    await rig.until(name, (app) => app.status !== undefined);
    return repository;
  }
  return {
    get world() {
      return world;
    },
    get rig() {
      return rig;
    },
    /** One that was started anew. */
    set rig(next: Rig) {
      rig = next;
    },
    placed,
    async settled(name: string, given: Given): Promise<Repository> {
      const repository = await placed(name, given);
      await rig.untilSettled(name);
      await rig.untilIdle();
      return repository;
    },
    /** Commits, has it looked at, and waits until nothing runs any more. */
    async deliver(name: string, repository: Repository, files: Files): Promise<void> {
      const sha = await repository.commit(files);
      await rig.refresh(name);
      await rig.until(name, (app) => app.status?.sync.revision === sha && isQuiet(app));
      await rig.untilIdle();
    },
    /** @param answer in the server's place, undefined where it answers itself. @returns ends it */
    deletesAnswer(answer: (mode: WriteMode, name: string) => DeleteOutcome | undefined): () => void {
      const { cluster } = rig;
      const honest = cluster.for.bind(cluster);
      cluster.for = (errand) => {
        const objects = honest(errand);
        return new Proxy(objects, {
          get(target, name) {
            if (name === "delete")
              return async (...args: Parameters<typeof objects.delete>) =>
                answer(args[3], args[0].name) ?? target.delete(...args);
            const value = Reflect.get(target, name);
            return typeof value === "function" ? value.bind(target) : value;
          },
        });
      };
      return () => {
        cluster.for = honest;
      };
    },
    blocked: (name: string): string => conditions(rig.app(name), "PruneBlocked").join("\n"),
  };
}
