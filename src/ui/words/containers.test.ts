import { expect, test } from "bun:test";
import { containersOf, whyNotPlaced } from "./containers.ts";

const pod = {
  metadata: { annotations: { "kubectl.kubernetes.io/default-container": "web" } },
  spec: {
    initContainers: [{ name: "migrate" }, { name: "proxy", restartPolicy: "Always" }],
    containers: [{ name: "agent" }, { name: "web" }],
    ephemeralContainers: [{ name: "debugger" }],
  },
  status: {
    conditions: [
      { type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/3 nodes are available" },
    ],
    initContainerStatuses: [
      {
        name: "migrate",
        state: { terminated: { reason: "Completed", exitCode: 0, startedAt: "2026-11-30T00:00:00Z" } },
      },
      { name: "proxy", state: { running: { startedAt: "2026-11-30T00:00:01Z" } } },
    ],
    containerStatuses: [
      {
        name: "web",
        restartCount: 7,
        state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 5m0s" } },
      },
    ],
  },
};

test("containersOf() says what each is for and how it stands, the one that is meant first", () => {
  expect(
    containersOf(pod).map(({ name, role, state, restarts }) => [name, role, state.is, state.why, restarts]),
  ).toEqual([
    ["web", "main", "waiting", "CrashLoopBackOff: back-off 5m0s", 7],
    ["agent", "main", "waiting", "", 0],
    ["migrate", "init", "ended", "exit code 0", 0],
    ["proxy", "sidecar", "running", "", 0],
    ["debugger", "debug", "waiting", "", 0],
  ]);
  expect(whyNotPlaced(pod)).toBe("Unschedulable: 0/3 nodes are available");
});

test.each([
  [undefined],
  ["x"],
  [{ spec: { containers: "x" }, status: [] }],
  [{ spec: { containers: [{ name: 1 }, null, {}] }, status: { conditions: [1] } }],
])("containersOf() of what is no Pod is nothing: %#", (odd) => {
  expect([containersOf(odd), whyNotPlaced(odd)]).toEqual([[], ""]);
});
