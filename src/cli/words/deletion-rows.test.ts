import { describe, expect, test } from "bun:test";
import type { Application } from "../../core/model/application.ts";
import { headlineOf } from "./headline.ts";
import { syncRows } from "./sync-rows.ts";
import { app } from "./testdata/shown-app.ts";
import { why } from "./why.ts";

describe("a deletion", () => {
  const object = { group: "", version: "v1", kind: "ConfigMap", namespace: "shop" };
  const job = { group: "batch", version: "v1", kind: "Job", namespace: "shop", message: "" };
  function going(phase: "Running" | "Failed", message: string, condition?: string): Application {
    const shown = app({
      resources: [
        { ...object, name: "first", syncWave: -1, status: "Synced" },
        { ...object, name: "last", syncWave: 3, status: "OutOfSync" },
      ],
      operationState: {
        operation: { info: [{ name: "deletion", value: "foreground" }] },
        phase,
        message,
        startedAt: "2026-01-01T10:00:00Z",
        syncResult: {
          resources: [
            { ...job, name: "backup", syncPhase: "PreDelete", hookType: "PreDelete", hookPhase: "Succeeded" },
            {
              ...object,
              name: "last",
              syncPhase: "Sync",
              status: "Pruned",
              hookPhase: "Running",
              message: "deletion asked for at T",
            },
            { ...object, name: "first", syncPhase: "Sync", message: "waits for its turn" },
            {
              ...object,
              name: "kept",
              syncPhase: "Sync",
              status: "PruneSkipped",
              hookPhase: "Succeeded",
              message: "it is to stay",
            },
            {
              ...job,
              name: "backup",
              syncPhase: "Sync",
              status: "Pruned",
              hookPhase: "Succeeded",
              message: "deleted",
            },
          ],
        },
      },
      ...(condition === undefined ? {} : { conditions: [{ type: "DeletionError", message: condition }] }),
    });
    return { ...shown, metadata: { ...shown.metadata, deletionTimestamp: "2026-01-01T10:00:00Z" } };
  }

  test("has a row for each hook and each object, from the last wave to the first", () => {
    expect(
      syncRows(going("Running", "")).map(({ lane, name, state, done }) => [lane, name, state, done]),
    ).toEqual([
      ["PreDelete", "Job/backup", "Synced", "completed"],
      ["wave 3", "ConfigMap/last", "Going", "deletion asked for at T"],
      ["wave 0", "ConfigMap/kept", "PruneSkipped", "stays"],
      ["wave 0", "Job/backup", "Pruned", "deleted"],
      ["wave -1", "ConfigMap/first", "Waiting", "waiting"],
    ]);
  });

  test("says what it waits for, and what holds it up", () => {
    const waits = going("Running", "waiting for deletion of ConfigMap shop/last");
    expect(why(waits)).toBe("Deletion running: waiting for deletion of ConfigMap shop/last");
    expect(headlineOf(going("Running", "has begun", "the cluster is gone"))).toBe(
      'operation=Running "has begun" "the cluster is gone"',
    );
    expect(why(going("Failed", "a hook failed", "a hook failed. Try again"))).toBe(
      "Not deleted: a hook failed. Try again",
    );
  });
});
