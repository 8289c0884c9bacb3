/**
 * What every implementation of the Kubernetes API must do for the `Cluster` port: one suite, run on a real control plane
 * and on the sandbox. It speaks to `Cluster` only, and to the bare API where somebody else acts.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { connectCluster } from "../../src/cluster/cluster.ts";
import type { Home } from "../../src/core/model/home-contents.ts";
import type { GroupVersionKind, KubeObject } from "../../src/core/model/kube-object.ts";
import type { LiveObject } from "../../src/core/model/live-object.ts";
import { refKey, refOf, show } from "../../src/core/model/object-ref.ts";
import type { Cluster, LiveChange } from "../../src/core/ports/cluster.ts";
import type { Lookup, WriteOutcome } from "../../src/core/ports/cluster-objects.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, crd, deployment, job, service, tracked } from "../lib/manifests.ts";
import { type RawApi, rawApi } from "../lib/raw-api.ts";
import { recordingLog } from "../lib/recording-log.ts";

export interface ClusterUnderTest {
  /** Path of a kubeconfig whose first user may do everything. */
  kubeconfig: string;
  stop(): Promise<void>;
}

type Done = Extract<WriteOutcome, { is: "done" }>;
type Refused = Extract<WriteOutcome, { is: "refused" }>;
type FoundLookup = Extract<Lookup, { is: "found" }>;

const kinds = {
  configMap: { group: "", version: "v1", kind: "ConfigMap" },
  secret: { group: "", version: "v1", kind: "Secret" },
  service: { group: "", version: "v1", kind: "Service" },
  namespace: { group: "", version: "v1", kind: "Namespace" },
  deployment: { group: "apps", version: "v1", kind: "Deployment" },
  job: { group: "batch", version: "v1", kind: "Job" },
  clusterRole: { group: "rbac.authorization.k8s.io", version: "v1", kind: "ClusterRole" },
} satisfies Record<string, GroupVersionKind>;

export function clusterConformance(name: string, start: () => Promise<ClusterUnderTest>): void {
  describe(`Cluster on ${name}`, () => {
    setDefaultTimeout(60_000);
    let under: ClusterUnderTest, cluster: Cluster, raw: RawApi;
    let namespaces = 0;

    beforeAll(async () => {
      under = await start();
      raw = await rawApi(under.kubeconfig);
      cluster = await connectCluster({
        name: "test",
        server: "https://kubernetes.default.svc",
        kubeconfig: { file: under.kubeconfig },
        log: recordingLog(),
      });
    }, 120_000);
    afterAll(async () => {
      await cluster?.stop();
      await under?.stop();
    }, 60_000);

    /** A new namespace for one test. */
    async function freshNamespace(): Promise<string> {
      const namespace = `t${++namespaces}`;
      await must(
        cluster.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }, "write"),
      );
      return namespace;
    }
    async function must(outcome: Promise<WriteOutcome>): Promise<Done> {
      const answer = await outcome;
      if (answer.is !== "done") throw new Error(JSON.stringify(answer));
      return answer;
    }
    async function refused(outcome: Promise<WriteOutcome>): Promise<Refused> {
      const answer = await outcome;
      if (answer.is !== "refused") throw new Error(`not refused: ${JSON.stringify(answer)}`);
      return answer;
    }
    async function found(object: KubeObject): Promise<FoundLookup> {
      const answer = await cluster.read(refOf(object), object.apiVersion);
      if (answer.is !== "found") throw new Error(JSON.stringify(answer));
      return answer;
    }
    async function follow(...wanted: GroupVersionKind[]): Promise<void> {
      const { failed } = await cluster.follow("suite", wanted, []);
      expect([...failed]).toEqual([]);
    }
    /** What the cache has of `object`, once `is` holds. */
    const cached = (
      object: KubeObject,
      what: string,
      is: (live: LiveObject) => boolean = () => true,
    ): Promise<LiveObject> =>
      eventually(`${object.kind} ${object.metadata.name} in the cache: ${what}`, () => {
        const live = cluster.get(refKey(refOf(object)));
        return live !== undefined && is(live) ? live : undefined;
      });
    const gone = (object: KubeObject): Promise<boolean> =>
      eventually(
        `${object.kind} ${object.metadata.name} leaves the cache`,
        () => cluster.get(refKey(refOf(object))) === undefined,
      );
    const pathOf = (object: KubeObject, plural: string): string => {
      const root = object.apiVersion === "v1" ? "/api/v1" : `/apis/${object.apiVersion}`;
      return `${root}/namespaces/${object.metadata.namespace}/${plural}/${object.metadata.name}`;
    };
    /** Somebody else's request; throws where the server says no. */
    async function other(
      method: string,
      path: string,
      body: unknown,
      contentType = "application/json",
    ): Promise<Record<string, unknown>> {
      const answer = await raw.request(method, path, body, contentType);
      if (answer.status >= 300)
        throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
      return answer.body;
    }
    const mergePatch = "application/merge-patch+json",
      jsonPatch = "application/json-patch+json",
      applyPatch = "application/apply-patch+yaml";

    describe("discovery", () => {
      test("facts() tells the server's version, and its API versions sorted, as Helm takes them", async () => {
        const facts = await cluster.facts();
        expect(facts.kubeVersion).toMatch(/^v1\.\d+\.\d+/);
        expect(facts.apiVersions).toContain("v1");
        expect(facts.apiVersions).toContain("v1/ConfigMap");
        expect(facts.apiVersions).toContain("apps/v1");
        expect(facts.apiVersions).toContain("apps/v1/Deployment");
        expect([...facts.apiVersions]).toEqual([...facts.apiVersions].sort());
        expect(facts.apiVersions.filter((version) => version.includes("/status"))).toEqual([]);
      });

      test("kind() tells scope and plural of what is served, and that the rest is absent", async () => {
        expect(await cluster.kind(kinds.deployment)).toMatchObject({
          is: "known",
          info: { resource: "deployments", scope: "namespaced" },
        });
        expect(await cluster.kind(kinds.namespace)).toMatchObject({
          is: "known",
          info: { resource: "namespaces", scope: "cluster" },
        });
        expect(await cluster.kind({ ...kinds.deployment, version: "" })).toMatchObject({
          is: "known",
          info: { version: "v1" },
        });
        expect(await cluster.kind({ group: "apps", version: "v1beta1", kind: "Deployment" })).toEqual({
          is: "absent",
        });
        expect(await cluster.kind({ group: "example.com", version: "v1", kind: "Nothing" })).toEqual({
          is: "absent",
        });
      });

      test("kindsGeneration() stays while nothing changes, and undiscovered() is empty where all groups answer", async () => {
        await cluster.facts();
        const before = cluster.kindsGeneration();
        expect(before).toBeGreaterThan(0);
        expect((await cluster.kind({ group: "none.example.com", version: "v1", kind: "None" })).is).toBe(
          "absent",
        );
        expect(cluster.kindsGeneration()).toBe(before);
        expect([...cluster.undiscovered()]).toEqual([]);
      });

      test("connection() says connected once an answer came", async () => {
        await cluster.facts();
        expect(cluster.connection().is).toBe("connected");
      });

      test("a new CustomResourceDefinition makes its kind known, its objects are followed, and with it the kind goes", async () => {
        const namespace = await freshNamespace();
        const gadget: GroupVersionKind = { group: "suite.example.com", version: "v1", kind: "Gadget" };
        expect((await cluster.kind(gadget)).is).toBe("absent");
        const definition = crd({ group: gadget.group, kind: gadget.kind, plural: "gadgets" });
        await must(cluster.apply(definition, "write"));
        await eventually("the kind is known", async () => (await cluster.kind(gadget)).is === "known");
        expect((await cluster.facts()).apiVersions).toContain("suite.example.com/v1/Gadget");
        await follow(gadget);
        const object = tracked("gadgets", {
          apiVersion: "suite.example.com/v1",
          kind: "Gadget",
          metadata: { name: "one", namespace },
          spec: {},
        });
        const written = await must(cluster.apply(object, "write"));
        expect(written.object.spec).toEqual({ size: 3 });
        expect(cluster.trackedBy("gadgets").map((live) => live.ref.name)).toEqual(["one"]);
        const live = (await found(definition)).live;
        expect(
          await cluster.delete(
            refOf(definition),
            definition.apiVersion,
            { uid: live.uid, propagation: "Background" },
            "write",
          ),
        ).toEqual({ is: "deleted" });
        await eventually("the kind is absent", async () => (await cluster.kind(gadget)).is === "absent");
        await gone(object);
      });
    });

    describe("live cache", () => {
      test("relist() lists anew and tells what it found, as watches do", async () => {
        const namespace = await freshNamespace();
        const object = tracked("relisted", configMap(namespace, "relisted"));
        await follow(kinds.configMap);
        await must(cluster.apply(object, "write"));
        const lists = (): number => cluster.requests()["list"] ?? 0;
        const before = lists();
        expect((await cluster.relist("suite")).failed.size).toBe(0);
        expect(lists()).toBeGreaterThan(before);
        expect(cluster.trackedBy("relisted")).toHaveLength(1);
        await other("PATCH", pathOf(object, "configmaps"), { data: { key: "later" } }, mergePatch);
        await cached(
          object,
          "the watch goes on",
          ({ object: { data } }) => (data as { key: string }).key === "later",
        );
        expect((await cluster.relist("nobody")).failed.size).toBe(0);
      });

      test("for() does the same for an errand", async () => {
        const namespace = await freshNamespace();
        const object = configMap(namespace, "errand");
        const healing = cluster.for({ owner: "argocd/app", urgency: "heal" });
        const { live } = await must(healing.apply(object, "write"));
        expect((await healing.read(refOf(object), "v1")).is).toBe("found");
        expect(
          (await healing.delete(refOf(object), "v1", { uid: live.uid, propagation: "Background" }, "write"))
            .is,
        ).toBe("deleted");
      });

      test("follow() resolves when everything is listed; what nobody tracks is held slim, and read() has it whole", async () => {
        const namespace = await freshNamespace();
        const object = configMap(namespace, "before", { a: "1" });
        await must(cluster.create(object, "write"));
        await follow(kinds.configMap);
        const live = cluster.get(refKey(refOf(object)));
        expect(live).toMatchObject({ apiVersion: "v1", detail: "slim", tracking: undefined });
        const whole = await found(object);
        expect(whole.object.data).toEqual({ a: "1" });
        expect(whole.object.metadata.managedFields).toBeArray();
        expect(whole.live).toMatchObject({
          uid: live?.uid as string,
          resourceVersion: live?.resourceVersion as string,
          contentHash: live?.contentHash as string,
          detail: "full",
        });
      });

      test("tracked objects are held whole, without managedFields, and are found by their application", async () => {
        const namespace = await freshNamespace();
        await follow(kinds.configMap);
        const object = tracked("cache-whole", configMap(namespace, "whole", { a: "1" }));
        await other("POST", `/api/v1/namespaces/${namespace}/configmaps`, object);
        const live = await cached(object, "there");
        expect(live.detail).toBe("full");
        expect(live.object.data).toEqual({ a: "1" });
        expect(live.object.metadata.managedFields).toBeUndefined();
        expect(live.tracking).toEqual({ app: "cache-whole", ref: refOf(object) });
        expect(cluster.trackedBy("cache-whole")).toEqual([live]);
        expect(cluster.trackedBy("nobody")).toEqual([]);
      });

      test("a tracking id that speaks of another object claims nothing", async () => {
        const namespace = await freshNamespace();
        await follow(kinds.configMap);
        const original = tracked("copied", configMap(namespace, "original"));
        const copy = { ...original, metadata: { ...original.metadata, name: "copy" } };
        await must(cluster.apply(original, "write"));
        await other("POST", `/api/v1/namespaces/${namespace}/configmaps`, copy);
        const live = await cached(copy, "there");
        expect(live.tracking).toEqual({ app: "copied", ref: refOf(original) });
        expect(cluster.trackedBy("copied").map(({ ref }) => ref.name)).toEqual(["original"]);
      });

      test("a cluster-scoped object is tracked although its id names the application's namespace", async () => {
        await follow(kinds.clusterRole);
        const role: KubeObject = {
          apiVersion: "rbac.authorization.k8s.io/v1",
          kind: "ClusterRole",
          metadata: {
            name: "suite-role",
            annotations: {
              "argocd.argoproj.io/tracking-id": "roles:rbac.authorization.k8s.io/ClusterRole:shop/suite-role",
            },
          },
          rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }],
        };
        await must(cluster.apply(role, "write"));
        expect(cluster.trackedBy("roles").map(({ key }) => key)).toEqual([refKey(refOf(role))]);
      });

      test("a kind that is not served fails alone, with its name", async () => {
        const { failed } = await cluster.follow(
          "partly",
          [kinds.service, { group: "example.com", version: "v1", kind: "Nothing" }],
          [],
        );
        expect([...failed.keys()]).toEqual(["example.com/Nothing"]);
        const namespace = await freshNamespace();
        const object = service(namespace, "still-seen");
        await must(cluster.create(object, "write"));
        expect((await cached(object, "there")).ref.name).toBe("still-seen");
        cluster.unfollow("partly");
      });

      test("every change is told, with the applications it concerns", async () => {
        const namespace = await freshNamespace();
        await follow(kinds.configMap);
        const object = tracked("told", configMap(namespace, "told"));
        const key = refKey(refOf(object));
        const changes: LiveChange[] = [];
        const stop = cluster.onChange((change) => {
          if (change.key === key) changes.push(change);
        });
        await other("POST", `/api/v1/namespaces/${namespace}/configmaps`, object);
        await eventually("added", () => changes.length === 1);
        await other(
          "PATCH",
          pathOf(object, "configmaps"),
          {
            metadata: {
              annotations: { "argocd.argoproj.io/tracking-id": `told-2:/ConfigMap:${namespace}/told` },
            },
          },
          mergePatch,
        );
        await eventually("modified", () => changes.length === 2);
        await other("DELETE", pathOf(object, "configmaps"), undefined);
        await eventually("deleted", () => changes.length === 3);
        stop();
        expect(changes).toEqual([
          { key, change: "added", apps: ["told"], tracked: true },
          { key, change: "modified", apps: ["told", "told-2"], tracked: true },
          { key, change: "deleted", apps: ["told-2"], tracked: true },
        ]);
      });

      test("a write is in the cache before it resolves, and a deletion too", async () => {
        const namespace = await freshNamespace();
        await follow(kinds.configMap);
        const object = tracked("at-once", configMap(namespace, "at-once"));
        const key = refKey(refOf(object));
        const { live } = await must(cluster.apply(object, "write"));
        expect(cluster.get(key)?.resourceVersion).toBe(live.resourceVersion);
        const second = await must(cluster.apply({ ...object, data: { key: "other" } }, "write"));
        expect(cluster.get(key)?.resourceVersion).toBe(second.live.resourceVersion);
        expect(
          await cluster.delete(refOf(object), "v1", { uid: live.uid, propagation: "Background" }, "write"),
        ).toEqual({ is: "deleted" });
        expect(cluster.get(key)).toBeUndefined();
      });

      test("a Deployment's ReplicaSet and Pods are its descendants, and their changes concern its application", async () => {
        const namespace = await freshNamespace();
        await follow(kinds.deployment);
        const object = tracked("tree", deployment({ namespace, name: "web", replicas: 2 }));
        const concerned: LiveChange[] = [];
        const stop = cluster.onChange((change) => {
          if (!change.tracked && change.apps.includes("tree")) concerned.push(change);
        });
        const { live } = await must(cluster.apply(object, "write"));
        const pods = await eventually("two Pods are Ready", () => {
          const [set] = cluster.childrenOf(live.uid).filter(({ ref }) => ref.kind === "ReplicaSet");
          const below = set === undefined ? [] : cluster.childrenOf(set.uid);
          const ready = below.filter(({ object: pod }) =>
            (
              (pod.status as { conditions?: { type: string; status: string }[] } | undefined)?.conditions ??
              []
            ).some(({ type, status }) => type === "Ready" && status === "True"),
          );
          return ready.length === 2 && ready;
        });
        await eventually(
          "their changes were told",
          () => new Set(concerned.map(({ key }) => key.split("/")[1])).size === 2,
        );
        stop();
        const [pod] = pods;
        expect(pod).toMatchObject({
          detail: "descendant",
          ref: { kind: "Pod", namespace },
          object: {
            apiVersion: "v1",
            kind: "Pod",
            spec: { containers: [{ name: "web", image: "registry.example.com/web:1" }] },
            status: { phase: "Running" },
          },
        });
        const [set] = cluster.childrenOf(live.uid);
        expect(set).toMatchObject({
          ref: { group: "apps", kind: "ReplicaSet" },
          object: {
            spec: { replicas: 2 },
            metadata: { annotations: { "deployment.kubernetes.io/revision": "1" } },
          },
        });
        await eventually(
          "the Deployment says so itself",
          () =>
            (cluster.get(live.key)?.object.status as { availableReplicas?: number } | undefined)
              ?.availableReplicas === 2,
        );
      });
    });

    describe("writing", () => {
      test("apply creates, says what is ours, and applying the same again changes nothing", async () => {
        const namespace = await freshNamespace();
        const object = tracked("apply", deployment({ namespace, name: "web", replicas: 0 }));
        const first = await must(cluster.apply(object, "write"));
        expect(first.live.own).toMatchObject({ apiVersion: "apps/v1" });
        expect(first.live.generation).toBe(1);
        expect(first.object.metadata.managedFields).toBeArray();
        const second = await must(cluster.apply(object, "write"));
        expect(second.live.generation).toBe(1);
        expect(second.live.own?.fieldsHash).toBe(first.live.own?.fieldsHash as string);
        expect(second.live.uid).toBe(first.live.uid);
      });

      test("a dry run writes nothing; where it would change nothing it equals the watched and the read object", async () => {
        const namespace = await freshNamespace();
        await follow(kinds.service, kinds.deployment, kinds.configMap);
        const objects = [
          tracked("dry", configMap(namespace, "dry")),
          tracked(
            "dry",
            service(namespace, "dry", [
              { port: 80, name: "http" },
              { port: 443, name: "https", targetPort: "tls" },
            ]),
          ),
          tracked(
            "dry",
            deployment({
              namespace,
              name: "dry",
              container: {
                resources: { requests: { cpu: "1000m", memory: "1024Mi" }, limits: { cpu: 2 } },
                env: [
                  { name: "A", value: "1" },
                  { name: "B", value: "" },
                ],
              },
            }),
          ),
        ];
        for (const object of objects) {
          const absent = await must(cluster.apply(object, "dry-run"));
          expect(absent.live.uid).not.toBe("");
          expect(await cluster.read(refOf(object), object.apiVersion)).toEqual({ is: "absent" });
          const { live } = await must(cluster.apply(object, "write"));
          const quiet = await cached(
            object,
            "controllers are done",
            ({ object: { status, kind } }) =>
              kind !== "Deployment" ||
              (status as { availableReplicas?: number } | undefined)?.availableReplicas === 1,
          );
          const dry = await must(cluster.apply(object, "dry-run"));
          expect(dry.live.contentHash).toBe(quiet.contentHash);
          expect(dry.live.contentHash).toBe((await found(object)).live.contentHash);
          expect(dry.live.own).toEqual(live.own);
          const changed = await must(
            cluster.apply({ ...object, metadata: { ...object.metadata, labels: { more: "x" } } }, "dry-run"),
          );
          expect(changed.live.contentHash).not.toBe(quiet.contentHash);
        }
      });

      test("the server writes quantities in its own normal form, and that is no difference", async () => {
        const namespace = await freshNamespace();
        const object = deployment({
          namespace,
          name: "quantities",
          replicas: 0,
          container: { resources: { requests: { cpu: "1000m", memory: "1024Mi" } } },
        });
        const { object: answer } = await must(cluster.apply(object, "write"));
        const [container] = (
          answer.spec as { template: { spec: { containers: { resources: { requests: unknown } }[] } } }
        ).template.spec.containers;
        expect(container?.resources.requests).toEqual({ cpu: "1", memory: "1Gi" });
        // The controller writes its revision into an annotation meanwhile.
        await eventually(
          "no difference",
          async () =>
            (await must(cluster.apply(object, "dry-run"))).live.contentHash ===
            (await found(object)).live.contentHash,
        );
      });

      test("lists with keys are merged by key: foreign ports and variables stay, ours leave when we leave them out", async () => {
        const namespace = await freshNamespace();
        const web = service(namespace, "merge", [
          { port: 80, name: "http" },
          { port: 81, name: "admin" },
        ]);
        await must(cluster.apply(web, "write"));
        await other(
          "PATCH",
          `${pathOf(web, "services")}?fieldManager=else`,
          [{ op: "add", path: "/spec/ports/-", value: { port: 9090, name: "metrics" } }],
          jsonPatch,
        );
        const answer = await must(
          cluster.apply(service(namespace, "merge", [{ port: 80, name: "http" }]), "write"),
        );
        expect(
          (answer.object.spec as { ports: { name: string }[] }).ports.map((port) => port.name).sort(),
        ).toEqual(["http", "metrics"]);
        const workload = deployment({
          namespace,
          name: "merge",
          replicas: 0,
          container: {
            env: [
              { name: "A", value: "1" },
              { name: "B", value: "2" },
            ],
          },
        });
        await must(cluster.apply(workload, "write"));
        await other(
          "PATCH",
          `${pathOf(workload, "deployments")}?fieldManager=else`,
          [{ op: "add", path: "/spec/template/spec/containers/0/env/-", value: { name: "C", value: "3" } }],
          jsonPatch,
        );
        const after = await must(
          cluster.apply(
            deployment({
              namespace,
              name: "merge",
              replicas: 0,
              container: { env: [{ name: "A", value: "9" }] },
            }),
            "write",
          ),
        );
        const [container] = (
          after.object.spec as {
            template: { spec: { containers: { env: { name: string; value: string }[] }[] } };
          }
        ).template.spec.containers;
        expect(container?.env.toSorted((a, b) => a.name.localeCompare(b.name))).toEqual([
          { name: "A", value: "9" },
          { name: "C", value: "3" },
        ]);
      });

      test("the generation moves with the spec and with nothing else", async () => {
        const namespace = await freshNamespace();
        const object = deployment({ namespace, name: "generation", replicas: 0 });
        const generation = async (): Promise<number> => (await found(object)).live.generation;
        await must(cluster.apply(object, "write"));
        await must(
          cluster.apply({ ...object, metadata: { ...object.metadata, labels: { a: "b" } } }, "write"),
        );
        expect(await generation()).toBe(1);
        await must(
          cluster.apply(
            deployment({ namespace, name: "generation", replicas: 0, image: "registry.example.com/web:2" }),
            "write",
          ),
        );
        expect(await generation()).toBe(2);
      });

      test("status updates leave our entry and the content hash alone", async () => {
        const namespace = await freshNamespace();
        await follow(kinds.deployment);
        const object = tracked("status", deployment({ namespace, name: "status", replicas: 1 }));
        const { live } = await must(cluster.apply(object, "write"));
        const done = await cached(
          object,
          "available",
          ({ object: { status } }) =>
            (status as { availableReplicas?: number } | undefined)?.availableReplicas === 1,
        );
        expect(done.own).toEqual(live.own);
        expect(done.generation).toBe(1);
        const { object: now } = await found(object);
        await other("PUT", `${pathOf(object, "deployments")}/status`, {
          ...now,
          status: {
            ...(now.status as object),
            conditions: [
              {
                type: "Mood",
                status: "True",
                reason: "Fine",
                message: "",
                lastUpdateTime: "2026-01-01T00:00:00Z",
                lastTransitionTime: "2026-01-01T00:00:00Z",
              },
            ],
          },
        });
        const after = await cached(
          object,
          "a newer status",
          ({ resourceVersion }) => resourceVersion !== done.resourceVersion,
        );
        expect({ own: after.own, contentHash: after.contentHash }).toEqual({
          own: done.own,
          contentHash: done.contentHash,
        });
      });

      const foreignEdits: {
        name: string;
        edit: (path: string) => Promise<unknown>;
        ours: "less" | "the same";
      }[] = [
        {
          name: "the scale subresource",
          ours: "less",
          edit: (path) =>
            other("PATCH", `${path}/scale?fieldManager=kubectl`, { spec: { replicas: 1 } }, mergePatch),
        },
        {
          name: "a merge patch of the image",
          ours: "less",
          edit: (path) =>
            other(
              "PATCH",
              `${path}?fieldManager=kubectl-edit`,
              [
                {
                  op: "replace",
                  path: "/spec/template/spec/containers/0/image",
                  value: "registry.example.com/web:9",
                },
              ],
              jsonPatch,
            ),
        },
        {
          name: "another applier by force",
          ours: "less",
          edit: (path) =>
            other(
              "PATCH",
              `${path}?fieldManager=rival&force=true`,
              { apiVersion: "apps/v1", kind: "Deployment", metadata: {}, spec: { replicas: 2 } },
              applyPatch,
            ),
        },
        {
          name: "a JSON patch that removes our label",
          ours: "less",
          edit: (path) => other("PATCH", path, [{ op: "remove", path: "/metadata/labels/team" }], jsonPatch),
        },
        {
          name: "a foreign label",
          ours: "the same",
          edit: (path) => other("PATCH", path, { metadata: { labels: { theirs: "x" } } }, mergePatch),
        },
        {
          name: "another applier of the same value",
          ours: "the same",
          edit: (path) =>
            other(
              "PATCH",
              `${path}?fieldManager=rival`,
              { apiVersion: "apps/v1", kind: "Deployment", metadata: {}, spec: { replicas: 0 } },
              applyPatch,
            ),
        },
        {
          name: "a merge patch to the value it has",
          ours: "the same",
          edit: (path) => other("PATCH", path, { spec: { replicas: 0 } }, mergePatch),
        },
      ];
      test.each(foreignEdits)("$name leaves $ours of our entry", async ({ edit, ours, name: what }) => {
        const namespace = await freshNamespace();
        await follow(kinds.deployment);
        const plain = deployment({ namespace, name: "edited", replicas: 0 });
        const object = tracked("edits", { ...plain, metadata: { ...plain.metadata, labels: { team: "a" } } });
        const { live: before } = await must(cluster.apply(object, "write"));
        await edit(pathOf(object, "deployments"));
        const now = (await found(object)).live;
        const watched = await cached(
          object,
          what,
          ({ resourceVersion }) => Number(resourceVersion) >= Number(now.resourceVersion),
        );
        expect(watched.own?.fieldsHash === before.own?.fieldsHash).toBe(ours === "the same");
        const again = await must(cluster.apply(object, "write"));
        expect(again.live.own?.fieldsHash).toBe(before.own?.fieldsHash as string);
      });

      test("a conflict-free refusal: another applier without force is told who owns the field", async () => {
        const namespace = await freshNamespace();
        const object = configMap(namespace, "owned", { a: "1" });
        await must(cluster.apply(object, "write"));
        const answer = await raw.request(
          "PATCH",
          `${pathOf(object, "configmaps")}?fieldManager=rival`,
          { apiVersion: "v1", kind: "ConfigMap", metadata: {}, data: { a: "2" } },
          applyPatch,
        );
        expect(answer.status).toBe(409);
        expect(answer.body.message).toContain("holdfast");
      });

      test("foreign managers are listed with operation, subresource and time", async () => {
        const namespace = await freshNamespace();
        const object = deployment({ namespace, name: "managers", replicas: 0 });
        await must(cluster.apply(object, "write"));
        await other(
          "PATCH",
          `${pathOf(object, "deployments")}/scale?fieldManager=scaler`,
          { spec: { replicas: 1 } },
          mergePatch,
        );
        const { live } = await found(object);
        expect(live.managers.find(({ manager }) => manager === "scaler")).toMatchObject({
          operation: "Update",
          subresource: "scale",
        });
        expect(
          live.managers.some(
            ({ manager, operation, subresource }) =>
              manager === "holdfast" && operation === "Apply" && subresource === "",
          ),
        ).toBe(false);
      });

      test("takeover: a foreign manager's entry is made ours by a JSON patch, and what then leaves our manifest is removed", async () => {
        const namespace = await freshNamespace();
        const object = configMap(
          namespace,
          "adopted",
          { keep: "1", drop: "2" },
          { "kubectl.kubernetes.io/last-applied-configuration": "{}" },
        );
        await other(
          "POST",
          `/api/v1/namespaces/${namespace}/configmaps?fieldManager=kubectl-client-side-apply`,
          object,
        );
        const { object: whole, live } = await found(object);
        expect(live.managers).toMatchObject([{ manager: "kubectl-client-side-apply", operation: "Update" }]);
        const entries = (whole.metadata.managedFields ?? []).map((entry) => ({
          ...entry,
          manager: "holdfast",
          operation: "Apply",
        }));
        const stale = await cluster.patch(live.ref, "v1", [
          { op: "test", path: "/metadata/resourceVersion", value: "1" },
          { op: "replace", path: "/metadata/managedFields", value: entries },
        ]);
        expect(stale).toMatchObject({ is: "refused" });
        expect([409, 422]).toContain((stale as Refused).status);
        const taken = await must(
          cluster.patch(live.ref, "v1", [
            { op: "test", path: "/metadata/resourceVersion", value: live.resourceVersion },
            { op: "replace", path: "/metadata/managedFields", value: entries },
            { op: "remove", path: "/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration" },
          ]),
        );
        expect(taken.live.own).toBeDefined();
        expect(taken.live.managers).toEqual([]);
        const after = await must(cluster.apply(configMap(namespace, "adopted", { keep: "1" }), "write"));
        expect(after.object.data).toEqual({ keep: "1" });
      });

      const refusals: { name: string; object: (namespace: string) => KubeObject; says: RegExp }[] = [
        {
          name: "a field that the schema does not know",
          says: /\.spec\.template\.spec\.containers.*imagePullPolcy: field not declared in schema/,
          object: (namespace) =>
            deployment({ namespace, name: "bad", container: { imagePullPolcy: "Always" } }),
        },
        {
          name: "two variables of one name",
          says: /duplicate entries for key \[name="A"\]/,
          object: (namespace) =>
            deployment({
              namespace,
              name: "bad",
              container: {
                env: [
                  { name: "A", value: "1" },
                  { name: "A", value: "2" },
                ],
              },
            }),
        },
        {
          name: "two ports of one number and protocol",
          says: /duplicate entries for key \[port=80/,
          object: (namespace) =>
            service(namespace, "bad", [
              { port: 80, name: "a" },
              { port: 80, name: "b" },
            ]),
        },
        {
          name: "a value of the wrong type",
          says: /expected numeric|string.*integer|cannot unmarshal|failed to create typed patch/,
          object: (namespace) => ({
            ...deployment({ namespace, name: "bad" }),
            spec: { ...(deployment({ namespace, name: "bad" }).spec as object), replicas: "2" },
          }),
        },
        {
          name: "a name that is none",
          says: /metadata\.name|Invalid value/,
          object: (namespace) => configMap(namespace, "Not_A_Name"),
        },
      ];
      test.each(refusals)("$name is the user's problem: refused, dry or not", async ({ object, says }) => {
        const namespace = await freshNamespace();
        for (const mode of ["dry-run", "write"] as const) {
          const answer = await refused(cluster.apply(object(namespace), mode));
          expect(answer.message).toMatch(says);
        }
      });

      test("a namespace that is not there refuses with 404", async () => {
        expect(await refused(cluster.apply(configMap("nowhere", "x"), "write"))).toMatchObject({
          status: 404,
          reason: "NotFound",
        });
      });

      test("a Secret's values are in no message", async () => {
        const namespace = await freshNamespace();
        const canary = "c4n4ry-v4lu3";
        const bad: KubeObject[] = [
          {
            apiVersion: "v1",
            kind: "Secret",
            metadata: { name: "a", namespace },
            data: { password: `${canary}!` },
          },
          {
            apiVersion: "v1",
            kind: "Secret",
            metadata: { name: "b", namespace },
            stringData: { list: [canary] },
          },
          {
            apiVersion: "v1",
            kind: "Secret",
            metadata: { name: "c", namespace },
            stringData: { nested: { deep: canary } },
          },
        ];
        for (const object of bad) {
          const answer = await refused(cluster.apply(object, "write"));
          expect(JSON.stringify(answer)).not.toContain(canary);
          expect(answer.message).not.toBe("");
        }
        const fixed: KubeObject = {
          apiVersion: "v1",
          kind: "Secret",
          metadata: { name: "d", namespace },
          immutable: true,
          stringData: { password: "one" },
        };
        await must(cluster.apply(fixed, "write"));
        const answer = await refused(cluster.apply({ ...fixed, stringData: { password: canary } }, "write"));
        expect(answer.status).toBe(422);
        expect(answer.causes.map(({ field }) => field)).toEqual(["data"]);
        expect(JSON.stringify(answer)).not.toContain(canary);
      });

      test("create refuses what is there; replace refuses an old resourceVersion and takes the present one", async () => {
        const namespace = await freshNamespace();
        const object = configMap(namespace, "put", { a: "1" });
        const { live } = await must(cluster.create(object, "write"));
        expect(await refused(cluster.create(object, "write"))).toMatchObject({
          status: 409,
          reason: "AlreadyExists",
        });
        const put = {
          ...object,
          metadata: { ...object.metadata, resourceVersion: live.resourceVersion },
          data: { b: "2" },
        };
        expect((await must(cluster.replace(put, "write"))).object.data).toEqual({ b: "2" });
        expect(await refused(cluster.replace(put, "write"))).toMatchObject({
          status: 409,
          reason: "Conflict",
        });
        expect((await must(cluster.replace({ ...object, data: { c: "3" } }, "dry-run"))).object.data).toEqual(
          { c: "3" },
        );
        expect((await found(object)).object.data).toEqual({ b: "2" });
      });

      test("requests are counted by verb", async () => {
        const namespace = await freshNamespace();
        const before = cluster.requests();
        await must(cluster.apply(configMap(namespace, "count"), "dry-run"));
        await must(cluster.apply(configMap(namespace, "count"), "write"));
        await found(configMap(namespace, "count"));
        const after = cluster.requests();
        const added = (verb: string): number => (after[verb] ?? 0) - (before[verb] ?? 0);
        expect({ dry: added("apply-dry-run"), apply: added("apply"), get: added("get") }).toEqual({
          dry: 1,
          apply: 1,
          get: 1,
        });
      });
    });

    describe("looking into what holds others", () => {
      const namesIn = async (
        home: Home,
        passedOver: readonly string[] = [],
        age: "now" | "lately" = "now",
      ): Promise<string[]> => {
        const { objects, unread } = await cluster.inhabitants(home, new Set(passedOver), age);
        expect(unread).toEqual([]);
        return objects.map(({ ref }) => show(ref)).sort();
      };

      test("a Namespace: every kind, followed or not, and nothing of another one", async () => {
        const namespace = await freshNamespace();
        const other = await freshNamespace();
        await follow(kinds.configMap);
        await must(cluster.create(configMap(namespace, "in"), "write"));
        await must(cluster.create(configMap(other, "out"), "write"));
        await must(cluster.create(service(namespace, "web"), "write"));
        for (const age of ["now", "lately"] as const) {
          const names = await namesIn({ is: "namespace", name: namespace }, ["Endpoints"], age);
          expect(names).toEqual(
            expect.arrayContaining([`ConfigMap ${namespace}/in`, `Service ${namespace}/web`]),
          );
          expect(
            names.filter((name) => !name.includes(` ${namespace}/`) || name.startsWith("Endpoints ")),
          ).toEqual([]);
        }
      });

      test("a Namespace: who owns what, and what is ours", async () => {
        const namespace = await freshNamespace();
        const object = tracked("looked", deployment({ namespace, name: "looked", replicas: 1 }));
        const { live } = await must(cluster.create(object, "write"));
        const found = await eventually("its ReplicaSet and Pod", async () => {
          const { objects } = await cluster.inhabitants(
            { is: "namespace", name: namespace },
            new Set(),
            "now",
          );
          const pods = objects.filter(({ ref }) => ref.kind === "Pod");
          return pods.length === 1 ? objects : undefined;
        });
        const set = found.find(({ ref }) => ref.kind === "ReplicaSet");
        expect(set?.owners).toEqual([live.uid]);
        expect(found.find(({ uid }) => uid === live.uid)?.tracking?.app).toBe("looked");
      });

      test("a definition: its objects everywhere; and of one that nobody serves nothing is said to be known", async () => {
        const namespace = await freshNamespace();
        const home: Home = { is: "definition", group: "looked.example.com", kind: "Looked" };
        expect(await cluster.inhabitants(home, new Set(), "now")).toMatchObject({
          objects: [],
          unread: [{ because: "forbidden" }],
        });
        const definition = crd({ group: home.group, kind: home.kind, plural: "lookeds" });
        await must(cluster.apply(definition, "write"));
        await eventually(
          "the kind is known",
          async () =>
            (await cluster.kind({ group: home.group, version: "v1", kind: home.kind })).is === "known",
        );
        expect(await namesIn(home)).toEqual([]);
        const object = { apiVersion: `${home.group}/v1`, kind: home.kind, spec: {} };
        await must(cluster.create({ ...object, metadata: { name: "one", namespace } }, "write"));
        await must(cluster.create({ ...object, metadata: { name: "two", namespace: "default" } }, "write"));
        const names = [`Looked default/two`, `Looked ${namespace}/one`].map((one) => `${home.group}/${one}`);
        expect(await namesIn(home)).toEqual(names.sort());
        await follow({ group: home.group, version: "v1", kind: home.kind });
        expect(await namesIn(home)).toEqual(names.sort());
      });

      test("more than a page", async () => {
        const namespace = await freshNamespace();
        const names = Array.from({ length: 520 }, (_, at) => `many-${at}`);
        const account = { apiVersion: "v1", kind: "ServiceAccount" };
        for (let at = 0; at < names.length; at += 40)
          await Promise.all(
            names
              .slice(at, at + 40)
              .map((name) => must(cluster.create({ ...account, metadata: { name, namespace } }, "write"))),
          );
        const { objects } = await cluster.inhabitants({ is: "namespace", name: namespace }, new Set(), "now");
        expect(objects.filter(({ ref }) => ref.name.startsWith("many-"))).toHaveLength(520);
      });
    });

    describe("deleting", () => {
      test("only the object with the uid that was meant goes", async () => {
        const namespace = await freshNamespace();
        const object = configMap(namespace, "twice");
        const { live: first } = await must(cluster.create(object, "write"));
        const options = { uid: first.uid, propagation: "Background" as const };
        expect(await cluster.delete(refOf(object), "v1", options, "dry-run")).toEqual({ is: "deleted" });
        await found(object);
        expect(await cluster.delete(refOf(object), "v1", options, "write")).toEqual({ is: "deleted" });
        expect(await cluster.delete(refOf(object), "v1", options, "write")).toEqual({ is: "absent" });
        const { live: second } = await must(cluster.create(object, "write"));
        expect(second.uid).not.toBe(first.uid);
        expect(await cluster.delete(refOf(object), "v1", options, "write")).toMatchObject({
          is: "refused",
          status: 409,
        });
        await found(object);
      });

      test("what was changed since it was judged does not go", async () => {
        const namespace = await freshNamespace();
        const object = configMap(namespace, "judged");
        const { live } = await must(cluster.create(object, "write"));
        const { live: changed } = await must(
          cluster.apply({ ...object, data: { by: "somebody else" } }, "write"),
        );
        const of = ({ uid, resourceVersion }: LiveObject) =>
          ({ uid, resourceVersion, propagation: "Background" }) as const;
        expect(await cluster.delete(live.ref, "v1", of(live), "write")).toMatchObject({
          is: "refused",
          status: 409,
          reason: "Conflict",
        });
        await found(object);
        expect(await cluster.delete(live.ref, "v1", of(changed), "write")).toEqual({ is: "deleted" });
        await gone(object);
      });

      test("an object with a finalizer stays, marked, until the finalizer goes", async () => {
        const namespace = await freshNamespace();
        await follow(kinds.configMap);
        const plain = tracked("finalizers", configMap(namespace, "held"));
        const object = { ...plain, metadata: { ...plain.metadata, finalizers: ["example.com/hold"] } };
        const { live } = await must(cluster.apply(object, "write"));
        expect(
          (await cluster.delete(live.ref, "v1", { uid: live.uid, propagation: "Background" }, "write")).is,
        ).toBe("deleted");
        expect(cluster.get(live.key)?.object.metadata.deletionTimestamp).toBeString();
        await must(cluster.patch(live.ref, "v1", [{ op: "remove", path: "/metadata/finalizers" }]));
        await gone(object);
        expect(await cluster.read(live.ref, "v1")).toEqual({ is: "absent" });
      });

      const propagations = [
        { propagation: "Background", then: "go after it" },
        { propagation: "Foreground", then: "go before it" },
      ] as const;
      test.each(propagations)("$propagation: dependants $then", async ({ propagation }) => {
        const namespace = await freshNamespace();
        await follow(kinds.deployment);
        const object = tracked("collected", deployment({ namespace, name: "collected", replicas: 1 }));
        const { live } = await must(cluster.apply(object, "write"));
        const set = await eventually("a ReplicaSet with a Pod", () =>
          cluster.childrenOf(live.uid).find(({ uid }) => cluster.childrenOf(uid).length === 1),
        );
        await cluster.delete(live.ref, "apps/v1", { uid: live.uid, propagation }, "write");
        await gone(object);
        await eventually(
          "ReplicaSet and Pod are gone",
          () => cluster.childrenOf(live.uid).length === 0 && cluster.childrenOf(set.uid).length === 0,
        );
        expect(await cluster.read(set.ref, "apps/v1")).toEqual({ is: "absent" });
      });

      test("Orphan: dependants stay", async () => {
        const namespace = await freshNamespace();
        await follow(kinds.deployment);
        const object = deployment({ namespace, name: "orphan", replicas: 1 });
        const { live } = await must(cluster.apply(object, "write"));
        const set = await eventually("a ReplicaSet", () => cluster.childrenOf(live.uid)[0]);
        await cluster.delete(live.ref, "apps/v1", { uid: live.uid, propagation: "Orphan" }, "write");
        await gone(object);
        const kept = await cluster.read(set.ref, "apps/v1");
        expect(kept).toMatchObject({ is: "found", live: { owners: [] } });
      });

      test("a namespace goes with everything in it, and takes nothing new meanwhile", async () => {
        const namespace = await freshNamespace();
        await follow(kinds.namespace, kinds.configMap);
        const held = configMap(namespace, "held");
        await must(
          cluster.create(
            { ...held, metadata: { ...held.metadata, finalizers: ["example.com/hold"] } },
            "write",
          ),
        );
        await must(cluster.create(configMap(namespace, "free"), "write"));
        const object: KubeObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
        const { live } = await found(object);
        await cluster.delete(live.ref, "v1", { uid: live.uid, propagation: "Background" }, "write");
        expect(await refused(cluster.create(configMap(namespace, "late"), "write"))).toMatchObject({
          status: 403,
        });
        await gone(configMap(namespace, "free"));
        expect((await found(object)).object.status).toMatchObject({ phase: "Terminating" });
        await must(cluster.patch(refOf(held), "v1", [{ op: "remove", path: "/metadata/finalizers" }]));
        await eventually(
          "the namespace is gone",
          async () => (await cluster.read(live.ref, "v1")).is === "absent",
          60_000,
        );
      });
    });

    describe("workloads", () => {
      test("an image tagged broken crash-loops", async () => {
        const namespace = await freshNamespace();
        await follow(kinds.deployment);
        const { live } = await must(
          cluster.apply(
            tracked(
              "broken",
              deployment({ namespace, name: "broken", image: "registry.example.com/web:broken" }),
            ),
            "write",
          ),
        );
        await eventually("a Pod waits with CrashLoopBackOff", () =>
          cluster
            .childrenOf(live.uid)
            .flatMap(({ uid }) => cluster.childrenOf(uid))
            .some(({ object }) => {
              const [container] =
                (
                  object.status as
                    | {
                        containerStatuses?: {
                          restartCount: number;
                          state?: { waiting?: { reason: string; message: string } };
                        }[];
                      }
                    | undefined
                )?.containerStatuses ?? [];
              return (
                container?.state?.waiting?.reason === "CrashLoopBackOff" &&
                container.restartCount >= 3 &&
                container.state.waiting.message !== ""
              );
            }),
        );
      });

      test("a Job runs to its end", async () => {
        const namespace = await freshNamespace();
        await follow(kinds.job);
        const object = tracked("jobs", job({ namespace, name: "done" }));
        await must(cluster.apply(object, "write"));
        await cached(object, "complete", ({ object: { status } }) =>
          (
            (status as { conditions?: { type: string; status: string }[] } | undefined)?.conditions ?? []
          ).some(({ type, status: value }) => type === "Complete" && value === "True"),
        );
      });

      test("eventsOf() lists an object's events, newest first", async () => {
        const namespace = await freshNamespace();
        const object = configMap(namespace, "eventful");
        const { live } = await must(cluster.create(object, "write"));
        for (const [at, reason] of ["First", "Second"].entries()) {
          await other("POST", `/api/v1/namespaces/${namespace}/events`, {
            apiVersion: "v1",
            kind: "Event",
            metadata: { name: `e${at}`, namespace },
            reason,
            message: "",
            type: "Normal",
            involvedObject: {
              apiVersion: "v1",
              kind: "ConfigMap",
              name: "eventful",
              namespace,
              uid: live.uid,
            },
            lastTimestamp: `2026-01-01T00:00:0${at}Z`,
          });
        }
        expect((await cluster.eventsOf(live.ref, live.uid)).map(({ reason }) => reason as string)).toEqual([
          "Second",
          "First",
        ]);
        expect(await cluster.eventsOf(live.ref, "another-uid")).toEqual([]);
      });
    });

    describe("list and watch, as the bare API answers", () => {
      test("lists come in pages, with one resourceVersion over all of them", async () => {
        const namespace = await freshNamespace();
        for (const at of [1, 2, 3]) await must(cluster.create(configMap(namespace, `page-${at}`), "write"));
        const path = `/api/v1/namespaces/${namespace}/configmaps?limit=2&labelSelector=`;
        const names: string[] = [],
          versions = new Set<unknown>();
        let next = "";
        do {
          const page = (await other(
            "GET",
            `${path}${next === "" ? "" : `&continue=${encodeURIComponent(next)}`}`,
            undefined,
          )) as {
            items: { metadata: { name: string } }[];
            metadata: { continue?: string; resourceVersion: string };
          };
          names.push(...page.items.map(({ metadata }) => metadata.name));
          versions.add(page.metadata.resourceVersion);
          next = page.metadata.continue ?? "";
        } while (next !== "");
        expect(names.filter((found) => found.startsWith("page-"))).toEqual(["page-1", "page-2", "page-3"]);
        expect(versions.size).toBe(1);
      });

      test("a watch goes on from the resourceVersion it is given", async () => {
        const namespace = await freshNamespace();
        const { live: first } = await must(cluster.create(configMap(namespace, "first"), "write"));
        await must(cluster.create(configMap(namespace, "second"), "write"));
        await must(cluster.patch(first.ref, "v1", [{ op: "add", path: "/data/more", value: "x" }]));
        const ending = new AbortController();
        const answer = await raw.open(
          `/api/v1/namespaces/${namespace}/configmaps?watch=1&resourceVersion=${first.resourceVersion}&allowWatchBookmarks=true`,
          ending.signal,
        );
        const seen: string[] = [];
        let rest = "";
        const decoder = new TextDecoder();
        for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) {
          const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
          rest = lines.pop() ?? "";
          for (const line of lines) {
            const { type, object } = JSON.parse(line) as { type: string; object: KubeObject };
            if (object.metadata.name === "first" || object.metadata.name === "second")
              seen.push(`${type} ${object.metadata.name}`);
          }
          if (seen.length >= 2) break;
        }
        ending.abort();
        expect(seen).toEqual(["ADDED second", "MODIFIED first"]);
      });
    });
  });
}
