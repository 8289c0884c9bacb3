import { describe, expect, test } from "bun:test";
import { judgeNeverRead, type NeverRead } from "./never-read.ts";

const SINCE = "2026-01-01T00:00:00Z";

describe("judgeNeverRead()", () => {
  const cases: {
    name: string;
    since?: string;
    status?: unknown;
    remembered?: "something";
    want: NeverRead["is"];
  }[] = [
    { name: "leaves one alone that nobody deleted", want: "stays" },
    { name: "lets one go that nothing tells of", since: SINCE, want: "let-go" },
    { name: "lets one go whose status is no status", since: SINCE, status: "?", want: "let-go" },
    {
      name: "lets one go whose status says only what is wrong with it",
      since: SINCE,
      status: { conditions: [{ type: "InvalidSpecError" }], resources: [], sync: { status: "Unknown" } },
      want: "let-go",
    },
    {
      name: "holds one that is remembered",
      since: SINCE,
      remembered: "something",
      want: "held",
    },
    ...Object.entries({ resources: [{}], history: [{ id: 1 }], operationState: { phase: "Failed" } }).map(
      ([field, said]) => ({
        name: `holds one whose status has ${field}`,
        since: SINCE,
        status: { [field]: said },
        want: "held" as const,
      }),
    ),
  ];
  test.each(cases)("$name", ({ since, status, remembered, want }) => {
    expect(judgeNeverRead({ goingSince: since, status }, remembered ?? "nothing").is).toBe(want);
  });
});
