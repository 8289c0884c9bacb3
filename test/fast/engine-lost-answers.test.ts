/** Objects that were made though nobody heard of it: the answer was lost, and the watch has not caught up. */
import { expect, test } from "bun:test";
import { connectCluster } from "../../src/cluster/cluster.ts";
import { refKey } from "../../src/core/model/object-ref.ts";
import type { Cluster } from "../../src/core/ports/cluster.ts";
import { key, sharedDeletions } from "../lib/deletions.ts";
import { AUTOMATED, appOf, conditions, type Rig, SERVER, startRig } from "../lib/engine-rig.ts";
import { configMap, configMapPath } from "../lib/manifests.ts";
import { recordingLog } from "../lib/recording-log.ts";

const on = sharedDeletions();
const ONCE = { ...AUTOMATED, retry: { limit: 0 } };

interface Behind {
  rig: Rig;
  /** The watch tells what it did not before. */
  catchUp(): void;
  fallBehind(): void;
}

/** An engine whose applies of ConfigMap `late` are done and never answered, and whose watch does not show it. */
async function startBehind(): Promise<Behind> {
  let watch: "behind" | "caught-up" = "behind";
  const isHidden = (of: string): boolean => watch === "behind" && of.endsWith("/late");
  const connected = await connectCluster({
    name: "in-cluster",
    server: SERVER,
    kubeconfig: { file: on.world.kubeconfig },
    log: recordingLog(),
  });
  const losing = (own: Cluster): Cluster =>
    new Proxy(own, {
      get(target, name) {
        const is = Reflect.get(target, name) as unknown;
        if (name === "get") return (of: string) => (isHidden(of) ? undefined : target.get(of as never));
        if (name === "trackedBy")
          return (app: string) => target.trackedBy(app).filter((live) => !isHidden(live.key));
        if (name === "for") return (errand: never) => losing(target.for(errand) as Cluster);
        if (name === "apply")
          return async (...ask: Parameters<Cluster["apply"]>) => {
            const outcome = await target.apply(...ask);
            return ask[1] === "write" && ask[0].metadata.name === "late" && watch === "behind"
              ? { is: "unreachable", why: "the connection was cut" }
              : outcome;
          };
        return typeof is === "function" ? is.bind(target) : is;
      },
    });
  const rig = await startRig(on.world, { clusters: [losing(connected)] });
  return { rig, catchUp: () => (watch = "caught-up"), fallBehind: () => (watch = "behind") };
}

const late = (namespace: string) => refKey({ group: "", kind: "ConfigMap", namespace, name: "late" });

test("an application is not gone before what it may have made is looked for, and goes with it", async () => {
  const name = "lost-and-removed";
  const { rig, catchUp } = await startBehind();
  try {
    await on.world.makeNamespace(name);
    const repository = await on.world.repository(name, { "late.yaml": configMap(name, "late") });
    const { metadata, spec } = appOf({ name, repository, spec: { syncPolicy: ONCE } });
    const made = { apiVersion: "argoproj.io/v1alpha1", kind: "Application", metadata, spec } as const;
    await rig.control.create(made, { upsert: false, actor: "user:ann" });
    await rig.until(name, (app) => app.status?.operationState?.phase === "Failed");
    await rig.control.remove(key(name), { cascade: "foreground", actor: "user:ann" });
    const app = await rig.until(name, (app) => conditions(app, "DeletionError").length > 0);
    expect(conditions(app, "DeletionError")).toEqual([
      `ConfigMap ${name}/late was to be written by a sync that was cut off, and its watch does not show yet whether it was`,
    ]);
    expect(await on.world.hasConfigMap(name, "late")).toBeTrue();
    catchUp();
    await rig.untilGone(name);
    expect(await on.world.hasConfigMap(name, "late")).toBeFalse();
  } finally {
    await rig.stop();
  }
});

test("what a sync may have made stays in the inventory when Git drops it, and is pruned once it is seen", async () => {
  const name = "lost-and-dropped";
  const { rig, catchUp } = await startBehind();
  try {
    await on.world.makeNamespace(name);
    const files = { "late.yaml": configMap(name, "late"), "kept.yaml": configMap(name, "kept") };
    const repository = await on.world.repository(name, files);
    rig.place(appOf({ name, repository, spec: { syncPolicy: ONCE } }));
    await rig.until(name, (app) => app.status?.operationState?.phase === "Failed");
    await repository.commit({ "late.yaml": null });
    await rig.refresh(name, "hard");
    await rig.untilIdle();
    expect(rig.store.records(key(name)).map((record) => record.key)).toContain(late(name));
    catchUp();
    await rig.refresh(name, "hard");
    await rig.until(name, (app) => app.status?.sync.status === "Synced");
    await rig.untilIdle();
    expect(await on.world.hasConfigMap(name, "late")).toBeFalse();
    expect(await on.world.hasConfigMap(name, "kept")).toBeTrue();
  } finally {
    await rig.stop();
  }
});

test("what was deleted by hand and made again without an answer is pruned like what was there before", async () => {
  const name = "lost-again";
  const { rig, catchUp, fallBehind } = await startBehind();
  try {
    catchUp();
    await on.world.makeNamespace(name);
    const files = { "late.yaml": configMap(name, "late"), "kept.yaml": configMap(name, "kept") };
    const repository = await on.world.repository(name, files);
    rig.place(appOf({ name, repository, spec: { syncPolicy: ONCE } }));
    await rig.untilSettled(name);
    await rig.untilIdle();
    fallBehind();
    await on.world.must("DELETE", configMapPath(name, "late"));
    await rig.until(name, (app) => app.status?.operationState?.phase === "Failed");
    expect(await on.world.hasConfigMap(name, "late")).toBeTrue();
    await repository.commit({ "late.yaml": null });
    await rig.refresh(name, "hard");
    await rig.untilIdle();
    catchUp();
    await rig.refresh(name, "hard");
    await rig.until(name, (app) => app.status?.sync.status === "Synced");
    await rig.untilIdle();
    expect(await on.world.hasConfigMap(name, "late")).toBeFalse();
  } finally {
    await rig.stop();
  }
});
