/**
 * What an application, or the config, leaves to others stays as they write it, through drift, syncs and commits, by
 * server-side apply and by PUT; the rest is still Git's; and nothing of it is false drift.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { staysSynced } from "../lib/calm.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath, deployment } from "../lib/manifests.ts";
import {
  AUTOMATED,
  isQuiet,
  isSynced,
  JSON_PATCH,
  MERGE,
  type Placed,
  type Shown,
  type Stage,
  startStage,
  yaml,
} from "../lib/stage.ts";

setDefaultTimeout(60_000);

/** Rules of `argocd-cm`, and of the config itself. */
const CUSTOMIZATIONS = `apiVersion: v1
kind: ConfigMap
metadata: { name: argocd-cm }
data:
  resource.customizations.ignoreDifferences._ConfigMap: |
    jsonPointers: [/data/by-argocd-cm]
  resource.customizations.ignoreDifferences.all: |
    jqPathExpressions: ['.metadata.annotations["for-all"]']
`;
const CONFIG = `health: { customizations: [./argocd-cm.yaml] }
ignoreDifferences:
- { kind: "Config*", jqPathExpressions: ['.data | .[keys[] | select(startswith("theirs"))]'] }
`;

let stage: Stage;
beforeAll(async () => {
  stage = await startStage({ config: CONFIG, files: { "argocd-cm.yaml": CUSTOMIZATIONS } });
}, 120_000);
afterAll(() => stage?.stop(), 60_000);

const REPLACE = { ...AUTOMATED, syncOptions: ["Replace=true", "RespectIgnoreDifferences=true"] };
const APPLY = { ...AUTOMATED, syncOptions: ["RespectIgnoreDifferences=true"] };
const IMAGE = (version: number): string => `registry.example.com/web:${version}`;
const ROADS = [
  ["apply", APPLY],
  ["replace", REPLACE],
] as const;

const web = (namespace: string): string => `/apis/apps/v1/namespaces/${namespace}/deployments/web`;
const hook = (name: string): string =>
  `/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/${name}`;
const patch = (path: string, ops: unknown[]): Promise<Shown> =>
  stage.must("PATCH", `${path}?fieldManager=somebody`, ops, JSON_PATCH);
const containersOf = async (namespace: string): Promise<Shown[]> =>
  (await stage.must("GET", web(namespace))).spec.template.spec.containers;

/** The commit is there, and nothing else is to come. */
async function delivered(app: Placed, path: string, has: (object: Shown) => boolean): Promise<void> {
  await eventually("the commit is there", async () => has(await stage.must("GET", path)), 20_000);
  await app.until((now) => isSynced(now) && isQuiet(now));
}

describe.each(ROADS)("by %s", (road, syncPolicy) => {
  test("the bundle that somebody puts into a webhook, named by Git or not", async () => {
    const name = `bundle-${road}`;
    const webhooks = (failurePolicy: string) =>
      yaml({
        apiVersion: "admissionregistration.k8s.io/v1",
        kind: "ValidatingWebhookConfiguration",
        metadata: { name },
        webhooks: [
          { name: "named.example.com", clientConfig: { caBundle: "Z2l0" } },
          { name: "unnamed.example.com", clientConfig: {} },
        ].map(({ name: one, clientConfig }) => ({
          name: one,
          failurePolicy,
          sideEffects: "None",
          admissionReviewVersions: ["v1"],
          clientConfig: { ...clientConfig, service: { name: "hook", namespace: "nowhere" } },
          rules: [
            {
              apiGroups: ["gone.example.com"],
              apiVersions: ["v9"],
              operations: ["CREATE"],
              resources: ["x"],
            },
          ],
        })),
      });
    const app = await stage.place({
      name,
      files: { "hook.yaml": webhooks("Ignore") },
      spec: {
        syncPolicy,
        ignoreDifferences: [
          {
            group: "admissionregistration.k8s.io",
            kind: "*WebhookConfiguration",
            jqPathExpressions: [".webhooks[]?.clientConfig.caBundle"],
          },
        ],
      },
    });
    await app.until((now) => isSynced(now) && isQuiet(now));
    await patch(
      hook(name),
      [0, 1].map((at) => ({ op: "add", path: `/webhooks/${at}/clientConfig/caBundle`, value: "dGhlaXJz" })),
    );
    await app.commit({ "hook.yaml": webhooks("Fail") });
    await delivered(app, hook(name), ({ webhooks }) => webhooks[0].failurePolicy === "Fail");
    const bundles = (await stage.must("GET", hook(name))).webhooks.map(
      (one: Shown) => one.clientConfig.caBundle,
    );
    expect(bundles).toEqual(["dGhlaXJz", "dGhlaXJz"]);
    await staysSynced(stage, app);
  });

  test("the env of containers and the replicas, with a container that somebody inserts before ours", async () => {
    const namespace = `env-${road}`;
    const files = (version: number) => ({
      "web.yaml": yaml(
        deployment({
          namespace,
          name: "web",
          replicas: 1,
          image: IMAGE(version),
          container: { env: [{ name: "A", value: "git" }] },
        }),
      ),
    });
    const app = await stage.place({
      name: namespace,
      files: files(1),
      spec: {
        syncPolicy,
        ignoreDifferences: [
          {
            group: "apps",
            kind: "Deployment",
            jsonPointers: ["/spec/replicas", "/spec/template/spec/containers/0/imagePullPolicy"],
            jqPathExpressions: [".spec.template.spec.containers[].env"],
          },
        ],
      },
    });
    await app.untilSettled();
    await patch(web(namespace), [
      { op: "replace", path: "/spec/replicas", value: 2 },
      { op: "replace", path: "/spec/template/spec/containers/0/imagePullPolicy", value: "Always" },
      { op: "replace", path: "/spec/template/spec/containers/0/env/0/value", value: "theirs" },
      { op: "add", path: "/spec/template/spec/containers/0/env/-", value: { name: "B", value: "theirs" } },
      {
        op: "add",
        path: "/spec/template/spec/containers/0",
        value: { name: "side", image: "registry.example.com/side:1", env: [{ name: "A", value: "side" }] },
      },
    ]);
    await app.untilSettled();
    await app.commit(files(2));
    await delivered(app, web(namespace), ({ spec }) =>
      spec.template.spec.containers.some(({ image }: Shown) => image === IMAGE(2)),
    );
    const ours = (await containersOf(namespace)).find(({ name }) => name === "web");
    expect(ours).toMatchObject({
      image: IMAGE(2),
      imagePullPolicy: "Always",
      env: [
        { name: "A", value: "theirs" },
        { name: "B", value: "theirs" },
      ],
    });
    expect((await stage.must("GET", web(namespace))).spec.replicas).toBe(2);
    await app.untilSettled();
    await staysSynced(stage, app);
  });

  test("everything: it is made as Git says, is ours by its mark, and goes with Git", async () => {
    const namespace = `all-${road}`;
    const files = (value: string) => ({ "a.yaml": yaml(configMap(namespace, "a", { key: value })) });
    const app = await stage.place({
      name: namespace,
      files: { ...files("git"), "keep.yaml": yaml(configMap(namespace, "keep")) },
      spec: {
        syncPolicy,
        ignoreDifferences: [{ group: "*", kind: "*", name: "a", jqPathExpressions: [".."] }],
      },
    });
    await app.until((now) => isSynced(now) && isQuiet(now));
    const path = configMapPath(namespace, "a");
    expect((await stage.must("GET", path)).data).toEqual({ key: "git" });
    await stage.must("PATCH", path, { data: { key: "theirs", more: "theirs" } }, MERGE);
    await app.commit(files("git again"));
    await app.until((now) => isSynced(now) && isQuiet(now));
    await app.sync();
    const live = await stage.must("GET", path);
    expect(live.data).toEqual({ key: "theirs", more: "theirs" });
    expect(live.metadata.annotations?.["argocd.argoproj.io/tracking-id"]).toBe(
      `${namespace}:/ConfigMap:${namespace}/a`,
    );
    await staysSynced(stage, app);
    await app.commit({ "a.yaml": null });
    await eventually("it is pruned", async () => (await stage.find(path)) === undefined, 20_000);
  });

  test("rules of the config and of argocd-cm", async () => {
    const namespace = `config-${road}`;
    const data = (value: string) => ({
      mine: value,
      "by-argocd-cm": value,
      "theirs-a": value,
      "theirs-b": value,
    });
    const files = (value: string) => ({
      "a.yaml": yaml(configMap(namespace, "a", data(value), { "for-all": value })),
    });
    const app = await stage.place({ name: namespace, files: files("git"), spec: { syncPolicy } });
    await app.until((now) => isSynced(now) && isQuiet(now));
    const path = configMapPath(namespace, "a");
    await stage.must(
      "PATCH",
      `${path}?fieldManager=somebody`,
      { data: data("theirs"), metadata: { annotations: { "for-all": "theirs" } } },
      MERGE,
    );
    await delivered(app, path, (now) => now.data.mine === "git");
    await app.commit(files("git again"));
    await delivered(app, path, (now) => now.data.mine === "git again");
    const live = await stage.must("GET", path);
    expect(live.data).toEqual({ ...data("theirs"), mine: "git again" });
    expect(live.metadata.annotations?.["for-all"]).toBe("theirs");
    await staysSynced(stage, app);
  });
});

test("fields that a controller of the cluster owns, by its name, once they are its own", async () => {
  const namespace = "controller";
  const revision = "deployment.kubernetes.io/revision";
  const files = (version: number) => {
    const object = deployment({ namespace, name: "web", image: IMAGE(version) });
    return {
      "web.yaml": yaml({ ...object, metadata: { ...object.metadata, annotations: { [revision]: "7" } } }),
    };
  };
  const app = await stage.place({
    name: namespace,
    files: files(1),
    spec: {
      syncPolicy: AUTOMATED,
      ignoreDifferences: [
        { group: "*", kind: "Deployment", managedFieldsManagers: ["kube-controller-manager"] },
      ],
    },
  });
  await app.untilSettled();
  await app.commit(files(2));
  await delivered(app, web(namespace), ({ spec }) => spec.template.spec.containers[0].image === IMAGE(2));
  await app.untilSettled();
  await staysSynced(stage, app);
});
