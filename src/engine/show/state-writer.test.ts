import { describe, expect, test } from "bun:test";
import { recordingLog } from "../../../test/lib/recording-log.ts";
import { appKey } from "../../core/model/application.ts";
import type { AppState } from "../../core/ports/home.ts";
import { StateWriter } from "./state-writer.ts";

const state = (name: string, uid = name): AppState => ({ key: appKey("argocd", name), uid });

const put = (writer: StateWriter, it: AppState): void => writer.put(it.key, () => it);

/** A store that keeps what it is given, call by call, and can be full. */
function shelf() {
  const calls: string[][] = [];
  const shelf = {
    calls,
    is: "fine" as "fine" | "full",
    dropped: [] as string[],
    putStates(states: readonly AppState[]) {
      if (shelf.is === "full") throw new Error("disk full");
      calls.push(states.map(({ uid }) => uid));
    },
    deleteState: (key: string) => void shelf.dropped.push(key),
  };
  return shelf;
}

describe("StateWriter", () => {
  test("writes the last state of each application, together and a moment later", async () => {
    const store = shelf(),
      writer = new StateWriter(store, recordingLog(), 5);
    put(writer, state("a", "first"));
    put(writer, state("a", "second"));
    put(writer, state("b"));
    expect(store.calls).toEqual([]);
    await Bun.sleep(20);
    expect(store.calls).toEqual([["second", "b"]]);
    put(writer, state("a", "third"));
    await Bun.sleep(20);
    expect(store.calls.slice(1)).toEqual([["third"]]);
  });

  test("what nobody waits for is written a hundred at once, and everything else has its turn between", async () => {
    const store = shelf(),
      writer = new StateWriter(store, recordingLog(), 5);
    const names = Array.from({ length: 250 }, (_, at) => `app-${at}`);
    for (const name of names) put(writer, state(name));
    const between: number[] = [];
    while (store.calls.flat().length < 250) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      between.push(store.calls.length);
    }
    expect(store.calls.map((call) => call.length)).toEqual([100, 100, 50]);
    expect(store.calls.flat()).toEqual(names);
    expect([1, 2].every((count) => between.includes(count))).toBe(true);
    await Bun.sleep(30);
    expect(store.calls.length).toBe(3);
  });

  test("flush() writes at once: one application, or all", async () => {
    const store = shelf(),
      writer = new StateWriter(store, recordingLog(), 60_000);
    for (const name of ["a", "b", "c"]) put(writer, state(name));
    writer.flush(appKey("argocd", "b"));
    expect(store.calls).toEqual([["b"]]);
    writer.flush();
    writer.flush();
    expect(store.calls).toEqual([["b"], ["a", "c"]]);
  });

  test("what is dropped is written no more", () => {
    const store = shelf(),
      writer = new StateWriter(store, recordingLog(), 60_000);
    put(writer, state("a"));
    writer.drop(appKey("argocd", "a"));
    writer.flush();
    expect([store.calls, store.dropped]).toEqual([[], ["argocd/a"]]);
  });

  test("a store that is full throws, and what it did not take stays to be written", () => {
    const store = shelf(),
      writer = new StateWriter(store, recordingLog(), 60_000);
    put(writer, state("a"));
    store.is = "full";
    expect(() => writer.flush()).toThrow("disk full");
    store.is = "fine";
    writer.flush();
    expect(store.calls).toEqual([["a"]]);
  });

  test("a store that is full when nobody waits is told to the log", async () => {
    const store = shelf(),
      log = recordingLog(),
      writer = new StateWriter(store, log, 1);
    store.is = "full";
    put(writer, state("a"));
    await Bun.sleep(15);
    expect(log.lines).toEqual([
      expect.objectContaining({ level: "error", fields: { error: "Error: disk full" } }),
    ]);
    store.is = "fine";
    writer.close();
    expect(store.calls).toEqual([["a"]]);
  });

  test("close() writes what there is, and nothing that comes after", async () => {
    const store = shelf(),
      writer = new StateWriter(store, recordingLog(), 1);
    put(writer, state("a"));
    writer.close();
    put(writer, state("b"));
    await Bun.sleep(10);
    expect(store.calls).toEqual([["a"]]);
  });
});
