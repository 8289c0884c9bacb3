/** A sync that a person terminates stays ended: the compiled binary and a real control plane, through restarts and kills. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { hookJob, jobPath, waitsForHook } from "../lib/hook-objects.ts";
import { configMap, configMapPath, deployment, job } from "../lib/manifests.ts";
import {
  AUTOMATED,
  conditions,
  isQuiet,
  MERGE,
  type Placed,
  type Shown,
  type Stage,
  startStage,
  yaml,
} from "../lib/stage.ts";
import { inWave } from "../lib/syncs.ts";

setDefaultTimeout(120_000);

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
}, 120_000);
afterAll(() => stage?.stop(), 60_000);

const cli = async (...args: string[]): Promise<string> => {
  const { stdout, stderr } = await stage.daemon.cli(...args);
  return `${stdout}${stderr}`.replaceAll(/\s+/g, " ");
};

async function terminated(app: Placed): Promise<void> {
  await cli("app", "terminate", app.name);
  await app.until((now) => isQuiet(now) && now.status.terminated !== undefined);
}

/** Looked at anew nothing of it goes on by itself, and every view says so, since when, and how it does. */
async function staysEnded(app: Placed): Promise<void> {
  const { name } = app;
  const before = stage.writes(name).length;
  for (let look = 0; look < 2; look++) expect(isQuiet(await app.refresh("hard"))).toBe(true);
  expect(stage.writes(name).length).toBe(before);
  const now = await app.get();
  expect(now.status.terminated).toMatchObject({ by: "user:local", at: expect.stringMatching(/^\d{4}-/) });
  const [said = ""] = conditions(now, "TerminatedWarning");
  expect(said).toMatch(
    new RegExp(
      `^terminated by user:local at \\S+Z: the sync to [0-9a-f]{7}\\. .* by: holdfast app sync argocd/${name}$`,
    ),
  );
  // A person is told how long ago, once, and then the same.
  const [, what = ""] = said.split(/ at \S+Z(?=: )/);
  const told = (words: string): RegExp =>
    new RegExp(`${words} by user:local (just now|\\d+ (s|min) ago)${RegExp.escape(what)}`, "g");
  expect((await cli("app", "get", name)).match(told("Terminated"))).toHaveLength(1);
  expect(await cli("app", "list")).toMatch(told("Terminated:"));
  expect(String((await stage.daemon.api("/metrics")).body)).toContain(
    `holdfast_app_terminated{namespace="argocd",name="${name}",project="default"} 1`,
  );
}

/** After a restart, a rehearsal, and a sync of one object that is gone again afterwards. */
async function staysEndedWhateverElse(app: Placed): Promise<void> {
  const { name } = app;
  await staysEnded(app);
  await stage.daemon.kill("SIGKILL");
  await stage.daemon.restart();
  await staysEnded(app);
  expect(await app.sync({ dryRun: true })).toMatchObject({ phase: "Succeeded" });
  await staysEnded(app);
  const part = { resources: [{ kind: "ConfigMap", name: "part", namespace: name }] };
  expect(await app.sync(part)).toMatchObject({ phase: "Succeeded" });
  await stage.must("DELETE", configMapPath(name, "part"));
  await staysEnded(app);
  expect(await stage.find(configMapPath(name, "last"))).toBeUndefined();
}

async function goes(app: Placed): Promise<void> {
  const now = await app.untilSettled();
  expect([now.status.terminated, conditions(now, "TerminatedWarning")]).toEqual([undefined, []]);
  for (const one of ["part", "last"]) expect(await stage.find(configMapPath(app.name, one))).toBeDefined();
}

const place = (name: string, more: Record<string, string>): Promise<Placed> =>
  stage.place({
    name,
    files: {
      "part.yaml": yaml(configMap(name, "part")),
      "last.yaml": yaml(inWave(1, configMap(name, "last"))),
      ...more,
    },
    spec: { syncPolicy: AUTOMATED },
  });
const suspended = (name: string): Record<string, string> => ({
  "pre.yaml": yaml(hookJob(name, "migrate", "PreSync", { suspend: true })),
});

/** Never healthy, and never failed. */
function slowJob(namespace: string): KubeObject {
  const made = job({ namespace, name: "slow" });
  return { ...made, spec: { ...(made["spec"] as object), suspend: true } };
}

test("in a hook of PreSync, until a person syncs it", async () => {
  const app = await place("ended-in-presync", suspended("ended-in-presync"));
  await app.until(waitsForHook("migrate"));
  await terminated(app);
  await staysEndedWhateverElse(app);
  const synced = app.sync();
  await app.until(waitsForHook("migrate"));
  await stage.must("PATCH", jobPath(app.name, "migrate"), { spec: { suspend: false } }, MERGE);
  expect(await synced).toMatchObject({ phase: "Succeeded" });
  await goes(app);
});

test("in a wave that waits for health, until the next commit", async () => {
  const name = "ended-in-a-wave";
  const app = await place(name, { "slow.yaml": yaml(slowJob(name)) });
  await app.until((now: Shown) =>
    /waiting for healthy state/.test(now.status?.operationState?.message ?? ""),
  );
  await terminated(app);
  await staysEndedWhateverElse(app);
  await app.commit({ "slow.yaml": null });
  await goes(app);
});

test("before it began, as a restart had cut it off and all is paused, until the next commit", async () => {
  const app = await place("ended-before", suspended("ended-before"));
  await app.until(waitsForHook("migrate"));
  await cli("admin", "pause");
  await stage.daemon.kill("SIGKILL");
  await stage.daemon.restart();
  await app.until((now) => now.operation !== undefined && conditions(now, "PausedWarning").length > 0);
  await terminated(app);
  await cli("admin", "resume");
  await staysEndedWhateverElse(app);
  await app.commit({ "pre.yaml": null });
  await goes(app);
});

test("a rollback in a wave: it stays held and ended until it is lifted", async () => {
  const name = "ended-rollback";
  const web = (image: string) => yaml(deployment({ namespace: name, name: "web", image }));
  const app = await stage.place({
    name,
    files: {
      "web.yaml": web("web:1"),
      "pre.yaml": yaml(hookJob(name, "migrate", "PreSync")),
      "last.yaml": yaml(inWave(1, configMap(name, "last", { is: "one" }))),
    },
    spec: { syncPolicy: AUTOMATED },
  });
  await app.untilSettled();
  const second = await app.commit({
    "web.yaml": web("web:2"),
    "last.yaml": yaml(inWave(1, configMap(name, "last", { is: "two" }))),
  });
  await app.until((now) => now.status.sync.revision === second);
  await app.untilSettled();
  const path = `/apis/apps/v1/namespaces/${name}/deployments/web`;
  const isIn = async () => (await stage.must("GET", configMapPath(name, "last"))).data.is;
  // It takes its time to be ready.
  await stage.must("PATCH", path, { spec: { minReadySeconds: 500 } }, MERGE);
  await cli("app", "rollback", name, "0", "--yes", "--timeout", "1");
  await app.until((now) => /waiting for healthy state/.test(now.status.operationState?.message ?? ""));
  await terminated(app);
  for (const _ of ["as it is", "after kill -9"]) {
    await app.refresh("hard");
    const now = await app.get();
    expect([isQuiet(now), now.status.hold?.deployment, now.status.terminated?.by, await isIn()]).toEqual([
      true,
      0,
      "user:local",
      "two",
    ]);
    expect(conditions(now, "TerminatedWarning")[0]).toContain(
      `by: holdfast app rollback argocd/${name} 0, or holdfast app unhold argocd/${name}`,
    );
    await stage.daemon.kill("SIGKILL");
    await stage.daemon.restart();
  }
  await stage.must("PATCH", path, { spec: { minReadySeconds: null } }, MERGE);
  await cli("app", "unhold", name);
  const now = await app.untilSettled();
  expect([now.status.terminated, now.status.hold, now.status.sync.revision, await isIn()]).toEqual([
    undefined,
    undefined,
    second,
    "two",
  ]);
});
