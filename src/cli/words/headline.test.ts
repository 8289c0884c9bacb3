import { describe, expect, test } from "bun:test";
import { stillWaits } from "./headline.ts";
import { app, sync } from "./testdata/shown-app.ts";

describe("stillWaits()", () => {
  const service = {
    version: "v1",
    kind: "Service",
    name: "web",
    status: "Synced" as const,
    health: { status: "Progressing" as const, message: "Waiting for a load balancer's address" },
  };
  test("says for what, and not twice what an operation says itself", () => {
    const waiting = app({ sync: sync("Synced"), health: { status: "Progressing" }, resources: [service] });
    expect(stillWaits(waiting)).toBe(
      `sync=Synced health=Progressing "Service web: Waiting for a load balancer's address"`,
    );
    const busy = app({
      sync: sync("Synced"),
      health: { status: "Progressing" },
      resources: [service],
      operationState: {
        operation: {},
        phase: "Running",
        message: "wave 5",
        startedAt: "2026-11-23T04:31:00Z",
      },
    });
    expect(stillWaits(busy)).toBe('operation=Running "wave 5"');
  });
});
