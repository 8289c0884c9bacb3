import { describe, expect, test } from "bun:test";
import { memoryStore } from "../../test/fakes/memory-store.ts";
import { application } from "../../test/lib/core-objects.ts";
import { appKey } from "../core/model/application.ts";
import { ManagedApplication } from "./managed-application.ts";
import { Memory } from "./memory.ts";

function managed(): ManagedApplication {
  const key = appKey("argocd", "shop");
  return new ManagedApplication(key, new Memory(key, memoryStore()), {
    spec: {
      app: application(),
      origin: { from: "api" },
      uid: "1",
      past: undefined,
      last: undefined,
      deleting: undefined,
      hold: undefined,
    },
    operation: { is: "none", state: undefined },
    status: undefined,
  });
}

const isDone = async (promise: Promise<unknown>): Promise<boolean> =>
  Promise.race([promise.then(() => true), Bun.sleep(0).then(() => false)]);

describe("nextChange()", () => {
  test("is over at the next change, for all who wait", async () => {
    const it = managed(),
      { signal } = new AbortController();
    const waits = [it.nextChange(60_000, signal), it.nextChange(60_000, signal)];
    it.changed();
    await Promise.all(waits);
    expect(await isDone(it.nextChange(60_000, AbortSignal.timeout(50)).catch(() => undefined))).toBe(false);
  });

  test("is over after its time", () => managed().nextChange(1, new AbortController().signal));

  test("ends with the signal's reason, before or meanwhile", async () => {
    await expect(managed().nextChange(60_000, AbortSignal.abort(new Error("before")))).rejects.toThrow(
      "before",
    );
    const ended = new AbortController();
    const waits = managed().nextChange(60_000, ended.signal);
    ended.abort(new Error("meanwhile"));
    await expect(waits).rejects.toThrow("meanwhile");
  });
});
