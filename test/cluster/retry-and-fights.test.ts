/** Two writers of one field, and tries that fail, on the compiled binary and a real control plane, through `kill -9`. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync } from "node:fs";
import { controlPlaneBinaries } from "../lib/control-plane.ts";
import { type Daemon, startDaemon } from "../lib/daemon.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath, deployment } from "../lib/manifests.ts";
import {
  AUTOMATED,
  conditions,
  isQuiet,
  isSynced,
  JSON_PATCH,
  MERGE,
  type Placed,
  SERVER,
  type Shown,
  type Stage,
  startStage,
  yaml,
} from "../lib/stage.ts";

setDefaultTimeout(120_000);

const CONFIG = "retry: { first: 200ms, most: 2s }\nfights: { flips: 2 }\n";
let stage: Stage;
beforeAll(async () => {
  stage = await startStage({ config: CONFIG });
  await stage.place({ name: "stays", files: { "a.yaml": yaml(configMap("stays", "a")) } });
}, 120_000);
afterAll(() => stage?.stop(), 60_000);

const keyOf = async (namespace: string): Promise<unknown> =>
  (await stage.must("GET", configMapPath(namespace, "a"))).data.key;
const set = (namespace: string, value: string, manager = "greedy"): Promise<unknown> =>
  stage.must(
    "PATCH",
    `${configMapPath(namespace, "a")}?fieldManager=${manager}`,
    { data: { key: value } },
    MERGE,
  );
const contested = (app: Shown): string[] => conditions(app, "ContestedFieldWarning");
const isContested = (app: Shown): boolean => contested(app).length > 0;

/** Set by another again and again, until it is left: a heal that is on its way may undo one more before anybody saw it. */
async function fought(name: string, manager?: string): Promise<Placed> {
  const app = await stage.place({
    name,
    files: { "a.yaml": yaml(configMap(name, "a"), configMap(name, "b")) },
    spec: { syncPolicy: AUTOMATED },
  });
  await app.untilSettled();
  for (let left = "not yet"; left === "not yet"; ) {
    await set(name, "theirs", manager);
    await eventually("it is put back, or left", async () => {
      if (isContested(await app.get())) left = "left";
      return left === "left" || (await keyOf(name)) === "value";
    });
  }
  return app;
}

describe("two writers of one field", () => {
  test("stop, are explained by CLI, API and metrics, and the rest is healed; kill -9 changes none of it", async () => {
    const app = await fought("plain", "greedy-operator");
    const [sentence = ""] = contested(await app.get());
    expect(sentence).toMatch(
      /^ConfigMap plain\/a: data\.key was put back \d+ times since \S+Z, and greedy-operator \(Update\) set it again each time, last at \S+Z\. /,
    );
    const shown = await stage.daemon.cli("app", "get", "plain");
    expect(shown.stdout.replaceAll(/\s+/g, " ")).toMatch(/data\.key was put back \d+ times since/);
    expect((await stage.daemon.cli("app", "list")).stdout).toMatch(
      /plain .*Fought over: ConfigMap plain\/a: data\.key was put back/,
    );
    const metrics = async (): Promise<string> => String((await stage.daemon.api("/metrics")).body);
    expect(await metrics()).toContain(
      'holdfast_app_contested{namespace="argocd",name="plain",project="default"} 1',
    );
    expect(await metrics()).toContain(
      'holdfast_app_fights_total{namespace="argocd",name="plain",project="default"} 1',
    );

    await stage.daemon.kill("SIGKILL");
    await stage.daemon.restart();
    await app.until((now) => now.status?.sync?.status === "OutOfSync");
    await app.refresh("hard");
    // What is beside it is drift as ever, and what is left stays as the other wants it.
    await stage.must("PATCH", configMapPath("plain", "b"), { data: { key: "drifted" } }, MERGE);
    await eventually(
      "the other object is healed",
      async () => (await stage.must("GET", configMapPath("plain", "b"))).data.key === "value",
    );
    expect(await keyOf("plain")).toBe("theirs");
    expect(contested(await app.get())).toEqual([sentence]);

    await app.sync({});
    expect([await keyOf("plain"), contested(await app.get())]).toEqual(["value", []]);
    expect(await metrics()).not.toContain("holdfast_app_contested{");
  });

  test("an autoscaler on replicas that Git sets is named with its subresource, and what is proposed ends it", async () => {
    const name = "autoscaled";
    const scaler = {
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: { name: "web", namespace: name },
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
        minReplicas: 4,
        maxReplicas: 6,
      },
    };
    const app = await stage.place({
      name,
      files: { "all.yaml": yaml(deployment({ namespace: name, name: "web" }), scaler) },
      spec: { syncPolicy: AUTOMATED },
    });
    const seen = await app.until(isContested, 110_000);
    const [sentence = ""] = contested(seen);
    expect(sentence).toMatch(
      /^apps\/Deployment autoscaled\/web: spec\.replicas was put back \d+ times since/,
    );
    expect(sentence).toContain("kube-controller-manager (Update of scale) set it again each time");

    // Another field of it is put back in one write, which leaves the replicas as they are.
    const path = `/apis/apps/v1/namespaces/${name}/deployments/web`;
    const web = () => stage.must("GET", path);
    const { metadata, spec: before } = await web();
    const { generation = 0 } = metadata as Shown;
    const image = (spec: Shown): string => spec.template.spec.containers[0].image;
    await stage.must(
      "PATCH",
      path,
      [{ op: "replace", path: "/spec/template/spec/containers/0/image", value: "hand:1" }],
      JSON_PATCH,
    );
    await eventually("its image is put back", async () => image((await web()).spec) === image(before));
    const after = await web();
    expect([after.spec.replicas, (after.metadata as Shown).generation]).toEqual([4, generation + 2]);
    expect(contested(await app.get())).toEqual([sentence]);

    const [, entry = ""] = /spec\.ignoreDifferences: \[(\{.*\})\]$/.exec(sentence) ?? [];
    await app.edit(({ spec }) => {
      spec.ignoreDifferences = [JSON.parse(entry)];
    });
    const ended = await app.until((now) => isSynced(now) && isQuiet(now));
    expect(contested(ended)).toEqual([]);
    expect((await stage.must("GET", `/apis/apps/v1/namespaces/${name}/deployments/web`)).spec.replicas).toBe(
      4,
    );
  });

  test("an admission that keeps another value in each write is written against once, not for ever", async () => {
    const name = "admitted";
    const app = await stage.place({
      name,
      files: { "a.yaml": yaml(configMap(name, "a")) },
      spec: { syncPolicy: AUTOMATED },
    });
    await app.untilSettled();
    const api = "admissionregistration.k8s.io/v1";
    for (const [resource, kind, spec] of [
      [
        "mutatingadmissionpolicies",
        "MutatingAdmissionPolicy",
        {
          matchConstraints: {
            resourceRules: [
              {
                apiGroups: [""],
                apiVersions: ["v1"],
                resources: ["configmaps"],
                operations: ["CREATE", "UPDATE"],
              },
            ],
          },
          matchConditions: [{ name: "here", expression: `object.metadata.namespace == "${name}"` }],
          failurePolicy: "Fail",
          reinvocationPolicy: "IfNeeded",
          mutations: [
            {
              patchType: "ApplyConfiguration",
              applyConfiguration: { expression: "Object{data: {'key': 'admitted'}}" },
            },
          ],
        },
      ],
      ["mutatingadmissionpolicybindings", "MutatingAdmissionPolicyBinding", { policyName: name }],
    ] as const)
      await stage.must("POST", `/apis/${api}/${resource}`, {
        apiVersion: api,
        kind,
        metadata: { name },
        spec,
      });
    // Whoever writes to it now is changed at the door.
    await eventually("the policy holds", async () => {
      await stage.must(
        "PATCH",
        `${configMapPath(name, "a")}?fieldManager=toucher`,
        { data: { touched: String(performance.now()) } },
        MERGE,
      );
      return (await keyOf(name)) === "admitted";
    });
    const seen = await app.until(isContested);
    expect(contested(seen).join()).toContain("the API server keeps another value in the very write");
    expect(conditions(seen, "ComparisonError").join()).toContain("data.key does not take");
    await app.refresh("hard");
    const writes = stage.writes(name).length;
    await set(name, "whatever", "somebody");
    await app.refresh("hard");
    expect(contested(await app.get())).toHaveLength(1);
    expect(stage.writes(name)).toHaveLength(writes);
  });

  test("two Holdfasts with another wish each come to rest, and each says that somebody writes under its name", async () => {
    const name = "twins";
    const app = await stage.place({
      name,
      files: { "a.yaml": yaml(configMap(name, "a", { key: "one" })) },
      spec: { syncPolicy: AUTOMATED },
    });
    await app.untilSettled();
    const other = await stage.git.createRepo("twins-other", {
      "app/a.yaml": yaml(configMap(name, "a", { key: "two" })),
    });
    const second: Daemon = await startDaemon(
      `poll: 1h\npollSpread: 0s\n${CONFIG}clusters: ${JSON.stringify([
        { name: "in-cluster", server: SERVER, kubeconfig: stage.plane.kubeconfig },
      ])}\napplications: [./apps]\n`,
      {
        "apps/twins.yaml": JSON.stringify({
          apiVersion: "argoproj.io/v1alpha1",
          kind: "Application",
          metadata: { name },
          spec: {
            project: "default",
            source: { repoURL: other, path: "app" },
            destination: { server: SERVER, namespace: name },
            syncPolicy: AUTOMATED,
          },
        }),
      },
      { env: { PATH: `${controlPlaneBinaries()}:${process.env["PATH"] ?? ""}` } },
    );
    try {
      // One of them leaves it first; the other has what it wants, or has noticed as well.
      await eventually(
        "one has noticed",
        async () => isContested(await app.get()) || isContested(await second.app(name)),
        60_000,
      );
      const sentences = [...contested(await app.get()), ...contested(await second.app(name))];
      expect(sentences.join()).toContain("another program that writes as holdfast set it again each time");
      const before = stage.writes(name).length;
      await app.refresh("hard");
      await second.api(`/api/v1/applications/${name}?refresh=hard`);
      await eventually("both rest", async () =>
        [await app.get(), await second.app(name)].every((one) => isQuiet(one)),
      );
      expect(stage.writes(name).length - before).toBeLessThanOrEqual(1);
    } finally {
      await second.stop();
      rmSync(second.dir, { recursive: true, force: true });
    }
  });
});

describe("a sync that fails", () => {
  /** The server refuses it until somebody makes it right. */
  const refused = (namespace: string, name = "a"): Record<string, string> => ({
    [`${name}.yaml`]: yaml({ ...configMap(namespace, name), data: { key: 1 as unknown as string } }),
  });

  test("goes on counting its tries across kill -9, and ends at its limit", async () => {
    const app = await stage.place({
      name: "counts",
      files: refused("counts"),
      spec: { syncPolicy: { automated: {}, retry: { limit: 3, backoff: { duration: "1s", factor: 1 } } } },
    });
    await app.until(({ status }) => (status?.operationState?.retryCount ?? 0) >= 1);
    await stage.daemon.kill("SIGKILL");
    await stage.daemon.restart();
    const ended = await app.until(({ status }) => status?.operationState?.phase === "Failed");
    expect(ended.status.operationState).toMatchObject({ phase: "Failed", retryCount: 3 });
  });

  test("is not tried again where a commit came while no daemon ran, and that commit is delivered", async () => {
    const app = await stage.place({
      name: "overtaken",
      files: refused("overtaken"),
      spec: { syncPolicy: { ...AUTOMATED, retry: { limit: 50, backoff: { duration: "1h" } } } },
    });
    await app.until(({ status }) => status?.operationState?.retryCount === 1);
    await stage.daemon.kill("SIGKILL");
    await app.push({ "a.yaml": yaml(configMap("overtaken", "a")) });
    await stage.daemon.restart();
    await app.untilSettled();
    expect(await keyOf("overtaken")).toBe("value");
  });

  test("of a person is given up where a person ends it, and a retry asks again what the project permits", async () => {
    const app = await stage.place({
      name: "by-hand",
      files: refused("by-hand"),
      spec: { syncPolicy: { retry: { limit: -1, backoff: { duration: "1h" } } } },
    });
    await app.until(({ status }) => status !== undefined);
    await stage.daemon.api("/api/v1/applications/by-hand/sync", { method: "POST", body: "{}" });
    await app.until(({ status }) => status?.operationState?.retryCount === 1);
    expect((await stage.daemon.cli("app", "terminate", "by-hand")).code).toBe(0);
    const ended = await app.until(isQuiet);
    expect(ended.status.operationState).toMatchObject({
      phase: "Failed",
      message: expect.stringContaining("terminated"),
    });
  });
});
