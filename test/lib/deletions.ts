/** What tests of deletions do and ask, in the engine that they share or in one of their own. */
import type { AppKey, Application, ApplicationSpec } from "../../src/core/model/application.ts";
import { ANNOTATION } from "../../src/core/model/application.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import type { SyncRun } from "../../src/core/ports/journal.ts";
import {
  appOf,
  conditions,
  type Files,
  type Repository,
  type Rig,
  sharedRig,
  type World,
} from "./engine-rig.ts";
import { jobPath, marked, messageOf } from "./hook-objects.ts";

export const key = (name: string): AppKey => `argocd/${name}` as AppKey;

export const inWave = (wave: number, object: KubeObject): KubeObject =>
  marked(object, { [ANNOTATION.syncWave]: String(wave) });

/** `PreDelete backup Succeeded`, `Pruned a Running`, in the order of the results. */
export const stepsOf = ({ status }: Pick<Application, "status">): string[] =>
  (status?.operationState?.syncResult?.resources ?? []).map(
    ({ name, status: did, hookType, hookPhase }) =>
      `${hookType ?? did ?? "waits"} ${name}${hookPhase === undefined ? "" : ` ${hookPhase}`}`,
  );

/** A world and an engine that all tests of a file share, and what is done in them; `from` is another engine. */
export function sharedDeletions() {
  let world: World, rig: Rig;
  sharedRig((...both) => {
    [world, rig] = both;
  });
  return {
    get world() {
      return world;
    },
    get rig() {
      return rig;
    },
    /** Made by the API, and synced once. */
    async made(
      name: string,
      files: Files,
      { from = rig, spec = {} }: { from?: Rig; spec?: Partial<ApplicationSpec> } = {},
    ): Promise<Repository> {
      await world.makeNamespace(name);
      const repository = await world.repository(name, files);
      const { metadata, spec: whole } = appOf({ name, repository, spec });
      const app: Application = {
        apiVersion: "argoproj.io/v1alpha1",
        kind: "Application",
        metadata,
        spec: whole,
      };
      const answer = await from.control.create(app, { upsert: false, actor: "user:test" });
      if (answer.is !== "written") throw new Error(JSON.stringify(answer));
      await from.untilSettled(name);
      await from.untilIdle();
      return repository;
    },
    remove: (
      name: string,
      how: { cascade?: "foreground" | "background" | "none"; hooks?: "skip" } = {},
      from: Rig = rig,
    ) => from.control.remove(key(name), { cascade: "foreground", actor: "user:ann", ...how }),
    isWaiting: (name: string, hook: string, from: Rig = rig) =>
      from.until(name, (app) =>
        new RegExp(`waiting for completion of hook batch/Job ${name}/${hook} since \\d{4}-`).test(
          messageOf(app),
        ),
      ),
    isStopped: (name: string, from: Rig = rig) =>
      from.until(
        name,
        (app) =>
          app.status?.operationState?.phase === "Failed" && conditions(app, "DeletionError").length > 0,
      ),
    resume: (namespace: string, name: string) =>
      world.must(
        "PATCH",
        jobPath(namespace, name),
        { spec: { suspend: false } },
        "application/merge-patch+json",
      ),
    lastRun: (name: string, from: Rig = rig): SyncRun | undefined =>
      from.store.runs({ app: key(name), limit: 20 }).find(({ cause }) => cause === "deletion"),
  };
}
