/** Syncs from the command line: what is shown on their way, and how long one waits. */
import { describe, expect, test } from "bun:test";
import { type ApplicationStatus, appKey } from "../../src/core/model/application.ts";
import type { OperationState } from "../../src/core/model/operation.ts";
import { COMMIT } from "../fakes/fake-control.ts";
import { appWith, resources, sharedCli } from "../lib/cli-stage.ts";
import { type FakeApi, startFakeApi } from "../lib/fake-api.ts";

const on = sharedCli();

describe("app sync and app wait", () => {
  const name = "flow/web";
  const started = "2026-11-23T04:31:08Z";
  const result = {
    group: "apps",
    version: "v1",
    kind: "Deployment",
    namespace: "shop",
    name: "web",
    status: "Synced" as const,
    message: "configured",
    syncPhase: "Sync" as const,
  };
  const operation = (more: Partial<OperationState>): OperationState => ({
    operation: {},
    phase: "Running",
    message: "waiting for wave 5",
    startedAt: started,
    syncResult: { revision: COMMIT, resources: [result] },
    ...more,
  });
  const succeeded = operation({
    phase: "Succeeded",
    message: "successfully synced (1 applied)",
    finishedAt: "2026-11-23T04:31:42Z",
  });
  const put = (
    more: Partial<ApplicationStatus>,
    sync: "Synced" | "OutOfSync" = "OutOfSync",
    health: "Healthy" | "Progressing" | "Degraded" | "Suspended" = "Progressing",
  ) => on.control.put(appWith("flow", "web", sync, health, { resources, ...more }));
  /** Each time stderr says one of the words, the world goes on. */
  const script = (steps: [word: string, step: () => void][]) => {
    const left = [...steps];
    return (soFar: string) => {
      const [next] = left;
      if (next === undefined || !soFar.includes(next[0])) return;
      left.shift();
      setTimeout(next[1]);
    };
  };

  test("a sync in a pipe: a line for each change on stderr, what came of it on stdout", async () => {
    put({});
    const onStderr = script([
      ["waiting for wave 0", () => put({ operationState: operation({}) })],
      [
        "waiting for wave 5",
        () =>
          put(
            {
              operationState: succeeded,
              resources: [{ ...resources![0]!, status: "Synced", health: { status: "Healthy" } }],
            },
            "Synced",
            "Healthy",
          ),
      ],
    ]);
    const { code, stdout, stderr } = await on.run(`app sync ${name}`, { onStderr });
    expect(stderr).toBe(`Syncing flow/web to main
${started} app=flow/web operation=Running "waiting for wave 0"
${started} app=flow/web wave=5 Deployment/web Progressing "1 of 3 updated"
${started} app=flow/web operation=Running "waiting for wave 5"
${started} app=flow/web wave=5 Deployment/web configured
${started} app=flow/web sync=Synced health=Healthy
`);
    expect(
      stdout.replaceAll(on.api.url, "URL").replace(/run \d+/, "run N"),
    ).toBe(`flow/web at main@9f2e1aa  "web: 1.29" (Ana Ruiz, 36 min ago)
  wave 5   ✓ Deployment/web   configured
✓ Synced and healthy in 34s · 1 configured, 0 unchanged, 0 pruned · run N · URL/#app-flow-web
`);
    expect(code).toBe(0);
  });

  test("a sync on a terminal: a region that goes, then what came of it", async () => {
    put({});
    const onStderr = script([
      ["waiting for wave 0", () => put({ operationState: succeeded, resources: [] }, "Synced", "Healthy")],
    ]);
    const { code, stdout, stderr } = await on.run(`app sync ${name}`, {
      onStderr,
      terminal: { columns: 100 },
      env: { NO_COLOR: "1" },
    });
    expect(stderr).toContain("◔ flow/web  main@9f2e1aa  0s  waiting for wave 0\x1b[K\n");
    expect(stderr).toEndWith("\x1b[J");
    expect(stdout).toContain("✓ Synced and healthy in 34s");
    expect(code).toBe(0);
  });

  test("-o json prints the application as it ended, and the notes stay on stderr", async () => {
    put({});
    const onStderr = script([
      ["waiting for wave 0", () => put({ operationState: succeeded }, "Synced", "Healthy")],
    ]);
    const { stdout, code } = await on.run(`app sync ${name} -o json`, { onStderr });
    expect(JSON.parse(stdout)).toMatchObject({
      kind: "Application",
      metadata: { name: "web" },
      status: { operationState: { phase: "Succeeded" } },
    });
    expect(code).toBe(0);
  });

  test("a failed sync ends with 1 and says why", async () => {
    put({});
    const onStderr = script([
      [
        "waiting for wave 0",
        () =>
          put({
            operationState: operation({
              phase: "Failed",
              message: "the API server refuses Service shop/web",
              finishedAt: "2026-11-23T04:31:10Z",
            }),
          }),
      ],
    ]);
    const { stdout, code } = await on.run(`app sync ${name}`, { onStderr });
    expect(stdout).toContain("✗ Sync failed in 2s: the API server refuses Service shop/web · run ");
    expect(code).toBe(1);
  });

  test("a prune that a guard stops ends with 1", async () => {
    const kept = (hookPhase: string): OperationState => ({
      ...succeeded,
      operation: { sync: { prune: true } },
      syncResult: {
        revision: COMMIT,
        resources: [{ ...result, status: "PruneSkipped", hookPhase, message: "it stays" }],
      },
    });
    for (const [hookPhase, code] of [["Failed", 1] as const, ["Succeeded", 0] as const]) {
      put({});
      const onStderr = script([
        ["waiting for wave 0", () => put({ operationState: kept(hookPhase) }, "OutOfSync", "Healthy")],
      ]);
      expect((await on.run(`app sync ${name} --prune`, { onStderr })).code).toBe(code);
    }
  });

  test("progress in a pipe says in words what was not asked, and what is going", async () => {
    put({});
    const at = (status: "Pruned" | undefined, name: string, message: string, hookPhase = "") => ({
      group: "",
      version: "v1",
      kind: "ConfigMap",
      namespace: "shop",
      name,
      message,
      syncPhase: "Sync" as const,
      ...(status === undefined ? {} : { status, hookPhase }),
    });
    const asked = operation({
      syncResult: {
        resources: [
          at(undefined, "a", "dry run: not asked. Its namespace is not there yet"),
          at("Pruned", "b", "deletion asked for. Held", "Running"),
          at("Pruned", "c", "dry run: would be pruned"),
        ],
      },
    });
    const onStderr = script([
      ["waiting for wave 0", () => put({ operationState: asked })],
      ["deletion asked for", () => put({ operationState: succeeded }, "Synced", "Healthy")],
    ]);
    const { stderr } = await on.run(`app sync ${name}`, { onStderr });
    expect(stderr).toContain('wave=0 ConfigMap/a dry run: not asked "Its namespace is not there yet"\n');
    expect(stderr).toContain('wave=0 ConfigMap/b deletion asked for "Held"\n');
    expect(stderr).toContain("wave=0 ConfigMap/c dry run: would be pruned\n");
  });

  test("a dry run is called one, beside what was deployed", async () => {
    const rehearsal: OperationState = {
      ...succeeded,
      operation: { sync: { dryRun: true }, initiatedBy: { username: "ana" } },
      message: "dry run: 1 would pass, 3 could not be asked yet",
      finishedAt: "2026-11-23T04:30:08Z",
    };
    put({
      operationState: rehearsal,
      history: [{ id: 0, revision: COMMIT, deployedAt: "2026-11-23T03:31:08Z" }],
    });
    const { stdout } = await on.run(`app get ${name}`);
    expect(stdout).toContain(
      "Last dry run   ✓ Succeeded   1 min ago by ana: 1 would pass, 3 could not be asked yet\nDeployed       1 h ago\n",
    );
    expect(stdout).not.toContain("Last sync");
    const healed = `${succeeded.message}. Put back: Service shop/web: spec.ports`;
    put({ operationState: { ...succeeded, message: healed } });
    expect((await on.run(`app get ${name}`)).stdout).toMatch(
      /Last sync +✓ Succeeded +\S.*: Put back: Service shop\/web: spec\.ports\n/,
    );
    put({ operationState: { ...succeeded } });
    expect((await on.run(`app get ${name}`)).stdout).not.toContain("successfully synced");
    put({ operationState: { ...rehearsal, phase: "Failed", message: "why" } });
    const failed = (await on.run(`app get ${name}`)).stdout;
    expect(failed).toContain("! Dry run failed  why");
    expect(failed).not.toContain("Sync failed");
  });

  test("a revision that an automated sync would take back is refused, with what to do", async () => {
    put({}, "Synced", "Healthy");
    const refusing = startFakeApi({
      ...on.control,
      sync: async () => ({
        is: "would-be-undone",
        object: "Application flow/web",
        cannot: "sync it to v1",
        why: "it is synced automatically to main, which would undo it at once",
        fix: "Commit it",
      }),
    });
    const { code, stderr } = await on.run(`app sync ${name} --revision v1`, { server: refusing.url });
    expect(stderr).toBe(
      "Syncing flow/web to v1\n✗ Application flow/web: cannot sync it to v1: it is synced automatically to main, which would undo it at once.\n  Commit it.   exit 7\n",
    );
    expect(code).toBe(7);
    await refusing.stop();
  });

  test("--wait health goes on until it is Healthy, and ends with 1 where it becomes Degraded", async () => {
    put({});
    const heals = script([
      ["waiting for wave 0", () => put({ operationState: succeeded }, "Synced", "Progressing")],
      ["health=Progressing", () => put({ operationState: succeeded }, "Synced", "Healthy")],
    ]);
    expect((await on.run(`app sync ${name} --wait health`, { onStderr: heals })).code).toBe(0);
    put({});
    const breaks = script([
      ["waiting for wave 0", () => put({ operationState: succeeded }, "Synced", "Progressing")],
      ["health=Progressing", () => put({ operationState: succeeded }, "Synced", "Degraded")],
    ]);
    expect((await on.run(`app sync ${name} --wait health`, { onStderr: breaks })).code).toBe(1);
  });

  test("a time limit ends with 6; the last state is printed and the sync goes on", async () => {
    put({});
    const { code, stdout, stderr } = await on.run(`app sync ${name} --timeout 300ms`);
    expect(stdout).toContain("◔ Still running: waiting for wave 0");
    expect(stderr).toContain(
      "✗ Not done after 0.3 s: flow/web.\n  The sync goes on. Follow it again with: holdfast app wait flow/web --operation.",
    );
    expect(code).toBe(6);
  });

  test.each([
    ["Progressing", "Wait on with: holdfast app wait flow/web --health"],
    [
      "Suspended",
      "It goes on when somebody lets it: holdfast app actions list flow/web. To wait for a pause as well: holdfast app wait flow/web --health --suspended",
    ],
  ] as const)(
    "a sync that ended with an application that is %s is not said to go on",
    async (health, next) => {
      put({});
      const stop = new AbortController();
      const { code, stderr } = await on.run(`app sync ${name} --wait health`, {
        signal: stop.signal,
        onStderr: script([
          ["waiting for wave 0", () => put({ operationState: succeeded }, "Synced", health)],
          [`sync=Synced health=${health}`, () => stop.abort()],
        ]),
      });
      expect(stderr).toContain(
        `✗ Detached.\n  The sync of flow/web has ended; what is missing is Healthy (it is ${health}`,
      );
      expect(stderr).toContain(next);
      expect(stderr).not.toContain("the sync goes on");
      expect(code).toBe(130);
    },
  );

  test("a revision that nobody knows is told by its name, and not by what is deployed", async () => {
    put({});
    const failed = operation({
      operation: { sync: { revision: "nosuch" } },
      phase: "Failed",
      message: "there is no branch, tag or commit of this name",
      finishedAt: "2026-11-23T04:31:42Z",
    });
    const { syncResult: _, ...unresolved } = failed;
    const { code, stdout } = await on.run(`app sync ${name} --revision nosuch`, {
      onStderr: script([["waiting for wave 0", () => put({ operationState: unresolved })]]),
    });
    expect(stdout).toStartWith("flow/web at nosuch\n");
    expect(code).toBe(1);
  });

  test("Ctrl-C detaches, says how to go on, and ends with 130", async () => {
    put({});
    const stop = new AbortController();
    const { code, stderr } = await on.run(`app sync ${name}`, {
      signal: stop.signal,
      onStderr: script([["waiting for wave 0", () => stop.abort()]]),
    });
    expect(stderr).toEndWith(
      "✗ Detached: the sync goes on in the daemon.\n  Follow it again with: holdfast app wait flow/web --operation. End it with: holdfast app terminate flow/web   exit 130\n",
    );
    expect(code).toBe(130);
  });

  test("flags reach the daemon with argocd's names", async () => {
    put({});
    let seen: unknown;
    const spy = startFakeApi({
      ...on.control,
      sync: (key, request) => {
        seen = request.operation.sync;
        return on.control.sync(key, request);
      },
    });
    await on.run(
      `app sync ${name} --prune --dry-run --revision v1 --force --replace --resource apps:Deployment:web --resource !:Secret:shop/* --confirm 3 --async`,
      { server: spy.url },
    );
    expect(seen).toEqual({
      prune: true,
      dryRun: true,
      revision: "v1",
      confirmPrune: 3,
      syncStrategy: { hook: { force: true } },
      syncOptions: ["Replace=true"],
      resources: [
        { group: "apps", kind: "Deployment", name: "web" },
        { group: "", kind: "Secret", namespace: "shop", name: "*", exclude: true },
      ],
    });
    await spy.stop();
  });

  test("--preview shows the differences and asks; no is no", async () => {
    put({});
    const before = on.control.calls.length;
    const { stdout, stderr, code } = await on.run(`app sync ${name} --preview`, {
      terminal: { columns: 100 },
      stdin: { text: "n\n", isTTY: true },
    });
    expect(stdout).toContain("spec.replicas");
    expect(stderr).toEndWith("Sync flow/web? [y/N] ");
    expect([code, on.control.calls.slice(before)]).toEqual([0, []]);
  });

  test("several: one that is refused does not keep the others, and its code counts", async () => {
    on.control.put(appWith("flow", "a", "Synced", "Healthy", { operationState: operation({}) }));
    put({});
    const { code, stdout, stderr } = await on.run("app sync flow/a flow/web --async");
    expect(stderr).toContain("✗ Cannot sync flow/a: another operation is already in progress.");
    expect(stdout).toBe("flow/web: asked for. Follow it with: holdfast app wait flow/web --operation\n");
    expect(code).toBe(7);
  });

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
    expect((await on.run("admin approve-removal")).stderr).toContain("No application waits for an approval.");
    on.control.setWaitingRemovals(waiting);
    expect(await on.run("admin approve-removal --confirm 3")).toMatchObject({ code: 7 });
    expect(await on.run("admin approve-removal")).toMatchObject({ code: 2 });
    const asked = { terminal: { columns: 100 }, stdin: { text: "n\n", isTTY: true } };
    expect((await on.run("admin approve-removal", asked)).stderr).toContain("Nothing was approved.");
    expect(on.control.waitingRemovals()).toEqual(waiting);
    const { code, stdout, stderr } = await on.run("admin approve-removal --confirm 2");
    expect([code, stdout]).toEqual([0, "flow/api\nflow/web\n"]);
    expect(stderr).toContain("Approved: 2 applications missing from the folders.");
    expect(on.control.calls).toContain("approve-removal flow/api flow/web user:local");
    expect(on.control.waitingRemovals()).toEqual([]);
  });

  test("delete calls nothing gone that is still there", async () => {
    put({});
    const { remove } = on.control;
    on.control.remove = async (key) => ({ is: "written", app: on.control.application(key)! });
    const { stdout } = await on.run(`app delete ${name} --yes --cascade=false`);
    on.control.remove = remove;
    expect(stdout).toContain("flow/web: deletion has begun");
    expect(stdout).not.toContain("gone");
  });

  test("delete asks, deletes and waits", async () => {
    put({});
    const { code, stdout, stderr } = await on.run(`app delete ${name} --wait`, {
      terminal: { columns: 100 },
      stdin: { text: "y\n", isTTY: true },
    });
    expect(stderr).toContain("Delete flow/web and 2 objects in the cluster? [y/N] ");
    expect(stdout).toContain("✓ flow/web: is gone");
    expect(code).toBe(0);
    expect(on.control.calls).toContain("remove flow/web foreground user:local");
  });

  test("delete shows each step while it waits, and ends with 1 where a hook stopped it", async () => {
    put({});
    const { remove } = on.control;
    const going = (phase: "Running" | "Failed", message: string, hookPhase: string, condition?: string) => {
      const app = appWith("flow", "web", "Synced", "Healthy", {
        operationState: {
          operation: {},
          phase,
          message,
          startedAt: "2026-01-01T10:00:00Z",
          syncResult: {
            resources: [
              {
                group: "batch",
                version: "v1",
                kind: "Job",
                namespace: "flow",
                name: "backup",
                message: "it exited with 1",
                syncPhase: "PreDelete",
                hookType: "PreDelete",
                hookPhase,
              },
            ],
          },
        },
        ...(condition === undefined ? {} : { conditions: [{ type: "DeletionError", message: condition }] }),
      });
      on.control.put({ ...app, metadata: { ...app.metadata, deletionTimestamp: "2026-01-01T10:00:00Z" } });
    };
    on.control.remove = async (key) => {
      going("Running", "waiting for completion of hook batch/Job flow/backup", "Running");
      return { is: "written", app: on.control.application(key)! };
    };
    const { code, stdout, stderr } = await on.run(`app delete ${name} --wait --yes`, {
      onStderr: script([
        [
          "waiting for completion",
          () => going("Failed", "the hook failed", "Failed", "the hook failed. Try again"),
        ],
      ]),
    });
    on.control.remove = remove;
    expect([code, stderr]).toEqual([1, expect.stringContaining("PreDelete Job/")]);
    expect(stdout).toMatch(/Job\/\S*backup\s+failed\s+it exited with 1/);
    expect(stdout).toContain("flow/web: Deletion error: the hook failed. Try again");
    await on.control.remove("flow/web" as never, { cascade: "none", actor: "test" });
  });

  test("confirm-deletion names what the deletion asks about, asks, and approves with the time", async () => {
    put({});
    expect(await on.run(`app confirm-deletion ${name} --yes`)).toMatchObject({
      code: 7,
      stderr: expect.stringContaining("flow/web is not being deleted"),
    });
    const going = (hookPhase: "Failed" | "Succeeded") => {
      const asks = {
        group: "",
        version: "v1",
        kind: "ConfigMap",
        namespace: "shop",
        name: "asks",
        message: "it waits for a person's approval",
        syncPhase: "Sync" as const,
        status: "PruneSkipped" as const,
        hookPhase,
      };
      const app = appWith("flow", "web", "Synced", "Healthy", {
        operationState: {
          operation: {},
          phase: "Running",
          message: "waiting",
          startedAt: "2026-01-01T10:00:00Z",
          syncResult: { resources: [asks] },
        },
      });
      on.control.put({ ...app, metadata: { ...app.metadata, deletionTimestamp: "2026-01-01T10:00:00Z" } });
    };
    going("Succeeded");
    expect((await on.run(`app confirm-deletion ${name} --yes`)).stderr).toContain(
      "waits for a person's approval",
    );
    going("Failed");
    const no = { terminal: { columns: 100 }, stdin: { text: "n\n", isTTY: true } };
    expect((await on.run(`app confirm-deletion ${name}`, no)).stderr).toContain("Nothing was approved.");
    expect(on.control.calls.filter((call) => call.startsWith("update flow/web"))).toEqual([]);
    const { code, stdout } = await on.run(`app confirm-deletion ${name} --yes`);
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^✓ flow\/web: approved: ConfigMap\/\S*asks\. /),
    ]);
    expect(on.control.calls).toContain("update flow/web user:local");
    expect(on.control.application("flow/web" as never)?.metadata.annotations).toEqual({
      "argocd.argoproj.io/deletion-approved": expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}Z$/),
    });
    await on.control.remove("flow/web" as never, { cascade: "none", actor: "test" });
  });

  test("delete skips hooks where it is told to, and forget touches nothing and says so", async () => {
    put({});
    expect((await on.run(`app delete ${name} --yes --skip-hooks`)).code).toBe(0);
    expect(on.control.calls).toContain("remove flow/web foreground without hooks user:local");
    put({});
    const { code, stdout, stderr } = await on.run(`app forget ${name}`, {
      terminal: { columns: 100 },
      stdin: { text: "y\n", isTTY: true },
    });
    expect(stderr).toContain(
      "Forget flow/web? 2 objects in the cluster stay as they are, and no hook runs. [y/N] ",
    );
    expect([code, stdout]).toEqual([
      0,
      expect.stringContaining("flow/web: is forgotten; what it had in the cluster stays as it is"),
    ]);
    expect(on.control.calls.at(-1)).toBe("remove flow/web none user:local");
  });
});
