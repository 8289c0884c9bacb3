import { expect, test } from "bun:test";
import { Failure } from "../../core/model/failure.ts";
import type { Applications } from "../applications.ts";
import type { EnginePorts } from "../engine-ports.ts";
import type { ManagedApplication, Seen } from "../managed-application.ts";
import { OthersLooked } from "./others-looked.ts";

const FAILED = {
  is: "failed",
  before: undefined,
  failure: new Failure("git-unreachable", "a server", "backoff", { cannot: "ask it", why: "it is down" }),
  times: 9,
} as unknown as Seen;

/** Two applications of which the second is looked at without end, and a clock that counts who sleeps. */
function stage(seen: Seen) {
  const looks = Promise.withResolvers<void>();
  const one = { inbox: { isLooking: false }, seen, spec: {} } as unknown as ManagedApplication;
  const hangs = {
    key: "argocd/hangs",
    inbox: { isLooking: true, looked: () => looks.promise },
    seen,
    spec: {},
  } as unknown as ManagedApplication & { seen: Seen };
  let slept = 0;
  const said: string[] = [];
  const clock = {
    now: () => 0,
    async sleep(ms: number) {
      if (ms > 1_000) slept++;
    },
  } as unknown as EnginePorts["clock"];
  const others = new OthersLooked([one, hangs] as unknown as Applications, clock);
  const waits = async (who = one): Promise<number> => {
    const before = slept;
    await others.before(who, new AbortController().signal, (message) => said.push(message));
    return slept - before;
  };
  return { hangs, waits, said };
}

test("however often another could not look, it is waited for once: what comes back comes back for all at a time", async () => {
  const { waits } = stage(FAILED);
  expect(await waits()).toBe(1);
  expect(await waits()).toBe(0);
});

test("who waited in vain waits again for one that could look meanwhile", async () => {
  const { hangs, waits } = stage(FAILED);
  await waits();
  Object.assign(hangs, { seen: { is: "compared" } });
  expect(await waits()).toBe(1);
  Object.assign(hangs, { seen: FAILED });
  expect(await waits()).toBe(1);
  expect(await waits()).toBe(0);
});

test("that one waited in vain is nothing to another", async () => {
  const { waits } = stage(FAILED);
  await waits();
  const third = { inbox: { isLooking: false }, seen: FAILED, spec: {} } as unknown as ManagedApplication;
  expect(await waits(third)).toBe(1);
});

test("what is waited for is said, with since when, once", async () => {
  const { waits, said } = stage(FAILED);
  await waits();
  await waits();
  expect(said).toEqual([
    "waiting for the look at what argocd/hangs may want of what is to be deleted since 1970-01-01T00:00:00Z, 30 s at most",
  ]);
});
