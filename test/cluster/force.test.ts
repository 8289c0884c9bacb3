/**
 * `Force=true` and `Replace=true` on a real API server: an object is deleted only where a field of it really cannot be
 * changed and the server has said that it takes the new one; what was there comes back where it does not after all; and
 * an object that is replaced comes to rest.
 */

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { immutableFields } from "../../src/core/compare/index.ts";
import recorded from "../../src/core/compare/repair/testdata/immutable.json";
import { gvkOf, type KubeObject } from "../../src/core/model/kube-object.ts";
import { defined } from "../../src/lib/defined.ts";
import { staysSynced } from "../lib/calm.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, deployment, job, service } from "../lib/manifests.ts";
import {
  APPLY,
  hasFailed,
  isQuiet,
  isSynced,
  MERGE,
  type Placed,
  results,
  type Shown,
  type Stage,
  startStage,
  yaml,
} from "../lib/stage.ts";

setDefaultTimeout(90_000);

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
}, 120_000);
afterAll(() => stage?.stop(), 60_000);

const OPTIONS = "argocd.argoproj.io/sync-options";
/** Nothing is tried again by itself: what one test leaves refused asks nothing while another counts. */
const MANUAL = { syncPolicy: {} };

/** Its first sync, by hand. */
async function firstSync(app: Placed): Promise<void> {
  await app.until((seen) => seen.status?.sync?.status === "OutOfSync");
  expect((await app.sync()).phase).toBe("Succeeded");
}

/** An application of this one object, synced once by hand. */
async function syncedOnce(namespace: string, object: KubeObject): Promise<Placed> {
  const app = await stage.place({ name: namespace, files: { "one.yaml": yaml(object) }, spec: MANUAL });
  await firstSync(app);
  return app;
}

const with_ = (object: KubeObject, options: string): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, [OPTIONS]: options } },
});
const web = (namespace: string): string => `/apis/apps/v1/namespaces/${namespace}/deployments/web`;
const deletions = (namespace: string) => stage.writes(namespace).filter(({ verb }) => verb === "delete");
const uidOf = async (path: string): Promise<string> => (await stage.must("GET", path)).metadata.uid as string;

function labelled(namespace: string, app: string, spec: Record<string, unknown> = {}): KubeObject {
  const object = deployment({ namespace, name: "web" });
  const was = object["spec"] as Shown;
  return {
    ...object,
    spec: {
      ...was,
      selector: { matchLabels: { app } },
      template: { ...was.template, metadata: { labels: { app } } },
      ...spec,
    },
  };
}

function statefulSet(namespace: string, selector: string, labels: string): KubeObject {
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "db", namespace },
    spec: {
      serviceName: "db",
      replicas: 1,
      selector: { matchLabels: { app: selector } },
      template: {
        metadata: { labels: { app: labels } },
        spec: { containers: [{ name: "db", image: "registry.example.com/db:1" }] },
      },
    },
  };
}

// ---------------------------------------------------------------- nothing is deleted for nothing

const mistakes: {
  name: string;
  namespace: string;
  path: (namespace: string) => string;
  before: (namespace: string) => KubeObject;
  after: (namespace: string) => KubeObject;
  says: RegExp;
}[] = [
  {
    name: "a Deployment with the strategy Recreate and rollingUpdate",
    namespace: "bad-strategy",
    path: web,
    before: (namespace) => labelled(namespace, "web"),
    after: (namespace) =>
      labelled(namespace, "web", { strategy: { type: "Recreate", rollingUpdate: { maxSurge: 1 } } }),
    says: /spec\.strategy\.rollingUpdate: Forbidden: may not be specified/,
  },
  {
    name: "a StatefulSet whose selector is another, without its labels",
    namespace: "bad-selector",
    path: (namespace) => `/apis/apps/v1/namespaces/${namespace}/statefulsets/db`,
    before: (namespace) => statefulSet(namespace, "db", "db"),
    after: (namespace) => statefulSet(namespace, "other", "db"),
    says: /it is not deleted, because the API server would not take it as a new one: .*`selector` does not match template `labels`/,
  },
  {
    name: "a Deployment with another selector and a fault beside it",
    namespace: "bad-both",
    path: web,
    before: (namespace) => labelled(namespace, "web"),
    after: (namespace) =>
      labelled(namespace, "other", { strategy: { type: "Recreate", rollingUpdate: { maxSurge: 1 } } }),
    says: /spec\.selector cannot be changed, and it is not deleted/,
  },
];

describe("a commit that the API server would take in no form", () => {
  test.each(mistakes)(
    "deletes nothing with Force=true: $name",
    async ({ namespace, path, before, after, says }) => {
      const app = await syncedOnce(namespace, with_(before(namespace), "Force=true"));
      const uid = await uidOf(path(namespace));
      const written = stage.writes(namespace).length;
      await app.commit({ "one.yaml": yaml(with_(after(namespace), "Force=true")) });
      const state = await app.sync();
      expect(state.phase).toBe("Failed");
      expect(state.message).toMatch(/nothing was written/);
      expect(state.message).toMatch(says);
      expect(stage.writes(namespace).length).toBe(written);
      expect(await uidOf(path(namespace))).toBe(uid);
    },
  );

  test("under a name that an admission does not let be made is not deleted either", async () => {
    const namespace = "bad-name";
    const app = await syncedOnce(namespace, with_(labelled(namespace, "web"), "Force=true"));
    const uid = await uidOf(web(namespace));
    await deny("looks-at-names", namespace, "object.metadata.name != 'web'", ["CREATE"]);
    await app.commit({ "one.yaml": yaml(with_(labelled(namespace, "other"), "Force=true")) });
    const state = await app.sync();
    expect(state.phase).toBe("Failed");
    expect(state.message).toMatch(/it is not deleted, .*denied by looks-at-names/);
    expect(await uidOf(web(namespace))).toBe(uid);
    expect(deletions(namespace)).toEqual([]);
  });
});

/** A policy that denies where `expression` is false; resolves when the server obeys it. */
async function deny(
  name: string,
  namespace: string,
  expression: string,
  operations: string[],
): Promise<void> {
  const root = "/apis/admissionregistration.k8s.io/v1";
  await stage.must("POST", `${root}/validatingadmissionpolicies`, {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicy",
    metadata: { name },
    spec: {
      failurePolicy: "Fail",
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: ["apps"],
            apiVersions: ["v1"],
            operations,
            resources: ["deployments", "statefulsets"],
          },
        ],
      },
      validations: [{ expression, message: `denied by ${name}` }],
    },
  });
  await stage.must("POST", `${root}/validatingadmissionpolicybindings`, {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name },
    spec: {
      policyName: name,
      validationActions: ["Deny"],
      matchResources: { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } } },
    },
  });
  await eventually(`${name} is obeyed`, async () => {
    const probe = labelled(namespace, "other");
    const answer = await stage.plane.api.request(
      "POST",
      `/apis/apps/v1/namespaces/${namespace}/deployments?dryRun=All`,
      probe,
    );
    return String(answer.body["message"]).includes(`denied by ${name}`);
  });
}

// ---------------------------------------------------------------- what really cannot be changed

describe("a field that cannot be changed", () => {
  test("is a refusal without Force=true: one short sentence with the field and what to do", async () => {
    const namespace = "no-force";
    const once = (image: string) => job({ namespace, name: "once", image });
    const app = await syncedOnce(namespace, once("registry.example.com/job:1"));
    await app.commit({ "one.yaml": yaml(once("registry.example.com/job:2")) });
    const state = await app.sync();
    expect(state.phase).toBe("Failed");
    const { message } = state;
    expect(message).toMatch(/spec\.template: field is immutable/);
    expect(message).toMatch(/Force=true/);
    expect(message).not.toContain("TerminationMessagePath");
    expect(message.length).toBeLessThan(700);
    expect(deletions(namespace)).toEqual([]);
  });

  test("is deleted and made again with Force=true, once, and a dry run says so before", async () => {
    const namespace = "force";
    const app = await syncedOnce(namespace, with_(labelled(namespace, "web"), "Force=true"));
    const uid = await uidOf(web(namespace));
    await app.commit({ "one.yaml": yaml(with_(labelled(namespace, "other"), "Force=true")) });
    const rehearsed = await app.sync({ dryRun: true });
    expect(rehearsed.phase).toBe("Succeeded");
    expect(results(await app.get())["Deployment/web"]?.message).toBe(
      "dry run: would be deleted with what it owns and made again, because spec.selector cannot be changed",
    );
    expect(await uidOf(web(namespace))).toBe(uid);
    expect(deletions(namespace)).toEqual([]);

    expect((await app.sync()).phase).toBe("Succeeded");
    expect(results(await app.get())["Deployment/web"]?.message).toMatch(
      /deleted and made again, because spec\.selector cannot be changed/,
    );
    const made = await stage.must("GET", web(namespace));
    expect(made.metadata.uid).not.toBe(uid);
    expect(made.spec.selector.matchLabels).toEqual({ app: "other" });
    expect(deletions(namespace)).toHaveLength(1);
    await app.untilSettled();
    await staysSynced(stage, app);
  });

  test("of a Service with a node port and an address is deleted and made again with both", async () => {
    const namespace = "force-service";
    const front = (clusterIP: string) => ({
      ...service(namespace, "front"),
      spec: {
        type: "NodePort",
        clusterIP,
        selector: { app: "web" },
        ports: [{ port: 80, nodePort: 30_771 }],
      },
    });
    const app = await syncedOnce(namespace, with_(front("10.0.77.1"), "Force=true"));
    for (const last of ["2", "3", "4", "5"]) {
      await app.commit({ "one.yaml": yaml(with_(front(`10.0.77.${last}`), "Force=true")) });
      expect(await app.sync()).toMatchObject({ phase: "Succeeded" });
    }
    const made = await stage.must("GET", `/api/v1/namespaces/${namespace}/services/front`);
    expect(made.spec).toMatchObject({ clusterIP: "10.0.77.5", ports: [{ nodePort: 30_771 }] });
  });

  test("under a quota that counts objects and is full is made again all the same", async () => {
    const namespace = "force-quota";
    const app = await syncedOnce(namespace, with_(labelled(namespace, "web"), "Force=true"));
    const quota = `/api/v1/namespaces/${namespace}/resourcequotas`;
    await stage.must("POST", quota, {
      apiVersion: "v1",
      kind: "ResourceQuota",
      metadata: { name: "one" },
      spec: { hard: { "count/deployments.apps": "1" } },
    });
    await eventually(
      "the quota is full",
      async () => (await stage.must("GET", `${quota}/one`)).status?.used?.["count/deployments.apps"] === "1",
    );
    await app.commit({ "one.yaml": yaml(with_(labelled(namespace, "other"), "Force=true")) });
    // The quota learns of the deletion a moment after it.
    expect(await app.sync()).toMatchObject({ phase: "Succeeded" });
    expect((await stage.must("GET", web(namespace))).spec.selector.matchLabels).toEqual({ app: "other" });
  });
});

// ---------------------------------------------------------------- between the delete and the create

describe("while the old object is held by a finalizer", () => {
  const FINALIZER = "example.com/hold";
  const held = async (namespace: string, options = "Force=true") => {
    const app = await syncedOnce(namespace, with_(labelled(namespace, "web"), options));
    await stage.must(
      "PATCH",
      `${web(namespace)}?fieldManager=somebody`,
      { metadata: { finalizers: [FINALIZER], labels: { theirs: "yes" } } },
      MERGE,
    );
    await app.commit({ "one.yaml": yaml(with_(labelled(namespace, "other"), options)) });
    const before = await stage.must("GET", web(namespace));
    await stage.daemon.api(`/api/v1/applications/${namespace}/sync`, { method: "POST", body: "{}" });
    const waits = await app.until((seen) =>
      /waiting until the old .* is gone, which is held by its finalizer .*example\.com\/hold/.test(
        seen.status.operationState?.message ?? "",
      ),
    );
    expect(waits.status.operationState.phase).toBe("Running");
    return { app, before };
  };
  const letGo = (namespace: string) =>
    stage.must("PATCH", web(namespace), { metadata: { finalizers: null } }, MERGE);

  test("the sync says so and waits, and then makes the new one", async () => {
    const { app, before } = await held("held");
    await letGo("held");
    const seen = await app.until((now) => isQuiet(now) && now.status.operationState.phase === "Succeeded");
    expect(results(seen)["Deployment/web"]?.message).toMatch(/deleted and made again/);
    const made = await stage.must("GET", web("held"));
    expect(made.metadata.uid).not.toBe(before.metadata.uid);
    expect(made.spec.selector.matchLabels).toEqual({ app: "other" });
  });

  test("a terminate is heard, the end says what is left, and the next sync makes it", async () => {
    const { app } = await held("terminated");
    const asked = await stage.daemon.api("/api/v1/applications/terminated/operation", {
      method: "DELETE",
      body: "{}",
    });
    expect(asked).toMatchObject({ status: 200 });
    const seen = await app.until((now) => isQuiet(now) && hasFailed(now));
    expect(seen.status.operationState.message).toMatch(
      /terminated while it waited for the old one to go.*is deleted and not made again yet/,
    );
    expect(seen.status.operationState.message).not.toMatch(/nothing was written/);
    await letGo("terminated");
    await eventually("it is gone", async () => (await stage.find(web("terminated"))) === undefined);
    expect((await app.sync()).phase).toBe("Succeeded");
    expect((await stage.must("GET", web("terminated"))).spec.selector.matchLabels).toEqual({ app: "other" });
  });

  test.each(["SIGKILL", "SIGTERM"] as const)(
    "after %s between the delete and the create the next start makes it",
    async (signal) => {
      const namespace = `between-${signal.toLowerCase()}`;
      const { app } = await held(namespace);
      await stage.daemon.kill(signal);
      await letGo(namespace);
      await eventually("it is gone", async () => (await stage.find(web(namespace))) === undefined);
      await stage.daemon.restart();
      await eventually(
        "it is made",
        async () => (await stage.find(web(namespace)))?.spec.selector.matchLabels.app === "other",
      );
      await app.until((now) => isQuiet(now) && isSynced(now));
    },
  );

  test("an object that is refused after the delete is put back as it was, and that is not tried again", async () => {
    const namespace = "put-back";
    const { app, before } = await held(namespace);
    await deny("no-others", namespace, "object.spec.selector.matchLabels['app'] != 'other'", ["CREATE"]);
    await letGo(namespace);
    const seen = await app.until((now) => isQuiet(now) && hasFailed(now));
    expect(seen.status.operationState.message).toMatch(
      /the new one was refused after the old one had been deleted: .*denied by no-others.*The old one was put back/,
    );
    const back = await stage.must("GET", web(namespace));
    expect(back.metadata.uid).not.toBe(before.metadata.uid);
    expect(back.spec).toEqual(before.spec);
    expect(back.metadata.labels).toEqual(before.metadata.labels);
    expect(back.metadata.annotations?.["argocd.argoproj.io/tracking-id"]).toBe(
      before.metadata.annotations?.["argocd.argoproj.io/tracking-id"] as string,
    );
    const owners = (object: Shown) =>
      object.metadata.managedFields
        .filter(
          (entry: Shown) => entry.subresource === undefined && entry.manager !== "kube-controller-manager",
        )
        .map((entry: Shown) => `${entry.manager} ${entry.operation}`)
        .sort();
    expect(owners(back)).toContain("holdfast Apply");

    // The policy goes, and nobody knows whether that was all: what failed once is not paid for again with the same content.
    const gone = deletions(namespace).length;
    expect((await app.sync()).message).toMatch(/which failed: .*not tried again with the same content/);
    expect(deletions(namespace).length).toBe(gone);
    expect(await uidOf(web(namespace))).toBe(back.metadata.uid as string);

    // The old one is ours as before: Git going back finds nothing to do, and the objects are Synced.
    await app.commit({ "one.yaml": yaml(with_(labelled(namespace, "web"), "Force=true")) });
    await app.until(isSynced);
  });

  test("a kill before the new one is refused does not lose the old one", async () => {
    const namespace = "lost";
    const { app, before } = await held(namespace);
    await stage.daemon.kill("SIGKILL");
    await deny("no-more", namespace, "object.spec.selector.matchLabels['app'] != 'other'", ["CREATE"]);
    await letGo(namespace);
    await eventually("it is gone", async () => (await stage.find(web(namespace))) === undefined);
    await stage.daemon.restart();
    await eventually("it is back", async () => (await stage.find(web(namespace))) !== undefined);
    expect((await stage.must("GET", web(namespace))).spec).toEqual(before.spec);
    const seen = await app.until((now) => isQuiet(now) && hasFailed(now));
    expect(seen.status.operationState.message).toMatch(/The old one was put back/);
  });
});

// ---------------------------------------------------------------- replace

describe("Replace=true", () => {
  const settings = (namespace: string): string => `/api/v1/namespaces/${namespace}/configmaps/settings`;

  test("comes to rest with self-heal, and keeps what others wrote in the metadata", async () => {
    const namespace = "replace";
    const objects = (at: string, labels: Record<string, string>) => {
      const plain = configMap(namespace, "settings", { at });
      return [
        with_({ ...plain, metadata: { ...plain.metadata, labels } }, "Replace=true"),
        with_(labelled(namespace, "web"), "Replace=true"),
      ];
    };
    const app = await stage.place({
      name: namespace,
      files: { "all.yaml": yaml(...objects("1", { ours: "1", going: "1" })) },
    });
    await app.untilSettled();
    await staysSynced(stage, app);

    await stage.must(
      "PATCH",
      `${settings(namespace)}?fieldManager=somebody`,
      { metadata: { labels: { theirs: "yes" }, annotations: { theirs: "yes" } } },
      MERGE,
    );
    await app.refresh();
    await staysSynced(stage, app);

    await app.commit({ "all.yaml": yaml(...objects("2", { ours: "2" })) });
    await eventually(
      "the commit is there",
      async () => (await stage.must("GET", settings(namespace))).data.at === "2",
    );
    const after = await stage.must("GET", settings(namespace));
    expect(after.metadata.labels).toEqual({ ours: "2", theirs: "yes" });
    expect(after.metadata.annotations).toMatchObject({ theirs: "yes" });
    await staysSynced(stage, app);

    // An edit of what Git says is seen and put back, and then there is rest again.
    await stage.must(
      "PATCH",
      `${settings(namespace)}?fieldManager=kubectl-edit`,
      { data: { at: "edited", more: "x" } },
      MERGE,
    );
    await eventually(
      "it is put back",
      async () => (await stage.must("GET", settings(namespace))).data.at === "2",
    );
    expect((await stage.must("GET", settings(namespace))).data).toEqual({ at: "2" });
    await stage.must(
      "PATCH",
      `${web(namespace)}/scale?fieldManager=kubectl-scale`,
      { spec: { replicas: 3 } },
      MERGE,
    );
    await eventually(
      "it is scaled back",
      async () => (await stage.must("GET", web(namespace))).spec.replicas === 1,
    );
    await staysSynced(stage, app);
  });

  test.each(["Replace=true", "Replace=true,Force=true", "Force=true"])(
    "quick commits while others write, with %s: every one succeeds and nothing is deleted",
    async (options) => {
      const namespace = `quick-${options.toLowerCase().replaceAll(/[^a-z]+/g, "-")}`
        .slice(0, 40)
        .replace(/-$/, "");
      const at = (image: number) =>
        yaml(
          with_(deployment({ namespace, name: "web", image: `registry.example.com/web:${image}` }), options),
        );
      const app = await stage.place({ name: namespace, files: { "one.yaml": at(0) }, spec: MANUAL });
      await firstSync(app);
      const uid = await uidOf(web(namespace));
      let writing = true;
      const somebody = (async () => {
        for (let count = 0; writing; count++) {
          await stage.plane.api.request(
            "PATCH",
            `${web(namespace)}?fieldManager=somebody`,
            { metadata: { annotations: { count: String(count) } } },
            MERGE,
          );
          await Bun.sleep(15);
        }
      })();
      const ends: Shown[] = [];
      for (let image = 1; image <= 10; image++) {
        await app.commit({ "one.yaml": at(image) });
        ends.push(await app.sync());
      }
      writing = false;
      await somebody;
      expect(ends.filter(({ phase }) => phase !== "Succeeded").map(({ message }) => message)).toEqual([]);
      expect(deletions(namespace)).toEqual([]);
      expect(await uidOf(web(namespace))).toBe(uid);
    },
  );

  test("of a claim that is bound, and of a Service with addresses, keeps what binds them", async () => {
    const namespace = "replace-bound";
    await stage.must("POST", "/api/v1/persistentvolumes", {
      apiVersion: "v1",
      kind: "PersistentVolume",
      metadata: { name: namespace },
      spec: {
        capacity: { storage: "1Gi" },
        accessModes: ["ReadWriteOnce"],
        storageClassName: "",
        hostPath: { path: "/tmp/nothing" },
        claimRef: { namespace, name: "data" },
      },
    });
    const objects = (at: string) => [
      with_(
        {
          apiVersion: "v1",
          kind: "PersistentVolumeClaim",
          metadata: { name: "data", namespace, labels: { at } },
          spec: {
            accessModes: ["ReadWriteOnce"],
            storageClassName: "",
            resources: { requests: { storage: "1Gi" } },
          },
        },
        "Replace=true",
      ),
      with_(
        {
          ...service(namespace, "front"),
          spec: { type: "NodePort", selector: { app: at }, ports: [{ port: 80 }] },
        },
        "Replace=true",
      ),
    ];
    const app = await stage.place({
      name: namespace,
      files: { "all.yaml": yaml(...objects("1")) },
      spec: MANUAL,
    });
    await firstSync(app);
    const claim = `/api/v1/namespaces/${namespace}/persistentvolumeclaims/data`;
    const front = `/api/v1/namespaces/${namespace}/services/front`;
    await eventually("it is bound", async () => (await stage.must("GET", claim)).status?.phase === "Bound");
    const before = (await stage.must("GET", front)).spec;
    await app.commit({ "all.yaml": yaml(...objects("2")) });
    expect((await app.sync()).phase).toBe("Succeeded");
    expect(await stage.must("GET", claim)).toMatchObject({
      metadata: { labels: { at: "2" } },
      spec: { volumeName: namespace },
    });
    const after = (await stage.must("GET", front)).spec;
    expect(after).toEqual({ ...before, selector: { app: "2" } });
    await app.until(isSynced);
  });

  test("of a Job that is as Git says changes nothing and passes", async () => {
    const namespace = "replace-job";
    const once = with_(job({ namespace, name: "once" }), "Replace=true");
    const app = await syncedOnce(namespace, once);
    expect((await app.sync()).phase).toBe("Succeeded");
  });
});

// ---------------------------------------------------------------- the server's own words

// The last: a ServiceCIDR that comes and goes leaves the allocator of addresses unready for a while.
describe("what cannot be changed", () => {
  const PLURALS: Record<string, string> = {
    Ingress: "ingresses",
    IngressClass: "ingressclasses",
    StorageClass: "storageclasses",
    PriorityClass: "priorityclasses",
    RuntimeClass: "runtimeclasses",
    VolumeAttributesClass: "volumeattributesclasses",
  };
  const pathOf = (object: KubeObject): string => {
    const { group, version, kind } = gvkOf(object);
    const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
    const inside = object.metadata.namespace === undefined ? "" : `/namespaces/${object.metadata.namespace}`;
    return `${root}${inside}/${PLURALS[kind] ?? `${kind.toLowerCase()}s`}/${object.metadata.name}`;
  };

  beforeAll(async () => {
    await stage.makeNamespace("imm");
    const rule = (message?: string, reason?: string) => ({
      "x-kubernetes-validations": [
        {
          rule: "self == oldSelf",
          ...defined({ message, reason }),
        },
      ],
    });
    await stage.must("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "widgets.imm.example.com" },
      spec: {
        group: "imm.example.com",
        scope: "Namespaced",
        names: { plural: "widgets", singular: "widget", kind: "Widget", listKind: "WidgetList" },
        versions: [
          {
            name: "v1",
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: {
                type: "object",
                properties: {
                  spec: {
                    type: "object",
                    properties: {
                      size: { type: "integer", ...rule("size is immutable") },
                      plain: { type: "integer", ...rule() },
                      fixed: { type: "string", ...rule("Value is immutable", "FieldValueForbidden") },
                      most: { type: "integer", maximum: 5 },
                    },
                  },
                },
              },
            },
          },
        ],
      },
    });
    await eventually(
      "the definition is served",
      async () => (await stage.find("/apis/imm.example.com/v1/namespaces/imm/widgets")) !== undefined,
    );
  });

  // Recorded answers are what the unit tests read; here this server is asked whether it still speaks so.
  test.each(recorded)(
    "is told by this server as it was recorded: $name",
    async ({ before, after, refusal, create }) => {
      const path = pathOf(before as unknown as KubeObject);
      const query = "?fieldManager=holdfast&force=true";
      await stage.must("PATCH", path + query, before, APPLY);
      const answer = await stage.plane.api.request("PATCH", `${path}${query}&dryRun=All`, after, APPLY);
      const { message, details } = answer.body as Shown;
      const fields = (of: { field: string; why: string }[]) => of.map(({ field }) => field).sort();
      expect(
        fields(immutableFields({ status: answer.status, message, causes: details?.causes ?? [] })),
      ).toEqual(fields(immutableFields(refusal)));
      // The proof before a deletion: a dry-run create under the name that is taken.
      const asked = await stage.plane.api.request(
        "POST",
        `${path.slice(0, path.lastIndexOf("/"))}?dryRun=All`,
        after,
      );
      expect(asked.body["reason"]).toBe(create === "taken" ? "AlreadyExists" : "Invalid");
      await stage.must("DELETE", path, {
        apiVersion: "v1",
        kind: "DeleteOptions",
        propagationPolicy: "Background",
        gracePeriodSeconds: 0,
      });
    },
  );
});
