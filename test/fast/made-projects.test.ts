/** Projects that are made through the daemon: engine, API and command line. */
import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Application, appKey } from "../../src/core/model/application.ts";
import type { Project } from "../../src/core/model/project.ts";
import { addedClusters, bodyOf, type Given } from "../lib/added-clusters.ts";
import { type CliRun, cli } from "../lib/cli.ts";
import { conditions, HOME, sharedWorld, startWorld } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap } from "../lib/manifests.ts";

const { start } = addedClusters();

const startRig = sharedWorld(() => undefined);

const project = (name: string, spec: Project["spec"] = {}): Project => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "AppProject",
  metadata: { name, namespace: HOME },
  spec,
});
const OPEN = { sourceRepos: ["*"], destinations: [{ server: "*", namespace: "*" }] };
const actor = "user:test";

test("a project that is made holds for its applications, across a restart, until it is deleted", async () => {
  const rig = await startRig();
  const { control } = rig;
  const missing = (app: Application): boolean => conditions(app, "InvalidSpecError").length > 0;
  await rig.placeNew("early", { "a.yaml": configMap("early", "a") }, { spec: { project: "team" } });
  await rig.until("early", missing);
  expect(await control.putProject(project("team", OPEN), { how: "create", actor })).toMatchObject({
    is: "written",
  });
  await rig.untilSettled("early");
  expect(control.projectInForce("team")).toMatchObject({ value: { origin: { from: "api" } } });
  await rig.stop();
  const again = await startRig({ store: rig.store, folder: rig.folder });
  await again.untilSettled("early");
  expect(again.control.projectInForce("team")).toMatchObject({ is: "found" });

  expect(await again.control.deleteProject("team", actor)).toEqual({
    is: "conflict",
    why: "the project team is that of application argocd/early. Give them another project, or delete them, and then delete it",
  });
  again.unplace("early");
  await again.untilGone("early");
  expect(await again.control.deleteProject("team", actor)).toMatchObject({ is: "written" });
  expect(await again.control.deleteProject("team", actor)).toEqual({ is: "absent" });
  expect(again.control.projectInForce("team")).toEqual({ is: "absent" });
  const said = again.store.audits({ limit: 20 }).map(({ action }) => action);
  expect(said.filter((action) => action.startsWith("project-"))).toEqual([
    "project-delete",
    "project-create",
  ]);
});

test("an edit that would shut out what is permitted is refused, by name and reason, and changes nothing", async () => {
  const rig = await startRig();
  const { control } = rig;
  await control.putProject(project("strict", OPEN), { how: "create", actor });
  await rig.placeNew("inside", { "a.yaml": configMap("inside", "a") }, { spec: { project: "strict" } });
  await rig.untilSettled("inside");
  const narrow = project("strict", { ...OPEN, destinations: [{ server: "*", namespace: "other" }] });
  const refused = await control.putProject(narrow, { how: "update", actor });
  expect(refused).toMatchObject({ is: "conflict" });
  expect(JSON.stringify(refused)).toContain("application argocd/inside would not be permitted any more");
  expect(control.projects().find(({ metadata }) => metadata.name === "strict")?.spec).toEqual(OPEN);
  const wider = project("strict", { ...OPEN, description: "for all" });
  expect(await control.putProject(wider, { how: "update", actor })).toMatchObject({ is: "written" });
  expect(conditions(rig.app("inside"), "InvalidSpecError")).toEqual([]);
});

test("what a file holds is changed there, create is no update, and default is never deleted", async () => {
  const rig = await startRig();
  const { control } = rig;
  rig.folder.projects.push({ project: project("filed", OPEN), file: "projects/filed.yaml", line: 1 });
  rig.read();
  const byFile = { is: "managed-by-file", file: "projects/filed.yaml" } as const;
  expect(await control.putProject(project("filed"), { how: "upsert", actor })).toEqual(byFile);
  expect(await control.deleteProject("filed", actor)).toEqual(byFile);
  expect(await control.putProject(project("new"), { how: "update", actor })).toEqual({ is: "absent" });
  await control.putProject(project("new"), { how: "create", actor });
  expect(await control.putProject(project("new", OPEN), { how: "create", actor })).toMatchObject({
    is: "conflict",
  });
  expect(await control.putProject(project("new"), { how: "create", actor })).toMatchObject({ is: "written" });
  expect(await control.putProject(project("new", OPEN), { how: "upsert", actor })).toMatchObject({
    is: "written",
  });
  expect(await control.deleteProject("default", actor)).toEqual({ is: "absent" });
  await control.putProject(project("default", OPEN), { how: "update", actor });
  expect(await control.deleteProject("default", actor)).toMatchObject({ is: "conflict" });
  expect(rig.control.origin(appKey(HOME, "nobody"))).toBeUndefined();
});

const on = ({ daemon }: Given, line: string, more: Parameters<typeof cli>[1] = {}): Promise<CliRun> =>
  cli(line.split(" "), { server: daemon.url, ...more });

test("the command line makes, sets, edits and deletes one, with the API's answers", async () => {
  const sandboxed = await startWorld();
  try {
    const given = await start();
    expect((await given.ask("POST", "/api/v1/clusters", bodyOf(sandboxed, "prod"))).status).toBe(200);
    const made = await on(
      given,
      "proj create team -d https://kubernetes.default.svc,team-* -s https://git.example.com/* --allow-cluster-resource rbac.authorization.k8s.io/ClusterRole --description theirs",
    );
    expect([made.code, made.stdout]).toEqual([0, expect.stringContaining("Project team is there")]);
    const specOf = async () => (await given.ask("GET", "/api/v1/projects/team")).body.spec;
    expect(await specOf()).toEqual({
      description: "theirs",
      sourceRepos: ["https://git.example.com/*"],
      destinations: [{ server: "https://kubernetes.default.svc", namespace: "team-*" }],
      clusterResourceWhitelist: [{ group: "rbac.authorization.k8s.io", kind: "ClusterRole" }],
    });
    expect((await on(given, "proj create team")).code).toBe(7);
    expect((await on(given, "proj set team --description ours")).code).toBe(0);
    expect((await on(given, "proj add-source team https://else/*")).stdout).toContain(
      "Project team is changed",
    );
    expect(await specOf()).toMatchObject({
      description: "ours",
      sourceRepos: ["https://git.example.com/*", "https://else/*"],
    });
    expect((await on(given, "proj get team")).stdout).toMatch(/Written in\s+the API/);
    expect((await on(given, "proj set team")).code).toBe(2);
    expect((await on(given, "proj create x -d nowhere")).stderr).toContain("nowhere is no destination");
    const file = join(given.dir, "team.yaml");
    writeFileSync(
      file,
      `kind: AppProject\napiVersion: argoproj.io/v1alpha1\nmetadata: { name: team }\nspec: { sourceRepos: ["*"] }\n`,
    );
    expect((await on(given, `proj create -f ${file}`)).code).toBe(7);
    expect((await on(given, `proj create -f ${file} --upsert`)).code).toBe(0);
    expect(await specOf()).toEqual({ sourceRepos: ["*"] });
    expect((await on(given, "proj delete team")).code).toBe(2);
    expect((await on(given, "proj delete team -y")).stdout).toContain("Project team is deleted");
    expect((await on(given, "proj delete team -y")).code).toBe(3);
    expect((await given.ask("PUT", "/api/v1/projects/a", { project: project("b") })).status).toBe(400);
    expect((await given.ask("POST", "/api/v1/projects", {})).status).toBe(400);
    const wrong = await given.ask("POST", "/api/v1/projects", {
      project: { metadata: { name: "x" }, spec: { sourceRepo: ["*"] } },
    });
    expect([wrong.status, JSON.stringify(wrong.body)]).toEqual([400, expect.stringContaining("sourceRepos")]);
    await eventually(
      "nothing is left",
      async () => (await given.ask("GET", "/api/v1/projects/x")).status === 404,
    );
  } finally {
    await sandboxed.stop();
  }
});
