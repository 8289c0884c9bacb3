/** Sync windows on a real API server: nothing is written while one forbids it, through kill -9 too, and what waits begins by itself. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import type { SyncWindow } from "../../src/core/model/sync-window.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath } from "../lib/manifests.ts";
import { AUTOMATED, conditions, MERGE, type Placed, type Stage, startStage, yaml } from "../lib/stage.ts";

setDefaultTimeout(120_000);

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
}, 120_000);
afterAll(() => stage?.stop(), 60_000);

/** Open at every time of every day. */
const FREEZE: SyncWindow = {
  kind: "deny",
  schedule: "* * * * *",
  duration: "1h",
  applications: ["*"],
  description: "freeze",
};
const cli = async (...args: string[]) => {
  const ran = await stage.daemon.cli(...args);
  return { ...ran, said: `${ran.stdout}${ran.stderr}` };
};
const dataIn = async (name: string): Promise<Record<string, string> | undefined> =>
  (await stage.find(configMapPath(name, "it")))?.data;
const holding = (name: string, value: string): Record<string, string> => ({
  "it.yaml": yaml(configMap(name, "it", { value })),
});

async function writeProject(name: string, syncWindows: SyncWindow[]): Promise<void> {
  const project = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AppProject",
    metadata: { name, namespace: "argocd" },
    spec: { sourceRepos: ["*"], destinations: [{ server: "*", namespace: "*" }], syncWindows },
  };
  await Bun.write(join(stage.daemon.dir, `apps/${name}-project.yaml`), JSON.stringify(project));
  await eventually("the daemon knows the windows", async () => {
    const { body } = await stage.daemon.api<{ holdfast?: { windows: { window: SyncWindow }[] } }>(
      `/api/v1/projects/${name}/syncwindows`,
    );
    return Bun.deepEquals(
      body.holdfast?.windows.map(({ window }) => window),
      syncWindows,
    );
  });
}

/** An application of its own project, synced before there are windows. */
async function settled(name: string): Promise<Placed> {
  await writeProject(name, []);
  const app = await stage.place({
    name,
    files: holding(name, "one"),
    spec: { project: name, syncPolicy: AUTOMATED },
  });
  await app.untilSettled();
  return app;
}

const untilWaits = (app: Placed) => app.until((now) => conditions(now, "SyncWindowWarning").length > 0);

describe("a freeze", () => {
  const name = "frozen";
  let app: Placed;
  let written: number;
  beforeAll(async () => {
    app = await settled(name);
    await writeProject(name, [FREEZE]);
    written = stage.writes(name).length;
    await app.commit(holding(name, "two"));
    await untilWaits(app);
    await stage.must("PATCH", configMapPath(name, "it"), { data: { value: "by hand" } }, MERGE);
    await app.refresh();
  });

  test("leaves a commit and drift as they are, and says what it is", async () => {
    const seen = await app.get();
    expect(conditions(seen, "SyncWindowWarning")).toEqual([
      `What is to be synced waits: the deny window "freeze" (* * * * * for 1h, UTC) of project ${name} forbids it, and no end of that is to be seen`,
    ]);
    expect(seen.status.sync.status).toBe("OutOfSync");
    expect(await dataIn(name)).toEqual({ value: "by hand" });
    expect(stage.writes(name).length).toBe(written);
  });

  test("is shown by the command line and at Argo CD's path", async () => {
    const { stdout } = await cli("app", "get", name);
    expect(stdout).toMatch(/SyncWindow +Sync Denied\n/);
    expect(stdout).toMatch(/Assigned windows +deny:\* \* \* \* \*:1h UTC \(denies now\)\n/);
    expect((await cli("project", "window", "list", name)).stdout).toContain("freeze");
    const { body } = await stage.daemon.api(`/api/v1/applications/${name}/syncwindows`);
    expect(body).toMatchObject({ canSync: false, activeWindows: [{ kind: "deny", duration: "1h" }] });
  });

  test("refuses a person's sync with exit code 7, and no rehearsal", async () => {
    const refused = await cli("app", "sync", name);
    expect([refused.code, refused.said]).toEqual([
      7,
      expect.stringMatching(/the deny window "freeze" .* What opens when/i),
    ]);
    expect((await cli("app", "sync", name, "--dry-run")).code).toBe(0);
    expect(await dataIn(name)).toEqual({ value: "by hand" });
  });

  test("holds through kill -9", async () => {
    await stage.daemon.kill("SIGKILL");
    await stage.daemon.restart();
    await untilWaits(app);
    await app.refresh();
    expect(await dataIn(name)).toEqual({ value: "by hand" });
    expect(stage.writes(name).length).toBe(written);
  });

  test("with manualSync lets a person through", async () => {
    await writeProject(name, [{ ...FREEZE, manualSync: true }]);
    expect((await cli("app", "get", name)).stdout).toMatch(/SyncWindow +Manual Allowed/);
    const synced = await cli("app", "sync", name);
    expect([synced.code, synced.said]).toEqual([0, expect.any(String)]);
    expect(await dataIn(name)).toEqual({ value: "two" });
  });
});

test("what waits begins by itself when the window closes: no poll, no push, no refresh", async () => {
  const name = "thawing";
  const app = await settled(name);
  await writeProject(name, [FREEZE]);
  await app.commit(holding(name, "two"));
  await untilWaits(app);
  // One that fired at the last full minute and is open for some seconds more.
  const now = new Date(),
    leftMs = 8_000;
  const sinceMs = now.getUTCSeconds() * 1_000 + now.getUTCMilliseconds();
  await writeProject(name, [
    {
      ...FREEZE,
      schedule: `${now.getUTCMinutes()} ${now.getUTCHours()} * * *`,
      duration: `${sinceMs + leftMs}ms`,
    },
  ]);
  await eventually("it is synced", async () => (await dataIn(name))?.value === "two", 60_000);
  expect(Date.now()).toBeGreaterThanOrEqual(now.getTime() + leftMs - 1);
  expect(conditions(await app.untilSettled(), "SyncWindowWarning")).toEqual([]);
});
