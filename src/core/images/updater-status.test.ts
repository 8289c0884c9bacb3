import { describe, expect, test } from "bun:test";
import {
  keepingTimes,
  statusOfLook,
  statusOfUnreadable,
  statusWhile,
  type UpdaterLook,
} from "./updater-status.ts";

const AT = "2026-11-01T10:00:00Z";
const LATER = "2026-11-01T10:02:00Z";
const look = (over: Partial<UpdaterLook> = {}): UpdaterLook => ({
  ...{ checkedAt: AT, applications: 2, images: 3, problems: [], updated: [], ...over },
});
const update = {
  ...{ alias: "web", image: "ghcr.io/team/web", newVersion: "1.0.1", applicationsUpdated: 2 },
  ...{ updatedAt: AT, message: "Updated from 1.0.0 to 1.0.1." },
};
const said = (status: { conditions: readonly { type: string; status: string; reason: string }[] }) =>
  status.conditions.map(({ type, status: is, reason }) => `${type} ${is} ${reason}`);

describe("statusOfLook()", () => {
  test("a look that found nothing wrong is ready, with what it counted and the generation that it was of", () => {
    const status = statusOfLook(look(), 7);
    expect(status).toMatchObject({ observedGeneration: 7, lastCheckedAt: AT });
    expect(status).toMatchObject({ applicationsMatched: 2, imagesManaged: 3 });
    expect(said(status)).toEqual([
      "Ready True ReconcileSucceeded",
      "Reconciling False Idle",
      "Error False NoErrors",
    ]);
    expect(status.conditions.every((condition) => condition.observedGeneration === 7)).toBe(true);
  });

  test("what was written is told beside when, and a look that wrote nothing says nothing of it", () => {
    expect(statusOfLook(look({ updated: [update] }), 1)).toMatchObject({
      ...{ lastUpdatedAt: AT, recentUpdates: [update] },
      conditions: [{ message: "Reconciled 2 applications, 2 images updated." }, {}, {}],
    });
    expect(Object.keys(statusOfLook(look(), 1))).not.toContain("recentUpdates");
    expect(Object.keys(statusOfLook(look(), 1))).not.toContain("lastUpdatedAt");
  });

  test("problems are counted, and the first of them told, each once", () => {
    const problems = ["a: no login", "a: no login", "b: gone", "c", "d", "e", "f", "g"];
    const status = statusOfLook(look({ problems }), 1);
    expect(said(status).filter((one) => !one.startsWith("Reconciling"))).toEqual([
      "Ready True ReconcileCompletedWithErrors",
      "Error True PartialErrors",
    ]);
    expect(status.conditions[0]?.message).toBe("Reconciled 2 applications with 8 errors, 0 images updated.");
    expect(status.conditions[2]?.message).toBe("a: no login; b: gone; c; d; e; and 2 more");
  });

  test("a message stays far below what a server takes, however long what is wrong is", () => {
    const status = statusOfLook(look({ problems: ["x".repeat(100_000)] }), 1);
    expect(status.conditions.map(({ message }) => message.length).sort((a, b) => b - a)[0]).toBe(2_000);
  });
});

test("statusOfUnreadable() says why it keeps nothing up to date, and leaves what was counted before", () => {
  const problems = [
    { severity: "warning", text: "is not known", path: "spec.x" },
    { severity: "error", text: "must be a text", path: "spec.applicationRefs[0].namePattern" },
  ] as const;
  const status = statusOfUnreadable(problems, 3, AT);
  expect(said(status)).toContain("Ready False ReconcileFailed");
  expect(said(status)).toContain("Error True ReconcileError");
  expect(status.conditions[0]?.message).toContain("spec.applicationRefs[0].namePattern");
  expect(status.conditions[0]?.message).not.toContain("spec.x");
  expect(Object.keys(status).sort()).toEqual(["conditions", "observedGeneration"]);
});

describe("keepingTimes()", () => {
  const before = statusOfLook(look(), 1);

  test("a condition that says what it said has changed when it changed last", () => {
    const now = keepingTimes(statusOfLook(look({ checkedAt: LATER, problems: ["a"] }), 1), before);
    expect(now.conditions.map(({ type, lastTransitionTime }) => [type, lastTransitionTime])).toEqual([
      ["Ready", AT],
      ["Reconciling", AT],
      ["Error", LATER],
    ]);
  });

  test("whatever else stands there is no time", () => {
    for (const odd of [undefined, "x", { conditions: "x" }, { conditions: [7, { type: "Ready" }] }])
      expect(keepingTimes(before, odd)).toEqual(before);
    const wrong = { conditions: [{ type: "Ready", status: "True", lastTransitionTime: 7 }] };
    expect(keepingTimes(before, wrong)).toEqual(before);
  });
});

describe("statusWhile()", () => {
  test("a look that runs is said beside what was found before, and takes nothing of it away", () => {
    const before = statusOfLook(look({ problems: ["no login"], updated: [update] }), 6);
    const looking = statusWhile("looking", before, 7, LATER);
    expect(said(looking)).toEqual([
      "Ready True ReconcileCompletedWithErrors",
      "Reconciling True Reconciling",
      "Error True PartialErrors",
    ]);
    expect(looking).toMatchObject({ observedGeneration: 6, lastCheckedAt: AT, recentUpdates: [update] });
    expect(looking.conditions[1]).toMatchObject({ observedGeneration: 7, lastTransitionTime: LATER });
    expect(said(statusWhile("idle", looking, 7, LATER))).toEqual(said(before));
  });

  test.each(
    [undefined, {}, { conditions: "none" }, { conditions: [null, 7] }].map(
      (before) => [JSON.stringify(before), before] as const,
    ),
  )(
    "of one of which nothing was said yet, or no list of conditions, it is all that is said: %s",
    (_, before) => {
      expect(said(statusWhile("looking", before, 1, AT))).toEqual(["Reconciling True Reconciling"]);
    },
  );
});
