/**
 * A sender that is cut off at any point of its work, time and again: every message is taken, in order, and none is taken
 * twice but for the one that was on its way when it was cut off, which bears the same id.
 */
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import type { NotificationMessage } from "../core/model/notification.ts";
import { nextFor } from "../core/notify/outbox-rules.ts";
import { openStore } from "../store/open-store.ts";

const dir = mkdtempSync(join(tmpdir(), "outbox-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const TO = { service: "hook", recipient: "" };
const AT = "2026-11-30T10:00:00Z";
const message = (number: number): NotificationMessage => ({
  ...{ id: `m${number}`, kind: "deployed", tone: "good", title: `${number}`, at: AT, facts: [] },
});

/** What happens in one life: so many steps are done, and then it ends before, or after, the receiver took one. */
type Life = { steps: number; ends: "before" | "after the receiver took it"; posts: number; refusals: number };
const life = fc.record({
  steps: fc.integer({ min: 0, max: 6 }),
  ends: fc.constantFrom("before", "after the receiver took it"),
  posts: fc.integer({ min: 0, max: 4 }),
  refusals: fc.integer({ min: 0, max: 2 }),
}) as fc.Arbitrary<Life>;

let runs = 0;
test("nothing is lost, and what comes twice has the same id", () => {
  fc.assert(
    fc.property(fc.array(life, { minLength: 1, maxLength: 6 }), (lives) => {
      const folder = join(dir, String(runs++));
      const taken: string[] = [];
      let posted = 0;
      let cutOff = 0;
      const last: Life = { steps: 1_000, ends: "before", posts: 1, refusals: 0 };
      for (const { steps, ends, posts, refusals } of [...lives, last]) {
        const store = openStore(folder);
        const { outbox } = store;
        outbox.hurry(0);
        for (let index = 0; index < posts; index++) {
          const note = { key: `k${posted}`, to: TO, trigger: "on-deployed", message: message(posted) };
          // Whoever is cut off between reading and noting reads, and posts, again.
          outbox.post([note], AT, 0);
          outbox.post([note], AT, 0);
          posted++;
        }
        let refused = 0;
        for (let step = 0; step < steps; step++) {
          const next = nextFor(outbox.waitingFor(TO, 100), [], 0, { perMinute: 10, storms: "each" });
          if (next.do !== "send") break;
          if (refused < refusals) {
            refused++;
            outbox.later(next.item.id, 0, "it answered HTTP 503");
            continue;
          }
          taken.push(next.item.message.id);
          if (step === steps - 1 && ends === "after the receiver took it") {
            cutOff++;
            break;
          }
          outbox.delivered(next.item.id, AT);
        }
        store.close();
      }
      const once = taken.filter((id, index) => taken.indexOf(id) === index);
      expect(once).toEqual(Array.from({ length: posted }, (_, number) => `m${number}`));
      expect(taken.length - once.length).toBeLessThanOrEqual(cutOff);
    }),
    { numRuns: 25 },
  );
});
