/** Waiting from the command line: for what, how long, and through a restart of the daemon. */
import { expect, test } from "bun:test";
import { name, operation, putOn, script, succeeded } from "../lib/cli-operation.ts";
import { sharedCli } from "../lib/cli-stage.ts";
import { type FakeApi, startFakeApi } from "../lib/fake-api.ts";

const on = sharedCli();
const put = putOn(on);

test("wait reads the state first: what is there needs no event", async () => {
  put({ operationState: succeeded }, "Synced", "Healthy");
  const { code, stdout } = await on.run(`app wait ${name} --timeout 5`);
  expect(stdout).toBe("✓ flow/web   ✓ Synced   ♥ Healthy\n");
  expect(code).toBe(0);
});

test("wait does not tell again what an operation did that ended before", async () => {
  put({ operationState: succeeded });
  const onStderr = script([
    ["health=Progressing", () => put({ operationState: succeeded, resources: [] }, "Synced", "Healthy")],
  ]);
  const { stderr } = await on.run(`app wait ${name}`, { onStderr });
  expect(stderr).toContain(`app=flow/web wave=5 Deployment/web Progressing "1 of 3 updated"`);
  expect(stderr).not.toContain("configured");
});

test("wait says what it waits for, and prints the last state when the time is over", async () => {
  put({});
  const { code, stdout, stderr } = await on.run(`app wait ${name} --timeout 300ms`);
  expect(stderr).toStartWith(
    "Waiting for flow/web: Synced (it is OutOfSync: 1 to update), Healthy (it is Progressing)\n",
  );
  expect(stderr).toEndWith(
    "✗ Timed out after 0.3 s.\n  flow/web waits for Synced (it is OutOfSync: 1 to update), Healthy (it is Progressing)   exit 6\n",
  );
  expect(stdout).toContain("flow/web   default   ↑ OutOfSync   ◔ Progressing");
  expect(code).toBe(6);
});

test("wait fails with 1 when it becomes Degraded, or its operation fails, while we look", async () => {
  put({});
  const breaks = script([["health=Progressing", () => put({}, "OutOfSync", "Degraded")]]);
  const degraded = await on.run(`app wait ${name} --health`, { onStderr: breaks });
  expect([degraded.code, degraded.stderr]).toEqual([
    1,
    expect.stringContaining("flow/web: it became Degraded"),
  ]);
  for (const flags of ["--operation --sync", "--operation"]) {
    put({ operationState: operation({}) });
    const fails = script([
      [
        "waiting for wave 5",
        () => put({ operationState: operation({ phase: "Failed", message: "refused" }) }),
      ],
    ]);
    const failed = await on.run(`app wait ${name} ${flags}`, { onStderr: fails });
    expect([failed.code, failed.stderr]).toEqual([
      1,
      expect.stringContaining("flow/web: the operation failed: refused"),
    ]);
  }
  // It failed before anybody looked: nothing runs, and that is what was asked.
  expect((await on.run(`app wait ${name} --operation`)).code).toBe(0);
});

test("wait --delete ends when it goes, and at once where it is gone", async () => {
  put({});
  const onStderr = script([
    ["health=Progressing", () => void on.control.remove(name as never, { cascade: "none", actor: "test" })],
  ]);
  expect(await on.run(`app wait ${name} --delete`, { onStderr })).toMatchObject({
    code: 0,
    stdout: "✓ flow/web is deleted\n",
  });
  expect(await on.run(`app wait ${name} --delete`)).toMatchObject({
    code: 0,
    stdout: "✓ flow/web is not there\n",
  });
});

test("a daemon that restarts is waited for", async () => {
  put({});
  const first = startFakeApi(on.control);
  const port = first.port;
  let second: FakeApi | undefined;
  const onStderr = script([
    ["health=Progressing", () => void first.stop()],
    [
      "is lost. Trying again",
      () => {
        put({ operationState: succeeded }, "Synced", "Healthy");
        second = startFakeApi(on.control, { port });
      },
    ],
  ]);
  const { code, stderr } = await on.run(`app wait ${name}`, { server: first.url, onStderr });
  expect(stderr).toContain(`Connected to ${first.url} again.`);
  expect(code).toBe(0);
  await second?.stop();
});
