/** Back to what was deployed once, and the hold, on a real API server, by the command line and by Argo CD's path, through kill -9. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath } from "../lib/manifests.ts";
import {
  conditions,
  isQuiet,
  isSynced,
  MERGE,
  type Placed,
  type Shown,
  type Stage,
  startStage,
  yaml,
} from "../lib/stage.ts";

setDefaultTimeout(120_000);

let stage: Stage;
beforeAll(async () => {
  stage = await startStage({ config: 'repositories: [{ url: "http://127.0.0.1:", push: allowed }]' });
  // A folder that is suddenly empty deletes nothing: this one stays in it, whatever leaves.
  await stage.place({ name: "stays", files: { "a.yaml": yaml(configMap("stays", "a")) } });
}, 120_000);
afterAll(() => stage?.stop(), 60_000);

const cli = async (...args: string[]) => {
  const ran = await stage.daemon.cli("app", ...args);
  return { ...ran, said: `${ran.stdout}${ran.stderr}` };
};
const valueIn = async (namespace: string): Promise<string | undefined> =>
  (await stage.find(configMapPath(namespace, "it")))?.data?.value;
const holding = (namespace: string, value: string): Record<string, string> => ({
  "it.yaml": yaml(configMap(namespace, "it", { value })),
});
const historyOf = async (name: string): Promise<Shown[]> =>
  JSON.parse((await cli("history", name, "-o", "json")).stdout).items;

/** Deployed once for each value. @returns the commits */
async function deployed(
  name: string,
  values: readonly string[],
): Promise<{ app: Placed; commits: string[] }> {
  const [first = "", ...rest] = values;
  const app = await stage.place({ name, files: holding(name, first) });
  const commits = [(await app.untilSettled()).status.sync.revision as string];
  for (const value of rest) {
    const sha = await app.commit(holding(name, value));
    await app.until((seen) => seen.status?.sync?.revision === sha && isSynced(seen) && isQuiet(seen));
    commits.push(sha);
  }
  return { app, commits };
}

describe("app rollback", () => {
  const name = "back";
  let app: Placed;
  let commits: string[];
  beforeAll(async () => {
    ({ app, commits } = await deployed(name, ["one", "two"]));
  });

  test("shows what it would do and asks: where nobody can answer nothing happens", async () => {
    const before = stage.writes(name).length;
    const { code, stdout, stderr } = await cli("rollback", name);
    expect(stdout).toContain("@@ data.value @@");
    expect(stdout).toMatch(/-\s*two[\s\S]*\+\s*one/);
    expect(stderr).toContain(`argocd/back to deployment 0 (${commits[0]?.slice(0, 7)}`);
    expect(stderr).toContain("held there until somebody lifts it");
    expect(code).toBe(2);
    expect(stage.writes(name).length).toBe(before);
    expect(await valueIn(name)).toBe("two");
  });

  test("goes back and holds: through commits, drift and kill -9", async () => {
    const ran = await cli("rollback", name, "0", "--yes", "--reason", "two fails at checkout");
    expect([ran.code, ran.said]).toEqual([0, expect.stringContaining("held@")]);
    expect(await valueIn(name)).toBe("one");
    const three = await app.commit(holding(name, "three"));
    await stage.daemon.kill("SIGKILL");
    await stage.daemon.restart();
    const seen = await app.until(
      (shown) => isSynced(shown) && isQuiet(shown) && shown.status.hold?.git?.[0] === three,
    );
    expect(seen.status).toMatchObject({
      sync: { revision: commits[0] },
      hold: { deployment: 0, by: "user:local", reason: "two fails at checkout", until: "lifted" },
    });
    expect(conditions(seen, "HeldWarning").join()).toContain("two fails at checkout");
    expect(await valueIn(name)).toBe("one");
    await stage.must("PATCH", configMapPath(name, "it"), { data: { value: "by hand" } }, MERGE);
    await eventually("it is healed to what is held", async () => (await valueIn(name)) === "one");
    await app.refresh("hard");
    expect(await valueIn(name)).toBe("one");
    const { body } = await stage.daemon.api<string>("/metrics");
    expect(body).toContain(
      `holdfast_app_held{namespace="argocd",name="back",project="default",revision="${commits[0]}",until="lifted"} 1`,
    );
    expect((await cli("list")).stdout).toMatch(/argocd\/back .* held@/);
  });

  test("a sync meanwhile is refused with the ways on", async () => {
    const { code, stderr } = await cli("sync", name);
    expect(code).toBe(7);
    expect(stderr).toContain("holdfast app unhold argocd/back");
    expect((await cli("sync", name, "--revision", commits[0] ?? "")).code).toBe(0);
    expect(await valueIn(name)).toBe("one");
  });

  test("the history tells what brought each deployment about", async () => {
    const entries = await historyOf(name);
    expect(entries.map(({ cause }) => cause)).toEqual(["manual", "rollback to 0", "automated", "automated"]);
    expect(entries[1]).toMatchObject({
      reason: "two fails at checkout",
      revision: commits[0],
      source: { path: "app" },
    });
    expect((await stage.daemon.cli("runs", "--app", "argocd/back")).stdout).toContain("rollback");
  });

  test("unhold lets it go on to what waited", async () => {
    expect((await cli("unhold", name)).code).toBe(0);
    await eventually("what waited is there", async () => (await valueIn(name)) === "three");
    const seen = await app.untilSettled();
    expect(seen.status.hold).toBeUndefined();
    expect((await cli("unhold", name)).stderr).toContain("is not held");
  });
});

describe("Argo CD's path", () => {
  test("goes back by the id as its clients send it, until the next commit that changes it", async () => {
    const { app, commits } = await deployed("argo", ["one", "two"]);
    const answer = await stage.daemon.api<Shown>("/api/v1/applications/argo/rollback", {
      method: "POST",
      body: JSON.stringify({ name: "argo", id: "0", prune: false, dryRun: false, until: "next-commit" }),
    });
    expect(answer.status).toBe(200);
    const seen = await app.until((shown) => isQuiet(shown) && shown.status.sync.revision === commits[0]);
    expect(seen.status).toMatchObject({
      hold: { until: "next-commit" },
      operationState: { operation: { sync: { revision: commits[0], syncStrategy: { apply: {} } } } },
    });
    await app.commit({ "/README.md": "nothing of it" });
    await stage.daemon.kill("SIGKILL");
    await stage.daemon.restart();
    await app.refresh();
    expect(await valueIn("argo")).toBe("one");
    await app.commit(holding("argo", "mended"));
    await eventually("it goes on", async () => (await valueIn("argo")) === "mended");
    expect((await app.untilSettled()).status.hold).toBeUndefined();
  });

  test("prunes only where it is told, and the guards stop that as ever", async () => {
    const { app } = await deployed("guarded", ["one"]);
    const many = Object.fromEntries(
      Array.from({ length: 7 }, (_, at) => [`m${at}.yaml`, yaml(configMap("guarded", `m${at}`))]),
    );
    const sha = await app.commit(many);
    await app.until((seen) => seen.status?.sync?.revision === sha && isSynced(seen) && isQuiet(seen));
    expect((await cli("rollback", "guarded", "0", "--yes")).said).toContain("7 to prune, which is off");
    await app.refresh();
    expect(await stage.find(configMapPath("guarded", "m6"))).toBeDefined();
    const stopped = await cli("rollback", "guarded", "0", "--yes", "--prune");
    expect(stopped.said).toContain("7 objects would not be done");
    expect(await stage.find(configMapPath("guarded", "m6"))).toBeDefined();
    expect((await cli("rollback", "guarded", "0", "--yes", "--confirm", "7")).code).toBe(0);
    await eventually(
      "they are gone",
      async () => (await stage.find(configMapPath("guarded", "m6"))) === undefined,
    );
    expect(await valueIn("guarded")).toBe("one");
  });

  test("an application that is killed between asking and syncing gets there", async () => {
    const { app, commits } = await deployed("killed", ["one", "two"]);
    await stage.daemon.api("/api/v1/applications/killed/rollback", {
      method: "POST",
      body: JSON.stringify({ id: 0 }),
    });
    await stage.daemon.kill("SIGKILL");
    await stage.daemon.restart();
    const seen = await app.until(
      (shown) => isSynced(shown) && isQuiet(shown) && shown.status.sync.revision === commits[0],
    );
    expect(seen.status.hold).toMatchObject({ deployment: 0 });
    expect(await valueIn("killed")).toBe("one");
  });
});

describe("app rollback --git", () => {
  test("shows the commit, pushes it, and it is delivered as every commit is, kill -9 or not", async () => {
    const { app, commits } = await deployed("by-commit", ["one", "two"]);
    await app.push({ "/beside.txt": "of others" });
    const asked = await cli("rollback", "by-commit", "0", "--git");
    expect(asked.said).toMatch(
      /A commit to main of \S+, after \w{7}, would put back how it was at \w{7}:\n {2}app\/it\.yaml\n/,
    );
    expect(asked.code).toBe(2);
    const ran = await cli("rollback", "by-commit", "0", "--git", "--yes", "--reason", "two fails");
    expect([ran.code, ran.said]).toEqual([0, expect.stringMatching(/pushed \w{7} to main/)]);
    await stage.daemon.kill("SIGKILL");
    await stage.daemon.restart();
    await eventually("it is delivered", async () => (await valueIn("by-commit")) === "one");
    const seen = await app.untilSettled();
    expect(seen.status.hold).toBeUndefined();
    const head = await stage.git.git("by-commit", "rev-parse", "main");
    expect(seen.status.sync.revision).toBe(head);
    expect(await stage.git.git("by-commit", "diff", "--name-only", commits[1] ?? "", "main")).toBe(
      "app/it.yaml\nbeside.txt",
    );
    expect(await stage.git.git("by-commit", "log", "-1", "--format=%B", "main")).toContain(
      "Asked for by user:local: two fails",
    );
    expect((await cli("rollback", "by-commit", "0", "--git", "--yes")).said).toContain(
      "its files are what they were then",
    );
  });

  test("to a branch of its own changes nothing until it is merged", async () => {
    const { commits } = await deployed("by-branch", ["one", "two"]);
    expect((await cli("rollback", "by-branch", "0", "--git", "--yes", "--branch", "back/one")).code).toBe(0);
    expect(await stage.git.git("by-branch", "rev-parse", "main")).toBe(commits[1] ?? "");
    expect(await stage.git.git("by-branch", "rev-parse", "back/one^")).toBe(commits[1] ?? "");
    expect(await valueIn("by-branch")).toBe("two");
  });
});
