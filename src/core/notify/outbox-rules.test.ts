import { describe, expect, test } from "bun:test";
import type { OutboxItem } from "../model/notification.ts";
import { afterFailure, nextFor } from "./outbox-rules.ts";

const NOW = Date.parse("2026-11-30T10:00:00Z");
const AT = "2026-11-30T10:00:00Z";
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const item = (id: number, more: Partial<OutboxItem> = {}): OutboxItem => ({
  ...{ id, to: { service: "hook", recipient: "" }, trigger: "on-deployed", state: "waiting" },
  ...{ tries: 0, at: AT, due: NOW },
  message: { id: `m${id}`, kind: "deployed", tone: "good", title: "", at: AT, facts: [] },
  ...more,
});
const items = (count: number): OutboxItem[] => Array.from({ length: count }, (_, index) => item(index + 1));
/** So many went out one after the other, the last of them a second ago. */
const sent = (count: number): number[] =>
  Array.from({ length: count }, (_, index) => NOW - (count - index) * SECOND);

describe("nextFor()", () => {
  const next = (
    waiting: OutboxItem[],
    sentMs: number[] = [],
    storms: "one-message" | "each" = "one-message",
  ) => {
    const found = nextFor(waiting, sentMs, NOW, { perMinute: 10, storms });
    switch (found.do) {
      case "nothing":
        return "nothing";
      case "wait":
        return `wait ${(found.untilMs - NOW) / SECOND} s`;
      case "send":
        return `send ${found.item.id}`;
      case "join":
        return `join ${found.items.map(({ id }) => id).join()}`;
    }
  };
  test.each([
    ["nothing waits", [], [], "nothing"],
    ["one", items(1), [], "send 1"],
    ["ten are sent one by one", items(10), [], "send 1"],
    ["more than ten at once are one", items(11), [], "join 1,2,3,4,5,6,7,8,9,10,11"],
    ["the last one that a minute takes speaks for all", items(3), sent(9), "join 1,2,3"],
    ["and is sent as it is where it is alone", items(1), sent(9), "send 1"],
    ["a minute that is full is waited for, from its first message", items(1), sent(10), "wait 50 s"],
    ["of several above it too", items(20), sent(10), "wait 50 s"],
    ["what was sent a minute ago does not count", items(1), sent(10).map((at) => at - MINUTE), "send 1"],
    [
      "nor what a clock that was set back has in the future",
      items(1),
      sent(10).map((at) => at + HOUR),
      "send 1",
    ],
    ["who failed is waited for", [item(1, { due: NOW + 5 * SECOND, tries: 1 }), item(2)], [], "wait 5 s"],
    [
      "who was tried goes alone, because it may have arrived",
      [item(1, { tries: 1 }), ...items(20).slice(1)],
      [],
      "send 1",
    ],
  ] as const)("%s", (_name, waiting, sentMs, want) => {
    expect(next([...waiting], [...sentMs])).toBe(want);
  });
  test.each([
    ["more than ten", items(11), [], "send 1"],
    ["a full minute", items(3), sent(50), "send 1"],
    ["one that failed", [item(1, { due: NOW + SECOND, tries: 1 }), item(2)], [], "wait 1 s"],
  ] as const)("for programs each by itself: %s", (_name, waiting, sentMs, want) => {
    expect(next([...waiting], [...sentMs], "each")).toBe(want);
  });
});

describe("afterFailure()", () => {
  const after = (tries: number, more: Partial<Parameters<typeof afterFailure>[2]> = {}, nowMs = NOW) =>
    afterFailure({ tries, at: AT }, nowMs, { again: "later", ...more }, 24 * HOUR);
  const pauseOf = (result: ReturnType<typeof after>): number =>
    result.is === "later" ? result.due - NOW : Number.NaN;

  test.each([
    [0, 5 * SECOND],
    [1, 10 * SECOND],
    [2, 20 * SECOND],
    [6, 320 * SECOND],
    [7, 10 * MINUTE],
    [60, 10 * MINUTE],
  ])("after %d tries before it pauses for %d ms", (tries, want) => {
    expect(pauseOf(after(tries))).toBe(want);
  });
  test("a longer pause that the receiver asks for counts, a shorter one does not", () => {
    expect(pauseOf(after(0, { retryAfterMs: 17 * MINUTE }))).toBe(17 * MINUTE);
    expect(pauseOf(after(7, { retryAfterMs: SECOND }))).toBe(10 * MINUTE);
  });
  test("what is refused for ever is given up at once", () => {
    expect(after(0, { again: "never" })).toEqual({ is: "dead" });
  });
  test("it is given up where its next try were a day after it happened", () => {
    const late = NOW + 24 * HOUR;
    expect(after(9, {}, late - 10 * MINUTE).is).toBe("later");
    expect(after(9, {}, late - 10 * MINUTE + SECOND).is).toBe("dead");
    expect(after(0, { retryAfterMs: HOUR }, late - HOUR + SECOND).is).toBe("dead");
  });
});
