import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  application,
  desiredObject,
  extra,
  liveObject,
  missing,
  paired,
  type Sketch,
} from "../../../test/lib/core-objects.ts";
import type { Application } from "../model/application.ts";
import type { Difference } from "../model/comparison.ts";
import { groupKind, type RefKey } from "../model/object-ref.ts";
import type { Guard } from "../model/plan.ts";
import { approvalHash, bindApproval } from "./approval.ts";
import { DEFAULT_GUARDS, type GuardInput, pruneVerdicts } from "./prune-guards.ts";

const named = (name: string, more: Sketch = {}): Sketch => ({ name, ...more });
const kept = paired("same", named("kept"));
const some = (count: number, sketch: Sketch = {}): Difference[] =>
  Array.from({ length: count }, (_, at) => extra(named(`gone-${at}`, sketch)));
const options = (text: string): Sketch => ({ annotations: { "argocd.argoproj.io/sync-options": text } });
const base: Omit<GuardInput, "differences"> = {
  app: application(),
  request: { prune: true },
  asked: "automatically",
  startedAt: "2026-01-01T10:00:00Z",
  now: Date.parse("2026-01-01T11:00:00Z"),
  revision: "abc",
};
const LEFT_OUT = { source: 0, file: "a.yaml", line: 3, why: "kind: this field is required" };
const approvedApp = (at: string, from: Application = application()): Application => ({
  ...from,
  metadata: { ...from.metadata, annotations: { "argocd.argoproj.io/deletion-approved": at } },
});

describe("pruneVerdicts()", () => {
  const CRD: Sketch = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    name: "widgets.example.com",
    namespace: "",
  };
  const SPACE: Sketch = { kind: "Namespace", name: "n", namespace: "" };
  const space = (name: string, more: Sketch = options("Prune=true")): Difference =>
    extra({ ...SPACE, name, ...more });
  const foreign: Difference = {
    is: "foreign",
    key: desiredObject(SPACE).key,
    desired: desiredObject(SPACE),
    live: liveObject(SPACE),
    owner: "other",
  };
  const cases: {
    name: string;
    input: Partial<GuardInput> & Pick<GuardInput, "differences">;
    allowed: number;
    guards: Guard[];
    says?: RegExp;
  }[] = [
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
      name: "leaves what cannot be seen now, whoever approved",
      input: {
        differences: [
          kept,
          { ...extra({ name: "blind" }), unseen: "ConfigMap cannot be listed" },
          ...some(1),
        ],
        app: approvedApp("2026-01-01T11:00:00Z"),
      },
      allowed: 1,
      guards: ["unseen"],
      says: /cannot be seen: ConfigMap cannot be listed/,
    },
    {
      name: "does not take an object that Git keeps by a mark of others for one that it wants",
      input: {
        differences: [
          missing({ name: "kept", annotations: { "helm.sh/resource-policy": "keep" } }),
          ...some(1),
        ],
      },
      allowed: 0,
      guards: ["empty"],
    },
    {
      name: "blocks an empty render",
      input: { differences: some(2) },
      allowed: 0,
      guards: ["empty", "empty"],
      says: /all 2 of its objects would be deleted.*--confirm 2/,
    },
    {
      name: "blocks the deletion of the last object",
      input: { differences: some(1) },
      allowed: 0,
      guards: ["empty"],
      says: /its last object would be deleted/,
    },
    {
      name: "lets an empty render through with allowEmpty",
      input: { differences: some(2), app: application({ syncPolicy: { automated: { allowEmpty: true } } }) },
      allowed: 2,
      guards: [],
    },
    {
      name: "does not count kept objects as wanted ones",
      input: { differences: [paired("same", named("k"), named("k", options("Prune=false"))), ...some(1)] },
      allowed: 0,
      guards: ["empty"],
    },
    {
      name: "does not count other people's objects as wanted ones",
      input: {
        differences: [
          {
            is: "foreign",
            key: desiredObject(named("f")).key,
            desired: desiredObject(named("f")),
            live: liveObject(named("f")),
            owner: "x",
          },
          ...some(1),
        ],
      },
      allowed: 0,
      guards: ["empty"],
    },
    {
      name: "permits 5 deletions of 6 objects",
      input: { differences: [kept, ...some(5)] },
      allowed: 5,
      guards: [],
    },
    {
      name: "stops 6 deletions of 7 objects",
      input: { differences: [kept, ...some(6)] },
      allowed: 0,
      guards: Array<Guard>(6).fill("budget"),
      says: /6 of 7 objects.*more than 50 %.*--confirm 6/,
    },
    {
      name: "permits 6 deletions of 12 objects",
      input: {
        differences: [...Array.from({ length: 6 }, (_, at) => paired("same", named(`k${at}`))), ...some(6)],
      },
      allowed: 6,
      guards: [],
    },
    {
      name: "does not count objects that are only wanted as present",
      input: {
        differences: [...Array.from({ length: 20 }, (_, at) => missing(named(`m${at}`))), ...some(6)],
      },
      allowed: 0,
      guards: Array<Guard>(6).fill("budget"),
    },
    {
      name: "does not count what was made since it was seen that these are to go",
      input: {
        differences: [...Array.from({ length: 20 }, (_, at) => paired("same", named(`k${at}`))), ...some(6)],
        presentBefore: 1,
      },
      allowed: 0,
      guards: Array<Guard>(6).fill("budget"),
      says: /6 of 7 objects/,
    },
    {
      name: "has the budget that settings say",
      input: {
        differences: [kept, ...some(2)],
        guards: { ...DEFAULT_GUARDS, budget: { percent: 10, count: 1 } },
      },
      allowed: 0,
      guards: ["budget", "budget"],
    },
    {
      name: "stops the last two Namespaces together, and all else with them, with allowEmpty and Prune=true",
      input: {
        differences: [kept, space("a"), space("b"), ...some(1)],
        app: application({ syncPolicy: { automated: { allowEmpty: true } } }),
      },
      allowed: 0,
      guards: ["namespaces", "namespaces", "namespaces"],
      says: /none of this application's 2 Namespaces any more \(a, b\).*Nothing was deleted.*--confirm 3/,
    },
    {
      name: "lets a single Namespace go, as the last of several",
      input: { differences: [kept, space("a")] },
      allowed: 1,
      guards: [],
    },
    {
      name: "lets two Namespaces go while a third is wanted",
      input: { differences: [paired("same", SPACE), space("a"), space("b")] },
      allowed: 2,
      guards: [],
    },
    {
      name: "lets two Namespaces go while a third is still to be made",
      input: { differences: [missing(SPACE), space("a"), space("b")] },
      allowed: 2,
      guards: [],
    },
    {
      name: "takes no Namespace that stays anyway for one that Git wants",
      input: {
        differences: [kept, paired("same", { ...SPACE, ...options("Prune=false") }), space("a"), space("b")],
      },
      allowed: 0,
      guards: ["namespaces", "namespaces"],
    },
    {
      name: "takes no Namespace of another application for one that is left",
      input: { differences: [foreign, kept, space("a"), space("b")] },
      allowed: 0,
      guards: ["namespaces", "namespaces"],
    },
    {
      name: "lets Namespaces go one after the other, as a person names them",
      input: {
        differences: [kept, space("a"), space("b"), space("c")],
        request: {
          prune: true,
          resources: [
            { kind: "Namespace", name: "a" },
            { kind: "Namespace", name: "b" },
          ],
        },
      },
      allowed: 2,
      guards: [],
    },
    {
      name: "takes no Namespace that a sync of everything would leave for one that is left",
      input: {
        differences: [
          kept,
          space("a"),
          space("b"),
          space("c", options("Prune=false")),
          extra({ ...SPACE, name: "d" }, "unrecorded"),
        ],
        request: {
          prune: true,
          resources: [
            { kind: "Namespace", name: "a" },
            { kind: "Namespace", name: "b" },
          ],
        },
      },
      allowed: 0,
      guards: ["namespaces", "namespaces"],
    },
    {
      name: "lets all Namespaces go that a person approved of",
      input: {
        differences: [kept, space("a"), space("b")],
        app: approvedApp("2026-01-01T11:00:00Z"),
      },
      allowed: 2,
      guards: [],
    },
    {
      name: "asks before a CRD",
      input: { differences: [kept, extra(CRD), ...some(1)] },
      allowed: 1,
      guards: ["confirm"],
      says: /every object of its kind/,
    },
    {
      name: "asks before a Namespace and a PersistentVolumeClaim",
      input: {
        differences: [
          kept,
          extra({ kind: "Namespace", name: "n", namespace: "" }),
          extra({ kind: "PersistentVolumeClaim", name: "p" }),
        ],
      },
      allowed: 0,
      guards: ["confirm", "confirm"],
    },
    {
      name: "does not ask where the object says Prune=true",
      input: { differences: [kept, extra({ ...CRD, ...options("Prune=true") })] },
      allowed: 1,
      guards: [],
    },
    {
      name: "asks where the object says Prune=confirm",
      input: { differences: [kept, extra(named("a", options("Prune=confirm")))] },
      allowed: 0,
      guards: ["confirm"],
      says: /Prune=confirm asks/,
    },
    {
      name: "asks where the application says Prune=confirm",
      input: {
        differences: [kept, ...some(1)],
        app: application({ syncPolicy: { syncOptions: ["Prune=confirm"] } }),
      },
      allowed: 0,
      guards: ["confirm"],
    },
    {
      name: "lets an object's own mark beat the application's",
      input: {
        differences: [kept, extra(named("a", options("Prune=true")))],
        app: application({ syncPolicy: { syncOptions: ["Prune=false"] } }),
      },
      allowed: 1,
      guards: [],
    },
    {
      name: "keeps what a file gave that holds no manifest now, and deletes what another gave",
      input: {
        differences: [
          kept,
          extra(named("a"), "recorded", {}, { source: 0, file: "a.yaml" }),
          extra(named("b"), "recorded", {}, { source: 0, file: "b.yaml" }),
        ],
        leftOut: [LEFT_OUT],
      },
      allowed: 1,
      guards: ["left-out"],
      says: /ConfigMap default\/a is no longer in Git and stays, because a\.yaml, which gave it, is still there and holds no manifest any more \(line 3: kind: this field is required\)/,
    },
    {
      name: "keeps what it knows no file of while a file is left out",
      input: { differences: [kept, ...some(2)], leftOut: [LEFT_OUT] },
      allowed: 0,
      guards: ["left-out", "left-out"],
      says: /a file that holds no manifest may have given it, as a\.yaml:3/,
    },
    {
      name: "lets a person delete by name what a file gave that holds no manifest now",
      input: {
        differences: [kept, extra(named("a"), "recorded", {}, { source: 0, file: "a.yaml" })],
        leftOut: [LEFT_OUT],
        asked: "by-person",
        request: { prune: true, resources: [{ group: "", kind: "ConfigMap", name: "a" }] },
      },
      allowed: 1,
      guards: [],
    },
    {
      name: "lets a person approve of what a file gave that holds no manifest now",
      input: {
        differences: [kept, extra(named("a"), "recorded", {}, { source: 0, file: "a.yaml" })],
        leftOut: [LEFT_OUT],
        app: approvedApp("2026-01-01T10:00:01Z"),
      },
      allowed: 1,
      guards: [],
    },
    {
      name: "keeps Prune=false of the live object",
      input: { differences: [kept, extra(named("a", options("Prune=false")))] },
      allowed: 0,
      guards: ["disabled"],
      says: /Prune=false says so/,
    },
    {
      name: "keeps helm's keep",
      input: {
        differences: [kept, extra(named("a", { annotations: { "helm.sh/resource-policy": "keep" } }))],
      },
      allowed: 0,
      guards: ["disabled"],
    },
    {
      name: "keeps Flux's disabled",
      input: {
        differences: [
          kept,
          extra(named("a", { annotations: { "kustomize.toolkit.fluxcd.io/prune": "disabled" } })),
        ],
      },
      allowed: 0,
      guards: ["disabled"],
    },
    {
      name: "keeps what the project does not permit",
      input: {
        differences: [kept, ...some(1)],
        denied: new Map([[(some(1)[0] as Difference).key, "kind ConfigMap is not permitted in project x"]]),
      },
      allowed: 0,
      guards: ["disabled"],
      says: /not permitted in project x/,
    },
    {
      name: "never deletes its own namespace",
      input: {
        differences: [
          kept,
          extra({ kind: "Namespace", name: "holdfast", namespace: "", ...options("Prune=true") }),
        ],
        guards: { ...DEFAULT_GUARDS, protectedNamespaces: new Set(["holdfast"]) },
      },
      allowed: 0,
      guards: ["disabled"],
      says: /Holdfast itself/,
    },
    {
      name: "never deletes the definition that applications live in",
      input: {
        differences: [kept, extra({ ...CRD, name: "applications.argoproj.io", ...options("Prune=true") })],
      },
      allowed: 0,
      guards: ["disabled"],
    },
    {
      name: "deletes nothing without a record",
      input: { differences: [kept, extra(named("a"), "unrecorded")] },
      allowed: 0,
      guards: ["unrecorded"],
      says: /name it: holdfast app sync argocd\/shop --prune --resource :ConfigMap:default\/a$/,
    },
    {
      name: "deletes an unrecorded object that a person names",
      input: {
        differences: [kept, extra(named("a"), "unrecorded")],
        asked: "by-person",
        request: { prune: true, resources: [{ kind: "ConfigMap", name: "a", namespace: "default" }] },
      },
      allowed: 1,
      guards: [],
    },
    {
      name: "not one that a person's glob means",
      input: {
        differences: [kept, extra(named("a"), "unrecorded")],
        asked: "by-person",
        request: { prune: true, resources: [{ kind: "ConfigMap", name: "*" }] },
      },
      allowed: 0,
      guards: ["unrecorded"],
    },
    {
      name: "not one that a self-heal names",
      input: {
        differences: [kept, extra(named("a"), "unrecorded")],
        request: { prune: true, resources: [{ kind: "ConfigMap", name: "a" }] },
      },
      allowed: 0,
      guards: ["unrecorded"],
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
    {
      name: "an annotation after the start approves",
      input: { differences: some(9), app: approvedApp("2026-01-01T10:00:01Z") },
      allowed: 9,
      guards: [],
    },
    {
      name: "an annotation from before does not",
      input: { differences: some(2), app: approvedApp("2026-01-01T09:59:59Z") },
      allowed: 0,
      guards: ["empty", "empty"],
    },
    {
      name: "an annotation without a time does not",
      input: { differences: some(2), app: approvedApp("yes") },
      allowed: 0,
      guards: ["empty", "empty"],
    },
    {
      name: "no approval lifts Prune=false",
      input: {
        differences: [extra(named("a", options("Prune=false")))],
        app: approvedApp("2026-01-01T10:00:00Z"),
      },
      allowed: 0,
      guards: ["disabled"],
    },
  ];
  test.each(cases)("$name", ({ input, allowed, guards, says }) => {
    const verdicts = pruneVerdicts({ ...base, ...input });
    expect(verdicts.allowed).toHaveLength(allowed);
    expect(verdicts.refusals.map(({ guard }) => guard)).toEqual(guards);
    if (says !== undefined) expect(verdicts.refusals[0]?.text).toMatch(says);
  });

  test("an approval is bound to the revision and to exactly these objects", () => {
    const differences = [...some(7), extra(CRD)];
    const { candidates } = pruneVerdicts({ ...base, differences });
    expect(bindApproval(7, candidates, "abc")).toBeUndefined();
    const approval = bindApproval(8, candidates, "abc");
    if (approval === undefined) throw new Error("not bound");
    expect(pruneVerdicts({ ...base, differences, approval }).allowed).toHaveLength(8);
    expect(pruneVerdicts({ ...base, differences, approval, revision: "abd" }).allowed).toHaveLength(0);
    expect(pruneVerdicts({ ...base, differences: [...some(8), extra(CRD)], approval }).allowed).toHaveLength(
      0,
    );
    expect(
      pruneVerdicts({
        ...base,
        differences: [...some(7), extra(CRD, "recorded", { uid: "made again" })],
        approval,
      }).allowed,
    ).toHaveLength(0);
    expect(approvalHash([...candidates].reverse())).toBe(approval.candidatesHash);
  });
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
        const verdicts = pruneVerdicts({
          ...base,
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
