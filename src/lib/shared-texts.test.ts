import { heapStats } from "bun:jsc";
import { expect, test } from "bun:test";
import { SharedTexts } from "./shared-texts.ts";

test("what is equal stays equal, also once all that was shared is forgotten", () => {
  const shared = new SharedTexts(20);
  const texts = Array.from({ length: 50 }, (_, at) => `text-${at % 7}`);
  expect(texts.map((text) => shared.of(text))).toEqual(texts);
});

/** Bytes that are in use. */
function held(): number {
  Bun.gc(true);
  const { heapSize, extraMemorySize } = heapStats();
  return heapSize + extraMemorySize;
}

test.each([
  ["that are larger than all that it may hold", 100_000, 400],
  ["of which many are not as much", 10_000, 4_000],
])("of texts %s it holds no more than that", (_, letters, times) => {
  const shared = new SharedTexts(64 * 1024);
  const before = held();
  for (let at = 0; at < times; at++) shared.of(JSON.stringify({ at, status: "x".repeat(letters) }));
  // 40 MB came by.
  expect(held() - before).toBeLessThan(10_000_000);
  expect(shared.of("it lives")).toBe("it lives");
});
