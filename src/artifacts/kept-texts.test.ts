import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recordingLog } from "../../test/lib/recording-log.ts";
import type { Digest } from "../core/model/source-revision.ts";
import { UsedVersions } from "./helm-repository/used-versions.ts";
import { KeptTexts } from "./kept-texts.ts";

const DAY_MS = 24 * 3_600_000;
let folder: string, now: number;
const log = recordingLog();
const parts = () => ({
  folder,
  clock: { now: () => now, monotonic: () => now, sleep: () => Promise.resolve() },
  log,
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-texts-"));
  now = Date.now();
  log.lines.length = 0;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a text that nobody used for a month goes, and one that somebody has in memory stays", async () => {
  const texts = new KeptTexts(parts(), "a text");
  await texts.write("one", "1");
  await texts.write("another", "2");
  for (let week = 0; week < 4; week++) {
    now += 7 * DAY_MS;
    await texts.used("one");
  }
  expect(readdirSync(folder)).toHaveLength(2);
  now += 3 * DAY_MS;
  await texts.used("one");
  const later = new KeptTexts(parts(), "a text");
  expect([await later.read("one"), await later.read("another")]).toEqual(["1", undefined]);
  expect(readdirSync(folder)).toHaveLength(1);
});

test("what is known of many chart repositories is in memory for some of them, and on disk for all", async () => {
  const versions = new UsedVersions(parts());
  const places = Array.from({ length: 300 }, (_, at) => `place${at}`);
  const digestOf = (place: string) => `sha256:${place}` as Digest;
  for (const place of places) await versions.used(place, "shop", "1.0.0", digestOf(place));
  for (const place of places.toReversed())
    expect(await versions.digest(place, "shop", "1.0.0")).toBe(digestOf(place));
  // Without its file only what is in memory is known.
  for (const name of readdirSync(folder)) rmSync(join(folder, name));
  const known = await Promise.all(places.map((place) => versions.digest(place, "shop", "1.0.0")));
  expect(known.filter((digest) => digest !== undefined)).toHaveLength(200);
  expect(known.at(-1)).toBeUndefined();
});
