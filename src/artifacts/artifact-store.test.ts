import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recordingLog } from "../../test/lib/recording-log.ts";
import { ArtifactStore } from "./artifact-store.ts";
import { digestOf } from "./place.ts";

const HOUR_MS = 3_600_000;
const content = Buffer.from("a chart");
const digest = digestOf(content);
const PLACE = "0".repeat(32);
let dir: string, now: number;
const log = recordingLog();
const storeOf = (limits?: ConstructorParameters<typeof ArtifactStore>[3]): ArtifactStore =>
  new ArtifactStore(
    dir,
    { now: () => now, monotonic: () => now, sleep: () => Promise.resolve() },
    log,
    limits,
  );
const files = (): string[] => readdirSync(join(dir, "archives"));

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "holdfast-archives-"));
  now = Date.now();
  log.lines.length = 0;
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test("what was put is there for the next process, and for its owner alone", async () => {
  expect(await storeOf().get(digest, PLACE)).toBeUndefined();
  await storeOf().put(digest, PLACE, content);
  expect(await storeOf().get(digest, PLACE)).toEqual(content);
  expect(statSync(join(dir, "archives", files()[0] ?? "")).mode & 0o777).toBe(0o600);
});

test("what is cut or changed on disk is no hit, is said, and goes", async () => {
  await storeOf().put(digest, PLACE, content);
  writeFileSync(join(dir, "archives", `${PLACE}-${digest.slice(7)}`), content.subarray(0, 3));
  expect(await storeOf().get(digest, PLACE)).toBeUndefined();
  expect(files()).toEqual([]);
  expect(log.lines.map(({ message }) => message)).toEqual([
    "an archive on disk is damaged and is fetched again",
  ]);
});

test("a disk that takes nothing costs a download, no answer", async () => {
  const store = storeOf();
  rmSync(join(dir, "archives"), { recursive: true });
  await store.put(digest, PLACE, content);
  expect(await store.get(digest, PLACE)).toBeUndefined();
  expect(log.lines.map(({ message }) => message)).toEqual(["an archive could not be kept on disk"]);
});

test("what nobody used for a week goes, what is used stays, and so does a write that is under way", async () => {
  const store = storeOf();
  const used = Buffer.from("another");
  await store.put(digest, PLACE, content);
  await store.put(digestOf(used), PLACE, used);
  writeFileSync(join(dir, "archives", `${PLACE}-${digest.slice(7)}.unfinished`), "");
  now += 4 * 24 * HOUR_MS;
  await store.used(digestOf(used), PLACE);
  expect(files()).toHaveLength(2);
  writeFileSync(join(dir, "archives", `${PLACE}-${digest.slice(7)}.unfinished`), "");
  now += 4 * 24 * HOUR_MS;
  await store.used(digestOf(used), PLACE);
  expect(files()).toEqual([`${PLACE}-${digestOf(used).slice(7)}`]);
});

test("beyond its size what was used longest ago goes", async () => {
  const store = storeOf({ maxAgeMs: 1000 * HOUR_MS, maxBytes: 12 });
  await store.put(digest, PLACE, content);
  now += 2 * HOUR_MS;
  const other = Buffer.from("another");
  await store.put(digestOf(other), PLACE, other);
  now += 7 * HOUR_MS;
  await store.used(digestOf(other), PLACE);
  expect(files()).toEqual([`${PLACE}-${digestOf(other).slice(7)}`]);
});

test("what one place gave is not given for another", async () => {
  const store = storeOf();
  await store.put(digest, PLACE, content);
  expect(await store.get(digest, "1".repeat(32))).toBeUndefined();
});
