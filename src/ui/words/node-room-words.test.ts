import { describe, expect, test } from "bun:test";
import { roomLines, type ShownHost, whyNoRoom } from "./node-room-words.ts";

const GI = 2 ** 30 * 1_000;
const HOST: ShownHost = {
  name: "n-1",
  resourcesInfo: [
    {
      ...{ resourceName: "cpu", requestedByApp: 300, requestedByNeighbors: 1_500 },
      ...{ capacity: 4_000, allocatable: 3_920 },
    },
    {
      ...{ resourceName: "memory", requestedByApp: 0.1875 * GI, requestedByNeighbors: GI },
      ...{ capacity: 16 * GI, allocatable: 15 * GI },
    },
    { resourceName: "pods", requestedByApp: 3_000, requestedByNeighbors: 9_000, allocatable: 110_000 },
  ],
  holdfast: { neighbors: "all" },
};

describe("what a node has room for", () => {
  test("is what Pods may have, less what the application and all others ask for", () => {
    expect(roomLines(HOST).map(({ name, says }) => `${name}: ${says}`)).toEqual([
      "CPU: 0.3 here · 1.5 by others · 2.12 of 3.92 cores free",
      "Memory: 192 MiB here · 1 GiB by others · 13.8 GiB of 15 GiB free",
      "Pods: 3 here · 9 by others · 98 of 110 free",
    ]);
    const [cpu] = roomLines(HOST);
    expect(cpu?.share?.app).toBeCloseTo(300 / 3_920);
    expect(cpu?.share?.others).toBeCloseTo(1_500 / 3_920);
    expect(whyNoRoom(HOST)).toBeUndefined();
  });

  test("is never less than nothing, and its shares are never more than all of it", () => {
    const over: ShownHost = {
      ...HOST,
      resourcesInfo: [
        { resourceName: "cpu", requestedByApp: 800, requestedByNeighbors: 900, allocatable: 1_000 },
      ],
    };
    const [cpu] = roomLines(over);
    expect(cpu?.says).toBe("0.8 here · 0.9 by others · 0 of 1 core free");
    expect(cpu?.share?.app).toBeCloseTo(0.8);
    expect(cpu?.share?.others).toBeCloseTo(0.2);
  });

  test("and what is not known is said so, with why", () => {
    const unseen: ShownHost = { ...HOST, holdfast: { neighbors: "unknown" } };
    expect(roomLines(unseen)[0]?.says).toBe("0.3 here · of 3.92 cores");
    expect(whyNoRoom(unseen)).toContain("does not see all Pods");
    const unread: ShownHost = {
      name: "n-2",
      resourcesInfo: [{ resourceName: "cpu", requestedByApp: 100 }, { resourceName: "memory" }],
      holdfast: { neighbors: "all", why: "the daemon may not read Nodes: grant get on nodes" },
    };
    expect(roomLines(unread)).toEqual([
      { name: "CPU", says: "0.1 here · 0 by others", share: undefined },
      { name: "Memory", says: "0 B here · 0 B by others", share: undefined },
    ]);
    expect(whyNoRoom(unread)).toBe(
      "What this node has room for is not known: the daemon may not read Nodes: grant get on nodes.",
    );
    expect(roomLines({ name: "n-3", holdfast: { neighbors: "all" } })).toEqual([]);
  });
});
