import { describe, expect, test } from "bun:test";
import { type FollowedPod, seamOf } from "./log-seam.ts";

const pod = (name: string, uid: string, startedAt: string, container = "main"): FollowedPod => ({
  ...{ name, uid },
  containers: [{ name: container, startedAt }],
});
const line = (pod: string, time: string, container = "") => ({ pod, time, container });
const AT = "2026-11-30T04:00:00Z";
const WEB = pod("web-0", "u-1", AT);
const READ = [line("web-0", "2026-11-30T04:31:08.5Z"), line("web-1", "2026-11-30T04:31:20Z")];

describe("seamOf()", () => {
  test.each([
    ["nothing changed", [WEB], [WEB]],
    ["a Pod is gone", [WEB, pod("web-1", "u-2", AT)], [WEB]],
    ["it ended, and nothing began", [WEB], [{ ...WEB, containers: [{ name: "main", startedAt: "" }] }]],
  ])("is none where %s", (_, before, now) => {
    expect(seamOf(before, now, READ)).toBeUndefined();
  });

  test("marks another Pod of a name, whose lines are all new, and leaves out what others wrote before", () => {
    const other = pod("web-1", "u-2", AT);
    const seam = seamOf([WEB, other], [pod("web-0", "u-9", "2026-11-30T04:31:30Z"), other], READ);
    expect(seam?.breaks.map(({ pod, is, content }) => [pod, is, content])).toEqual([
      ["", "break", "web-0: another Pod of this name, the one before is gone"],
    ]);
    // Five seconds before the last line.
    expect(seam?.since).toBe("2026-11-30T04:31:15.000Z");
    const wasRead = (pod: string, time: string) => seam?.wasRead({ pod, time, content: "" });
    // The clock of its node is behind.
    expect(wasRead("web-0", "2026-11-30T04:31:08Z")).toBe(false);
    expect([wasRead("web-1", "2026-11-30T04:31:19Z"), wasRead("web-1", "2026-11-30T04:31:20Z")]).toEqual([
      true,
      true,
    ]);
    expect(wasRead("web-1", "2026-11-30T04:31:20.000000001Z")).toBe(false);
    // What is no line of a Pod.
    expect(wasRead("web-1", "")).toBe(false);
  });

  test("marks a container that began again, and reads from before it began, where others wrote since", () => {
    const seam = seamOf([WEB], [pod("web-0", "u-1", "2026-11-30T04:31:10Z")], READ);
    expect(seam?.breaks.map(({ content }) => content)).toEqual(["web-0: main began again"]);
    expect(seam?.since).toBe("2026-11-30T04:31:05.000Z");
    expect(seam?.wasRead({ pod: "web-0", time: "2026-11-30T04:31:08.5Z", content: "" })).toBe(true);
    expect(seam?.wasRead({ pod: "web-0", time: "2026-11-30T04:31:08.50001Z", content: "" })).toBe(false);
  });

  test("goes on without a mark with a Pod of a new name, and with one that had not begun", () => {
    for (const [before, now] of [
      [[WEB], [WEB, pod("web-1", "u-2", "2026-11-30T04:31:10Z")]],
      [[pod("web-0", "u-1", "")], [WEB]],
    ] as const)
      expect(seamOf(before, now, READ)?.breaks).toEqual([]);
  });

  test("tells containers apart where several are read", () => {
    const seam = seamOf(
      [WEB],
      [pod("web-0", "u-1", "2026-11-30T04:31:10Z")],
      [line("web-0", "2026-11-30T04:31:08Z", "main"), line("web-0", "2026-11-30T04:31:01Z", "proxy")],
    );
    const at = { pod: "web-0", time: "2026-11-30T04:31:05Z", content: "" };
    expect([
      seam?.wasRead({ ...at, container: "main" }),
      seam?.wasRead({ ...at, container: "proxy" }),
    ]).toEqual([true, false]);
  });

  test("reads all of it, and marks nothing, where nothing was read yet", () => {
    const seam = seamOf([WEB], [pod("web-0", "u-9", AT)], []);
    expect([seam?.breaks, seam?.since]).toEqual([[], undefined]);
  });
});
