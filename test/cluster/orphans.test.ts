/** Orphaned resources on a real API server, where every namespace has what controllers put there: they are told, and nobody touches them. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { configMap, configMapPath, deployment } from "../lib/manifests.ts";
import { AUTOMATED, conditions, type Stage, startStage, yaml } from "../lib/stage.ts";

setDefaultTimeout(120_000);

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
}, 120_000);
afterAll(() => stage?.stop(), 60_000);

test("what somebody put beside an application is told, what Kubernetes made is not, and it stays", async () => {
  const name = "beside";
  const spec = {
    sourceRepos: ["*"],
    destinations: [{ server: "*", namespace: "*" }],
    orphanedResources: { ignore: [{ kind: "Secret", name: "known-*" }] },
  };
  const metadata = { name, namespace: "argocd" };
  const project = { apiVersion: "argoproj.io/v1alpha1", kind: "AppProject", metadata, spec };
  await Bun.write(join(stage.daemon.dir, `apps/${name}-project.yaml`), JSON.stringify(project));
  await stage.makeNamespace(name);
  await stage.must("POST", configMapPath(name, ""), configMap(name, "left"));
  await stage.must("POST", `/api/v1/namespaces/${name}/secrets`, {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "known-to-us" },
  });
  const app = await stage.place({
    name,
    makeNamespace: "none",
    files: { "web.yaml": yaml(deployment({ namespace: name, name: "web" })) },
    spec: { project: name, syncPolicy: AUTOMATED },
  });
  await app.untilSettled();
  const seen = await app.until((now) => conditions(now, "OrphanedResourceWarning").length > 0);
  expect(conditions(seen, "OrphanedResourceWarning")).toEqual([
    `Application has 1 orphaned resource: in its namespace ${name} no application has ConfigMap ${name}/left. Put it into Git, delete it, or name it in orphanedResources.ignore of project ${name}`,
  ]);
  const { body } = await stage.daemon.api(`/api/v1/applications/${name}/resource-tree`);
  expect(body).toMatchObject({
    orphanedNodes: [{ version: "v1", kind: "ConfigMap", namespace: name, name: "left" }],
  });
  const told = await stage.daemon.cli("app", "get", name);
  expect(told.stdout).toContain("Application has 1 orphaned resource");
  const written = (object: string) =>
    stage.writes(name).filter((write) => JSON.stringify(write).includes(object));
  expect(written("web")).not.toEqual([]);
  expect(written("left")).toEqual([]);
  await stage.must("DELETE", configMapPath(name, "left"));
  await app.refresh("hard");
  await app.until((now) => conditions(now, "OrphanedResourceWarning").length === 0);
});
