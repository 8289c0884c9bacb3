import { afterEach, expect, test } from "bun:test";
import { fakeControl } from "../../test/fakes/fake-control.ts";
import { eventually } from "../../test/lib/eventually.ts";
import { type FakeApi, startFakeApi } from "../../test/lib/fake-api.ts";
import type { ClusterDesk } from "../core/ports/cluster-desk.ts";

let api: FakeApi;
afterEach(() => api.stop());

const no = async (): Promise<never> => {
  throw new Error("nobody asks");
};

test("addresses that do not answer are tested a few at a time, and the rest is told to come later", async () => {
  const gate = Promise.withResolvers<void>();
  let running = 0;
  const clusters: ClusterDesk = {
    ...{ all: () => [], problems: () => [], put: no, remove: no, rotate: no },
    async test() {
      running += 1;
      await gate.promise;
      return { version: "v1.35.2", tookMs: 1 };
    },
  };
  api = startFakeApi(fakeControl(), { clusters });
  const testOne = async (): Promise<number> => {
    const reply = await fetch(`${api.url}/api/holdfast/v1/clusters/test`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: "away", server: "https://192.0.2.1:6443" }),
    });
    return reply.status;
  };
  const asked = Array.from({ length: 20 }, testOne);
  await eventually("they are under way", () => running === 12);
  gate.resolve();
  const replies = await Promise.all(asked);
  expect(replies.filter((status) => status === 429).length + running).toBe(20);
  expect(replies.filter((status) => status === 200).length).toBe(running);
  // A place is given back.
  expect(await testOne()).toBe(200);
});
