import { describe, expect, test } from "bun:test";
import { memoryStore } from "../../test/fakes/memory-store.ts";
import { application } from "../../test/lib/core-objects.ts";
import { endingOf } from "../../test/lib/ending-of.ts";
import { type ApplicationStatus, appKey } from "../core/model/application.ts";
import type { CommitSha } from "../core/model/commit-sha.ts";
import { Failure } from "../core/model/failure.ts";
import type { Compared } from "./compare/compared.ts";
import { ManagedApplication, type SyncOperation } from "./managed-application.ts";
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
    expect(await endingOf(managed().nextChange(60_000, AbortSignal.abort(new Error("before"))))).toThrow(
      "before",
    );
    const ended = new AbortController();
    const waits = managed().nextChange(60_000, ended.signal);
    ended.abort(new Error("meanwhile"));
    expect(await endingOf(waits)).toThrow("meanwhile");
  });
});

describe("shown", () => {
  const status = (revision: string): ApplicationStatus => ({
    ...{
      sync: { status: "Synced", revision, comparedTo: { destination: {} } },
      health: { status: "Healthy" },
    },
    ...{ resources: [], history: [], reconciledAt: "2026-11-30T00:00:00Z" },
  });

  test("is the same object as long as no part of it is another one", () => {
    const it = managed();
    const first = it.shown;
    expect(it.shown).toBe(first);
    it.status = status("a");
    expect(it.shown).not.toBe(first);
    const second = it.shown;
    it.changed();
    it.seen = {
      is: "failed",
      failure: new Failure("store", "x", "backoff", { cannot: "look", why: "y" }),
      times: 1,
      before: undefined,
    };
    expect(it.shown).toBe(second);
  });

  test("is another one when what Git wants, what was asked for or its leaving is", () => {
    const it = managed();
    const seen = [it.shown];
    it.spec = { ...it.spec, app: application() };
    seen.push(it.shown);
    it.operation = { is: "waiting", request: { sync: {} } as SyncOperation, state: undefined };
    seen.push(it.shown);
    it.removal = { ...it.removal, conditions: [] };
    seen.push(it.shown);
    expect(new Set(seen).size).toBe(4);
    expect(it.shown.operation).toEqual({ sync: {} } as SyncOperation);
  });

  test("is another one when a commit that changed nothing was learnt without a look", () => {
    const it = managed();
    const tip = { revision: { is: "commit" as const, commit: "a".repeat(40) as CommitSha } };
    it.status = status("a".repeat(40));
    it.seen = { is: "compared", compared: { target: { tips: [tip] } } as unknown as Compared };
    const before = it.shown;
    expect(it.shown).toBe(before);
    const later = "b".repeat(40) as CommitSha;
    tip.revision = { is: "commit", commit: later };
    expect(it.shown.status?.sync.revision).toBe(later);
  });
});
