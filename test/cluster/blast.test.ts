/** What commits that are not merged would do: the compiled binary in a checkout, a real control plane, Git over HTTP. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BINARY, type Ran, run } from "../lib/daemon.ts";
import { type Changes, runGit } from "../lib/git-server.ts";
import { configMap, configMapPath, deployment, service } from "../lib/manifests.ts";
import { AUTOMATED, type Placed, type Shown, type Stage, startStage, yaml } from "../lib/stage.ts";

setDefaultTimeout(120_000);

let stage: Stage;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-blast-"));
  stage = await startStage({ token: "a-token-of-some-length" });
}, 120_000);
afterAll(async () => {
  await stage?.stop();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

/** A clone as a build machine has it; `shallow`: the last commit alone. */
async function checkout(app: Placed, how: "whole" | "shallow", branch = "main"): Promise<string> {
  const into = join(folder, `${app.name}-${how}-${branch}`);
  const depth = how === "shallow" ? ["--depth=1"] : [];
  await runGit(["clone", "-q", "-b", branch, ...depth, app.repoURL, into]);
  return into;
}

const blast = (cwd: string, ...args: string[]): Promise<Ran> =>
  run([BINARY, "blast", ...args], {
    cwd,
    env: {
      PATH: process.env.PATH ?? "",
      LANG: "C.UTF-8",
      HOLDFAST_SERVER: stage.daemon.url,
      HOLDFAST_TOKEN: "a-token-of-some-length",
    },
  });

const reportOf = async (cwd: string, ...args: string[]): Promise<Shown & { code: number }> => {
  const { code, stdout, stderr } = await blast(cwd, ...args, "-o", "json");
  if (stdout === "") throw new Error(`exit ${code}: ${stderr}`);
  return { ...JSON.parse(stdout), code };
};

const effects = (report: Shown): string[] =>
  (report.applications as Shown[]).flatMap((app) =>
    app.is === "compared"
      ? (app.objects as Shown[]).map(
          ({ effect, kind, name, cause }) =>
            `${effect} ${kind} ${name}${cause === "before" ? " (before)" : ""}`,
        )
      : [`failed: ${app.why}`],
  );

/** Pushes to a branch that begins at `from`, and leaves main alone. */
const propose = (app: Placed, branch: string, changes: Changes, from = "main"): Promise<string> =>
  stage.git
    .git(app.name, "rev-parse", from)
    .then((parent) =>
      stage.git.commit(
        app.name,
        Object.fromEntries(Object.entries(changes).map(([path, content]) => [`app/${path}`, content])),
        "proposed",
        { branch, parent },
      ),
    );

test("a branch and what is checked out: what would be created, changed and deleted, and nothing is written", async () => {
  const name = "blast-branch";
  const app = await stage.place({
    name,
    files: {
      "web.yaml": yaml(deployment({ namespace: name, name: "web" }), service(name, "web")),
      "old.yaml": yaml(configMap(name, "old")),
    },
    spec: { syncPolicy: AUTOMATED },
  });
  await app.untilSettled();
  await propose(app, "feature/new", {
    "web.yaml": yaml(deployment({ namespace: name, name: "web", replicas: 2 }), service(name, "web")),
    "old.yaml": null,
    "new.yaml": yaml(configMap(name, "new")),
  });
  const writes = stage.writes("").length;
  const cwd = await checkout(app, "shallow", "feature/new");
  const wanted = ["change Deployment web", "create ConfigMap new", "delete ConfigMap old"];
  const report = await reportOf(cwd, "origin/main..HEAD");
  expect(effects(report).sort()).toEqual(wanted);
  expect(report).toMatchObject({ code: 1, into: "main", concerned: 1, notes: [] });
  const web = report.applications[0].objects.find(({ kind }: Shown) => kind === "Deployment");
  expect(web.fields).toMatchObject([{ path: "spec.replicas", live: 1, desired: 2 }]);
  expect(effects(await reportOf(cwd, "main..feature/new")).sort()).toEqual(wanted);
  expect(await blast(cwd, "main..feature/new", "--no-exit-code")).toMatchObject({ code: 0 });
  const { stdout } = await blast(cwd, "origin/main..HEAD", "-o", "md");
  expect(stdout).toContain(
    "`argocd/blast-branch` | `in-cluster` | by itself | 1 created, 1 changed, 1 deleted |",
  );
  expect(stdout).toContain("@@ spec.replicas @@");
  expect(stage.writes("").length).toBe(writes);
  expect(await stage.find(configMapPath(name, "new"))).toBeUndefined();
  expect(await stage.find(configMapPath(name, "old"))).toBeDefined();
  // What was foretold is what a merge then does.
  const before = stage.writes(name).length;
  await stage.git.git(name, "update-ref", "refs/heads/main", "refs/heads/feature/new");
  await app.refresh();
  await app.untilSettled();
  const made = stage.writes(name).slice(before);
  expect(new Set(made.map(({ verb, resource, name: object }) => `${verb} ${resource} ${object}`))).toEqual(
    new Set(["patch deployments.apps web", "patch configmaps new", "delete configmaps old"]),
  );
});

test("a branch that lacks commits of main does not take them back", async () => {
  const name = "blast-behind";
  const app = await stage.place({
    name,
    files: { "a.yaml": yaml(configMap(name, "a")), "b.yaml": yaml(configMap(name, "b")) },
  });
  await app.untilSettled();
  const first = await stage.git.git(name, "rev-parse", "main");
  for (let at = 0; at < 3; at++)
    await app.push({ "a.yaml": yaml(configMap(name, "a", { key: `main ${at}` })) });
  await app.refresh();
  await app.untilSettled();
  await propose(app, "late", { "b.yaml": yaml(configMap(name, "b", { key: "late" })) }, first);
  const cwd = await checkout(app, "whole");
  const report = await reportOf(cwd, "main..late");
  expect(report.parted).toEqual({ is: "at", commit: first });
  expect(effects(report)).toEqual(["change ConfigMap b"]);
});

test("refs of pull requests, and commits that the server does not have", async () => {
  const name = "blast-pulls";
  const app = await stage.place({ name, files: { "a.yaml": yaml(configMap(name, "a")) } });
  await app.untilSettled();
  const head = await propose(app, "gone-soon", { "b.yaml": yaml(configMap(name, "b")) });
  await stage.git.git(name, "update-ref", "refs/pull/7/head", head);
  await stage.git.git(name, "update-ref", "-d", "refs/heads/gone-soon");
  const cwd = await checkout(app, "whole");
  expect(effects(await reportOf(cwd, "main..refs/pull/7/head"))).toEqual(["create ConfigMap b"]);
  expect(effects(await reportOf(cwd, `main..${head}`))).toEqual(["create ConfigMap b"]);

  await runGit(["-C", cwd, "commit", "-q", "--allow-empty", "-m", "not pushed"], undefined, {
    GIT_AUTHOR_NAME: "T",
    GIT_AUTHOR_EMAIL: "t@example.com",
    GIT_COMMITTER_NAME: "T",
    GIT_COMMITTER_EMAIL: "t@example.com",
  });
  const local = await blast(cwd, "main..HEAD");
  expect(local).toMatchObject({ code: 8, stdout: "" });
  expect(local.stderr).toContain("Push it first");
  const elsewhere = await blast(folder, "main..HEAD", "--repo", app.repoURL);
  expect(elsewhere.code).toBe(2);
  expect(elsewhere.stderr).toContain("no such commit");
  const foreign = await blast(folder, "main..x", "--repo", `${stage.git.url}/nobody-follows.git`);
  expect(foreign.code).toBe(2);
  expect(foreign.stderr).toContain("no application here reads this repository");
  expect(stage.git.requests.some(({ path }) => path.includes("nobody-follows"))).toBe(false);
});

test("what the API server refuses, what a guard holds back, and what does not render, by their exit codes", async () => {
  const name = "blast-dangers";
  const many = ["a", "b", "c", "d", "e", "f", "g"];
  const app = await stage.place({
    name,
    files: {
      ...Object.fromEntries(many.map((each) => [`${each}.yaml`, yaml(configMap(name, each))])),
      "web.yaml": yaml(deployment({ namespace: name, name: "web" })),
    },
  });
  await app.untilSettled();
  const cwd = await checkout(app, "whole");
  const web = deployment({ namespace: name, name: "web" });
  await propose(app, "immutable", {
    "web.yaml": yaml({
      ...web,
      spec: {
        ...(web["spec"] as object),
        selector: { matchLabels: { app: "other" } },
        template: {
          metadata: { labels: { app: "other" } },
          spec: { containers: [{ name: "web", image: "x" }] },
        },
      },
    }),
  });
  const immutable = await reportOf(cwd, "main..immutable");
  expect(effects(immutable)).toEqual(["refuse Deployment web"]);
  expect(immutable.code).toBe(8);
  expect(immutable.applications[0].objects[0].why).toContain("spec.selector");

  await propose(app, "many-gone", Object.fromEntries(many.map((each) => [`${each}.yaml`, null])));
  const held = await reportOf(cwd, "main..many-gone");
  expect(effects(held).sort()).toEqual(many.map((each) => `hold ConfigMap ${each}`));
  expect(held.code).toBe(7);

  await propose(app, "broken", { "a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: [" });
  const broken = await reportOf(cwd, "main..broken");
  expect(effects(broken)[0]).toContain("app/a.yaml");
  expect(broken.code).toBe(8);
  const { stdout, code } = await blast(cwd, "main..broken", "-o", "md");
  expect(code).toBe(8);
  expect(stdout).toContain("**Look at this before you merge**");
  // All of that was a question: the application is as it was.
  expect((await app.refresh()).status.sync.status).toBe("Synced");
});

test("only the applications that a commit touches are rendered and asked about, of forty in one repository", async () => {
  const name = "blast-mono";
  const apps = Array.from({ length: 40 }, (_, at) => `${name}-${at}`);
  const app = await stage.place({
    name,
    files: Object.fromEntries(apps.map((each) => [`/${each}/a.yaml`, yaml(configMap(name, each))])),
    source: { path: `${name}-0` },
  });
  await Promise.all(
    apps.slice(1).map((each) =>
      Bun.write(
        join(stage.daemon.dir, "apps", `${each}.yaml`),
        JSON.stringify({
          apiVersion: "argoproj.io/v1alpha1",
          kind: "Application",
          metadata: { name: each, namespace: "argocd" },
          spec: {
            project: "default",
            source: { repoURL: app.repoURL, path: each, targetRevision: "main" },
            destination: { server: "https://kubernetes.default.svc", namespace: name },
            syncPolicy: AUTOMATED,
          },
        }),
      ),
    ),
  );
  for (const each of apps.slice(1))
    await stage.daemon.until(each, (seen) => seen.status?.sync?.status === "Synced", 60_000);
  const parent = await stage.git.git(name, "rev-parse", "main");
  await stage.git.commit(
    name,
    { [`${name}-7/a.yaml`]: yaml(configMap(name, `${name}-7`, { key: "other" })) },
    "one of them",
    { branch: "one", parent },
  );
  const before = await stage.requests();
  const cwd = await checkout(app, "whole");
  const report = await reportOf(cwd, "main..one");
  expect(report).toMatchObject({ concerned: 1, untouched: 39, changedPaths: 1 });
  expect(effects(report)).toEqual([`change ConfigMap ${name}-7`]);
  const after = await stage.requests();
  const asked = Object.entries(after).filter(([verb, count]) => count !== before[verb] && verb !== "probe");
  expect(asked.reduce((sum, [verb, count]) => sum + count - (before[verb] ?? 0), 0)).toBeLessThanOrEqual(6);
});
