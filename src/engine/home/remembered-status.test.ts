import { describe, expect, test } from "bun:test";
import { rememberedStatus } from "./remembered-status.ts";

const deployment = { id: 3, revision: "abc", deployedAt: "2026-01-01T00:00:00Z", source: { repoURL: "x" } };
const ended = {
  operation: { sync: { revision: "abc" } },
  phase: "Succeeded",
  message: "done",
  startedAt: "2026-01-01T00:00:00Z",
  finishedAt: "2026-01-01T00:00:01Z",
};

describe("rememberedStatus()", () => {
  const cases: { name: string; status: unknown; want: object | undefined }[] = [
    { name: "nothing of what is no status", status: "Synced", want: undefined },
    { name: "nothing where nothing goes on", status: { sync: { status: "Synced" } }, want: undefined },
    {
      name: "deployments, with their numbers",
      status: { history: [deployment] },
      want: { history: [deployment] },
    },
    {
      name: "no deployment that is none",
      status: {
        history: [
          null,
          "x",
          { id: "3" },
          { ...deployment, id: 1.5 },
          { ...deployment, revision: 1 },
          deployment,
        ],
      },
      want: { history: [deployment] },
    },
    { name: "the last operation", status: { operationState: ended }, want: { operationState: ended } },
    {
      name: "none that seems to run: it is nobody's",
      status: { operationState: { ...ended, phase: "Running" } },
      want: undefined,
    },
    {
      name: "none without an end",
      status: { operationState: { ...ended, finishedAt: undefined } },
      want: undefined,
    },
    {
      name: "none whose times are none",
      status: { operationState: { ...ended, startedAt: "soon" } },
      want: undefined,
    },
  ];
  test.each(cases)("$name", ({ status, want }) => {
    const { sync: _, health: __, ...kept } = rememberedStatus(status) ?? {};
    expect(rememberedStatus(status) === undefined ? undefined : kept).toEqual(want as never);
  });
});
