/** Syncs from the command line: what is shown on their way, and what comes of them. */
import { beforeAll, expect, test } from "bun:test";
import type { OperationState } from "../../src/core/model/operation.ts";
import { COMMIT } from "../fakes/fake-control.ts";
import { name, operation, putOn, result, script, started, succeeded } from "../lib/cli-operation.ts";
import { appWith, resources, sharedCli } from "../lib/cli-stage.ts";
import { startFakeApi } from "../lib/fake-api.ts";

const on = sharedCli();
const put = putOn(on);
beforeAll(() => {
  const { runs } = on.control;
  // The journal has the operation that the application shows.
  on.control.runs = (...asked) =>
    runs(...asked).map((run) => ({
      ...run,
      state: on.control.application(run.app)?.status?.operationState ?? run.state,
    }));
});

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
✓ Synced and healthy in 34s · 1 configured, 0 unchanged, 0 pruned · run N · URL/applications/flow/web
`);
  expect(code).toBe(0);
});

test("another run than the one that was seen lends it no number, and one by policy is said to be that", async () => {
  put({});
  const byPolicy = { ...succeeded, operation: { initiatedBy: { automated: true } } };
  const onStderr = script([
    ["waiting for wave 0", () => put({ operationState: byPolicy, resources: [] }, "Synced", "Healthy")],
  ]);
  const { runs } = on.control;
  // A heal began as soon as the sync had ended.
  on.control.runs = (...asked) =>
    runs(...asked).map((run) => ({ ...run, state: { ...run.state, startedAt: "2026-11-23T04:31:43Z" } }));
  const { code, stdout, stderr } = await on.run(`app sync ${name}`, { onStderr });
  on.control.runs = runs;
  expect(stdout).toContain("✓ Synced and healthy in 34s");
  expect(stdout).not.toContain("· run ");
  expect(stderr).toContain("below is a sync by its policy, which came after the one that was asked for");
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
  // The sync before it stays said.
  put({ operationState: rehearsal, lastSync: { ...succeeded, phase: "Failed", message: "no quota" } });
  expect((await on.run(`app get ${name}`)).stdout).toMatch(
    /Last sync +✗ Failed .*\nLast dry run +✓ Succeeded/,
  );
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
] as const)("a sync that ended with an application that is %s is not said to go on", async (health, next) => {
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
});

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
  expect([code, on.control.calls.slice(before)]).toEqual([0, [`plan sync ${name} {}`]]);
});

test("app diff and --preview name the hooks that just that sync runs; what differs is told without them too", async () => {
  put({});
  const { syncPlan } = on.control;
  const hook = { group: "batch", kind: "Job", namespace: "shop", name: "smoke" };
  on.control.syncPlan = async (...asked) => {
    const found = await syncPlan.call(on.control, ...asked);
    if (found.is !== "found") return found;
    const steps =
      asked[1].sync.syncStrategy?.apply === undefined
        ? [...found.value.steps, { ref: hook, does: "hook" as const, phase: "PostSync" as const, wave: 0 }]
        : found.value.steps;
    return { is: "found", value: { ...found.value, steps } };
  };
  const named = "A sync runs the hook Job/smoke (PostSync). Apply with: holdfast app sync flow/web\n";
  const preview = { terminal: { columns: 200 }, stdin: { text: "n\n", isTTY: true } };
  expect((await on.run(`app diff ${name}`)).stderr).toEndWith(named);
  expect((await on.run(`app sync ${name} --preview`, preview)).stderr).toContain(named.trim());
  expect((await on.run(`app sync ${name} --preview --strategy apply`, preview)).stderr).not.toContain("hook");
  on.control.syncPlan = () => Promise.reject(new Error("no plan"));
  const { code, stderr } = await on.run(`app diff ${name}`);
  expect([code, stderr.includes("hook")]).toEqual([1, false]);
  expect(stderr).toEndWith(". Apply with: holdfast app sync flow/web\n");
  on.control.syncPlan = syncPlan;
});

test("several: one that is refused does not keep the others, and its code counts", async () => {
  on.control.put(appWith("flow", "a", "Synced", "Healthy", { operationState: operation({}) }));
  put({});
  const { code, stdout, stderr } = await on.run("app sync flow/a flow/web --async");
  expect(stderr).toContain("✗ Cannot sync flow/a: another operation is already in progress.");
  expect(stdout).toBe("flow/web: asked for. Follow it with: holdfast app wait flow/web --operation\n");
  expect(code).toBe(7);
});
