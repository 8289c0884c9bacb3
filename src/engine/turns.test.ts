import { describe, expect, test } from "bun:test";
import type { Operation } from "../core/model/operation.ts";
import type { ManagedApplication } from "./managed-application.ts";
import { placeOfOperation, placeOfPass, turnOfOperation, turnOfWork } from "./turns.ts";

const WHOLE: Operation = { initiatedBy: { automated: true }, sync: {} };
const HEAL: Operation = {
  initiatedBy: { automated: true },
  sync: { resources: [{ kind: "ConfigMap", name: "a" }] },
};
const BY_HAND: Operation = { initiatedBy: { username: "ana" }, sync: {} };

const spec = (deleting?: { asked: "by-person" | "by-file"; by?: string }) => ({
  app: { spec: { destination: { name: "one" }, source: { repoURL: "https://git.example.com/a.git" } } },
  deleting,
});
const managed = (parts: object): ManagedApplication =>
  ({ spec: spec(), operation: { is: "none", state: undefined }, ...parts }) as unknown as ManagedApplication;
const LANES = ["one", "https://git.example.com/a.git"];

describe("turnOfOperation()", () => {
  test.each([
    ["a heal, and each further try of it, goes ahead", HEAL, "ahead"],
    ["what came by itself is in line", WHOLE, "in-line"],
    [
      "a rollout's bears a name and came by itself",
      { ...WHOLE, initiatedBy: { automated: true, username: "set" } },
      "in-line",
    ],
    ["what a person asked for is soon", BY_HAND, "soon"],
    ["a part that a person picked is no heal", { ...HEAL, initiatedBy: { username: "ana" } }, "soon"],
    ["a request that names nobody was asked for, too", { sync: {} }, "soon"],
  ] as const)("%s", (_, operation, turn) => {
    expect(turnOfOperation(operation as Operation)).toBe(turn);
  });
});

describe("placeOfOperation()", () => {
  test("clusters share, then repositories; who asks by hand shares with other people first", () => {
    expect(placeOfOperation(managed({}), WHOLE)).toEqual({ turn: "in-line", lanes: LANES });
    expect(placeOfOperation(managed({}), BY_HAND)).toEqual({ turn: "soon", lanes: ["ana", ...LANES] });
  });
});

describe("placeOfPass()", () => {
  test.each([
    [
      "is that of the operation that waits to begin",
      { operation: { is: "waiting", request: BY_HAND } },
      "soon",
    ],
    [
      "is that of the try that follows",
      { operation: { is: "retrying", state: { operation: HEAL } } },
      "ahead",
    ],
    [
      "is not that of one that runs, which takes its turns by itself",
      { operation: { is: "running", state: { operation: BY_HAND } } },
      "in-line",
    ],
    [
      "is not that of one that ended",
      { operation: { is: "ended", state: { operation: BY_HAND } } },
      "in-line",
    ],
    ["is soon while a person deletes it", { spec: spec({ asked: "by-person", by: "ana" }) }, "soon"],
    [
      "is in line where its file went, as with a thousand others",
      { spec: spec({ asked: "by-file" }) },
      "in-line",
    ],
  ] as const)("%s", (_, parts, turn) => {
    expect(placeOfPass(managed(parts), "in-line").turn).toBe(turn);
  });

  test("is no worse than why it is to be looked at", () => {
    expect(placeOfPass(managed({ operation: { is: "waiting", request: BY_HAND } }), "ahead")).toEqual({
      turn: "ahead",
      lanes: LANES,
    });
  });
});

describe("turnOfWork()", () => {
  test("has the operation that runs: its requests go with it", () => {
    expect(turnOfWork(managed({ operation: { is: "running", state: { operation: HEAL } } }))).toBe("ahead");
    expect(turnOfWork(managed({}))).toBe("in-line");
  });
});
