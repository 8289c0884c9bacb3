import { expect, test } from "bun:test";
import type { ApplicationStatus, SyncPolicy } from "../../core/model/application.ts";
import { whyNoRun } from "./no-runs.ts";

const said = (syncPolicy: SyncPolicy | undefined, status: Partial<ApplicationStatus> = {}) =>
  whyNoRun({ spec: { syncPolicy }, status } as Parameters<typeof whyNoRun>[0]);
const sync = (status: "Synced" | "OutOfSync") => ({ sync: { status, comparedTo: { destination: {} } } });

test.each([
  ["is off, because spec.syncPolicy.automated is not set", undefined, {}],
  ["is paused, because spec.syncPolicy.automated.enabled is false", { automated: { enabled: false } }, {}],
  ["the cluster has all that Git wants", { automated: {} }, sync("Synced")],
  ["nothing stands in its way", { automated: {} }, sync("OutOfSync")],
  ["is held", { automated: {} }, { hold: {} as NonNullable<ApplicationStatus["hold"]> }],
] as const)("%s", (words, policy, status) => {
  expect(said(policy, status)).toContain(words);
});
