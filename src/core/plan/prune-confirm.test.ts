import { describe, expect, test } from "bun:test";
import { application, extra } from "../../../test/lib/core-objects.ts";
import {
  approvedApp,
  CRD,
  kept,
  named,
  options,
  some,
  testVerdicts,
  verdictsOn,
} from "../../../test/lib/prune-verdicts.ts";
import { bindApproval } from "./approval.ts";

const LEFT_OUT = { source: 0, file: "a.yaml", line: 3, why: "kind: this field is required" };

describe("guards that a person lifts", () => {
  testVerdicts([
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
  ]);

  test("an approval is bound to the revision and to exactly these objects", () => {
    const differences = [...some(7), extra(CRD)];
    const { candidates } = verdictsOn({ differences });
    expect(bindApproval(7, candidates, "abc")).toBeUndefined();
    const approval = bindApproval(8, candidates, "abc");
    if (approval === undefined) throw new Error("not bound");
    expect(verdictsOn({ differences, approval }).allowed).toHaveLength(8);
    expect(verdictsOn({ differences, approval, revision: "abd" }).allowed).toHaveLength(0);
    expect(verdictsOn({ differences: [...some(8), extra(CRD)], approval }).allowed).toHaveLength(0);
    expect(
      verdictsOn({
        differences: [...some(7), extra(CRD, "recorded", { uid: "made again" })],
        approval,
      }).allowed,
    ).toHaveLength(0);
    // Of what was approved some are gone: a sync that was cut off goes on with the others, and with nothing else.
    expect(verdictsOn({ differences: [...some(3), extra(CRD)], approval }).allowed).toHaveLength(4);
  });
});
