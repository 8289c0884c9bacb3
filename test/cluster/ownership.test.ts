/**
 * The promises of comparing by ownership, on a real kube-apiserver: what an edit does to our managedFields entry and
 * to the answer of a dry run, what a takeover and an ignored field do to values, and that repairs are enough.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { observe } from "../../src/cluster/observe.ts";
import { NOTHING_IGNORED } from "../../src/core/compare/ignore/ignored-fields.ts";
import {
  appliedHash,
  applyRepairs,
  claimPatch,
  concludeFromPrediction,
  diffObjects,
  type IgnoredFields,
  judge,
  leftoversFor,
  needsTakeover,
  recordAfterApply,
  releasePatch,
  repairsFor,
  settle,
  takeover,
  withoutIgnored,
  withoutLeftovers,
} from "../../src/core/compare/index.ts";
import type { Concluded } from "../../src/core/compare/judge/conclude-from-prediction.ts";
import type { Application } from "../../src/core/model/application.ts";
import type { ObjectRecord, Repair } from "../../src/core/model/comparison.ts";
import type { DesiredObject } from "../../src/core/model/desired-object.ts";
import { gvkOf, type KubeObject } from "../../src/core/model/kube-object.ts";
import type { LiveObject } from "../../src/core/model/live-object.ts";
import { refKey, refOf } from "../../src/core/model/object-ref.ts";
import { hashValue } from "../../src/lib/hash.ts";
import { type ControlPlane, startControlPlane } from "../lib/control-plane.ts";
import { eventually } from "../lib/eventually.ts";
import { ignoredBy } from "../lib/ignored-by.ts";
import type { RawAnswer } from "../lib/raw-api.ts";

const APPLY = "application/apply-patch+yaml",
  MERGE = "application/merge-patch+json",
  JSON_PATCH = "application/json-patch+json";

let plane: ControlPlane;
beforeAll(async () => {
  plane = await startControlPlane();
  await must(
    await plane.api.request(
      "PATCH",
      `${CRDS}/widgets.example.com?fieldManager=setup&force=true`,
      widgetDefinition,
      APPLY,
    ),
  );
  await until(async () => (await plane.api.request("GET", WIDGETS)).status === 200);
}, 120_000);
afterAll(() => plane.stop(), 30_000);

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const WIDGETS = "/apis/example.com/v1/namespaces/default/widgets";
const collections: Record<string, string> = {
  Deployment: "/apis/apps/v1/namespaces/default/deployments",
  ConfigMap: "/api/v1/namespaces/default/configmaps",
  Service: "/api/v1/namespaces/default/services",
  Secret: "/api/v1/namespaces/default/secrets",
  Widget: WIDGETS,
};

const widgetDefinition = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.example.com" },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { plural: "widgets", singular: "widget", kind: "Widget", listKind: "WidgetList" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: {
                type: "object",
                required: ["size"],
                properties: {
                  size: { type: "integer" },
                  colour: { type: "string", default: "red" },
                  list: {
                    type: "array",
                    items: {
                      type: "object",
                      properties: { a: { type: "string" }, b: { type: "string", default: "bee" } },
                    },
                  },
                  parts: {
                    type: "array",
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["name"],
                    items: {
                      type: "object",
                      required: ["name"],
                      properties: { name: { type: "string" }, weight: { type: "integer" } },
                    },
                  },
                },
              },
              status: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
            },
          },
        },
      },
    ],
  },
};

async function must(answer: RawAnswer): Promise<KubeObject> {
  if (answer.status >= 300)
    throw new Error(`HTTP ${answer.status}: ${JSON.stringify(answer.body["message"] ?? answer.body)}`);
  return answer.body as unknown as KubeObject;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await holds()) return;
    await Bun.sleep(50);
  }
  throw new Error("it did not happen within 10 seconds");
}

const path = (object: KubeObject, subresource = ""): string =>
  `${collections[object.kind]}/${object.metadata.name}${subresource}`;
const request = (method: string, at: string, body?: unknown, type?: string): Promise<RawAnswer> =>
  plane.api.request(method, at, body, type);
const apply = (object: KubeObject, manager: string, query = ""): Promise<RawAnswer> =>
  request("PATCH", `${path(object)}?fieldManager=${manager}&force=true${query}`, object, APPLY);
const read = async (object: KubeObject): Promise<KubeObject> => must(await request("GET", path(object)));
const seen = (object: KubeObject): LiveObject => observe(object, gvkOf(object), "whole");

function wanted(object: KubeObject): DesiredObject {
  const ref = { ...refOf(object), namespace: "default" };
  return {
    ref,
    key: refKey(ref),
    object,
    hash: hashValue(object),
    origin: { source: 0, file: "x.yaml", line: 1 },
    role: { is: "ordinary" },
    phase: "Sync",
    wave: 0,
    syncOptions: [],
    compareOptions: [],
  };
}

let count = 0;
const name = (): string => `thing-${++count}`;

function deployment(
  change: (
    spec: {
      replicas?: number;
      template: { spec: { containers: Record<string, unknown>[] } & Record<string, unknown> };
    } & Record<string, unknown>,
  ) => void = () => undefined,
): KubeObject {
  const id = name();
  const object = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: id, namespace: "default", labels: { team: "a" } },
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: id } },
      template: {
        metadata: { labels: { app: id } },
        spec: {
          containers: [
            {
              name: "web",
              image: "nginx:1",
              args: ["a", "b"],
              resources: { requests: { cpu: "1000m", memory: "1024Mi" } },
              env: [{ name: "A", value: "1" }],
            },
          ],
        },
      },
    },
  };
  change(object.spec);
  return object;
}

/** Applies as we do, and remembers what we would. */
async function applied(object: KubeObject): Promise<{ desired: DesiredObject; record: ObjectRecord }> {
  const desired = wanted(object);
  const live = seen(await must(await apply(object, "holdfast")));
  return { desired, record: recordAfterApply(live, { hash: desired.hash }) };
}

/** By ownership alone, without the remembered verdict. */
function byOwnership(
  desired: DesiredObject,
  live: LiveObject,
  { verdict: _, ...record }: ObjectRecord,
  ignored: IgnoredFields = NOTHING_IGNORED,
): "same" | "doubt" {
  return judge(desired, live, record, { ignored }).is === "same" ? "same" : "doubt";
}

/** Asks the server about the object as it is now; controllers may write in between, then it is read and asked again. */
async function byDryRun(
  desired: DesiredObject,
  record: ObjectRecord,
): Promise<Concluded & { live: LiveObject }> {
  for (;;) {
    const live = seen(await read(desired.object));
    const predicted = seen(await must(await apply(desired.object, "holdfast", "&dryRun=All")));
    const concluded = concludeFromPrediction(desired, live, { predicted }, record);
    if (concluded.answer !== "stale") return { ...concluded, live };
  }
}

/** One patch of a freshly read object, made again where somebody wrote in between. */
async function patchFresh(
  object: KubeObject,
  opsFor: (live: KubeObject) => readonly unknown[] | undefined,
): Promise<KubeObject> {
  for (;;) {
    const live = await read(object);
    const ops = opsFor(live);
    if (ops === undefined) return live;
    const answer = await request("PATCH", `${path(object)}?fieldManager=holdfast`, ops, JSON_PATCH);
    if (answer.status !== 422 && answer.status !== 409) return must(answer);
  }
}

/** managedFields and times are kept to the second: an edit in a later one than our apply. */
const laterSecond = (): Promise<void> => Bun.sleep(1_050);

interface Edit {
  name: string;
  edit(object: KubeObject): Promise<unknown>;
  ownership: "same" | "doubt";
  dryRun: "same" | "changed";
}

const container = "/spec/template/spec/containers/0";
const patch =
  (ops: unknown[]) =>
  (object: KubeObject): Promise<KubeObject> =>
    request("PATCH", `${path(object)}?fieldManager=kubectl-edit`, ops, JSON_PATCH).then(must);
const merge =
  (body: unknown, at = "") =>
  (object: KubeObject): Promise<KubeObject> =>
    request("PATCH", `${path(object, at)}?fieldManager=kubectl-edit`, body, MERGE).then(must);
const image = (value: string): unknown => [{ op: "replace", path: `${container}/image`, value }];
const WIPED = { metadata: { managedFields: [{}] } };

const edits: Edit[] = [
  {
    name: "the scale subresource",
    edit: merge({ spec: { replicas: 2 } }, "/scale"),
    ownership: "doubt",
    dryRun: "changed",
  },
  {
    name: "a merge patch",
    edit: merge({ metadata: { labels: { team: "b" } } }),
    ownership: "doubt",
    dryRun: "changed",
  },
  {
    name: "a JSON patch that replaces a field",
    edit: patch(image("nginx:2") as unknown[]),
    ownership: "doubt",
    dryRun: "changed",
  },
  {
    name: "a JSON patch that removes a field",
    edit: patch([{ op: "remove", path: `${container}/resources/requests/memory` }]),
    ownership: "doubt",
    dryRun: "changed",
  },
  {
    name: "a JSON patch that replaces an item of an atomic list",
    edit: patch([{ op: "replace", path: `${container}/args/0`, value: "x" }]),
    ownership: "doubt",
    dryRun: "changed",
  },
  {
    name: "a JSON patch that appends to an atomic list",
    edit: patch([{ op: "add", path: `${container}/args/-`, value: "c" }]),
    ownership: "doubt",
    dryRun: "changed",
  },
  {
    name: "a PUT without managedFields",
    ownership: "doubt",
    dryRun: "changed",
    edit: async (object) => {
      const live = structuredClone(await read(object));
      delete live.metadata.managedFields;
      (live["spec"] as { replicas: number }).replicas = 3;
      await must(await request("PUT", path(object), live));
    },
  },
  {
    name: "another applier by force",
    ownership: "doubt",
    dryRun: "changed",
    edit: async (object) => must(await apply({ ...bare(object), spec: { replicas: 4 } }, "other")),
  },
  {
    name: "an apply under our own name, in a later second",
    ownership: "doubt",
    dryRun: "changed",
    edit: async (object) => must(await apply(withLabel(object, "other"), "holdfast")),
  },
  {
    name: "wiped managedFields with a change",
    ownership: "doubt",
    dryRun: "changed",
    edit: merge({ metadata: { managedFields: [{}], labels: { team: "b" } } }),
  },
  { name: "nothing", edit: async () => undefined, ownership: "same", dryRun: "same" },
  {
    name: "a status update",
    edit: merge({ status: { replicas: 1, conditions: [{ type: "Tried", status: "True" }] } }, "/status"),
    ownership: "same",
    dryRun: "same",
  },
  {
    name: "a foreign label",
    edit: merge({ metadata: { labels: { foreign: "yes" } } }),
    ownership: "same",
    dryRun: "same",
  },
  {
    name: "a foreign item in a keyed list",
    edit: patch([
      { op: "add", path: "/spec/template/spec/containers/-", value: { name: "sidecar", image: "x:1" } },
    ]),
    ownership: "same",
    dryRun: "same",
  },
  {
    name: "a rollout restart",
    edit: merge({
      spec: {
        template: {
          metadata: { annotations: { "kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z" } },
        },
      },
    }),
    ownership: "same",
    dryRun: "same",
  },
  {
    name: "an identical PUT",
    edit: async (object) => must(await request("PUT", path(object), await read(object))),
    ownership: "same",
    dryRun: "same",
  },
  {
    name: "a second applier of the same value",
    edit: async (object) => must(await apply({ ...bare(object), spec: { replicas: 0 } }, "other")),
    ownership: "same",
    dryRun: "same",
  },
  {
    name: "an equal quantity spelled otherwise",
    edit: patch([{ op: "replace", path: `${container}/resources/requests/cpu`, value: "1" }]),
    ownership: "same",
    dryRun: "same",
  },
  { name: "wiped managedFields alone", edit: merge(WIPED), ownership: "doubt", dryRun: "same" },
  {
    name: "a value changed there and back",
    ownership: "doubt",
    dryRun: "same",
    edit: async (object) => {
      await patch(image("nginx:2") as unknown[])(object);
      await patch(image("nginx:1") as unknown[])(object);
    },
  },
];

const bare = ({ apiVersion, kind, metadata }: KubeObject): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name: metadata.name, namespace: "default" },
});
const withLabel = (object: KubeObject, team: string): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, labels: { team } },
});
type PodTemplate = { spec: { containers: Record<string, unknown>[] } & Record<string, unknown> } & Record<
  string,
  unknown
>;
function withPodSpec(object: KubeObject, change: Record<string, unknown>): KubeObject {
  const spec = object["spec"] as { template: PodTemplate };
  return {
    ...object,
    spec: { ...spec, template: { ...spec.template, spec: { ...spec.template.spec, ...change } } },
  };
}
function withContainer(object: KubeObject, change: Record<string, unknown>): KubeObject {
  const { template } = object["spec"] as { template: PodTemplate };
  return withPodSpec(object, {
    containers: template.spec.containers.map((container) => ({ ...container, ...change })),
  });
}

describe("an edit, seen by ownership and by a dry run", () => {
  test.concurrent.each(edits)(
    "$name: ownership says $ownership, the dry run $dryRun",
    async ({ edit, ownership, dryRun }) => {
      const object = deployment();
      const { desired, record } = await applied(object);
      await laterSecond();
      // The controller's first status update settles the doubt about the second of our apply.
      const settled = settle(desired, seen(await read(object)), record) ?? record;
      await edit(object);
      const doubted = byOwnership(desired, seen(await read(object)), settled);
      // Before it is settled, doubt is allowed where nothing differs; the other way round never.
      if (settled.applied?.settled === true || ownership === "doubt") expect(doubted).toBe(ownership);
      const concluded = await byDryRun(desired, record);
      expect(concluded.answer).toBe(dryRun);
      // Asked once, remembered: the same content is not asked about again.
      expect(judge(desired, concluded.live, concluded.record).is).toBe(dryRun);
    },
    30_000,
  );

  const rivals: { name: string; steal: (object: KubeObject) => KubeObject }[] = [
    { name: "another label", steal: (object) => withLabel(object, "thief") },
    {
      name: "one more item in an atomic list",
      steal: (object) => withContainer(object, { args: ["a", "b", "c"] }),
    },
    {
      name: "one more key in an atomic map",
      steal: (object) => withPodSpec(object, { nodeSelector: { zone: "a", disk: "ssd" } }),
    },
    {
      name: "the items of a keyed list in another order",
      steal: (object) =>
        withContainer(object, {
          env: [
            { name: "B", value: "$(A)" },
            { name: "A", value: "1" },
          ],
        }),
    },
  ];
  test.each(rivals)(
    "an apply under our own name within the second of ours, same fields, other values, is seen: $name",
    async ({ steal }) => {
      for (let tries = 0; tries < 20; tries++) {
        const object = withPodSpec(
          withContainer(deployment(), {
            env: [
              { name: "A", value: "1" },
              { name: "B", value: "$(A)" },
            ],
          }),
          { nodeSelector: { zone: "a" } },
        );
        const { desired, record } = await applied(object);
        const live = seen(await must(await apply(steal(object), "holdfast")));
        if (live.own?.time !== record.applied?.own.time) continue;
        // All that tells the two apart is what the fields hold.
        expect({ ...live.own, valuesHash: "" }).toEqual({ ...record.applied?.own, valuesHash: "" });
        expect(byOwnership(desired, live, record)).toBe("doubt");
        expect((await byDryRun(desired, record)).answer).toBe("changed");
        return;
      }
      throw new Error("never were two applies within one second");
    },
    30_000,
  );

  test("a value changed there and back needs our claim again, and one more apply restores it", async () => {
    const object = deployment();
    const { desired, record } = await applied(object);
    await patch(image("nginx:2") as unknown[])(object);
    await patch(image("nginx:1") as unknown[])(object);
    expect((await byDryRun(desired, record)).reown).toBe("needed");
    const again = recordAfterApply(seen(await must(await apply(object, "holdfast"))), { hash: desired.hash });
    expect(byOwnership(desired, seen(await read(object)), again)).toBe("same");
  }, 30_000);

  test("a lost record is made anew by one dry run and no write", async () => {
    const object = deployment();
    const { desired, record } = await applied(object);
    const forgotten: ObjectRecord = { key: record.key, uid: record.uid };
    expect(judge(desired, seen(await read(object)), forgotten).is).toBe("ask");
    const { answer, reown, live, record: known } = await byDryRun(desired, forgotten);
    expect({ answer, reown }).toEqual({ answer: "same", reown: "not-needed" });
    expect(byOwnership(desired, live, known)).toBe("same");
  }, 30_000);

  test("a controller's own annotation, written within the second of our apply, is no doubt", async () => {
    const object = deployment();
    const { desired, record } = await applied(object);
    await until(
      async () =>
        (await read(object)).metadata.annotations?.["deployment.kubernetes.io/revision"] !== undefined,
    );
    const live = seen(await read(object));
    expect(live.contentHash).not.toBe(record.applied?.contentHash as string);
    expect(byOwnership(desired, live, record)).toBe("same");
  }, 30_000);

  test("a foreign label on a kind without generation is no doubt", async () => {
    const object: KubeObject = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: name(), namespace: "default" },
      data: { a: "1" },
    };
    const { desired, record } = await applied(object);
    await merge({ metadata: { labels: { foreign: "1" } } })(object);
    expect(byOwnership(desired, seen(await read(object)), record)).toBe("same");
    await merge({ data: { a: "2" } })(object);
    expect(byOwnership(desired, seen(await read(object)), record)).toBe("doubt");
  }, 30_000);
});

describe("a field that admission changes after us", () => {
  test("is no drift, by ownership and by a dry run, and stays ours to watch", async () => {
    const api = "admissionregistration.k8s.io/v1",
      at = (resource: string): string => `/apis/${api}/${resource}/mutate?fieldManager=setup&force=true`;
    await must(
      await request(
        "PATCH",
        at("mutatingadmissionpolicies"),
        {
          apiVersion: api,
          kind: "MutatingAdmissionPolicy",
          metadata: { name: "mutate" },
          spec: {
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
            matchConditions: [{ name: "marked", expression: "object.metadata.name.startsWith('mutated')" }],
            failurePolicy: "Fail",
            reinvocationPolicy: "IfNeeded",
            mutations: [
              {
                patchType: "ApplyConfiguration",
                applyConfiguration: { expression: "Object{data: {'a': 'mutated'}}" },
              },
            ],
          },
        },
        APPLY,
      ),
    );
    await must(
      await request(
        "PATCH",
        at("mutatingadmissionpolicybindings"),
        {
          apiVersion: api,
          kind: "MutatingAdmissionPolicyBinding",
          metadata: { name: "mutate" },
          spec: { policyName: "mutate" },
        },
        APPLY,
      ),
    );
    const mutated = (): KubeObject => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: `mutated-${name()}`, namespace: "default" },
      data: { a: "1", b: "2" },
    });
    await until(
      async () =>
        ((await must(await apply(mutated(), "probe", "&dryRun=All")))["data"] as { a: string }).a ===
        "mutated",
    );
    const object = mutated();
    const { desired, record } = await applied(object);
    expect(byOwnership(desired, seen(await read(object)), record)).toBe("same");
    expect((await byDryRun(desired, { key: record.key, uid: record.uid })).answer).toBe("same");
    await merge({ data: { b: "3" } })(object);
    expect(byOwnership(desired, seen(await read(object)), record)).toBe("doubt");
    expect((await byDryRun(desired, record)).answer).toBe("changed");
  }, 30_000);
});

describe("takeover()", () => {
  /** Reads, takes over, applies `next` as us. */
  async function adopt(next: KubeObject): Promise<KubeObject> {
    expect(needsTakeover(seen(await read(next)).managers, undefined)).toBe(true);
    await patchFresh(next, (live) => takeover(live, next.apiVersion));
    return must(await apply(next, "holdfast"));
  }

  test("after kubectl apply: a field that left Git is removed, and the last-applied annotation is gone", async () => {
    const object: KubeObject = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: name(), namespace: "default" },
      data: { keep: "1", drop: "2" },
    };
    await Bun.write(`${plane.dir}/${object.metadata.name}.json`, JSON.stringify(object));
    await plane.kubectl("apply", "-f", `${plane.dir}/${object.metadata.name}.json`);
    const after = await adopt({ ...object, data: { keep: "1" } });
    expect(after["data"]).toEqual({ keep: "1" });
    expect(after.metadata.annotations).toBeUndefined();
    expect(after.metadata.managedFields?.map(({ manager, operation }) => `${manager} ${operation}`)).toEqual([
      "holdfast Apply",
    ]);
  }, 30_000);

  test.each(["argocd-controller", "kubectl", "kustomize-controller", "helm"])(
    "after a server-side apply by %s: a field that left Git is removed, foreign ones stay",
    async (manager) => {
      const object = deployment();
      await must(
        await apply(
          withEnv(object, [
            { name: "A", value: "1" },
            { name: "B", value: "2" },
          ]),
          manager,
        ),
      );
      await merge({ metadata: { labels: { person: "x" } } })(object);
      const after = await adopt(object);
      const spec = after["spec"] as { template: { spec: { containers: { env: unknown[] }[] } } };
      expect(spec.template.spec.containers[0]?.env).toEqual([{ name: "A", value: "1" }]);
      expect(after.metadata.labels).toEqual({ team: "a", person: "x" });
      expect(after.metadata.managedFields?.some((entry) => entry.manager === manager)).toBe(false);
      expect(after.metadata.managedFields?.some((entry) => entry.manager === "kubectl-edit")).toBe(true);
    },
    30_000,
  );

  test("with another manager of the same desired values nothing changes but the owner", async () => {
    const object = deployment();
    const before = await must(await apply(object, "argocd-controller"));
    await patchFresh(object, (live) => takeover(live, object.apiVersion));
    const after = await must(await apply(object, "holdfast"));
    expect(after.metadata.generation).toBe(before.metadata.generation as number);
    expect(after["spec"]).toEqual(before["spec"]);
    expect(seen(after).own?.fieldsHash).toBe(hashValue(before.metadata.managedFields?.[0]?.fieldsV1));
  }, 30_000);

  test("is refused when somebody wrote in between", async () => {
    const object = deployment();
    const live = await must(await apply(object, "argocd-controller"));
    await merge({ metadata: { labels: { person: "x" } } })(object);
    const answer = await request(
      "PATCH",
      `${path(object)}?fieldManager=holdfast`,
      takeover(live, object.apiVersion),
      JSON_PATCH,
    );
    expect([409, 422]).toContain(answer.status);
  }, 30_000);

  function withEnv(object: KubeObject, env: unknown[]): KubeObject {
    const copy = structuredClone(object);
    (
      (copy["spec"] as { template: { spec: { containers: Record<string, unknown>[] } } }).template.spec
        .containers[0] as Record<string, unknown>
    )["env"] = env;
    return copy;
  }
});

describe("claimPatch()", () => {
  const cases: {
    name: string;
    before: () => KubeObject;
    edit: (object: KubeObject) => Promise<unknown>;
    after: (object: KubeObject) => KubeObject;
  }[] = [
    {
      name: "a default beside what Git says now",
      before: () => deployment(),
      edit: async () => undefined,
      after: (object) => ({
        ...object,
        spec: { ...(object["spec"] as Record<string, unknown>), strategy: { type: "Recreate" } },
      }),
    },
    {
      name: "an edit by hand in a list of ours",
      before: () => ({
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: name(), namespace: "default" },
        spec: { selector: { a: "b" }, ports: [{ port: 80 }] },
      }),
      edit: patch([{ op: "replace", path: "/spec/ports/0/port", value: 81 }]),
      after: (object) => object,
    },
    {
      name: "an edit by hand in a union of ours",
      before: () =>
        deployment((spec) => {
          spec.template.spec.containers = [
            { name: "web", image: "nginx:1", livenessProbe: { exec: { command: ["x"] } } },
          ];
        }),
      edit: patch([
        { op: "remove", path: `${container}/livenessProbe/exec` },
        { op: "add", path: `${container}/livenessProbe/tcpSocket`, value: { port: 1 } },
      ]),
      after: (object) => object,
    },
  ];
  test.each(cases)(
    "makes an impossible apply possible, as the dry-run PUT said it would be: $name",
    async ({ before, edit, after }) => {
      const object = before();
      await must(await apply(object, "holdfast"));
      await edit(object);
      const next = after(object);
      const refused = await apply(next, "holdfast");
      expect(refused.status).toBe(422);
      const { causes } = refused.body["details"] as { causes: { field: string }[] };
      let said: KubeObject | undefined;
      await patchFresh(next, (live) => {
        const [first = []] = leftoversFor(causes, live, next);
        said = withoutLeftovers(live, next, first);
        return claimPatch(live, next.apiVersion, first);
      });
      const { metadata: _, ...put } = said as KubeObject;
      // The controllers write their status meanwhile.
      const predicted = await eventually("a dry run of the newest version", async () => {
        const { metadata } = await read(next);
        const answer = await request("PUT", `${path(next)}?dryRun=All`, {
          ...put,
          metadata: { ...(said as KubeObject).metadata, resourceVersion: metadata.resourceVersion },
        });
        return answer.status === 409 ? undefined : must(answer);
      });
      const applied = await must(await apply(next, "holdfast"));
      expect(applied["spec"]).toEqual(predicted["spec"]);
      expect(applied.metadata.managedFields?.some(({ manager }) => manager === "kubectl-edit")).toBe(false);
    },
    30_000,
  );
});

describe("ignoreDifferences", () => {
  const appWith = (rule: Record<string, unknown>): Application => ({
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name: "a", namespace: "argocd" },
    spec: {
      project: "default",
      destination: { name: "in-cluster" },
      ignoreDifferences: [{ group: "*", kind: "*", ...rule }],
    },
  });

  /** One sync of an object that is there: release, then apply. */
  async function sync(
    desired: DesiredObject,
    ignored: IgnoredFields,
  ): Promise<{ live: KubeObject; record: ObjectRecord }> {
    await patchFresh(desired.object, (before) =>
      releasePatch(before, withoutIgnored(desired.object, before, ignored).release),
    );
    const live = await must(
      await apply(withoutIgnored(desired.object, await read(desired.object), ignored).object, "holdfast"),
    );
    return { live, record: recordAfterApply(seen(live), { hash: appliedHash(desired, ignored) }) };
  }

  async function byDryRunWithout(
    desired: DesiredObject,
    record: ObjectRecord,
    ignored: IgnoredFields,
  ): Promise<Concluded> {
    for (;;) {
      const live = await read(desired.object);
      const predicted = seen(
        await must(
          await apply(withoutIgnored(desired.object, live, ignored).predict, "holdfast", "&dryRun=All"),
        ),
      );
      const concluded = concludeFromPrediction(desired, seen(live), { predicted }, record, ignored);
      if (concluded.answer !== "stale") return concluded;
    }
  }

  const replicasOf = (object: KubeObject): unknown => (object["spec"] as { replicas?: number }).replicas;

  test("replicas 3, ignored, no autoscaler, two syncs: still 3; and scaled by somebody it stays so, unasked", async () => {
    const object = deployment((spec) => {
      spec.replicas = 3;
    });
    const desired = wanted(object),
      ignored = ignoredBy(appWith({ jsonPointers: ["/spec/replicas"] }), desired);
    expect(
      replicasOf(await must(await apply(withoutIgnored(object, undefined, ignored).object, "holdfast"))),
    ).toBe(3);
    expect(replicasOf((await sync(desired, ignored)).live)).toBe(3);
    const { live, record } = await sync(desired, ignored);
    expect(replicasOf(live)).toBe(3);
    expect(byOwnership(desired, seen(live), record, ignored)).toBe("same");

    await laterSecond();
    const settled = settle(desired, seen(await read(object)), record, ignored) ?? record;
    await merge({ spec: { replicas: 5 } }, "/scale")(object);
    if (settled.applied?.settled === true)
      expect(byOwnership(desired, seen(await read(object)), settled, ignored)).toBe("same");
    const concluded = await byDryRunWithout(desired, record, ignored);
    expect({ answer: concluded.answer, reown: concluded.reown }).toEqual({
      answer: "same",
      reown: "not-needed",
    });
    // The controller's status update, in a later second, ends the doubt: every further scaling is judged unasked.
    let known = concluded.record;
    await until(
      async () =>
        (known = settle(desired, seen(await read(object)), known, ignored) ?? known).applied?.settled ===
        true,
    );
    await merge({ spec: { replicas: 7 } }, "/scale")(object);
    expect(byOwnership(desired, seen(await read(object)), known, ignored)).toBe("same");
    expect(replicasOf((await sync(desired, ignored)).live)).toBe(7);
    // Without the rule the same object is asked about again, and differs.
    expect(judge(desired, seen(await read(object)), concluded.record).is).toBe("ask");
  }, 30_000);

  test("a dry run before anything was released does not predict the removal of an ignored field", async () => {
    const object = deployment((spec) => {
      spec.replicas = 3;
    });
    const desired = wanted(object),
      ignored = ignoredBy(appWith({ jsonPointers: ["/spec/replicas"] }), desired);
    const { record } = await applied(object);
    expect(withoutIgnored(object, await read(object), ignored).release).toEqual([["f:spec", "f:replicas"]]);
    expect((await byDryRunWithout(desired, record, ignored)).answer).toBe("same");
  }, 30_000);

  test("a field of an item of a keyed list keeps the value that somebody gave it", async () => {
    const object = deployment();
    const desired = wanted(object),
      ignored = ignoredBy(appWith({ jsonPointers: ["/spec/template/spec/containers/0/image"] }), desired);
    await applied(object);
    // A sidecar in front moves the live index.
    await patch([
      { op: "add", path: "/spec/template/spec/containers/0", value: { name: "sidecar", image: "x:1" } },
    ])(object);
    await patch([{ op: "replace", path: "/spec/template/spec/containers/1/image", value: "nginx:9" }])(
      object,
    );
    const { live } = await sync(desired, ignored);
    const images = (
      live["spec"] as { template: { spec: { containers: { name: string; image: string }[] } } }
    ).template.spec.containers.map((one) => `${one.name} ${one.image}`);
    expect(images.sort()).toEqual(["sidecar x:1", "web nginx:9"]);
  }, 30_000);

  test("inside an atomic list the live value is copied, and the rest is still ours", async () => {
    const object: KubeObject = {
      apiVersion: "example.com/v1",
      kind: "Widget",
      metadata: { name: name(), namespace: "default" },
      spec: { size: 1, list: [{ a: "x" }, { a: "y" }] },
    };
    const desired = wanted(object),
      ignored = ignoredBy(appWith({ jsonPointers: ["/spec/list/1/a"] }), desired);
    await applied(object);
    await patch([{ op: "replace", path: "/spec/list/1/a", value: "theirs" }])(object);
    const { live } = await sync(desired, ignored);
    expect((live["spec"] as { list: unknown }).list).toEqual([
      { a: "x", b: "bee" },
      { a: "theirs", b: "bee" },
    ]);
  }, 30_000);

  test("a required field may be ignored", async () => {
    const object: KubeObject = {
      apiVersion: "example.com/v1",
      kind: "Widget",
      metadata: { name: name(), namespace: "default" },
      spec: { size: 1, colour: "blue" },
    };
    const desired = wanted(object),
      ignored = ignoredBy(appWith({ jsonPointers: ["/spec/size"] }), desired);
    await applied(object);
    expect((await sync(desired, ignored)).live["spec"]).toEqual({ size: 1, colour: "blue" });
    await merge({ spec: { size: 5 } })(object);
    expect((await sync(desired, ignored)).live["spec"]).toEqual({ size: 5, colour: "blue" });
  }, 30_000);

  test("fields of a named manager are left to it", async () => {
    const object = deployment((spec) => {
      spec.replicas = 1;
    });
    const desired = wanted(object),
      ignored = ignoredBy(appWith({ managedFieldsManagers: ["autoscaler"] }), desired);
    await applied(object);
    await must(await apply({ ...bare(object), spec: { replicas: 6 } }, "autoscaler"));
    const { live } = await sync(desired, ignored);
    expect(replicasOf(live)).toBe(6);
    expect(
      live.metadata.managedFields?.find(({ manager }) => manager === "holdfast")?.fieldsV1?.["f:spec"],
    ).not.toHaveProperty("f:replicas");
  }, 30_000);
});

describe("repairsFor()", () => {
  async function applyRepaired(object: KubeObject): Promise<{ answer: RawAnswer; repairs: Repair[] }> {
    const repairs: Repair[] = [];
    for (;;) {
      const answer = await apply(applyRepairs(object, repairs), "holdfast", "&dryRun=All");
      const more =
        answer.status < 400
          ? []
          : repairsFor(
              { status: answer.status, message: String(answer.body["message"] ?? "") },
              applyRepairs(object, repairs),
            );
      if (more.length === 0) return { answer, repairs };
      repairs.push(...more);
    }
  }

  test("makes pass what client-side apply would have let pass, several faults at once", async () => {
    const object = deployment((spec) => {
      spec["replcas"] = 3;
      spec.template.spec["foo.bar/baz"] = { x: 1 };
      spec.template.spec["tolerations"] = [
        { key: "a", operator: "Exists" },
        { key: "b", oprator: "Exists" },
      ];
      spec.template.spec.containers.push({
        name: "web",
        image: "nginx:2",
        imagePullPolcy: "Always",
        env: [
          { name: "A", value: "1" },
          { name: "B", value: "2" },
          { name: "A", value: "3" },
        ],
        ports: [
          { containerPort: 80, protocol: "TCP" },
          { containerPort: 80 },
          { containerPort: 80, protocol: "UDP" },
        ],
      });
    });
    (object.metadata as unknown as Record<string, unknown>)["lables"] = { x: "y" };
    const { answer, repairs } = await applyRepaired(object);
    expect(answer.status).toBeLessThan(300);
    const [web] = (
      (answer.body as unknown as KubeObject)["spec"] as {
        template: { spec: { containers: Record<string, unknown>[] } };
      }
    ).template.spec.containers;
    expect(web).toMatchObject({
      image: "nginx:2",
      env: [
        { name: "B", value: "2" },
        { name: "A", value: "3" },
      ],
    });
    expect(web?.["ports"]).toHaveLength(2);
    expect(repairs.map(({ do: what, path: at }) => `${what} ${at}`).sort()).toMatchSnapshot();
  }, 30_000);

  test("in custom resources too; a wrong type stays refused", async () => {
    const widget = (spec: Record<string, unknown>): KubeObject => ({
      apiVersion: "example.com/v1",
      kind: "Widget",
      metadata: { name: name(), namespace: "default" },
      spec,
    });
    const repaired = await applyRepaired(
      widget({
        size: 1,
        colur: "x",
        parts: [
          { name: "a", weight: 1, wieght: 2 },
          { name: "a", weight: 3 },
        ],
      }),
    );
    expect(repaired.answer.status).toBeLessThan(300);
    expect((repaired.answer.body["spec"] as { parts: unknown }).parts).toEqual([{ name: "a", weight: 3 }]);
    expect((await applyRepaired(widget({ size: "1" }))).answer.status).toBe(500);
  }, 30_000);
});

describe("diffObjects()", () => {
  test("names who set each differing field, with the operation and the time", async () => {
    const object = deployment();
    await applied(object);
    await merge({ spec: { replicas: 2 } }, "/scale")(object);
    await patch(image("nginx:2") as unknown[])(object);
    // Of one and the same state: its controller writes as well.
    const asked = async () => ({
      live: await read(object),
      predicted: await must(await apply(object, "holdfast", "&dryRun=All")),
    });
    const { live, predicted } = await eventually("nobody writes it in between", async () => {
      const both = await asked();
      return both.live.metadata.resourceVersion === both.predicted.metadata.resourceVersion && both;
    });
    const { fields } = diffObjects({ key: wanted(object).key, live, predicted });
    // The scale subresource leaves no time behind.
    const time = expect.stringMatching(/^\d{4}-|^$/);
    expect(fields).toEqual([
      {
        path: "spec.replicas",
        live: 2,
        desired: 0,
        owner: { manager: "kubectl-edit", operation: "Update", time, subresource: "scale" },
      },
      {
        path: "spec.template.spec.containers[name=web].image",
        live: "nginx:2",
        desired: "nginx:1",
        owner: { manager: "kubectl-edit", operation: "Update", time, subresource: "" },
      },
    ]);
  }, 30_000);
});
