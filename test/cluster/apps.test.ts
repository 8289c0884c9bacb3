/** The main job, from a commit to a healthy cluster, on the example applications that everybody knows. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { exampleApp } from "../lib/corpus.ts";
import { eventually } from "../lib/eventually.ts";
import { isQuiet, isSynced, type Placed, type Shown, type Stage, startStage } from "../lib/stage.ts";

setDefaultTimeout(90_000);

let stage: Stage;
const apps: Record<string, Placed> = {};
const examples = [
  { name: "guestbook", deployment: "guestbook-ui", service: "guestbook-ui", sourceType: "Directory" },
  { name: "helm-guestbook", deployment: "helm-guestbook", service: "helm-guestbook", sourceType: "Helm" },
  {
    name: "kustomize-guestbook",
    deployment: "kustomize-guestbook-ui",
    service: "kustomize-guestbook-ui",
    sourceType: "Kustomize",
  },
];

const app = (name: string): Placed => apps[name] as Placed;
const deploymentPath = (namespace: string, name: string): string =>
  `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
const servicePath = (namespace: string, name: string): string =>
  `/api/v1/namespaces/${namespace}/services/${name}`;
const imageOf = (deployment: Shown | undefined): string => deployment?.spec.template.spec.containers[0].image;

beforeAll(async () => {
  stage = await startStage({ poll: "1s" });
  // Nothing is told to the daemon from here on: it finds its own way by poll and watch.
  for (const { name } of examples) apps[name] = await stage.place({ name, files: exampleApp(name) });
}, 120_000);
afterAll(() => stage?.stop(), 60_000);

describe.each(examples)("$name", ({ name, deployment, service, sourceType }) => {
  test("becomes Synced and Healthy", async () => {
    const seen = await app(name).untilSettled();
    expect(seen.status.sourceType).toBe(sourceType);
    expect(seen.status.operationState).toMatchObject({ phase: "Succeeded" });
    expect(seen.status.history).toHaveLength(1);
    const live = await stage.must("GET", deploymentPath(name, deployment));
    expect(live.status).toMatchObject({ readyReplicas: 1 });
    expect(live.metadata.annotations).toMatchObject({
      "argocd.argoproj.io/tracking-id": `${name}:apps/Deployment:${name}/${deployment}`,
    });
    expect(await stage.find(servicePath(name, service))).toBeDefined();
  });

  test("kubectl scale is reverted", async () => {
    await app(name).untilSettled();
    const before = (await stage.must("GET", deploymentPath(name, deployment))).metadata.generation as number;
    await stage.plane.kubectl("scale", `deployment/${deployment}`, "--replicas=4", `--namespace=${name}`);
    const live = await eventually("one replica again", async () => {
      const now = await stage.must("GET", deploymentPath(name, deployment));
      return (now.metadata.generation as number) > before && now.spec.replicas === 1 && now;
    });
    expect(live.metadata.generation).toBe(before + 2);
    const seen = await app(name).untilSettled();
    expect(seen.status.operationState.operation).toMatchObject({
      initiatedBy: { automated: true },
      sync: { resources: [{ kind: "Deployment", name: deployment }] },
    });
  });

  test("an object that was deleted by hand comes back", async () => {
    await app(name).untilSettled();
    const { uid } = (await stage.must("GET", servicePath(name, service))).metadata;
    await stage.plane.kubectl("delete", `service/${service}`, `--namespace=${name}`);
    const again = await eventually("the Service is there again", () =>
      stage.find(servicePath(name, service)),
    );
    expect(again.metadata.uid).not.toBe(uid);
    await app(name).untilSettled();
  });
});

test("a pushed commit rolls out", async () => {
  const files = exampleApp("guestbook");
  const sha = await app("guestbook").push({
    "guestbook-ui-deployment.yaml": (files["guestbook-ui-deployment.yaml"] as string).replace(
      "gb-frontend:v5",
      "gb-frontend:v6",
    ),
  });
  const seen = await app("guestbook").until(
    (now) =>
      now.status?.sync?.revision === sha &&
      isSynced(now) &&
      now.status.health.status === "Healthy" &&
      isQuiet(now),
  );
  expect(imageOf(await stage.must("GET", deploymentPath("guestbook", "guestbook-ui")))).toBe(
    "gcr.io/google-samples/gb-frontend:v6",
  );
  expect(seen.status.history.at(-1)).toMatchObject({ revision: sha });
});

test("a change of Helm values and of a kustomization roll out", async () => {
  const helm = exampleApp("helm-guestbook"),
    kustomize = exampleApp("kustomize-guestbook");
  await app("helm-guestbook").push({
    "values.yaml": (helm["values.yaml"] as string).replace("tag: v5", "tag: v7"),
  });
  await app("kustomize-guestbook").push({
    "kustomization.yaml": `${kustomize["kustomization.yaml"]}\nimages:\n  - { name: gcr.io/google-samples/gb-frontend, newTag: v7 }\n`,
  });
  await eventually("both run v7", async () => {
    const images = await Promise.all(
      [
        ["helm-guestbook", "helm-guestbook"],
        ["kustomize-guestbook", "kustomize-guestbook-ui"],
      ].map(async ([namespace = "", name = ""]) =>
        imageOf(await stage.find(deploymentPath(namespace, name))),
      ),
    );
    return images.every((image) => image.endsWith("gb-frontend:v7"));
  });
});

test("a file that left Git is pruned", async () => {
  await app("guestbook").untilSettled();
  await app("guestbook").push({ "guestbook-ui-svc.yaml": null });
  await eventually(
    "the Service is gone",
    async () => (await stage.find(servicePath("guestbook", "guestbook-ui"))) === undefined,
  );
  const seen = await app("guestbook").untilSettled();
  expect(seen.status.operationState.syncResult.resources).toContainEqual(
    expect.objectContaining({ kind: "Service", name: "guestbook-ui", status: "Pruned" }),
  );
  expect(seen.status.resources).toHaveLength(1);
});

test("a broken image is Degraded with a sentence that names the Pod's reason, and a revert heals it", async () => {
  const path = "app/guestbook-ui-deployment.yaml";
  const before = await stage.git.git("guestbook", "show", `main:${path}`);
  const good = await stage.git.git("guestbook", "rev-parse", "main");
  await app("guestbook").push({
    "guestbook-ui-deployment.yaml": before.replace("gb-frontend:v6", "gb-frontend:broken"),
  });
  const broken = await app("guestbook").until((now) => now.status?.health?.status === "Degraded");
  expect(broken.status.sync.status).toBe("Synced");
  const [pod] = (await stage.must("GET", "/api/v1/namespaces/guestbook/pods")).items.filter((item: Shown) =>
    item.spec.containers[0].image.endsWith(":broken"),
  );
  expect(broken.status.health.message).toContain("apps/Deployment guestbook/guestbook-ui");
  expect(broken.status.health.message).toContain(pod.metadata.name);
  expect(broken.status.health.message).toContain("CrashLoopBackOff");
  expect(broken.status.health.message).toContain("back-off 40s restarting failed container");

  const reverted = await app("guestbook").push(
    { "guestbook-ui-deployment.yaml": before },
    `Revert to ${good}`,
  );
  const healed = await app("guestbook").until(
    (now) =>
      now.status?.sync?.revision === reverted && isSynced(now) && now.status.health.status === "Healthy",
  );
  expect(healed.status.health.message).toBeUndefined();
});
