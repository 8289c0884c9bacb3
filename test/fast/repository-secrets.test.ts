/** Secrets of repositories, written into a sandbox cluster by versions that are not the newest any more. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { connectCluster } from "../../src/cluster/cluster.ts";
import type { HeldRepository } from "../../src/core/argocd/held.ts";
import { type KeptRepository, keptOf, newKept } from "../../src/core/argocd/kept-repository.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import type { Cluster } from "../../src/core/ports/cluster.ts";
import { RepositorySecrets } from "../../src/homes/cluster/repository-secrets.ts";
import { endingOf } from "../lib/ending-of.ts";
import { HOME, SERVER, startWorld, type World } from "../lib/engine-rig.ts";
import { recordingLog } from "../lib/recording-log.ts";
import { MERGE } from "../lib/records-stage.ts";

let world: World, cluster: Cluster;
beforeAll(async () => {
  world = await startWorld();
  await world.makeNamespace(HOME);
  cluster = await connectCluster({
    ...{ name: "in-cluster", server: SERVER, kubeconfig: { file: world.kubeconfig } },
    ...{ log: recordingLog(), account: "/nowhere" },
  });
});
afterAll(async () => {
  await cluster?.stop();
  await world?.stop();
});

const SECRETS = `/api/v1/namespaces/${HOME}/secrets`;
const wanted = (data: Record<string, string>): KeptRepository => {
  const parsed = newKept(
    "repository",
    { url: "https://git.example.com/x", ...data },
    { shown: "x", at: "2026-11-29T10:00:00Z" },
  );
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
};
async function seen(name: string): Promise<HeldRepository> {
  const object = (await world.must("GET", `${SECRETS}/${name}`)) as unknown as KubeObject;
  const parsed = keptOf(object, "repository", "x");
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const { uid = "", resourceVersion: version = "" } = object.metadata;
  return { secret: "x", uid, version, kept: parsed.value };
}

test("what was changed since it was seen is neither written over nor removed, and what others wrote beside it stays", async () => {
  const secrets = new RepositorySecrets(() => cluster, HOME);
  const first = wanted({ username: "a" });
  const name = String(first.metadata["name"]);
  await secrets.write(first, undefined);
  expect(await endingOf(secrets.write(first, undefined))).toThrow("meanwhile");
  const old = await seen(name);
  const labels = { metadata: { labels: { team: "shop" }, annotations: { note: "kept" } } };
  await world.must("PATCH", `${SECRETS}/${name}`, labels, MERGE);
  expect(await endingOf(secrets.write(wanted({ username: "b" }), old))).toThrow("meanwhile");
  expect(await endingOf(secrets.remove(old))).toThrow("meanwhile");
  const now = await seen(name);
  expect(now.kept.read.entry.username).toBe("a");
  await secrets.write(wanted({ username: "b" }), now);
  const written = await seen(name);
  expect(written).toMatchObject({
    uid: now.uid,
    kept: {
      metadata: {
        labels: { team: "shop" },
        annotations: { note: "kept", "managed-by": "argocd.argoproj.io" },
      },
    },
  });
  expect(written.kept.read.entry.username).toBe("b");
  await secrets.remove(written);
  expect(await world.find(`${SECRETS}/${name}`)).toBeUndefined();
});

test("without a home that is connected it is told, and nothing is written", async () => {
  const secrets = new RepositorySecrets(() => undefined, HOME);
  expect(await endingOf(secrets.write(wanted({}), undefined))).toThrow("the home cluster is not connected");
});
