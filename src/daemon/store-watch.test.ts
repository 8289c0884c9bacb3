import { expect, test } from "bun:test";
import { eventually } from "../../test/lib/eventually.ts";
import { recordingLog } from "../../test/lib/recording-log.ts";
import type { StoreCondition } from "../core/ports/store.ts";
import { StoreWatch } from "./store-watch.ts";

const SOUND: StoreCondition = { is: "sound" };
const LOST: StoreCondition = { is: "lost", object: "/data", why: "it was removed", fix: "Put it back" };
const FAILING: StoreCondition = {
  is: "failing",
  object: "/data",
  why: "the disk is full",
  fix: "Free space",
};

function watching(timings = { lookMs: 5, probeMs: 1e9, calmMs: 0 }) {
  const log = recordingLog();
  const given = { condition: SOUND, probed: SOUND, probes: 0, recovered: 0 };
  const watch = new StoreWatch(
    {
      condition: () => given.condition,
      probe: () => {
        given.probes++;
        return given.probed;
      },
    },
    log,
    () => void given.recovered++,
    timings,
  );
  return { given, watch, lines: () => log.lines.map(({ level, message }) => `${level} ${message}`) };
}

const LOUD = "error the store cannot be trusted: nothing is written to any cluster";

test("says once that the store is lost, and once that it is well again", async () => {
  const { given, watch, lines } = watching();
  given.condition = LOST;
  await eventually("it is said", () => lines().length === 1);
  await Bun.sleep(30);
  expect([lines(), given.recovered, watch.condition()]).toEqual([[LOUD], 0, LOST]);
  given.condition = SOUND;
  await eventually("it is well", () => given.recovered === 1);
  await Bun.sleep(30);
  expect([lines(), given.recovered]).toEqual([[LOUD, "info the store is well again"], 1]);
  watch.stop();
});

test("a store that cannot be written is tried again and again, one that can now and then", async () => {
  const { given, watch, lines } = watching();
  expect(given.probes).toBe(0);
  given.condition = FAILING;
  given.probed = FAILING;
  await eventually("it is tried", () => given.probes > 3);
  given.probed = SOUND;
  given.condition = SOUND;
  await eventually("it is well", () => given.recovered === 1);
  expect(lines()).toEqual([LOUD, "info the store is well again"]);
  watch.stop();

  const seldom = watching({ lookMs: 5, probeMs: 20, calmMs: 0 });
  seldom.given.probed = FAILING;
  await eventually("a full disk is found by nobody's write", () => seldom.lines().length === 1);
  seldom.watch.stop();
});

test("a store that comes and goes is one trouble in the log, and what waits for it hears each time", () => {
  const { given, watch, lines } = watching({ lookMs: 1e9, probeMs: 1e9, calmMs: 1e9 });
  for (let times = 1; times <= 15; times++) {
    given.condition = FAILING;
    given.probed = FAILING;
    expect(watch.look()).toEqual(FAILING);
    given.condition = SOUND;
    given.probed = SOUND;
    expect(watch.look()).toEqual(SOUND);
    expect(given.recovered).toBe(times);
  }
  expect(lines()).toEqual([LOUD]);
  // Another trouble is another line.
  given.condition = LOST;
  given.probed = LOST;
  watch.look();
  expect(lines()).toEqual([LOUD, LOUD]);
  watch.stop();
});
