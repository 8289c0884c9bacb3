import { expect, test } from "bun:test";
import { recordingLog } from "../../test/lib/recording-log.ts";
import type { Asking } from "../api/asking.ts";
import type { ActivityNote } from "../core/model/activity.ts";
import { Failure } from "../core/model/failure.ts";
import { systemClock } from "../lib/system-clock.ts";
import { aroundOf, refusalsInto } from "./note-activity.ts";

const REFUSED = { actor: "anonymous", action: "request", details: {} };

test("aroundOf() says of nobody else's deed where a request came from, and why", () => {
  const asking: Asking = { actor: "user:ana", from: { address: "192.0.2.1" }, reason: "because" };
  expect(aroundOf(asking, "user:ana")).toEqual({ from: { address: "192.0.2.1" }, reason: "because" });
  expect([aroundOf(asking, "daemon"), aroundOf(asking, "user:ben"), aroundOf(undefined, "user:ana")]).toEqual(
    [{}, {}, {}],
  );
});

test("refusalsInto() writes down what was refused with its time; a store that cannot is said once", () => {
  const told: ActivityNote[] = [];
  let isFull = false;
  const log = recordingLog();
  const tell = refusalsInto(
    {
      attempt(note) {
        if (isFull)
          throw new Failure("store", "holdfast.db", "backoff", {
            cannot: "write",
            why: "the disk is full",
            fix: "Free space",
          });
        told.push(note);
      },
    },
    { ...systemClock, now: () => Date.UTC(2026, 10, 23) },
    log,
  );
  tell(REFUSED);
  expect(told).toEqual([{ at: "2026-11-23T00:00:00Z", ...REFUSED }]);
  isFull = true;
  tell(REFUSED);
  tell(REFUSED);
  expect(log.lines.length).toBe(1);
});
