import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  application,
  desiredObject,
  extra,
  missing,
  paired,
  type Sketch,
} from "../../../test/lib/core-objects.ts";
import {
  approvedApp,
  kept,
  named,
  options,
  some,
  testVerdicts,
  verdictsOn,
} from "../../../test/lib/prune-verdicts.ts";
import type { Difference } from "../model/comparison.ts";
import { groupKind, type RefKey } from "../model/object-ref.ts";

describe("pruneVerdicts()", () => {
  testVerdicts([
    { name: "deletes what left Git", input: { differences: [kept, ...some(1)] }, allowed: 1, guards: [] },
    {
      name: "deletes nothing in a sync that does not prune",
      input: { differences: [kept, ...some(1)], request: {} },
      allowed: 0,
      guards: ["prune-off"],
      says: /does not prune/,
    },
    {
      name: "deletes nothing while the daemon is paused, whoever approved",
      input: {
        differences: [kept, ...some(2), extra(named("marked", options("Prune=false")))],
        paused: "deletions are paused",
        app: approvedApp("2026-01-01T11:00:00Z"),
      },
      allowed: 0,
      guards: ["disabled", "paused", "paused"],
    },
    {
      name: "says of what it would delete that the daemon is paused",
      input: { differences: [kept, ...some(1)], paused: "deletions are paused" },
      allowed: 0,
      guards: ["paused"],
      says: /stays for now: deletions are paused\.$/,
    },
    {
      name: "passes over what is being deleted already",
      input: {
        differences: [kept, extra(named("a", { metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } }))],
      },
      allowed: 0,
      guards: [],
    },
    {
      name: "says nothing of what a selective sync does not mean",
      input: {
        differences: [kept, ...some(2)],
        request: { prune: true, resources: [{ kind: "ConfigMap", name: "gone-1" }] },
      },
      allowed: 1,
      guards: [],
    },
  ]);
});

/** The rules once more, in the plainest words: which objects may go at all. */
describe("no plan ever deletes what the rules forbid", () => {
  interface Case {
    kind: string;
    mark: string;
    recorded: boolean;
    being: boolean;
    is: "extra" | "same" | "missing" | "unknown";
  }
  const one = fc.record<Case>({
    kind: fc.constantFrom("ConfigMap", "ConfigMap", "Secret", "PersistentVolumeClaim"),
    mark: fc.constantFrom("", "", "", "Prune=false", "Prune=true", "Prune=confirm"),
    recorded: fc.constantFrom(true, true, true, false),
    being: fc.constantFrom(false, false, false, true),
    is: fc.constantFrom("extra", "extra", "same", "missing", "unknown"),
  });
  const scenario = fc.record({
    objects: fc.array(one, { maxLength: 14 }),
    prune: fc.constantFrom(true, true, true, false),
    allowEmpty: fc.boolean(),
    appMark: fc.constantFrom<string[]>([], [], ["Prune=false"], ["Prune=confirm"]),
    approved: fc.constantFrom(false, false, true),
  });

  test("executed is within allowed, and nothing that is allowed is forgotten", () => {
    fc.assert(
      fc.property(scenario, ({ objects, prune, allowEmpty, appMark, approved }) => {
        const sketches = objects.map((object, at) => ({
          ...object,
          sketch: {
            kind: object.kind,
            name: `o${at}`,
            ...(object.mark === "" ? {} : options(object.mark)),
            ...(object.being ? { metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } } : {}),
          },
        }));
        const differences = sketches.map(({ is, recorded, sketch }): Difference => {
          const desired = desiredObject(sketch);
          if (is === "extra") return extra(sketch, recorded ? "recorded" : "unrecorded");
          if (is === "same") return paired("same", sketch);
          return is === "missing"
            ? missing(sketch)
            : { is: "unknown", because: "unseen", key: desired.key, desired, why: "x" };
        });
        const app = application({ syncPolicy: { automated: { allowEmpty }, syncOptions: appMark } });
        const verdicts = verdictsOn({
          differences,
          request: { prune },
          app: approved ? approvedApp("2026-01-01T10:30:00Z", app) : app,
        });

        const markOf = ({ mark }: Case): string => (mark !== "" ? mark : (appMark[0] ?? ""));
        const eligible = sketches.filter(
          (object) =>
            object.is === "extra" &&
            prune &&
            object.recorded &&
            !object.being &&
            markOf(object) !== "Prune=false",
        );
        const wanted = sketches.filter(({ is, mark }) => is !== "extra" && mark !== "Prune=false");
        const present = wanted.filter(({ is }) => is === "same").length;
        const inventory = present + eligible.length;
        const empty = wanted.length === 0 && !allowEmpty;
        const over = eligible.length > 5 && eligible.length * 2 > inventory;
        const allowed = approved
          ? eligible
          : empty || over
            ? []
            : eligible.filter(
                (object) =>
                  markOf(object) !== "Prune=confirm" &&
                  (object.kind !== "PersistentVolumeClaim" || markOf(object) === "Prune=true"),
              );
        const keys = (of: { sketch: Sketch }[]): RefKey[] =>
          of.map(({ sketch }) => desiredObject(sketch).key).sort();
        expect(verdicts.allowed.map(({ key }) => key).sort()).toEqual(keys(allowed));
        // Whatever is not deleted is either told, or is going already.
        const told = new Set([
          ...verdicts.allowed.map(({ key }) => key),
          ...verdicts.refusals.map(({ key }) => key),
        ]);
        expect(
          sketches
            .filter(({ is, being }) => is === "extra" && !being)
            .every(({ sketch }) => told.has(desiredObject(sketch).key)),
        ).toBe(true);
        expect(verdicts.refusals.every(({ text }) => text.length > 20)).toBe(true);
        expect(verdicts.allowed.every(({ ref }) => groupKind(ref) !== "Namespace")).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
