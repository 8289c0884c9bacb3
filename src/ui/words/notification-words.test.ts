import { expect, test } from "bun:test";
import { sayState, sayTriggers, sayWaiting, whereTo } from "./notification-words.ts";

test.each([
  [{ state: "delivered", tries: 0 }, "Delivered"],
  [{ state: "delivered", tries: 1 }, "Delivered, after one try that failed"],
  [{ state: "joined", tries: 0 }, "Told together with others"],
  [{ state: "waiting", tries: 2, failure: "HTTP 503" }, "Waits, after 2 tries: HTTP 503"],
  [{ state: "dead", tries: 1, failure: "no channel" }, "Given up after one try: no channel"],
] as const)("%j", (item, said) => {
  expect(sayState(item)).toBe(said);
});

test("where to, of what, and what waits", () => {
  expect(whereTo({ service: "slack", recipient: "ops" })).toBe("slack:ops");
  expect(whereTo({ service: "hook", recipient: "" })).toBe("hook");
  expect(sayTriggers(["on-sync-failed", "on-deployed"])).toBe("sync-failed, deployed");
  expect(sayTriggers([])).toBe("nothing");
  expect(sayWaiting({ waiting: 1, state: "well" })).toBe("1 message waits");
  expect(sayWaiting({ waiting: 3, state: "down", why: "HTTP 503" })).toBe("3 messages wait: HTTP 503");
});
