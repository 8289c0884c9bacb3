/** What holds the whole daemon, and missing applications, from the command line. */
import { expect, test } from "bun:test";
import { appKey } from "../../src/core/model/application.ts";
import { sharedCli } from "../lib/cli-stage.ts";

const on = sharedCli();

test("pause and resume say what is left undone, and status shows it", async () => {
  expect((await on.run("admin pause --why wrong-merge")).stderr).toContain(
    "Paused: nothing is written to any cluster, also after a restart.",
  );
  const paused = (await on.run("status")).stdout;
  expect(paused).toContain("paused, it writes to no cluster");
  expect(paused.match(/all writes to clusters are paused in the whole daemon/g)).toHaveLength(1);
  // No other operation is in its way, so none is to be waited for.
  const { code, stderr } = await on.run("app sync guestbook");
  expect([code, stderr.includes("ll writes are paused"), stderr.includes("app terminate")]).toEqual([
    7,
    true,
    false,
  ]);
  expect(await on.run("admin resume")).toMatchObject({ code: 0 });
  expect((await on.run("status")).stdout).not.toContain("paused");
  expect((await on.run("admin pause --deletions")).stderr).toContain("Paused: nothing is deleted");
  await on.run("admin resume --why looked");
  expect(on.control.calls.filter((call) => /^(pause|resume) /.test(call)).slice(-4)).toEqual([
    "pause writes user:local: wrong-merge",
    "resume user:local: ",
    "pause deletions user:local: ",
    "resume user:local: looked",
  ]);
});

test("resume ends as a conflict while the config still has all paused", async () => {
  const { pauses } = on.control;
  on.control.pauses = () => [{ of: "writes", from: "config" }];
  try {
    const { code, stderr } = await on.run("admin resume");
    expect(code).toBe(7);
    expect(stderr).toContain("because `pause` in the config says so. Set `pause: none` in the config.");
  } finally {
    on.control.pauses = pauses;
  }
});

test("approve-removal shows what waits, asks, and approves of what it showed", async () => {
  const waiting = [appKey("flow", "api"), appKey("flow", "web")];
  on.control.setWaitingRemovals([]);
  expect((await on.run("admin approve-removal")).stderr).toContain(
    "No application and no ApplicationSet waits for an approval.",
  );
  on.control.setWaitingRemovals(waiting);
  expect(await on.run("admin approve-removal --confirm 3")).toMatchObject({ code: 7 });
  expect(await on.run("admin approve-removal")).toMatchObject({ code: 2 });
  const asked = { terminal: { columns: 100 }, stdin: { text: "n\n", isTTY: true } };
  expect((await on.run("admin approve-removal", asked)).stderr).toContain("Nothing was approved.");
  expect(on.control.waitingRemovals()).toEqual(waiting);
  const { code, stdout, stderr } = await on.run("admin approve-removal --confirm 2");
  expect([code, stdout]).toEqual([0, "flow/api\nflow/web\n"]);
  expect(stderr).toContain("Approved: 2 applications missing from the folders, with their children.");
  expect(on.control.calls).toContain("approve-removal flow/api flow/web user:local");
  expect(on.control.waitingRemovals()).toEqual([]);
});
