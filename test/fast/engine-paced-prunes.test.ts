/** A prune that takes its time: whoever ends it, or wants again what it has not deleted yet, is obeyed in the middle. */
import { afterEach, describe, expect, test } from "bun:test";
import { ANNOTATION, type AppKey, type ApplicationSpec } from "../../src/core/model/application.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import type { OperationState, SyncRequest } from "../../src/core/model/operation.ts";
import { type Files, isQuiet, type Repository } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap } from "../lib/manifests.ts";
import { MANUAL, maps, sharedSyncs } from "../lib/syncs.ts";

const on = sharedSyncs();
const COUNT = 30;
/** Whose turn had come when somebody spoke. */
const ON_THEIR_WAY = 1;
const ANN = { actor: "user:ann", why: "wrong merge" };
const WAITS = /^waiting since \S+ to delete \d+ more, 1 in a second \(prune\.perSecond\)$/;
const GONE: Files = Object.fromEntries(Array.from({ length: COUNT }, (_, at) => [`m${at}.yaml`, null]));

function setPace(perSecond: number, budgetPercent = on.rig.settings.prune.budgetPercent): void {
  const { settings } = on.rig;
  on.rig.settings = { ...settings, prune: { ...settings.prune, perSecond, budgetPercent } };
}
async function left(name: string): Promise<string[]> {
  const { items } = await on.world.must("GET", `/api/v1/namespaces/${name}/configmaps`);
  return items
    .map(({ metadata }: KubeObject) => metadata.name)
    .filter((one: string) => /^m\d+$/.test(one))
    .sort();
}
const deletions = (): number => on.rig.requests.filter(({ verb }) => verb === "delete").length;
const message = (name: string): string => on.rig.app(name).status?.operationState?.message ?? "";
/** Of those that were to go and did not. */
const stayed = ({ syncResult }: OperationState): string[] =>
  (syncResult?.resources ?? []).flatMap(({ status, message: said = "" }) =>
    status === "PruneSkipped" ? [said] : [],
  );

interface Middle {
  repository: Repository;
  first: string;
  /** Resolves with the operation that was in the middle, once it has ended. */
  ended(): Promise<OperationState>;
}

/** All but one object left Git, and the sync that deletes them one in a second has deleted some. */
async function inTheMiddle(
  name: string,
  spec: Partial<ApplicationSpec>,
  sync?: SyncRequest,
  more: Record<string, KubeObject> = {},
): Promise<Middle> {
  // What nobody asks for by its count is to go all the same.
  setPace(1_000, sync === undefined ? 100 : 50);
  const repository = await on.placed(name, {
    files: { ...maps(name, COUNT), ...more, "stays.yaml": configMap(name, "stays") },
    spec,
  });
  if (spec === MANUAL) await on.rig.sync(name);
  const { status } = await on.rig.untilSettled(name);
  const first = status?.sync.revision ?? "";
  const others = Object.fromEntries(Object.keys(more).map((file) => [file, null]));
  await repository.commit({ ...GONE, ...others });
  setPace(1);
  const asked = on.rig.refresh(name);
  if (sync !== undefined)
    void on.rig.control.sync(`argocd/${name}` as AppKey, { operation: { sync }, actor: "user:test" });
  await asked;
  await on.rig.until(name, () => WAITS.test(message(name)));
  const runs = () => on.rig.store.runs({ app: `argocd/${name}` as AppKey, limit: 10 });
  const run = runs()[0]?.id;
  return {
    repository,
    first,
    ended: () =>
      eventually("it has ended", () => {
        const state = runs().find(({ id }) => id === run)?.state;
        return state?.finishedAt !== undefined && state;
      }),
  };
}

afterEach(() => setPace(10, 50));

describe("a prune that takes its time", () => {
  test("a revert keeps what a person's sync has not deleted yet, and the rest of it is made again", async () => {
    const name = "paced-person";
    const { repository, ended } = await inTheMiddle(
      name,
      { syncPolicy: { automated: { prune: false } } },
      { prune: true, confirmPrune: COUNT },
    );
    const back = await repository.commit(maps(name, COUNT));
    await on.rig.refresh(name);
    const deleted = deletions(),
      there = await left(name);
    expect(there.length).toBeGreaterThan(COUNT / 2);
    const state = await ended();
    expect(state).toMatchObject({ phase: "Succeeded", message: expect.stringContaining("not pruned") });
    expect(new Set(stayed(state))).toEqual(new Set([`stays: ${back} wants it again`]));
    // What waited for its turn takes none.
    expect(deletions()).toBeLessThanOrEqual(deleted + ON_THEIR_WAY);
    await on.rig.untilSettled(name);
    expect(await left(name)).toHaveLength(COUNT);
    expect(on.rig.app(name).status?.sync.revision).toBe(back);
  });

  test("of a commit that wants some of it again, these stay and the others go", async () => {
    const name = "paced-some";
    const { repository, ended } = await inTheMiddle(
      name,
      { syncPolicy: { automated: { prune: false } } },
      { prune: true, confirmPrune: COUNT },
    );
    const some = (await left(name)).slice(-4);
    await repository.commit(Object.fromEntries(some.map((one) => [`${one}.yaml`, configMap(name, one)])));
    await on.rig.refresh(name);
    setPace(1_000);
    const state = await ended();
    expect(state.phase).toBe("Succeeded");
    expect(stayed(state)).toHaveLength(4);
    await on.rig.untilSettled(name);
    expect(await left(name)).toEqual(some);
  });

  test("a Namespace stays for what a commit wants in it", async () => {
    const name = "paced-home",
      space = "paced-home-space";
    const marked = { name: space, annotations: { [ANNOTATION.syncOptions]: "Prune=true" } };
    const files = {
      "space.yaml": { apiVersion: "v1", kind: "Namespace", metadata: marked },
      "inside.yaml": configMap(space, "inside"),
    };
    const { repository, ended } = await inTheMiddle(
      name,
      { syncPolicy: { automated: { prune: false } } },
      { prune: true, confirmPrune: COUNT + 2 },
      files,
    );
    const back = await repository.commit({ "inside.yaml": configMap(space, "inside") });
    await on.rig.refresh(name);
    setPace(1_000);
    const state = await ended();
    expect(stayed(state)).toContain(`stays: ${back} wants ConfigMap ${space}/inside, which would go with it`);
    const { metadata } = await on.world.must("GET", `/api/v1/namespaces/${space}`);
    expect(metadata.deletionTimestamp).toBeUndefined();
    await on.rig.until(name, isQuiet);
    expect(await on.world.hasConfigMap(space, "inside")).toBe(true);
  });

  test("a revert ends an automated one at once, and what it deleted is made again", async () => {
    const name = "paced-automated";
    const { repository, ended } = await inTheMiddle(name, {
      syncPolicy: { automated: { prune: true, allowEmpty: true } },
    });
    const back = await repository.commit(maps(name, COUNT));
    await on.rig.refresh(name);
    const deleted = deletions();
    expect(await ended()).toMatchObject({
      phase: "Failed",
      message: `given up, because ${back} came while it waited`,
    });
    await on.rig.untilSettled(name);
    expect(deletions()).toBeLessThanOrEqual(deleted + ON_THEIR_WAY);
    expect(await left(name)).toHaveLength(COUNT);
  });

  test("a commit of something else has an automated one begin anew, and all of it goes", async () => {
    const name = "paced-else";
    const { repository, ended } = await inTheMiddle(name, {
      syncPolicy: { automated: { prune: true, allowEmpty: true } },
    });
    await repository.commit({ "stays.yaml": configMap(name, "stays", { key: "other" }) });
    await on.rig.refresh(name);
    expect((await ended()).message).toMatch(/^given up, because \w+ came while it waited$/);
    setPace(1_000);
    await on.rig.untilSettled(name);
    expect(await left(name)).toEqual([]);
  });

  test("a revision that a person names is followed, also where the branch wants what it does not", async () => {
    const name = "paced-named";
    setPace(1_000);
    const repository = await on.placed(name, {
      files: { "stays.yaml": configMap(name, "stays") },
      spec: MANUAL,
    });
    const empty = (await on.rig.sync(name)).syncResult?.revision ?? "";
    await repository.commit(maps(name, COUNT));
    await on.rig.refresh(name);
    await on.rig.sync(name);
    expect(await left(name)).toHaveLength(COUNT);
    setPace(1);
    void on.rig.control.sync(`argocd/${name}` as AppKey, {
      operation: { sync: { revision: empty, prune: true, confirmPrune: COUNT } },
      actor: "user:test",
    });
    await on.rig.until(name, () => WAITS.test(message(name)));
    await repository.commit({ "more.yaml": configMap(name, "more") });
    await on.rig.refresh(name);
    setPace(1_000);
    const { status } = await on.rig.until(name, isQuiet);
    expect(status?.operationState).toMatchObject({ phase: "Succeeded" });
    expect(await left(name)).toEqual([]);
  });

  test("a pause of deletions keeps the rest without another turn", async () => {
    const name = "paced-pause";
    const { ended } = await inTheMiddle(name, MANUAL, { prune: true, confirmPrune: COUNT });
    on.rig.control.pause({ of: "deletions", ...ANN });
    try {
      const deleted = deletions();
      const state = await ended();
      expect(deletions()).toBeLessThanOrEqual(deleted + ON_THEIR_WAY);
      expect(stayed(state)).toHaveLength((await left(name)).length);
      for (const said of stayed(state))
        expect(said).toMatch(/^stays: deletions are paused in the whole daemon/);
    } finally {
      on.rig.control.resume(ANN);
    }
  });

  test("a pause of all writes ends it", async () => {
    const name = "paced-brake";
    const { ended } = await inTheMiddle(name, MANUAL, { prune: true, confirmPrune: COUNT });
    on.rig.control.pause({ of: "writes", ...ANN });
    try {
      const deleted = deletions();
      expect(await ended()).toMatchObject({
        phase: "Failed",
        message: expect.stringMatching(/cannot go on with its sync: all writes to clusters are paused/),
      });
      expect(deletions()).toBeLessThanOrEqual(deleted + ON_THEIR_WAY);
    } finally {
      on.rig.control.resume(ANN);
    }
  });

  test("the sync says how many wait, and whoever sees a mistake ends it", async () => {
    const name = "paced";
    const { ended } = await inTheMiddle(name, {}, { prune: true, confirmPrune: COUNT });
    await on.rig.control.terminate(`argocd/${name}` as AppKey, "user:test");
    expect(await ended()).toMatchObject({ phase: "Failed", message: "operation terminated by user:test" });
    const there = await left(name);
    expect(there.length).toBeGreaterThan(0);
    setPace(1_000);
    const again = await on.rig.sync(name, { prune: true, confirmPrune: there.length });
    expect(again.phase).toBe("Succeeded");
    await eventually("only one is left", async () => (await left(name)).length === 0);
  });
});
