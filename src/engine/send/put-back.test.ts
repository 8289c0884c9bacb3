import { describe, expect, test } from "bun:test";
import { endingOf } from "../../../test/lib/ending-of.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import type { WriteOutcome } from "../../core/ports/cluster-objects.ts";
import { putBack } from "./put-back.ts";
import { FREED_WITHIN_MS, type Writing } from "./send.ts";

const service: KubeObject = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "front", namespace: "shop", uid: "old" },
  spec: { clusterIP: "10.0.0.7", ports: [{ port: 80, nodePort: 30771 }] },
};
const desired = {
  key: "/Service/shop/front",
  ref: { group: "", kind: "Service", namespace: "shop", name: "front" },
};
const stillHeld: WriteOutcome = {
  is: "refused",
  status: 422,
  reason: "Invalid",
  message: "Invalid value: 30771: provided port is already allocated",
  causes: [
    {
      field: "spec.ports[0].nodePort",
      reason: "FieldValueInvalid",
      message: "Invalid value: 30771: provided port is already allocated",
    },
  ],
};
const made = (object: KubeObject): WriteOutcome => ({
  is: "done",
  object,
  live: { uid: "new" } as never,
  warnings: [],
});

/**
 * What the server says to each create, by how many came before and how long it is since.
 * @param stepMs how far somebody sets the machine's clock with each pause
 */
async function puttingBack(
  answer: (object: KubeObject, before: number, sinceMs: number) => WriteOutcome,
  { stepMs = 0, abort }: { stepMs?: number; abort?: "terminate" | "stop" } = {},
) {
  let monotonic = 5_000,
    wall = 1_700_000_000_000;
  const terminate = new AbortController(),
    stop = new AbortController();
  const created: KubeObject[] = [];
  const writing: Writing = {
    clock: {
      now: () => wall,
      monotonic: () => monotonic,
      async sleep(ms, signal) {
        monotonic += ms;
        wall += ms + stepMs;
        if (abort === "terminate") terminate.abort("user:ann");
        if (abort === "stop") stop.abort(new Error("the daemon is stopping"));
        signal?.throwIfAborted();
      },
    },
    signal: terminate.signal,
    stopping: stop.signal,
    progress: () => undefined,
    remember: () => undefined,
  };
  const cluster = {
    async create(object: KubeObject) {
      created.push(object);
      return answer(object, created.length - 1, monotonic - 5_000);
    },
    read: async () => ({ is: "absent" }),
  };
  const { outcome } = await putBack(
    { send: { cluster, desired } as never, before: service, hash: "h", why: "no" },
    writing,
  );
  const message = outcome.is === "refused" ? outcome.message : outcome.is;
  return { created, message, tookMs: monotonic - 5_000 };
}
const asNew = ({ spec }: KubeObject): boolean => (spec as { clusterIP?: string }).clusterIP === undefined;

describe("putBack()", () => {
  test("waits for what the old one held to be given back", async () => {
    const { created, message } = await puttingBack((object, before) =>
      before < 3 ? stillHeld : made(object),
    );
    expect(created).toHaveLength(4);
    expect(created.some(asNew)).toBe(false);
    expect(message).toContain("The old one was put back as it was");
  });

  test.each([
    ["goes on", 0],
    ["is set forward at each pause", 3_600_000],
    ["is set back at each pause", -3_600_000],
  ])("for half a minute, and then without it, while the machine's clock %s", async (_, stepMs) => {
    const { created, message, tookMs } = await puttingBack(
      (object) => (asNew(object) ? made(object) : stillHeld),
      { stepMs },
    );
    expect(tookMs).toBeGreaterThanOrEqual(FREED_WITHIN_MS);
    expect(tookMs).toBeLessThan(FREED_WITHIN_MS + 2_000);
    expect(created.filter(asNew)).toHaveLength(1);
    expect(message).toContain("The old one was put back as it was");
  });

  test("no longer where somebody terminates it, and it is made without what is held", async () => {
    const { created, message } = await puttingBack((object) => (asNew(object) ? made(object) : stillHeld), {
      abort: "terminate",
    });
    expect(created.map(asNew)).toEqual([false, true]);
    expect(message).toContain("The old one was put back as it was");
  });

  test("a stop of the daemon cuts it off, for the next start to go on", async () => {
    expect(await endingOf(puttingBack(() => stillHeld, { abort: "stop" }))).toThrow("the daemon is stopping");
  });
});
