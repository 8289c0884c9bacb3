/** Applications with a history, and the way back in it: delivered value by value, rolled back, held. */
import type { AppKey, Application } from "../../src/core/model/application.ts";
import type { RollbackPlan, RollbackRequest, Written } from "../../src/engine/control.ts";
import {
  type Files,
  HOME,
  isQuiet,
  type Placed,
  type Repository,
  type Rig,
  sharedWorld,
  type World,
} from "./engine-rig.ts";
import { configMap, configMapPath } from "./manifests.ts";

export const keyOf = (name: string): AppKey => `${HOME}/${name}` as AppKey;
export const holding = (namespace: string, value: string): Files => ({
  "it.yaml": configMap(namespace, "it", { value }),
});

export async function deliver(rig: Rig, name: string, repository: Repository, files: Files): Promise<string> {
  const sha = await repository.commit(files);
  await rig.refresh(name);
  await rig.until(name, (app) => app.status?.sync.revision === sha && isQuiet(app));
  await rig.untilIdle();
  return sha;
}

/** An application that was deployed once for each value. @returns the commits */
export async function deployed(
  rig: Rig,
  name: string,
  values: readonly string[],
  more: Partial<Placed> = {},
): Promise<{ repository: Repository; commits: string[] }> {
  const [first = "", ...rest] = values;
  const repository = await rig.placeNew(name, holding(name, first), more);
  await rig.untilSettled(name);
  await rig.untilIdle();
  const commits = [rig.app(name).status?.sync.revision ?? ""];
  for (const value of rest) commits.push(await deliver(rig, name, repository, holding(name, value)));
  return { repository, commits };
}

export async function rollback(
  rig: Rig,
  name: string,
  deployment: number,
  more: Partial<RollbackRequest> = {},
): Promise<Written> {
  const request = { deployment, until: "lifted", actor: "user:ann", ...more } as const;
  const answer = await rig.control.rollback(keyOf(name), request);
  if (answer.is === "written") {
    await rig.until(name, isQuiet);
    await rig.untilIdle();
  }
  return answer;
}

export async function planOf(rig: Rig, name: string, deployment: number): Promise<RollbackPlan> {
  const found = await rig.control.rollbackPlan(keyOf(name), deployment);
  if (found.is === "absent") throw new Error(`there is no application ${name}`);
  return found.value;
}

export const causes = (app: Application): (string | undefined)[] =>
  (app.status?.history ?? []).map(({ cause }) => cause);

/** One world for a file of tests. To be called at its top. */
export function rollbackStage() {
  let world: World;
  const startRig = sharedWorld((shared) => {
    world = shared;
  });
  return {
    get world(): World {
      return world;
    },
    startRig,
    valueIn: async (namespace: string, name = "it"): Promise<string | undefined> =>
      (await world.find(configMapPath(namespace, name)))?.data?.value,
  };
}
