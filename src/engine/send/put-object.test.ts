import { describe, expect, test } from "bun:test";
import { endingOf } from "../../../test/lib/ending-of.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import { putObject } from "./put-object.ts";
import { refusedWith, type Writing } from "./send.ts";

const object: KubeObject = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "a", namespace: "shop" },
};

/** Somebody else is first so many times. @param answersInMs how long each question takes */
async function putting(lost: number, how: "write" | "dry-run", answersInMs = 30) {
  let ticks = 0;
  let tries = 0;
  const terminate = new AbortController();
  const writing: Writing = {
    clock: {
      now: () => 0,
      monotonic: () => ticks,
      async sleep(ms, signal) {
        ticks += ms;
        signal?.throwIfAborted();
      },
    },
    signal: terminate.signal,
    stopping: new AbortController().signal,
    progress: () => undefined,
    remember: () => undefined,
  };
  const cluster = {
    async read() {
      ticks += answersInMs;
      return {
        is: "found",
        object: { ...object, metadata: { ...object.metadata, resourceVersion: `${tries}` } },
      };
    },
    async replace(sent: KubeObject) {
      ticks += answersInMs;
      expect(sent.metadata.resourceVersion).toBe(`${tries}`);
      tries += 1;
      if (tries === lost && lost === 3 && answersInMs === 7) terminate.abort("user:ann");
      return tries <= lost ? refusedWith("the object has been modified", 409) : { is: "done" };
    },
  };
  const send = { cluster, desired: { ref: {} } } as never;
  const { outcome } = await putObject(send, object, how === "dry-run" ? how : writing);
  return { is: outcome.is, why: outcome.is === "refused" ? outcome.message : "", tries, tookMs: ticks };
}

describe("putObject(), while somebody else writes all the time,", () => {
  test("on a server that is slow is first in the end", async () => {
    expect(await putting(20, "write", 100)).toMatchObject({ is: "done", tries: 21 });
  });

  test("gives up after a while, and says why", async () => {
    const { is, why, tookMs } = await putting(Infinity, "write");
    expect(is).toBe("refused");
    expect(why).toMatch(
      /somebody wrote to it \d+ times while it was being replaced: the object has been modified/,
    );
    expect(tookMs).toBeLessThan(11_000);
  });

  test("asks a few times at least where each question takes long", async () => {
    expect((await putting(Infinity, "write", 5_000)).tries).toBe(8);
  });

  test("asks a few times by a dry run, for which nobody waits", async () => {
    expect(await putting(7, "dry-run")).toMatchObject({ is: "done", tries: 8 });
    expect(await putting(8, "dry-run")).toMatchObject({ is: "refused", tries: 8 });
  });

  test("ends where it is terminated", async () => {
    expect(await endingOf(putting(3, "write", 7))).toThrow("user:ann");
  });
});
