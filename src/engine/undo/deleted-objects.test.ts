import { expect, test } from "bun:test";
import { memoryStore } from "../../../test/fakes/memory-store.ts";
import { recordingLog } from "../../../test/lib/recording-log.ts";
import { VirtualTime } from "../../../test/model/virtual-time.ts";
import { appKey } from "../../core/model/application.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import type { LiveObject } from "../../core/model/live-object.ts";
import { DeletedObjects } from "./deleted-objects.ts";

test.each([
  { detail: undefined, is: "kept", count: 1 },
  { detail: "full", is: "kept", count: 1 },
  { detail: "slim", is: "unknown", count: 0 },
  { detail: "descendant", is: "unknown", count: 0 },
] as const)("of what may not be read, what the cache holds in full alone is kept: $detail", async (of) => {
  const app = appKey("argocd", "web");
  const store = memoryStore();
  const clock = new VirtualTime().clock("world");
  const settings = { keepDeletedForMs: 3_600_000 };
  const deleted = new DeletedObjects({
    store,
    clock,
    log: recordingLog(),
    settings: () => settings as never,
  });
  const ref = { group: "apps", kind: "ReplicaSet", namespace: "shop", name: "web" };
  const object: KubeObject = {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: { name: "web", namespace: "shop", uid: "1" },
    spec: { replicas: 1 },
  };
  const { detail } = of;
  const live = { ref, uid: "1", apiVersion: "apps/v1", object, ...(detail === undefined ? {} : { detail }) };
  const kept = await deleted.keep(live as LiveObject, {
    app,
    appUid: "a",
    run: 1,
    server: "https://cluster",
    objects: { read: async () => ({ is: "forbidden", why: "no get" }) },
  });
  expect(kept.is).toBe(of.is);
  expect(store.keptObjects(app)).toHaveLength(of.count);
});
