import { describe, expect, test } from "bun:test";
import { lateSince } from "./late.ts";
import type { ListedApplication } from "./listed-application.ts";

const NOW = Date.parse("2026-11-23T04:30:00Z");
type Status = NonNullable<ListedApplication["status"]>;

function app(health: Status["health"], run?: { phase: "Running" | "Succeeded"; message: string }) {
  return {
    metadata: { namespace: "argocd", name: "web" },
    spec: { project: "default", destination: { name: "prod" } },
    status: {
      sync: { status: "OutOfSync" },
      health,
      ...(run !== undefined && {
        operationState: { ...run, startedAt: "2026-11-23T03:00:00Z", operation: {} },
      }),
    },
  } as ListedApplication;
}

const PROGRESSING = (lastTransitionTime?: string): Status["health"] => ({
  status: "Progressing",
  ...(lastTransitionTime !== undefined && { lastTransitionTime }),
});
const waits = (what: string): { phase: "Running"; message: string } => ({
  phase: "Running",
  message: `waiting for ${what}`,
});

describe("lateSince()", () => {
  test.each<[what: string, app: ListedApplication, want: string | undefined]>([
    ["of what progresses for 10 minutes, not yet", app(PROGRESSING("2026-11-23T04:20:00Z")), undefined],
    [
      "of what progresses for longer, since it does",
      app(PROGRESSING("2026-11-23T04:19:59Z")),
      "2026-11-23T04:19:59Z",
    ],
    ["of what nobody says since when, nothing", app(PROGRESSING()), undefined],
    ["of a time that is none, nothing", app(PROGRESSING("soon")), undefined],
    [
      "of what is well for long, nothing",
      app({ status: "Healthy", lastTransitionTime: "2026-11-23T01:00:00Z" }),
      undefined,
    ],
    [
      "of a run that waits for long, since it waits",
      app(
        { status: "Missing" },
        waits("healthy state of apps/Deployment shop/web (0 of 1) since 2026-11-23T04:05:00Z and 2 more"),
      ),
      "2026-11-23T04:05:00Z",
    ],
    [
      "of a run that waits for something new, not yet, though it runs for long",
      app(PROGRESSING("2026-11-23T03:00:00Z"), waits("deletion of Pod shop/web since 2026-11-23T04:25:00Z")),
      undefined,
    ],
    [
      "of a run that waits for long in words of several lines, since it waits",
      app({ status: "Missing" }, waits("healthy state of Pod shop/web (a\nb) since 2026-11-23T04:05:00Z")),
      "2026-11-23T04:05:00Z",
    ],
    [
      "of a run that does something, nothing",
      app(PROGRESSING("2026-11-23T03:00:00Z"), { phase: "Running", message: "syncing" }),
      undefined,
    ],
    [
      "of a run that is over, what its objects do",
      app(PROGRESSING("2026-11-23T04:00:00Z"), {
        phase: "Succeeded",
        message: "waiting for x since 2026-11-23T03:00:00Z",
      }),
      "2026-11-23T04:00:00Z",
    ],
  ])("%s", (_, wanted, want) => expect(lateSince(wanted, NOW)).toBe(want as string));
});
