import { describe, expect, test } from "bun:test";
import { memoryStore } from "../../../test/fakes/memory-store.ts";
import { appKey } from "../../core/model/application.ts";
import type { OperationState } from "../../core/model/operation.ts";
import { ManagedApplication } from "../managed-application.ts";
import { Memory } from "../memory.ts";
import { AskedEnds } from "./asked-ends.ts";

const KEY = appKey("argocd", "shop");
const FIRST = "2026-01-01T00:00:00Z",
  SECOND = "2026-01-01T00:00:01Z";
type Is = ManagedApplication["operation"]["is"];

function managed(is: Is, state: Partial<OperationState> | undefined): ManagedApplication {
  return new ManagedApplication(KEY, new Memory(KEY, memoryStore()), {
    spec: { app: { metadata: {} }, uid: "u1", deleting: undefined } as never,
    operation: { is, state } as never,
    status: { sync: {}, health: {} } as never,
  });
}
function ends() {
  const did: string[] = [];
  const asked = new AskedEnds(
    {
      terminate: (_, actor) => {
        did.push(`ended by ${actor}`);
        return "terminating";
      },
    },
    { show: () => void did.push("put right") },
  );
  return { asked, did };
}
const shows = (phase: string, startedAt = FIRST) => ({
  key: KEY,
  status: { operationState: { phase, startedAt } },
});

describe("AskedEnds.take()", () => {
  const running = { phase: "Running", startedAt: FIRST } as const;
  const cases: { name: string; is: Is; state?: Partial<OperationState>; shown: unknown; want: string[] }[] = [
    {
      name: "ends what runs",
      is: "running",
      state: running,
      shown: shows("Terminating"),
      want: ["ended by status field"],
    },
    {
      name: "ends what is to be tried again",
      is: "retrying",
      state: running,
      shown: shows("Terminating"),
      want: ["ended by status field"],
    },
    {
      name: "ends what a restart cut off and would go on",
      is: "waiting",
      state: { phase: "Error", startedAt: FIRST, message: "cut off by a restart of the daemon" },
      shown: shows("Terminating"),
      want: ["ended by status field"],
    },
    {
      name: "leaves one alone that was asked for after what is shown",
      is: "waiting",
      state: { phase: "Failed", startedAt: FIRST, message: "operation terminated by user:dana" },
      shown: shows("Terminating"),
      want: ["put right"],
    },
    {
      name: "leaves another one alone",
      is: "running",
      state: running,
      shown: shows("Terminating", SECOND),
      want: ["put right"],
    },
    {
      name: "puts right what is shown of one that is over",
      is: "ended",
      state: { ...running, phase: "Failed" },
      shown: shows("Terminating"),
      want: ["put right"],
    },
    {
      name: "says nothing to what is ending",
      is: "running",
      state: { ...running, phase: "Terminating" },
      shown: shows("Terminating"),
      want: [],
    },
    { name: "says nothing to other phases", is: "running", state: running, shown: shows("Failed"), want: [] },
    {
      name: "says nothing to what is no status",
      is: "running",
      state: running,
      shown: { key: KEY, status: { operationState: "Terminating" } },
      want: [],
    },
  ];
  test.each(cases)("$name", ({ is, state, shown, want }) => {
    const { asked, did } = ends();
    asked.take(managed(is, state), shown as never);
    expect(did).toEqual(want);
  });

  test("takes its own Terminating, seen late, for nobody's word, also where the next began in the same second", () => {
    const { asked, did } = ends();
    asked.moved(managed("running", { phase: "Terminating", startedAt: FIRST }));
    asked.take(managed("running", running), shows("Terminating"));
    expect(did).toEqual(["put right"]);
    asked.take(managed("running", { phase: "Running", startedAt: SECOND }), shows("Terminating", SECOND));
    expect(did).toEqual(["put right", "ended by status field"]);
  });
});
