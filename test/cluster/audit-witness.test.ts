/** That suites which say "nothing was written" would have seen it: the audit log shows each way in which the daemon writes. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath, job } from "../lib/manifests.ts";
import { APPLY, MERGE, type Stage, startStage, yaml } from "../lib/stage.ts";

setDefaultTimeout(60_000);

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
}, 120_000);
afterAll(() => stage?.stop(), 60_000);

const OPTIONS = "argocd.argoproj.io/sync-options";

/** What the daemon wrote to a namespace, each way once. `apply` and `patch` have one verb in Kubernetes. */
const ways = (namespace: string): string[] => [
  ...new Set(
    stage
      .writes(namespace)
      .map(({ verb, resource, query }) => `${query.get("force") === "true" ? "apply" : verb} ${resource}`),
  ),
];

test("an apply, a patch, a replace, a create and each deletion of the daemon are seen", async () => {
  const namespace = "witness";
  await stage.makeNamespace(namespace);
  // What somebody else delivered is taken over by a patch.
  await stage.must(
    "PATCH",
    `${configMapPath(namespace, "taken")}?fieldManager=argocd-controller`,
    configMap(namespace, "taken"),
    APPLY,
  );
  const replaced = (at: string) => configMap(namespace, "replaced", { at }, { [OPTIONS]: "Replace=true" });
  const forced = (image: string) => {
    const once = job({ namespace, name: "forced", image });
    return { ...once, metadata: { ...once.metadata, annotations: { [OPTIONS]: "Force=true" } } };
  };
  const app = await stage.place({
    name: namespace,
    files: {
      "taken.yaml": yaml(configMap(namespace, "taken")),
      "replaced.yaml": yaml(replaced("1")),
      "forced.yaml": yaml(forced("registry.example.com/job:1")),
      "pruned.yaml": yaml(configMap(namespace, "pruned")),
    },
  });
  await app.untilSettled();
  expect(ways(namespace)).toContain("patch configmaps");
  expect(ways(namespace)).toContain("apply configmaps");
  expect(ways(namespace).filter((way) => way.startsWith("delete"))).toEqual([]);

  await app.commit({ "pruned.yaml": null });
  await eventually(
    "it is pruned",
    async () => (await stage.find(configMapPath(namespace, "pruned"))) === undefined,
  );
  expect(stage.writes(namespace).filter(({ verb }) => verb === "delete")).toMatchObject([
    { resource: "configmaps", name: "pruned", code: 200 },
  ]);

  await app.commit({
    "replaced.yaml": yaml(replaced("2")),
    "forced.yaml": yaml(forced("registry.example.com/job:2")),
  });
  await eventually("both were written anew", async () => {
    const settings = await stage.must("GET", configMapPath(namespace, "replaced"));
    const once = await stage.find(`/apis/batch/v1/namespaces/${namespace}/jobs/forced`);
    return (
      settings.data.at === "2" &&
      once?.spec.template.spec.containers[0].image === "registry.example.com/job:2"
    );
  });
  expect(ways(namespace)).toContain("update configmaps");
  expect(ways(namespace)).toContain("delete jobs.batch");
  expect(stage.dryRuns().length).toBeGreaterThan(0);
});

test("what a person writes and deletes is not the daemon's", async () => {
  const namespace = "bystander";
  await stage.makeNamespace(namespace);
  await stage.must("POST", `/api/v1/namespaces/${namespace}/configmaps`, configMap(namespace, "a"));
  await stage.must("PATCH", configMapPath(namespace, "a"), { data: { key: "edited" } }, MERGE);
  await stage.must("DELETE", configMapPath(namespace, "a"));
  expect(stage.writes(namespace)).toEqual([]);
});
