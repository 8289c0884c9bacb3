import { expect, test } from "bun:test";
import { lastEvent } from "./last-event.ts";

const at = "2026-11-30T12:02:20Z";

test("a warning says why a Pod waits, whatever else happened in the same second", () => {
  const scheduled = { type: "Normal", reason: "Scheduled", message: "to node-0", lastTimestamp: at };
  const backOff = { type: "Warning", reason: "BackOff", message: "again in 40s", lastTimestamp: at };
  expect(lastEvent([scheduled, backOff])).toEqual({
    is: "warning",
    reason: "BackOff",
    message: "again in 40s",
    at,
  });
  expect(lastEvent([scheduled])).toEqual({ is: "event", reason: "Scheduled", message: "to node-0", at });
  expect(lastEvent([{ eventTime: at, lastTimestamp: null }])).toEqual({
    is: "event",
    reason: "",
    message: "",
    at,
  });
  expect(lastEvent([])).toBeUndefined();
});
