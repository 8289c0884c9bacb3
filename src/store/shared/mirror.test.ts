import { expect, test } from "bun:test";
import { rejectionOf } from "../../../test/lib/ending-of.ts";
import { SharedRows } from "../../../test/lib/shared-rows.ts";
import { Failure } from "../../core/model/failure.ts";
import type { RowChange } from "../../core/ports/shared-store.ts";
import { StoreMirror } from "./mirror.ts";

const row = (key: string, value: number): RowChange => ({
  table: "facts",
  key: [key],
  row: { name: key, value },
});

/** A store that somebody writes to, its mirror, and pauses that end when the test says so. */
async function stand() {
  const shared = new SharedRows();
  const hold = await shared.take();
  let noted: RowChange[] = [];
  const pauses: { ms: number; end(): void }[] = [];
  let superseded = 0;
  const mirror = new StoreMirror({
    changes: {
      any: () => noted.length > 0,
      take: () => noted.splice(0),
    },
    schema: 9,
    hold,
    at: shared.at,
    clock: {
      now: () => 0,
      monotonic: () => 0,
      sleep: (ms, signal) =>
        new Promise((resolve, reject) => {
          pauses.push({ ms, end: resolve });
          signal?.addEventListener("abort", () => reject(signal.reason));
        }),
    },
    superseded: () => {
      superseded += 1;
    },
  });
  const write = (...rows: RowChange[]): void => {
    noted = [...noted.filter(({ key }) => !rows.some((one) => String(one.key) === String(key))), ...rows];
  };
  const values = (): Record<string, unknown> =>
    Object.fromEntries([...shared.kept.values()].map(({ key, row }) => [String(key[0]), row?.["value"]]));
  return { shared, mirror, write, values, pauses, superseded: () => superseded };
}

const failureOf = async (promise: Promise<void>): Promise<Failure> => {
  const cause = await rejectionOf(promise);
  expect(cause).toBeInstanceOf(Failure);
  return cause as Failure;
};

test("what was written before the call is kept when it resolves, under the store's schema; where nothing was written nothing is asked", async () => {
  const { shared, mirror, write, values } = await stand();
  await mirror.kept();
  expect(shared.pushes).toEqual([]);
  write(row("a", 1));
  await mirror.kept();
  expect(values()).toEqual({ a: 1 });
  expect(shared.schema).toBe(9);
  await mirror.kept();
  expect(shared.pushes).toHaveLength(1);
});

test("whoever asks while a push is on its way waits for the next one, which many share", async () => {
  const { shared, mirror, write, values } = await stand();
  const gate = Promise.withResolvers<void>();
  shared.gate = gate.promise;
  write(row("a", 1));
  const first = mirror.kept();
  write(row("b", 1));
  const done: string[] = [];
  const second = mirror.kept().then(() => done.push("second"));
  write(row("c", 1));
  const third = mirror.kept().then(() => done.push("third"));
  await Promise.resolve();
  expect(done).toEqual([]);
  gate.resolve();
  await Promise.all([first, second, third]);
  expect(values()).toEqual({ a: 1, b: 1, c: 1 });
  expect(shared.pushes).toHaveLength(2);
});

test("whoever asks while a push is on its way that carries all of it still waits for that one", async () => {
  const { shared, mirror, write, values } = await stand();
  const gate = Promise.withResolvers<void>();
  shared.gate = gate.promise;
  write(row("a", 1));
  void mirror.kept();
  const seen = mirror.kept().then(() => values());
  gate.resolve();
  expect(await seen).toEqual({ a: 1 });
});

test("whoever writes and asks anew as soon as a push is over pushes beside nobody who waits for the next one", async () => {
  const { shared, mirror, write, values } = await stand();
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
  shared.gate = gates[0].promise;
  write(row("a", 1));
  const again = mirror.kept().then(() => {
    shared.gate = gates[1].promise;
    write(row("c", 1));
    return mirror.kept();
  });
  write(row("b", 1));
  const seen = mirror.kept().then(() => values());
  gates[0].resolve();
  for (let turns = 0; turns < 20; turns += 1) await Promise.resolve();
  expect(values()).toEqual({ a: 1 });
  gates[1].resolve();
  expect(await seen).toMatchObject({ a: 1, b: 1 });
  await again;
  expect(shared.pushes).toHaveLength(2);
});

test("what could not be kept is refused with the reason, tried again by itself with pauses that grow, and newer rows stand in its place", async () => {
  const { shared, mirror, write, values, pauses } = await stand();
  shared.trouble = () => ({ throws: new Error("the disk is full"), when: "before" });
  write(row("a", 1), row("b", 1));
  const failure = await failureOf(mirror.kept());
  expect(failure.message).toContain("the disk is full");
  expect(failure.retry).toBe("backoff");
  expect(mirror.condition()).toMatchObject({ is: "failing", object: "rows in memory" });
  write(row("a", 2));
  await failureOf(mirror.kept());
  pauses.shift()?.end();
  while (pauses.length === 0) await Promise.resolve();
  expect(pauses[0]?.ms).toBe(200);
  shared.trouble = undefined;
  pauses.shift()?.end();
  for (let turns = 0; mirror.condition().is !== "sound" && turns < 100; turns += 1) await Promise.resolve();
  expect(mirror.condition()).toEqual({ is: "sound" });
  expect(values()).toEqual({ a: 2, b: 1 });
  // And rests then.
  expect(pauses).toEqual([]);
});

test("what was kept although it looked as if it failed is kept once more, and is the same", async () => {
  const { shared, mirror, write, values } = await stand();
  shared.trouble = () => ({ throws: new Error("cut"), when: "after" });
  write(row("a", 1));
  await failureOf(mirror.kept());
  shared.trouble = undefined;
  await mirror.kept();
  expect(values()).toEqual({ a: 1 });
  expect(shared.pushes).toHaveLength(2);
});

test("a replica that was replaced is told once, keeps nothing any more, and does not try again", async () => {
  const { shared, mirror, write, values, pauses, superseded } = await stand();
  const next = await shared.take();
  write(row("a", 1));
  const failure = await failureOf(mirror.kept());
  expect(failure.message).toContain("another replica leads now");
  expect(mirror.condition().is).toBe("lost");
  await failureOf(mirror.kept());
  expect(superseded()).toBe(1);
  expect(pauses).toEqual([]);
  expect(shared.pushes).toHaveLength(1);
  await next.push({ schema: 9, rows: [row("b", 1)] });
  expect(values()).toEqual({ b: 1 });
});

test("after its stop nothing is tried again", async () => {
  const { shared, mirror, write, pauses } = await stand();
  shared.trouble = () => ({ throws: new Error("gone"), when: "before" });
  write(row("a", 1));
  await failureOf(mirror.kept());
  mirror.stop();
  for (let turns = 0; turns < 20; turns += 1) await Promise.resolve();
  expect(shared.pushes).toHaveLength(1);
  expect(pauses).toHaveLength(1);
});
