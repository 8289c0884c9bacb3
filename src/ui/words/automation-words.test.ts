import { describe, expect, test } from "bun:test";
import { type PolicyEntry, pausedBy } from "./automation-words.ts";

const spec = (enabled?: boolean) => ({ spec: { syncPolicy: { automated: { enabled } } } });
const entry = (actor: string, more: Partial<PolicyEntry>): PolicyEntry => ({
  ...{ at: "2026-11-30T03:00:00Z", actor, ...more },
});

describe("pausedBy()", () => {
  test("is whoever turned it off last, not who wrote something else since", () => {
    const entries = [
      entry("user:eve", { before: spec(false), after: spec(false) }),
      entry("user:ann", { before: spec(), after: spec(false) }),
      entry("user:bob", { before: spec(true), after: spec(false) }),
    ];
    expect(pausedBy(entries)?.actor).toBe("user:ann");
  });

  test("is nobody whose deed was refused, and nobody where nothing is on record", () => {
    const refused = entry("user:eve", { before: spec(true), after: spec(false), outcome: { is: "refused" } });
    expect(pausedBy([refused])).toBeUndefined();
    expect(
      pausedBy([entry("user:eve", { before: "text", after: null }), entry("user:eve", {})]),
    ).toBeUndefined();
  });
});
