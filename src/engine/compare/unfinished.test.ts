import { expect, test } from "bun:test";
import { memoryStore } from "../../../test/fakes/memory-store.ts";
import { liveObject } from "../../../test/lib/core-objects.ts";
import type { AppKey } from "../../core/model/application.ts";
import type { LiveObject } from "../../core/model/live-object.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import { Memory } from "../memory.ts";
import { neverMade } from "./unfinished.ts";

const APP = "argocd/web" as AppKey;

/** A cluster whose watch shows nothing. @param read what its server says when it is asked */
function cluster(read: () => LiveObject | undefined): { asked: number } & Cluster {
  const fake = {
    asked: 0,
    get: () => undefined,
    kind: () => Promise.resolve({ is: "known", info: { group: "", version: "v1", kind: "ConfigMap" } }),
    read() {
      fake.asked += 1;
      const live = read();
      return Promise.resolve(live === undefined ? { is: "absent" } : { is: "found", live });
    },
  };
  return fake as unknown as { asked: number } & Cluster;
}

test("neverMade() forgets what was to be made once it is not there a minute after it was looked for first", async () => {
  const memory = new Memory(APP, memoryStore());
  const live = liveObject({ name: "late" });
  const record = { key: live.key, uid: "" };
  memory.keep([record]);
  let there: LiveObject | undefined;
  const server = cluster(() => there);
  const at = async (ticks: number) => [...(await neverMade([record], memory, server, ticks))];
  expect([await at(5_000), await at(5_000), await at(64_999)]).toEqual([[], [], []]);
  // Its write may still be under way, and nothing is asked anew with each look until then.
  expect(server.asked).toBe(1);
  expect(await at(65_000)).toEqual([live.key]);
  there = live;
  expect(await at(66_000)).toEqual([]);
  // It is to be made once more: that write is as new as any.
  there = undefined;
  memory.keep([record]);
  expect(await at(67_000)).toEqual([]);
});
