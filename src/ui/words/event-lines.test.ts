import { describe, expect, test } from "bun:test";
import { type ClusterEvent, eventLines, eventsFound, SOURCES, sourcesIn } from "./event-lines.ts";

const NONE = { deployments: [], runs: [], entries: [], transitions: [], older: "none" as const };
const event = (more: ClusterEvent): ClusterEvent => ({
  metadata: { uid: more.reason ?? "", name: "web.1", namespace: "shop" },
  involvedObject: { apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "web" },
  ...more,
});

describe("eventLines()", () => {
  test("are by time, whichever of its times a cluster fills in, with what was done here among them", () => {
    const lines = eventLines(
      [
        event({ reason: "old", lastTimestamp: "2026-11-30T01:00:00Z" }),
        event({
          reason: "series",
          lastTimestamp: null,
          eventTime: "2026-11-30T00:00:00Z",
          series: { count: 7, lastObservedTime: "2026-11-30T04:00:00Z" },
        }),
        event({ reason: "new", lastTimestamp: null, eventTime: "2026-11-30T03:00:00.000001Z" }),
        event({ reason: "timeless" }),
      ],
      {
        ...NONE,
        entries: [
          { seq: 1, at: "2026-11-30T02:00:00Z", actor: "user:ann", action: "hold", reason: "freeze" },
        ],
      },
    );
    expect(lines.map(({ reason }) => reason)).toEqual(["series", "new", "Held", "old", "timeless"]);
    expect(lines[0]).toMatchObject({
      times: 7,
      object: "Deployment shop/web",
      node: "apps/Deployment/shop/web",
    });
    expect(lines[2]).toMatchObject({ from: "holdfast", by: "ann", message: "freeze" });
  });

  test("lead to objects of the core group, and to none that is not named whole", () => {
    const [pod, bare] = eventLines(
      [
        event({
          reason: "a",
          involvedObject: { apiVersion: "v1", kind: "Pod", namespace: "shop", name: "x" },
        }),
        event({ reason: "b", involvedObject: { name: "x" } }),
      ],
      NONE,
    );
    expect([pod?.node, bare?.node, bare?.object]).toEqual(["/Pod/shop/x", undefined, "x"]);
  });

  test("of one name and no uid are two", () => {
    const twice = event({ metadata: { name: "web.1" } });
    const keys = eventLines([twice, twice], NONE).map(({ key }) => key);
    expect(new Set(keys).size).toBe(2);
  });
});

describe("eventsFound()", () => {
  test("are of where they come from, and of what is looked for", () => {
    const lines = eventLines(
      [event({ reason: "BackOff", type: "Warning", message: "restarting <b>" }), event({ reason: "Pulled" })],
      NONE,
    );
    expect(eventsFound(lines, { from: ["warning"], words: "" }).map(({ reason }) => reason)).toEqual([
      "BackOff",
    ]);
    expect(eventsFound(lines, { from: SOURCES, words: "backoff WEB" })).toHaveLength(1);
    expect(eventsFound(lines, { from: ["holdfast"], words: "" })).toEqual([]);
    expect([sourcesIn(null), sourcesIn("x"), sourcesIn("holdfast,warning")]).toEqual([
      SOURCES,
      SOURCES,
      ["warning", "holdfast"],
    ]);
  });
});
