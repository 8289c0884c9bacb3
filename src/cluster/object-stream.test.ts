import { expect, test } from "bun:test";
import type { KubeObject } from "../core/model/kube-object.ts";
import type { KindInfo } from "../core/ports/cluster.ts";
import { systemClock } from "../lib/system-clock.ts";
import type { ApiClient } from "./api-client.ts";
import { ObjectStream } from "./object-stream.ts";
import { TIMINGS } from "./timings.ts";

const info = {
  group: "",
  version: "v1",
  kind: "Pod",
  resource: "pods",
  scope: "namespaced",
} as unknown as KindInfo;

test("a list that takes long to take in lets others have their turn in the middle of a page, and ends there when it is stopped", async () => {
  const items = Array.from(
    { length: 400 },
    (_, at): KubeObject => ({
      ...{ apiVersion: "v1", kind: "Pod" },
      metadata: { name: `pod-${at}`, namespace: "shop", uid: `uid-${at}`, resourceVersion: `${at + 1}` },
    }),
  );
  const client = {
    ...{ clock: systemClock, timings: TIMINGS, random: Math.random, ending: new AbortController().signal },
    ask: async () => ({
      ...{ is: "ok", code: 200, headers: new Headers() },
      body: JSON.stringify({ kind: "PodList", metadata: { resourceVersion: "1000" }, items }),
    }),
  } as unknown as ApiClient;
  let [put, inARow, most, turns] = [0, 0, 0, 0];
  let listed: "whole" | "not-yet" = "not-yet";
  const stream = new ObjectStream(client, info, "", "object", {
    listing: () => 0,
    knows: () => false,
    put() {
      most = Math.max(most, ++inARow);
      put++;
      const until = performance.now() + 1;
      while (performance.now() < until);
    },
    deleted: () => undefined,
    listed: () => (listed = "whole"),
  });
  stream.start();
  while (put < 200) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    inARow = 0;
    turns++;
  }
  stream.stop();
  await stream.settled();
  await Bun.sleep(20);
  expect(turns).toBeGreaterThan(5);
  expect(most).toBeLessThan(100);
  expect([put < 400, listed]).toEqual([true, "not-yet"]);
}, 60_000);
