/** Deletions from the command line: asked for, confirmed, followed, and forgotten instead. */
import { expect, test } from "bun:test";
import { name, putOn, script } from "../lib/cli-operation.ts";
import { appWith, sharedCli } from "../lib/cli-stage.ts";

const on = sharedCli();
const put = putOn(on);

test("delete calls nothing gone that is still there", async () => {
  put({});
  const { remove } = on.control;
  on.control.remove = async (key) => ({ is: "written", app: on.control.application(key)! });
  const { stdout } = await on.run(`app delete ${name} --yes --cascade=false`);
  on.control.remove = remove;
  expect(stdout).toContain("flow/web: deletion has begun");
  expect(stdout).not.toContain("gone");
});

test.each([
  {
    name: "its objects go with it",
    finalizers: ["resources-finalizer.argocd.argoproj.io/background"],
    asks: "--cascade",
    says: ": its objects go with it. Its status tells what it waits for",
  },
  {
    name: "its objects stay, and that is final",
    finalizers: [],
    asks: "--cascade",
    says: ": its objects stay in the cluster, because that was asked for before, and letting go of them is final. ",
  },
  {
    name: "its objects stay, as is asked again",
    finalizers: [],
    asks: "--cascade=false",
    says: ": its objects stay in the cluster. Its status",
  },
])("delete of what is being deleted says so: $name", async ({ finalizers, asks, says }) => {
  const app = appWith("flow", "web", "Synced", "Healthy");
  const since = "2026-01-01T10:00:00Z";
  on.control.put({
    ...app,
    metadata: { ...app.metadata, finalizers: [...finalizers], deletionTimestamp: since },
  });
  const { remove } = on.control;
  on.control.remove = async (key) => ({ is: "written", app: on.control.application(key)! });
  const { stdout } = await on.run(`app delete ${name} --yes ${asks}`);
  on.control.remove = remove;
  expect(stdout).toContain(` application flow/web is being deleted since ${since}${says}`);
  expect(stdout.match(/flow\/web/g)).toHaveLength(1);
});

test("delete of one that whoever renders it makes anew at once says so, and does not wait for that one to go", async () => {
  put({});
  const { remove } = on.control;
  on.control.remove = async (key, asked) => {
    const app = on.control.application(key)!;
    await remove(key, asked);
    on.control.put({ ...app, metadata: { ...app.metadata, uid: "another" } });
    return { is: "written", app };
  };
  const { stdout, code } = await on.run(`app delete ${name} --yes --wait --timeout 5`);
  on.control.remove = remove;
  expect(stdout).toBe(
    "✓ flow/web: is gone, and another one of its name was made since, by whoever renders it\n",
  );
  expect(code).toBe(0);
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
  expect(stdout).toContain("flow/web: Not deleted: the hook failed. Try again");
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
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^✓ flow\/web: approved: ConfigMap\/\S*asks\. /)]);
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
