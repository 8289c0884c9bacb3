import { describe, expect, test } from "bun:test";
import { syncBefore, tellingState, withoutDryRun } from "./last-sync.ts";
import type { OperationState } from "./operation.ts";

const state = (phase: OperationState["phase"], more: object = {}): OperationState => ({
  ...{ operation: { sync: {} }, phase, message: "", startedAt: "2026-11-30T20:00:00Z" },
  ...more,
});
const dry = (phase: OperationState["phase"]) => state(phase, { operation: { sync: { dryRun: true } } });

const failed = state("Failed");

describe("syncBefore()", () => {
  const cases: [string, Parameters<typeof syncBefore>, OperationState | undefined][] = [
    ["keeps what stood there before a dry run", [{ operationState: failed }, dry("Running")], failed],
    [
      "keeps it through a second dry run",
      [{ operationState: dry("Succeeded"), lastSync: failed }, dry("Failed")],
      failed,
    ],
    [
      "keeps nothing beside a sync",
      [{ operationState: dry("Succeeded"), lastSync: failed }, state("Running")],
      undefined,
    ],
    ["knows of none where the first run is a dry one", [undefined, dry("Succeeded")], undefined],
    ["knows of none where nothing ran", [{}, undefined], undefined],
  ];
  test.each(cases)("%s", (_, given, want) => expect(syncBefore(...given)).toBe(want as OperationState));
});

describe("tellingState()", () => {
  const cases: [string, Parameters<typeof tellingState>[0], OperationState | undefined][] = [
    ["is the sync where that was last", { operationState: failed }, failed],
    ["is the sync before a dry run", { operationState: dry("Failed"), lastSync: failed }, failed],
    ["is none where there were dry runs alone", { operationState: dry("Error") }, undefined],
  ];
  test.each(cases)("%s", (_, status, want) => expect(tellingState(status)).toBe(want as OperationState));
  test.each(["Running", "Terminating"] as const)("is a dry run that is %s", (phase) => {
    const running = dry(phase);
    expect(tellingState({ operationState: running, lastSync: failed })).toBe(running);
  });
});

test("withoutDryRun() is the application itself where no dry run was last, and changes nothing else of it", () => {
  const app = { name: "web", status: { health: "Healthy", operationState: failed } };
  expect(withoutDryRun(app)).toBe(app);
  const rehearsed = {
    name: "web",
    status: { health: "Healthy", operationState: dry("Failed"), lastSync: failed },
  };
  expect(withoutDryRun(rehearsed)).toEqual(app as never);
  const rehearsing = { ...rehearsed, status: { ...rehearsed.status, operationState: dry("Running") } };
  expect(withoutDryRun(rehearsing)).toEqual(app as never);
  const first = { status: { health: "Healthy", operationState: dry("Failed") } };
  expect(withoutDryRun(first)).toEqual({ status: { health: "Healthy" } } as never);
});
