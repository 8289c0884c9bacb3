/** Sync windows on the command line and at Argo CD's paths: the real API over real HTTP, with a control in memory behind it. */
import { afterEach, describe, expect, test } from "bun:test";
import type { SyncWindow } from "../../src/core/model/sync-window.ts";
import type { ApplicationWindows } from "../../src/engine/control.ts";
import { sharedCli } from "../lib/cli-stage.ts";

const on = sharedCli();
const UNTIL = Date.parse("2026-11-23T06:00:00Z");
const FREEZE: SyncWindow = {
  kind: "deny",
  schedule: "0 22 * * *",
  duration: "8h",
  applications: ["shop-*"],
  clusters: ["prod"],
  manualSync: true,
  description: "freeze",
};
const NIGHT: SyncWindow = { kind: "allow", schedule: "0 1 * * *", duration: "1h", namespaces: ["*"] };
const WINDOWS: ApplicationWindows = {
  windows: [
    { window: FREEZE, is: "open", changesAt: UNTIL },
    { window: NIGHT, is: "closed" },
  ],
  manual: { may: "sync" },
  automated: { may: "not", why: "it is frozen", until: UNTIL },
};
const NONE: ApplicationWindows = { windows: [], manual: { may: "sync" }, automated: { may: "sync" } };
afterEach(() => on.control.setWindows(NONE));

const get = async (path: string) => (await fetch(`${on.api.url}${path}`)).json();

describe("app get", () => {
  test("says what the windows come to, and which are for it", async () => {
    on.control.setWindows(WINDOWS);
    const { stdout } = await on.run("app get guestbook");
    expect(stdout).toMatch(/SyncWindow +Manual Allowed until 2026-11-23T06:00:00Z\n/);
    expect(stdout).toMatch(
      /Assigned windows +deny:0 22 \* \* \*:8h \S+ \(denies now\)\n +allow:0 1 \* \* \*:1h \S+ \(closed\)\n/,
    );
    on.control.setWindows({ ...WINDOWS, manual: WINDOWS.automated });
    expect((await on.run("app get guestbook")).stdout).toContain("Sync Denied until");
    on.control.setWindows({ ...WINDOWS, automated: { may: "sync", until: UNTIL } });
    expect((await on.run("app get guestbook")).stdout).toContain("Sync Allowed until");
  });

  test("is silent where there are none", async () => {
    expect((await on.run("app get guestbook")).stdout).not.toContain("SyncWindow");
  });
});

describe("project window list", () => {
  test("tells what is open, what changes when, for whom, and what passes", async () => {
    on.control.setWindows(WINDOWS);
    const { stdout, code } = await on.run("project window list");
    expect(stdout).toBe(
      `  PROJECT   ID   NOW      NEXT                          KIND    SCHEDULE     DURATION   ZONE   FOR                                    LETS PASS      DESCRIPTION
  default   0    open     closes 2026-11-23T06:00:00Z   deny    0 22 * * *   8h         UTC    applications shop-* or clusters prod   sync by hand   freeze
  default   1    closed   never                         allow   0 1 * * *    1h         UTC    namespaces *                           nothing
`,
    );
    expect(code).toBe(0);
    expect((await on.run("proj windows ls default -o json")).stdout).toContain(
      '"changesAt": "2026-11-23T06:00:00Z"',
    );
  });

  test("none, a project that is not there, and a verb that Argo CD has", async () => {
    expect((await on.run("project window list")).stdout).toBe("There are no sync windows in any project.\n");
    expect((await on.run("project window list default")).stdout).toContain("in project default");
    const absent = await on.run("project window list nobody");
    expect([absent.code, absent.stderr]).toEqual([3, expect.stringContaining("Project nobody")]);
    const add = await on.run("proj windows add default");
    expect([add.code, add.stderr]).toEqual([2, expect.stringContaining("spec.syncWindows")]);
  });
});

describe("Argo CD's paths", () => {
  test("answer in its shape, with the times beside it", async () => {
    on.control.setWindows(WINDOWS);
    const short = [
      { kind: "deny", schedule: "0 22 * * *", duration: "8h", manualSync: true },
      { kind: "allow", schedule: "0 1 * * *", duration: "1h" },
    ];
    expect(await get("/api/v1/applications/guestbook/syncwindows")).toEqual({
      activeWindows: short.slice(0, 1),
      assignedWindows: short,
      canSync: true,
      holdfast: {
        windows: [
          { window: FREEZE, is: "open", changesAt: "2026-11-23T06:00:00Z" },
          { window: NIGHT, is: "closed" },
        ],
        manual: { may: "sync" },
        automated: { may: "not", why: "it is frozen", until: "2026-11-23T06:00:00Z" },
      },
    });
    expect(await get("/api/v1/projects/default/syncwindows")).toMatchObject({ windows: [FREEZE] });
    expect(await get("/api/v1/projects/nobody/syncwindows")).toMatchObject({ code: 5 });
    expect(await get("/api/v1/applications/nobody/syncwindows")).toMatchObject({ code: 5 });
  });
});
