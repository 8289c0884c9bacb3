/**
 * Applications that somebody else delivered before: their objects change owner and nothing else, and a field that
 * leaves Git is removed from the first sync on.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, deployment, service, tracked } from "../lib/manifests.ts";
import {
  APPLY,
  conditions,
  isQuiet,
  isSynced,
  MERGE,
  type Shown,
  type Stage,
  startStage,
  yaml,
} from "../lib/stage.ts";

setDefaultTimeout(60_000);

let stage: Stage,
  dir = "";
beforeAll(async () => {
  stage = await startStage();
  dir = mkdtempSync(join(stage.daemon.dir, "manifests-"));
}, 120_000);
afterAll(() => stage?.stop(), 60_000);

/** What was delivered before, and what stays of it in Git: an env, a port, a label and an entry have left. */
function before(namespace: string): KubeObject[] {
  const web = deployment({
    namespace,
    name: "web",
    replicas: 2,
    container: {
      env: [
        { name: "A", value: "1" },
        { name: "OLD", value: "x" },
      ],
      ports: [{ containerPort: 80 }],
      resources: { limits: { cpu: "1000m", memory: "1024Mi" } },
    },
  });
  return [
    { ...web, metadata: { ...web.metadata, labels: { tier: "front", old: "label" } } },
    service(namespace, "web", [
      { name: "http", port: 80 },
      { name: "old", port: 81 },
    ]),
    configMap(namespace, "settings", { keep: "1", old: "2" }),
  ];
}
const without = (objects: KubeObject[]): KubeObject[] =>
  objects.map((object) => {
    const copy = structuredClone(object) as Shown;
    if (copy.kind === "ConfigMap") delete copy.data.old;
    if (copy.kind === "Service")
      copy.spec.ports = copy.spec.ports.filter(({ name }: Shown) => name !== "old");
    if (copy.kind === "Deployment") {
      delete copy.metadata.labels.old;
      const [container] = copy.spec.template.spec.containers;
      container.env = container.env.filter(({ name }: Shown) => name !== "OLD");
    }
    return copy as unknown as KubeObject;
  });

const paths = (namespace: string) => ({
  deployment: `/apis/apps/v1/namespaces/${namespace}/deployments/web`,
  service: `/api/v1/namespaces/${namespace}/services/web`,
  settings: `/api/v1/namespaces/${namespace}/configmaps/settings`,
});

async function look(
  namespace: string,
): Promise<{ deployment: Shown; service: Shown; settings: Shown; pods: string[] }> {
  const { deployment: web, service: svc, settings } = paths(namespace);
  const [a, b, c, pods] = await Promise.all([
    stage.must("GET", web),
    stage.must("GET", svc),
    stage.must("GET", settings),
    stage.must("GET", `/api/v1/namespaces/${namespace}/pods`),
  ]);
  return {
    deployment: a,
    service: b,
    settings: c,
    pods: pods.items.map(({ metadata }: Shown) => metadata.uid).sort(),
  };
}

const ownersOf = (object: Shown): string[] =>
  (object.metadata.managedFields as Shown[])
    .filter(({ subresource, manager }) => subresource === undefined && manager !== "kube-controller-manager")
    .map(({ manager, operation }) => `${manager} ${operation}`);

/** Waits for the rollout, so that what happens later is nobody else's doing. */
const rolledOut = (namespace: string) =>
  eventually(`web of ${namespace} is rolled out`, async () => {
    const { deployment: web, pods } = await look(namespace);
    return (
      web.status.observedGeneration === web.metadata.generation &&
      web.status.availableReplicas === 2 &&
      web.status.updatedReplicas === 2 &&
      web.status.replicas === 2 &&
      pods.length === 2
    );
  });

async function kubectlApply(objects: KubeObject[], ...flags: string[]): Promise<void> {
  const file = join(dir, `${objects[0]?.metadata.namespace}-${objects.length}.yaml`);
  writeFileSync(file, yaml(...objects));
  await stage.plane.kubectl("apply", "-f", file, ...flags);
}

/** With the tracking ids that Argo CD writes: the application has its namespace's name. */
const byArgo = (objects: KubeObject[]): KubeObject[] =>
  objects.map((object) => tracked(object.metadata.namespace as string, object));

const pathOf = (object: KubeObject): string =>
  ({ Deployment: paths, Service: paths, ConfigMap: paths })[object.kind as "Service"](
    object.metadata.namespace as string,
  )[object.kind === "ConfigMap" ? "settings" : object.kind === "Service" ? "service" : "deployment"];

/**
 * Helm 3 writes as `helm` with Update; Helm 4 and the others apply. A Deployment's generation moves with every change
 * of its annotations, so it can stand still only where neither the tracking id is new nor kubectl's annotation goes.
 */
const tools: {
  tool: string;
  namespace: string;
  moves: number;
  deliver: (objects: KubeObject[]) => Promise<void>;
}[] = [
  { tool: "kubectl apply", namespace: "by-kubectl", moves: 2, deliver: (objects) => kubectlApply(objects) },
  {
    tool: "kubectl apply --server-side",
    namespace: "by-kubectl-ssa",
    moves: 1,
    deliver: (objects) => kubectlApply(objects, "--server-side"),
  },
  {
    tool: "Argo CD by server-side apply",
    namespace: "by-argo-ssa",
    moves: 0,
    deliver: (objects) => kubectlApply(byArgo(objects), "--server-side", "--field-manager=argocd-controller"),
  },
  {
    tool: "Argo CD by client-side apply",
    namespace: "by-argo-csa",
    moves: 1,
    deliver: (objects) => kubectlApply(byArgo(objects), "--field-manager=argocd-controller"),
  },
  {
    tool: "Flux's kustomize-controller",
    namespace: "by-flux",
    moves: 1,
    deliver: (objects) => kubectlApply(objects, "--server-side", "--field-manager=kustomize-controller"),
  },
  {
    tool: "Helm 4",
    namespace: "by-helm4",
    moves: 1,
    deliver: (objects) => kubectlApply(objects, "--server-side", "--field-manager=helm"),
  },
  {
    tool: "Helm 3",
    namespace: "by-helm3",
    moves: 1,
    async deliver(objects) {
      for (const object of objects)
        await stage.must("POST", `${pathOf(object).replace(/\/[^/]+$/, "")}?fieldManager=helm`, object);
    },
  },
];

describe.each(tools)("delivered before by $tool", ({ tool, namespace, moves, deliver }) => {
  test("an application that wants the same is Synced, and nothing was changed but the owner", async () => {
    await stage.makeNamespace(namespace);
    await deliver(before(namespace));
    await rolledOut(namespace);
    const had = await look(namespace);
    const app = await stage.place({ name: namespace, files: { "all.yaml": yaml(...before(namespace)) } });
    await app.untilSettled();
    // What bears the tracking id already is as Git wants it, and nobody writes it unasked.
    if (tool.startsWith("Argo CD")) {
      expect(stage.writes(namespace)).toEqual([]);
      await app.sync();
    }
    await eventually("its objects are ours", async () => {
      const { deployment: web, service: svc, settings } = await look(namespace);
      return [web, svc, settings].every((object) => ownersOf(object).join() === "holdfast Apply");
    });
    const seen = await app.untilSettled();
    expect(conditions(seen, "FieldManagerWarning")).toEqual([]);
    const now = await look(namespace);
    expect(now.pods).toEqual(had.pods);
    expect(now.deployment.metadata.generation).toBe(had.deployment.metadata.generation + moves);
    expect(now.deployment.metadata.annotations["deployment.kubernetes.io/revision"]).toBe("1");
    expect(now.deployment.spec).toEqual(had.deployment.spec);
    expect(now.service.spec).toEqual(had.service.spec);
    expect(now.settings.data).toEqual(had.settings.data);
    expect(
      now.deployment.metadata.annotations["kubectl.kubernetes.io/last-applied-configuration"],
    ).toBeUndefined();
  });

  test("what leaves Git afterwards is removed", async () => {
    const sha = await stage.git.commit(
      namespace,
      { "app/all.yaml": yaml(...without(before(namespace))) },
      "less",
    );
    await stage.daemon.api(`/api/v1/applications/${namespace}?refresh=normal`);
    await stage.daemon.until(
      namespace,
      (seen) => isSynced(seen) && isQuiet(seen) && seen.status.sync.revision === sha,
    );
    await isLess(namespace);
  });
});

async function isLess(namespace: string): Promise<void> {
  const now = await look(namespace);
  expect(now.settings.data).toEqual({ keep: "1" });
  expect(now.service.spec.ports).toHaveLength(1);
  expect(now.deployment.metadata.labels).toEqual({ tier: "front" });
  expect(now.deployment.spec.template.spec.containers[0].env).toEqual([{ name: "A", value: "1" }]);
}

describe("removal works from the very first sync", () => {
  test.each(tools)(
    "what $tool delivered and Git does not want any more goes",
    async ({ namespace: base, deliver }) => {
      const namespace = `${base}-less`;
      await stage.makeNamespace(namespace);
      await deliver(before(namespace));
      await rolledOut(namespace);
      const app = await stage.place({
        name: namespace,
        files: { "all.yaml": yaml(...without(before(namespace))) },
      });
      await app.untilSettled();
      await isLess(namespace);
      const now = await look(namespace);
      expect(now.deployment.spec.template.spec.containers[0].resources).toEqual({
        limits: { cpu: "1", memory: "1Gi" },
      });
    },
  );
});

describe.each(tools.filter(({ tool }) => tool.startsWith("Argo CD")))(
  "an application of $tool that is synced by hand",
  ({ namespace: base, deliver }) => {
    const namespace = `${base}-by-hand`;

    test("is Synced at first sight, and nothing is written", async () => {
      await stage.makeNamespace(namespace);
      await deliver(before(namespace));
      await rolledOut(namespace);
      const had = await look(namespace);
      const app = await stage.place({
        name: namespace,
        files: { "all.yaml": yaml(...before(namespace)) },
        spec: { syncPolicy: {} },
      });
      const seen = await app.untilSettled();
      expect(seen.status.operationState).toBeUndefined();
      const now = await look(namespace);
      for (const name of ["deployment", "service", "settings"] as const)
        expect(now[name].metadata.resourceVersion).toBe(had[name].metadata.resourceVersion);
    });

    test("is OutOfSync when Git gives a field up that the tool delivered, says which, and a sync removes it", async () => {
      await stage.git.commit(namespace, { "app/all.yaml": yaml(...without(before(namespace))) }, "less");
      await stage.daemon.api(`/api/v1/applications/${namespace}?refresh=normal`);
      const seen = await stage.daemon.until(namespace, (now) => now.status?.sync?.status === "OutOfSync");
      expect(seen.status.resources.map(({ status }: Shown) => status)).toEqual([
        "OutOfSync",
        "OutOfSync",
        "OutOfSync",
      ]);
      const { body } = await stage.daemon.api<{ items: Shown[] }>(
        `/api/holdfast/v1/applications/argocd/${namespace}/diff`,
      );
      const fields = Object.fromEntries(
        body.items.map(({ kind, fields: differing }) => [kind, differing.map(({ path }: Shown) => path)]),
      );
      expect(fields).toEqual({
        ConfigMap: ["data.old"],
        Deployment: [expect.stringContaining("labels.old"), expect.stringContaining("env")],
        Service: [expect.stringContaining("ports")],
      });
      await stage.daemon.api(`/api/v1/applications/${namespace}/sync`, { method: "POST", body: "{}" });
      await stage.daemon.until(
        namespace,
        (now) => isSynced(now) && isQuiet(now) && now.status.operationState?.phase === "Succeeded",
      );
      await isLess(namespace);
    });
  },
);

test("what people did by hand beside the manifests is left alone, and stays theirs", async () => {
  const namespace = "by-hand";
  await stage.makeNamespace(namespace);
  const [web, ...others] = before(namespace) as [Shown, ...KubeObject[]];
  delete web.spec.replicas;
  await kubectlApply([web as unknown as KubeObject, ...others]);
  await stage.plane.kubectl("scale", "deployment/web", "--replicas=2", `--namespace=${namespace}`);
  await stage.plane.kubectl("label", "deployment/web", "by=hand", `--namespace=${namespace}`);
  await stage.plane.kubectl("annotate", "configmap/settings", "note=mine", `--namespace=${namespace}`);
  await rolledOut(namespace);
  const had = await look(namespace);
  const app = await stage.place({ name: namespace, files: { "all.yaml": yaml(web, ...others) } });
  await app.untilSettled();
  const now = await look(namespace);
  expect(now.deployment.spec.replicas).toBe(2);
  expect(now.pods).toEqual(had.pods);
  expect(now.deployment.metadata.labels).toMatchObject({ by: "hand" });
  expect(now.settings.metadata.annotations).toMatchObject({ note: "mine" });
  const managers = (now.deployment.metadata.managedFields as Shown[]).map(
    ({ manager, operation }) => `${manager} ${operation}`,
  );
  expect(managers).toContain("kubectl-label Update");
  expect(managers).toContain("kubectl Update");
  await app.commit({ "all.yaml": yaml(web, ...others.filter(({ kind }) => kind !== "Service")) });
  await app.until((seen) => isSynced(seen) && isQuiet(seen));
  expect((await stage.must("GET", paths(namespace).deployment)).metadata.labels).toMatchObject({
    by: "hand",
  });
});

test("a tool that writes again after the takeover is reported, and not taken over again", async () => {
  const namespace = "comes-back";
  await stage.makeNamespace(namespace);
  const wanted = before(namespace);
  await kubectlApply(wanted, "--server-side", "--field-manager=kustomize-controller");
  await rolledOut(namespace);
  const app = await stage.place({ name: namespace, files: { "all.yaml": yaml(...wanted) } });
  await app.untilSettled();
  await stage.must(
    "PATCH",
    `${paths(namespace).settings}?fieldManager=kustomize-controller&force=true`,
    { ...configMap(namespace, "settings", { keep: "theirs" }) },
    APPLY,
  );
  await eventually(
    "our value again",
    async () => (await stage.must("GET", paths(namespace).settings)).data.keep === "1",
  );
  await stage.must(
    "PATCH",
    `${paths(namespace).settings}?fieldManager=kustomize-controller&force=true`,
    { ...configMap(namespace, "settings", { extra: "theirs" }) },
    APPLY,
  );
  const seen = await app.until((now) => conditions(now, "FieldManagerWarning").length > 0 && isSynced(now));
  expect(conditions(seen, "FieldManagerWarning")).toEqual([
    expect.stringContaining("ConfigMap comes-back/settings: kustomize-controller writes to it again"),
  ]);
  expect((await stage.must("GET", paths(namespace).settings)).data).toMatchObject({
    keep: "1",
    extra: "theirs",
  });
});

test("an object of an application that lives in the cluster is not taken, whoever applied it; when that one is gone, it is", async () => {
  const namespace = "tracked";
  await stage.makeNamespace(namespace);
  // As Argo CD, or another Holdfast, would follow it.
  await stage.must("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: "applications.argoproj.io",
      annotations: { "api-approved.kubernetes.io": "unapproved, a test" },
    },
    spec: {
      group: "argoproj.io",
      scope: "Namespaced",
      names: {
        kind: "Application",
        listKind: "ApplicationList",
        plural: "applications",
        singular: "application",
      },
      versions: [
        {
          name: "v1alpha1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
        },
      ],
    },
  });
  await stage.makeNamespace("argocd");
  const resource = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications";
  await eventually("Applications are served", () => stage.find(resource).then((list) => list !== undefined));
  await stage.must("POST", resource, {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name: "other-app", namespace: "argocd" },
  });
  const theirs = configMap(
    namespace,
    "settings",
    { keep: "1" },
    { "argocd.argoproj.io/tracking-id": `other-app:/ConfigMap:${namespace}/settings` },
  );
  await kubectlApply([theirs], "--server-side", "--field-manager=argocd-controller");
  const app = await stage.place({
    name: namespace,
    files: { "all.yaml": yaml(configMap(namespace, "settings", { keep: "ours" })) },
  });
  const seen = await app.until((now) => conditions(now, "SharedResourceWarning").length > 0 && isQuiet(now));
  expect(seen.status.sync.status).toBe("OutOfSync");
  expect(conditions(seen, "SharedResourceWarning")[0]).toContain("other-app");
  const live = await stage.must("GET", paths(namespace).settings);
  expect(live.data).toEqual({ keep: "1" });
  expect((live.metadata.managedFields as Shown[]).map(({ manager }) => manager)).toEqual([
    "argocd-controller",
  ]);

  await stage.must("DELETE", `${resource}/other-app`);
  await eventually("it is taken over", async () => {
    await app.refresh();
    return (await stage.must("GET", paths(namespace).settings)).data.keep === "ours";
  });
  expect(conditions(await app.untilSettled(), "SharedResourceWarning")).toEqual([]);
});

test("an application taken over from Argo CD keeps its tracking ids: nothing is written that was there already", async () => {
  const namespace = "same-ids";
  await stage.makeNamespace(namespace);
  const theirs = configMap(
    namespace,
    "settings",
    { keep: "1" },
    { "argocd.argoproj.io/tracking-id": `${namespace}:/ConfigMap:${namespace}/settings` },
  );
  await kubectlApply([theirs], "--server-side", "--field-manager=argocd-controller");
  const stray = configMap(
    namespace,
    "stray",
    {},
    { "argocd.argoproj.io/tracking-id": `${namespace}:/ConfigMap:${namespace}/stray` },
  );
  await kubectlApply([stray], "--server-side", "--field-manager=argocd-controller");
  const app = await stage.place({
    name: namespace,
    files: { "all.yaml": yaml(configMap(namespace, "settings", { keep: "1" })) },
  });
  // What Argo CD left behind and Git does not want is shown, and goes only when a person names it.
  const seen = await app.until((now) => isQuiet(now) && conditions(now, "PruneBlocked").length > 0);
  expect(conditions(seen, "PruneBlocked")[0]).toContain("no record of having applied it");
  expect(seen.status.resources).toContainEqual(
    expect.objectContaining({ name: "settings", status: "Synced" }),
  );
  await stage.must("PATCH", paths(namespace).settings, { data: { keep: "edited" } }, MERGE);
  await eventually(
    "healed",
    async () => (await stage.must("GET", paths(namespace).settings)).data.keep === "1",
  );
});
