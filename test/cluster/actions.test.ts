/** Actions on a real API server, by the command line and by Argo CD's paths: restart, scale, a Job of a CronJob, a status by its subresource, an operator's Lua. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { staysSynced } from "../lib/calm.ts";
import { configMap, deployment } from "../lib/manifests.ts";
import { type Placed, type Shown, type Stage, startStage, yaml } from "../lib/stage.ts";

setDefaultTimeout(90_000);

const customizations = `data:
  resource.customizations.actions.example.com_Valve: |
    discovery.lua: |
      local all = {}
      all["open"] = { ["disabled"] = obj.status ~= nil and obj.status.open == true }
      all["spill"] = {}
      return all
    definitions:
    - name: open
      action.lua: |
        obj.spec.turns = tonumber(actionParams["turns"])
        obj.status = { open = true }
        return obj
    - name: spill
      action.lua: |
        while true do end
`;

const definition = (kind: "Valve" | "Rollout", group: string, subresources: Record<string, unknown>) => {
  const open = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  const plural = `${kind.toLowerCase()}s`;
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` },
      versions: [
        {
          name: kind === "Valve" ? "v1" : "v1alpha1",
          served: true,
          storage: true,
          subresources,
          schema: { openAPIV3Schema: { type: "object", properties: { spec: open, status: open } } },
        },
      ],
    },
  };
};

let stage: Stage;
let app: Placed;
const NAME = "acting";
const at = (path: string): string => path.replace("NS", `namespaces/${NAME}`);
const cli = async (...args: string[]) => {
  const ran = await stage.daemon.cli("app", "actions", ...args);
  return { ...ran, said: `${ran.stdout}${ran.stderr}` };
};

beforeAll(async () => {
  stage = await startStage({
    config: "health: { customizations: [./argocd-cm.yaml] }\n",
    files: { "argocd-cm.yaml": customizations },
  });
  for (const one of [
    definition("Valve", "example.com", { status: {} }),
    definition("Rollout", "argoproj.io", {}),
  ])
    await stage.must("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", one);
  app = await stage.place({
    name: NAME,
    files: {
      "web.yaml": yaml(deployment({ namespace: NAME, name: "web" })),
      "settings.yaml": yaml(configMap(NAME, "settings", { a: "b" })),
      "cron.yaml": yaml({
        apiVersion: "batch/v1",
        kind: "CronJob",
        metadata: { name: "report", namespace: NAME },
        spec: {
          schedule: "0 3 1 1 *",
          jobTemplate: {
            spec: {
              template: {
                spec: {
                  restartPolicy: "Never",
                  containers: [{ name: "c", image: "registry.example.com/report:1" }],
                },
              },
            },
          },
        },
      }),
      "valve.yaml": yaml({
        apiVersion: "example.com/v1",
        kind: "Valve",
        metadata: { name: "main", namespace: NAME },
        spec: {},
      }),
      "rollout.yaml": yaml({
        apiVersion: "argoproj.io/v1alpha1",
        kind: "Rollout",
        metadata: { name: "canary", namespace: NAME },
        spec: {},
      }),
    },
    spec: { syncPolicy: { automated: { prune: true, selfHeal: true } } },
  });
  await app.until(
    (seen) => seen.status?.sync?.status === "Synced" && seen.status.operationState?.phase === "Succeeded",
  );
}, 120_000);
afterAll(() => stage?.stop(), 60_000);

describe("by the command line", () => {
  test("list shows what each object offers now", async () => {
    const { stdout, code } = await cli("list", NAME);
    expect(code).toBe(0);
    for (const line of [
      /^ *Deployment\/web +restart +makes its Pods anew/m,
      /^ *Deployment\/web +resume +not now: it is not paused/m,
      /^ *CronJob\/report +create-job /m,
      /^ *Valve\/main +open *$/m,
      /^ *Rollout\/canary +promote-full /m,
    ])
      expect(
        stdout
          .split("\n")
          .map((one) => one.trimEnd())
          .join("\n"),
      ).toMatch(line);
    expect(stdout).not.toContain("ConfigMap");
  });

  test("restart makes new Pods, stays, and the application is Synced without a further write", async () => {
    const before = await stage.must("GET", at("/apis/apps/v1/NS/deployments/web"));
    const ran = await cli("run", NAME, "restart", "--kind", "Deployment");
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.stdout).toContain(
      `argocd/${NAME}: restart Deployment/web: set spec.template.metadata.annotations`,
    );
    const after = await stage.must("GET", at("/apis/apps/v1/NS/deployments/web"));
    expect(after.metadata.generation).toBe((before.metadata.generation ?? 0) + 1);
    const own = (after.metadata.managedFields ?? []).filter(({ manager }) => manager === "holdfast-action");
    expect(JSON.stringify(own)).toContain("restartedAt");
    await app.until((seen) =>
      seen.status.resources.every(
        ({ kind, health }: Shown) => kind !== "Deployment" || health?.status === "Healthy",
      ),
    );
    await staysSynced(stage, app);
    const later = await stage.must("GET", at("/apis/apps/v1/NS/deployments/web"));
    expect((later.spec as Shown).template.metadata.annotations).toEqual(
      (after.spec as Shown).template.metadata.annotations,
    );
  });

  test("scale of what Git sets is refused by the field's name, and nothing is written", async () => {
    const before = await stage.must("GET", at("/apis/apps/v1/NS/deployments/web"));
    const ran = await cli("run", NAME, "scale", "--kind", "Deployment", "--param", "replicas=9");
    expect(ran.code).toBe(7);
    expect(ran.said).toContain("Git sets spec.replicas");
    const after = await stage.must("GET", at("/apis/apps/v1/NS/deployments/web"));
    expect((after.spec as Shown).replicas).toBe((before.spec as Shown).replicas);
  });

  test("a Job of a CronJob is made, belongs to it, and is no difference", async () => {
    const ran = await cli("run", NAME, "create-job", "--kind", "CronJob", "--resource-name", "report");
    expect(ran.stdout).toMatch(/create-job CronJob\/report: made Job\/report-\d+/);
    const jobs = (await stage.must("GET", at("/apis/batch/v1/NS/jobs"))) as Shown;
    expect(jobs.items).toHaveLength(1);
    expect(jobs.items[0].metadata.ownerReferences).toMatchObject([
      { kind: "CronJob", name: "report", controller: true },
    ]);
    expect((await app.refresh()).status.sync.status).toBe("Synced");
  });

  test.each<[string, string[], number, string]>([
    [
      "an action that the kind has not",
      ["run", NAME, "fly", "--kind", "Deployment"],
      8,
      "it has restart, pause, resume, scale",
    ],
    ["one that makes no sense now", ["run", NAME, "resume", "--kind", "Deployment"], 8, "it is not paused"],
    ["several objects", ["run", NAME, "restart"], 2, "--all"],
    ["no object", ["run", NAME, "restart", "--kind", "DaemonSet"], 3, "has no such object"],
    [
      "a number that is none",
      ["run", NAME, "scale", "--kind", "Deployment", "--param", "replicas=lots"],
      8,
      "whole number",
    ],
  ])("%s ends with its code and its sentence", async (_, args, code, said) => {
    const ran = await cli(...args);
    expect({
      code: ran.code,
      says: ran.said.toLowerCase().includes(said.toLowerCase()) ? said : ran.said,
    }).toEqual({ code, says: said });
  });
});

describe("an operator's Lua", () => {
  test("changes spec and, by the subresource, status; its parameter arrives as text", async () => {
    const ran = await cli("run", NAME, "open", "--kind", "Valve", "--param", "turns=3");
    expect(ran.said).toContain("set spec.turns, status");
    const valve = await stage.must("GET", at("/apis/example.com/v1/NS/valves/main"));
    expect(valve).toMatchObject({ spec: { turns: 3 }, status: { open: true } });
    const { stdout } = await cli("list", NAME, "--kind", "Valve");
    expect(stdout).toContain("not now");
  });

  test("that never ends is ended and named; the daemon goes on", async () => {
    const ran = await cli("run", NAME, "spill", "--kind", "Valve");
    expect(ran.code).not.toBe(0);
    expect(ran.said).toContain("example.com/Valve spill failed: it was ended after");
    expect((await cli("list", NAME, "--kind", "Valve")).code).toBe(0);
  });
});

describe("by Argo CD's paths", () => {
  const post = (action: string): RequestInit => ({
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(action),
  });
  const path = (kind: string, group: string, name: string): string =>
    `/api/v1/applications/${NAME}/resource/actions?appNamespace=argocd&namespace=${NAME}&kind=${kind}&group=${group}&resourceName=${name}&version=v1`;

  test("list and run in the older form, for a kind whose status has no subresource", async () => {
    const { body } = await stage.daemon.api(path("Rollout", "argoproj.io", "canary"));
    expect((body as Shown).actions.map(({ name }: Shown) => name)).toContain("promote-full");
    const ran = await stage.daemon.api(path("Rollout", "argoproj.io", "canary"), post("promote-full"));
    expect(ran.status).toBe(200);
    expect(await stage.must("GET", at("/apis/argoproj.io/v1alpha1/NS/rollouts/canary"))).toMatchObject({
      status: { promoteFull: true },
    });
  });

  test("an object of nobody is not found, and stays as it is", async () => {
    await stage.must("POST", at("/api/v1/NS/configmaps"), configMap(NAME, "nobodys"));
    const ran = await stage.daemon.api(path("ConfigMap", "", "nobodys"), post("restart"));
    expect(ran.status).toBe(404);
  });
});
