/**
 * Requests to a Kubernetes API, and nothing else: what one server answers is compared with what the other answers.
 * Kept free of what two servers may rightly do differently: names are given, Deployments have no replicas.
 */
import { defined } from "../../src/lib/defined.ts";
import type { Json, JsonObject } from "../../src/sandbox/json.ts";
import { fixtures, widgetDefinition } from "./kube-fixtures.ts";

export interface Step {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  path: string;
  body?: Json;
  /** Default `application/json`; for a PATCH it says which kind. */
  type?: "apply" | "merge" | "json-patch" | "strategic" | "yaml";
  accept?: string;
  /** Asked again until the answer has this status: for what a server does in its own time. */
  until?: number;
  /** Fields of the current object put into the body before it is sent, as a client that read it would. */
  carry?: ("resourceVersion" | "uid" | "all")[];
  /** `status`: only the code, the text is each server's own. `without-version`: not whether a write was one. */
  compare?: "status" | "without-version";
}

export interface Scenario {
  name: string;
  steps: Step[];
}

export const scenarioNamespace = "diff";
export const scenarioGroup = "diff.example.com";
const ns = scenarioNamespace;

const plurals: Record<string, string> = {
  Ingress: "ingresses",
  NetworkPolicy: "networkpolicies",
  IngressClass: "ingressclasses",
  StorageClass: "storageclasses",
  PriorityClass: "priorityclasses",
  Endpoints: "endpoints",
};

/** Path of an object's collection. */
export function collectionOf(manifest: JsonObject): string {
  const { apiVersion, kind, metadata } = manifest as {
    apiVersion: string;
    kind: string;
    metadata: { namespace?: string };
  };
  const root = apiVersion === "v1" ? "/api/v1" : `/apis/${apiVersion}`;
  const place = metadata.namespace === undefined ? "" : `/namespaces/${metadata.namespace}`;
  return `${root}${place}/${plurals[kind] ?? `${kind.toLowerCase()}s`}`;
}

const pathOf = (manifest: JsonObject) =>
  `${collectionOf(manifest)}/${(manifest["metadata"] as JsonObject)["name"] as string}`;
const named = (manifest: JsonObject, name: string): JsonObject => ({
  ...manifest,
  metadata: { ...(manifest["metadata"] as JsonObject), name },
});
const apply = (
  manifest: JsonObject,
  query = "fieldManager=hf&force=true",
  more: Partial<Step> = {},
): Step => ({
  method: "PATCH",
  path: `${pathOf(manifest)}?${query}`,
  type: "apply",
  body: manifest,
  ...more,
});
const get = (manifest: JsonObject): Step => ({ method: "GET", path: pathOf(manifest) });
const post = (manifest: JsonObject, query = "fieldManager=poster", more: Partial<Step> = {}): Step => ({
  method: "POST",
  path: `${collectionOf(manifest)}?${query}`,
  body: manifest,
  ...more,
});
const put = (manifest: JsonObject, query = "fieldManager=putter", more: Partial<Step> = {}): Step => ({
  method: "PUT",
  path: `${pathOf(manifest)}?${query}`,
  body: manifest,
  ...more,
});
const patch = (
  manifest: JsonObject,
  type: NonNullable<Step["type"]>,
  body: Json,
  query = "fieldManager=patcher",
  part = "",
): Step => ({ method: "PATCH", path: `${pathOf(manifest)}${part}?${query}`, type, body });
const remove = (manifest: JsonObject, body?: JsonObject, query = ""): Step => ({
  method: "DELETE",
  path: `${pathOf(manifest)}${query}`,
  ...defined({ body }),
});

function configMap(name: string, more: JsonObject = {}): JsonObject {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: ns },
    data: { a: "1", b: "2" },
    ...more,
  };
}

function deployment(name: string, container: JsonObject = {}, spec: JsonObject = {}): JsonObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: ns, labels: { app: name, tier: "front" } },
    spec: {
      // Paused: no controller adds ReplicaSets, revisions and events of its own.
      paused: true,
      replicas: 0,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          containers: [
            {
              name: "web",
              image: "nginx:1",
              ports: [{ containerPort: 80 }],
              env: [
                { name: "A", value: "1" },
                { name: "B", value: "2" },
              ],
              resources: { requests: { cpu: "1000m", memory: "1024Mi" } },
              ...container,
            },
          ],
        },
      },
      ...spec,
    },
  };
}

function service(name: string, ports: JsonObject[], spec: JsonObject = {}): JsonObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: ns },
    spec: { clusterIP: "None", selector: { app: name }, ports, ...spec },
  };
}

function widget(name: string, spec: Json, more: JsonObject = {}): JsonObject {
  return {
    apiVersion: `${scenarioGroup}/v1`,
    kind: "Widget",
    metadata: { name, namespace: ns },
    spec,
    ...more,
  };
}

const containerOf = (manifest: JsonObject) =>
  (
    (((manifest["spec"] as JsonObject)["template"] as JsonObject)["spec"] as JsonObject)[
      "containers"
    ] as JsonObject[]
  )[0] as JsonObject;

/** A copy with one value replaced, by dots and numbers; undefined takes it away. */
export function edited(manifest: JsonObject, path: string, value: Json | undefined): JsonObject {
  const copy = structuredClone(manifest);
  const steps = path.split(".");
  const last = steps.pop() ?? "";
  let at = copy as Record<string, Json>;
  for (const step of steps) at = at[step] as Record<string, Json>;
  if (value === undefined) delete at[last];
  else at[last] = value;
  return copy;
}

export function scenarios(): Scenario[] {
  return [
    ...everyKind(),
    ...ownership(),
    ...refusals(),
    ...customResources(),
    ...patches(),
    ...lists(),
    ...deletions(),
    ...discovery(),
  ];
}

function everyKind(): Scenario[] {
  return fixtures(ns)
    .filter(({ manifest }) => manifest["kind"] !== "CustomResourceDefinition")
    .map(({ name, manifest }) => {
      const other = named(manifest, `${(manifest["metadata"] as JsonObject)["name"] as string}-2`);
      const labelled = {
        ...other,
        metadata: { ...(other["metadata"] as JsonObject), labels: { extra: "x" } },
      };
      // Two of these would ask for one node port; a Pod's first moments are its node's.
      const alone = ["a NodePort Service", "a LoadBalancer Service", "a Pod"].includes(name);
      // The real server writes these once more at the first repetition, though nothing that it shows differs.
      const settles = !["a claim", "a Job"].includes(name);
      return {
        name: `${name}: applied, applied again, posted, put and applied over`,
        steps: [
          apply(manifest, "fieldManager=hf&dryRun=All"),
          ...(alone
            ? []
            : [
                apply(manifest),
                apply(manifest, undefined, settles ? {} : { compare: "without-version" }),
                post(other),
                ...(name === "a LimitRange"
                  ? []
                  : [put(labelled, "fieldManager=putter", { carry: ["resourceVersion"] })]),
                apply(labelled),
              ]),
        ],
      };
    });
}

function ownership(): Scenario[] {
  const base = deployment("own");
  const container = containerOf(base);
  const edits: [string, (manifest: JsonObject) => Step[]][] = [
    [
      "the scale subresource, by PUT",
      (m) => [
        {
          method: "PUT",
          path: `${pathOf(m)}/scale?fieldManager=kubectl`,
          body: {
            apiVersion: "autoscaling/v1",
            kind: "Scale",
            metadata: { name: "own", namespace: ns },
            spec: { replicas: 0 },
          },
        },
        get(m),
      ],
    ],
    [
      "the scale subresource, by merge patch",
      (m) => [patch(m, "merge", { spec: { replicas: 0 } }, "fieldManager=kubectl", "/scale"), get(m)],
    ],
    [
      "a merge patch of the image",
      (m) => [
        patch(m, "merge", {
          spec: { template: { spec: { containers: [{ ...container, image: "nginx:2" }] } } },
        }),
      ],
    ],
    [
      "a strategic patch of the image",
      (m) => [
        patch(m, "strategic", {
          spec: { template: { spec: { containers: [{ name: "web", image: "nginx:2" }] } } },
        }),
      ],
    ],
    [
      "a strategic patch that adds a variable",
      (m) => [
        patch(m, "strategic", {
          spec: { template: { spec: { containers: [{ name: "web", env: [{ name: "C", value: "3" }] }] } } },
        }),
      ],
    ],
    [
      "a strategic patch that deletes a variable",
      (m) => [
        patch(m, "strategic", {
          spec: {
            template: { spec: { containers: [{ name: "web", env: [{ name: "B", $patch: "delete" }] }] } },
          },
        }),
      ],
    ],
    [
      "a strategic patch that replaces the variables",
      (m) => [
        patch(m, "strategic", {
          spec: {
            template: {
              spec: {
                containers: [{ name: "web", env: [{ $patch: "replace" }, { name: "Z", value: "9" }] }],
              },
            },
          },
        }),
      ],
    ],
    [
      "a JSON patch that removes a label",
      (m) => [patch(m, "json-patch", [{ op: "remove", path: "/metadata/labels/tier" }])],
    ],
    [
      "a JSON patch that replaces a variable",
      (m) => [
        patch(m, "json-patch", [
          { op: "replace", path: "/spec/template/spec/containers/0/env/0/value", value: "9" },
        ]),
      ],
    ],
    ["a foreign label", (m) => [patch(m, "merge", { metadata: { labels: { foreign: "x" } } })]],
    [
      "a foreign annotation in the template",
      (m) => [patch(m, "merge", { spec: { template: { metadata: { annotations: { restarted: "now" } } } } })],
    ],
    ["the value it has", (m) => [patch(m, "merge", { metadata: { labels: { tier: "front" } } })]],
    [
      "there and back",
      (m) => [
        patch(m, "merge", { metadata: { labels: { tier: "back" } } }),
        patch(m, "merge", { metadata: { labels: { tier: "front" } } }),
        apply(m),
      ],
    ],
    [
      "an applier without force",
      (m) => [apply(edited(m, "metadata.labels", { tier: "other" }), "fieldManager=other")],
    ],
    [
      "an applier of several foreign fields without force",
      (m) => [
        apply(
          edited(
            edited(m, "metadata.labels", { tier: "other" }),
            "spec.template.spec.containers.0.image",
            "nginx:3",
          ),
          "fieldManager=other",
        ),
      ],
    ],
    [
      "an applier of the same values without force",
      (m) => [
        apply(
          edited(m, "spec.template.spec.containers.0.resources", { requests: { cpu: "1", memory: "1Gi" } }),
          "fieldManager=other",
        ),
      ],
    ],
    [
      "an applier by force",
      (m) => [
        apply(edited(m, "metadata.labels", { tier: "other" }), "fieldManager=other&force=true"),
        apply(m),
      ],
    ],
    ["a field that leaves our manifest", (m) => [apply(edited(m, "metadata.labels", { app: "own" }))]],
    [
      "a variable that leaves our manifest",
      (m) => [apply(edited(m, "spec.template.spec.containers.0.env", [{ name: "B", value: "2" }]))],
    ],
    [
      "all variables leave our manifest",
      (m) => [apply(edited(m, "spec.template.spec.containers.0.env", undefined))],
    ],
    ["all labels leave our manifest", (m) => [apply(edited(m, "metadata.labels", undefined))]],
    [
      "a field that leaves while another applier has it",
      (m) => [
        apply(m, "fieldManager=other&force=true"),
        apply(edited(m, "metadata.labels", { app: "own" })),
        apply(edited(m, "metadata.labels", { app: "own" }), "fieldManager=other"),
      ],
    ],
    [
      "a container comes and goes",
      (m) => [
        apply(edited(m, "spec.template.spec.containers", [container, { name: "side", image: "busybox:1" }])),
        apply(edited(m, "spec.template.spec.containers", [{ name: "side", image: "busybox:1" }, container])),
        apply(m),
      ],
    ],
    [
      "PUT without managedFields",
      (m) => [put(edited(m, "metadata.labels", { tier: "put" }), "fieldManager=putter")],
    ],
    ["PUT of the same", (m) => [put(m, "fieldManager=putter", { carry: ["all"] })]],
    [
      "managedFields wiped",
      (m) => [
        patch(m, "merge", { metadata: { managedFields: [{}] } }),
        patch(m, "merge", { metadata: { labels: { tier: "wiped" } } }),
        apply(m),
      ],
    ],
    [
      "managedFields taken away by JSON patch",
      (m) => [
        patch(m, "json-patch", [{ op: "replace", path: "/metadata/managedFields", value: [{}] }]),
        apply(m, "fieldManager=other&force=true"),
        apply(m),
      ],
    ],
    [
      "managedFields emptied is managedFields kept",
      (m) => [
        patch(m, "merge", { metadata: { managedFields: [] } }),
        patch(m, "json-patch", [{ op: "remove", path: "/metadata/managedFields" }]),
      ],
    ],
    [
      "our own entry made another's by JSON patch",
      (m) => [
        patch(m, "json-patch", [
          { op: "test", path: "/metadata/managedFields/0/manager", value: "hf" },
          { op: "replace", path: "/metadata/managedFields/0/manager", value: "renamed" },
        ]),
        apply(m),
      ],
    ],
    [
      "a status in the manifest",
      (m) => [apply({ ...m, status: {} }), apply({ ...m, status: { replicas: 7 } })],
    ],
    [
      "a status by apply",
      (m) => [
        apply(
          {
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: { name: "own", namespace: ns },
            status: { conditions: [{ type: "Extra", status: "True" }] },
          },
          "fieldManager=stat&force=true",
          { path: `${pathOf(m)}/status?fieldManager=stat&force=true` },
        ),
      ],
    ],
    [
      "nulls in the manifest",
      (m) => [
        apply(edited(edited(m, "spec.template.spec.nodeSelector", null), "metadata.annotations", null)),
      ],
    ],
    [
      "empty maps and lists in the manifest",
      (m) => [
        apply(
          edited(
            edited(edited(m, "spec.template.spec.nodeSelector", {}), "metadata.annotations", {}),
            "spec.template.spec.tolerations",
            [],
          ),
        ),
        apply(m),
      ],
    ],
    [
      "an empty text in the manifest",
      (m) => [
        apply(edited(m, "spec.template.spec.hostname", "")),
        apply(edited(m, "spec.template.spec.containers.0.env", [{ name: "A", value: "" }])),
        apply(edited(m, "spec.template.spec.containers.0.env", [{ name: "A", value: "" }])),
      ],
    ],
    [
      "atomic lists and maps",
      (m) => [
        apply(
          edited(
            edited(m, "spec.template.spec.nodeSelector", { os: "linux", arch: "amd64" }),
            "spec.template.spec.tolerations",
            [
              { key: "a", operator: "Exists" },
              { key: "b", operator: "Exists" },
            ],
          ),
        ),
        patch(m, "merge", { spec: { template: { spec: { nodeSelector: { arch: "arm64" } } } } }),
      ],
    ],
    [
      "volumes and mounts",
      (m) => [
        apply(
          edited(
            edited(m, "spec.template.spec.volumes", [{ name: "v", emptyDir: {} }]),
            "spec.template.spec.containers.0.volumeMounts",
            [{ name: "v", mountPath: "/v" }],
          ),
        ),
        apply(m),
      ],
    ],
    [
      "a change of the volume's source",
      (m) => [
        apply(edited(m, "spec.template.spec.volumes", [{ name: "v", emptyDir: {} }])),
        apply(edited(m, "spec.template.spec.volumes", [{ name: "v", configMap: { name: "c" } }])),
      ],
    ],
    ["a change of the strategy", (m) => [apply(edited(m, "spec.strategy", { type: "Recreate" }))]],
    [
      "finalizers and owners",
      (m) => [
        apply({ ...m, metadata: { ...(m["metadata"] as JsonObject), finalizers: ["example.com/keep"] } }),
        apply({ ...m, metadata: { ...(m["metadata"] as JsonObject), finalizers: ["example.com/other"] } }),
        apply(m),
      ],
    ],
    [
      "a dry run that changes",
      (m) => [
        apply(edited(m, "metadata.labels", { tier: "dry" }), "fieldManager=hf&force=true&dryRun=All"),
        get(m),
      ],
    ],
    [
      "a subset by another name, then ours without it",
      (m) => [
        apply(
          {
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: { name: "own", namespace: ns, labels: { second: "y" } },
          },
          "fieldManager=second",
        ),
        apply(edited(m, "metadata.labels", { app: "own", tier: "front", second: "y" })),
        apply(m),
      ],
    ],
    [
      "apply with the right and the wrong resourceVersion",
      (m) => [
        apply(m, "fieldManager=hf", { carry: ["resourceVersion"] }),
        apply(edited(m, "metadata.resourceVersion", "1"), "fieldManager=hf&force=true"),
        apply(edited(m, "metadata.uid", "no-such-uid"), "fieldManager=hf&force=true"),
      ],
    ],
  ];
  return edits
    .map(([name, steps]) => ({
      name: `ownership of a Deployment: ${name}`,
      steps: [
        apply(base),
        ...steps(base),
        remove(base, { propagationPolicy: "Background", gracePeriodSeconds: 0 }),
        ...(name.startsWith("finalizers") ? [] : []),
        { ...get(base), until: 404 },
      ],
    }))
    .concat([
      {
        name: "ownership of Service ports",
        steps: [
          apply(
            service("ports", [
              { name: "http", port: 80 },
              { name: "https", port: 443 },
            ]),
          ),
          patch(service("ports", []), "json-patch", [
            { op: "add", path: "/spec/ports/-", value: { name: "metrics", port: 9090 } },
          ]),
          apply(service("ports", [{ name: "http", port: 80 }])),
          apply(
            service("ports", [
              { name: "udp", port: 80, protocol: "UDP" },
              { name: "http", port: 80 },
            ]),
          ),
          patch(service("ports", []), "strategic", {
            spec: { ports: [{ port: 443, name: "https", targetPort: 8443 }] },
          }),
          patch(service("ports", []), "strategic", {
            spec: {
              ports: [{ port: 443, $patch: "delete" }],
              "$setElementOrder/ports": [{ port: 9090 }, { port: 80 }],
            },
          }),
        ],
      },
      {
        name: "ownership of a ConfigMap written by client-side apply and then by ours",
        steps: [
          post(configMap("mixed"), "fieldManager=kubectl-client-side-apply"),
          apply(configMap("mixed")),
          apply(configMap("mixed", { data: { a: "1" } })),
          apply(configMap("mixed", { data: { a: "2" } }), "fieldManager=third"),
          apply(configMap("mixed", { data: {} })),
          apply(configMap("mixed", { immutable: true })),
          apply(configMap("mixed", { data: { a: "9" } })),
        ],
      },
      {
        name: "ownership of a Secret's texts",
        steps: ["first", "second"]
          .map((value) =>
            apply({
              apiVersion: "v1",
              kind: "Secret",
              metadata: { name: "owned", namespace: ns },
              stringData: { token: value },
            }),
          )
          .concat([
            apply({
              apiVersion: "v1",
              kind: "Secret",
              metadata: { name: "owned", namespace: ns },
              data: { token: "YWJj" },
            }),
          ]),
      },
      {
        name: "an autoscaler at both versions",
        steps: [
          apply({
            apiVersion: "autoscaling/v2",
            kind: "HorizontalPodAutoscaler",
            metadata: { name: "both", namespace: ns },
            spec: {
              scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "absent" },
              minReplicas: 2,
              maxReplicas: 3,
              metrics: [
                {
                  type: "Resource",
                  resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 60 } },
                },
              ],
            },
          }),
          apply({
            apiVersion: "autoscaling/v1",
            kind: "HorizontalPodAutoscaler",
            metadata: { name: "both", namespace: ns },
            spec: {
              scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "absent" },
              maxReplicas: 3,
              targetCPUUtilizationPercentage: 70,
            },
          }),
        ],
      },
      {
        name: "many managers",
        steps: Array.from({ length: 13 }, (_, index) =>
          index === 0
            ? apply(configMap("crowd"))
            : patch(
                configMap("crowd"),
                "merge",
                { data: { [`k${index}`]: "x" } },
                `fieldManager=manager-${String.fromCharCode(96 + index)}`,
              ),
        ).map((step, index) => (index < 9 ? step : step)),
      },
    ]);
}

function refusals(): Scenario[] {
  const base = deployment("bad");
  const wrong: [string, JsonObject][] = [
    [
      "an unknown field in a container",
      edited(base, "spec.template.spec.containers.0.imagePullPolcy", "Always"),
    ],
    ["an unknown field at the top", { ...base, extra: 1 }],
    ["an unknown field in metadata", edited(base, "metadata.lables", {})],
    [
      "two variables of one name",
      edited(base, "spec.template.spec.containers.0.env", [
        { name: "A", value: "1" },
        { name: "A", value: "2" },
      ]),
    ],
    [
      "two ports of one number and protocol",
      edited(base, "spec.template.spec.containers.0.ports", [
        { containerPort: 80 },
        { containerPort: 80, protocol: "TCP", name: "x" },
      ]),
    ],
    ["text for a number", edited(base, "spec.replicas", "2")],
    ["a number for text", edited(base, "metadata.labels", { a: 1 })],
    [
      "a number in a variable",
      edited(base, "spec.template.spec.containers.0.env", [{ name: "A", value: 1 }]),
    ],
    ["text for a boolean", edited(base, "spec.paused", "yes")],
    ["a list for a map", edited(base, "spec.template", [])],
    ["a map for a list", edited(base, "spec.template.spec.containers", { name: "x" })],
    ["text for a list", edited(base, "spec.template.spec.containers", "x")],
    ["a map for text", edited(base, "spec.template.spec.containers.0.image", { a: 1 })],
    ["a list item that is no map", edited(base, "spec.template.spec.containers", ["x"])],
    ["a fraction for a number", edited(base, "spec.replicas", 1.5)],
    [
      "a quantity that is none",
      edited(base, "spec.template.spec.containers.0.resources", { requests: { cpu: "lots" } }),
    ],
    ["a container without a name", edited(base, "spec.template.spec.containers.0.name", undefined)],
    ["a container without an image", edited(base, "spec.template.spec.containers.0.image", undefined)],
    ["no containers", edited(base, "spec.template.spec.containers", [])],
    ["no selector", edited(base, "spec.selector", undefined)],
    ["a selector that does not match", edited(base, "spec.selector", { matchLabels: { app: "other" } })],
    ["replicas below zero", edited(base, "spec.replicas", -1)],
    [
      "a port that is none",
      edited(base, "spec.template.spec.containers.0.ports", [{ containerPort: 70000 }]),
    ],
    [
      "a mount without a volume",
      edited(base, "spec.template.spec.containers.0.volumeMounts", [{ name: "none", mountPath: "/x" }]),
    ],
    ["a name that is none", named(base, "Not_A_Name")],
    ["a label value that is none", edited(base, "metadata.labels", { a: "not a label" })],
    ["a label key that is none", edited(base, "metadata.labels", { "a b": "x" })],
  ];
  const missing = {
    ...base,
    metadata: { ...(base["metadata"] as JsonObject), namespace: "no-such-namespace" },
  };
  return [
    ...wrong.map(
      ([name, manifest]): Scenario => ({
        name: `refused: ${name}`,
        steps: [
          apply(manifest),
          post(manifest, "fieldManager=poster&dryRun=All"),
          post(manifest, "fieldManager=poster&fieldValidation=Strict&dryRun=All"),
          post(manifest, "fieldManager=poster&fieldValidation=Ignore&dryRun=All"),
        ],
      }),
    ),
    { name: "refused: no such namespace", steps: [apply(missing), post(missing)] },
    { name: "refused: apply without a manager", steps: [apply(base, "force=true")] },
    {
      name: "refused: what does not fit the path",
      steps: [
        apply(named(base, "else"), "fieldManager=hf", { path: `${pathOf(base)}?fieldManager=hf` }),
        apply({ ...base, apiVersion: "apps/v2" }, "fieldManager=hf", {
          path: `${pathOf(base)}?fieldManager=hf`,
        }),
        apply({ ...base, kind: "DaemonSet" }, "fieldManager=hf", {
          path: `${pathOf(base)}?fieldManager=hf`,
          compare: "status",
        }),
        {
          method: "POST",
          path: collectionOf(base),
          body: { ...base, apiVersion: "apps/v2" },
          compare: "status",
        },
        { method: "POST", path: collectionOf(base), body: edited(base, "metadata.namespace", "default") },
        { method: "POST", path: collectionOf(base), body: edited(base, "metadata.resourceVersion", "5") },
        { method: "POST", path: collectionOf(base), body: edited(base, "metadata.name", undefined) },
        { method: "POST", path: collectionOf(base), body: {}, compare: "status" },
        { method: "PATCH", path: `${pathOf(base)}?fieldManager=x`, type: "merge", body: {} },
        { method: "PATCH", path: `${pathOf(base)}?fieldManager=x&dryRun=Some`, type: "merge", body: {} },
      ],
    },
    {
      name: "refused: what an update may not do",
      steps: [
        apply(base),
        put(named(base, "else"), "", { path: pathOf(base) }),
        put(edited(base, "metadata.resourceVersion", "1")),
        put(edited(base, "metadata.uid", "other")),
        put(
          edited(
            edited(base, "spec.selector", { matchLabels: { app: "x" } }),
            "spec.template.metadata.labels",
            { app: "x" },
          ),
        ),
        patch(base, "json-patch", [{ op: "test", path: "/spec/replicas", value: 5 }]),
        patch(base, "json-patch", [{ op: "remove", path: "/spec/nothing" }]),
        {
          ...patch(base, "json-patch", [{ op: "add", path: "/spec/nothing/here", value: 1 }]),
          compare: "status",
        },
        { ...patch(base, "json-patch", { no: "list" }), compare: "status" },
        { method: "PUT", path: `${pathOf(named(base, "absent"))}`, body: named(base, "absent") },
        { method: "PATCH", path: pathOf(named(base, "absent")), type: "merge", body: {} },
        post(base),
      ],
    },
    {
      name: "refused: services",
      steps: [
        apply(service("none", [])),
        apply(service("ports", [{ port: 0 }])),
        apply(
          service("twice", [
            { name: "a", port: 80 },
            { name: "b", port: 80 },
          ]),
        ),
        apply(service("unnamed", [{ port: 80 }, { port: 81 }])),
        post(
          service("twice", [
            { name: "a", port: 80 },
            { name: "b", port: 80 },
          ]),
          "dryRun=All",
        ),
        apply(service("unnamed", [{ port: 80 }, { port: 81 }], { clusterIP: "None", type: "Nonsense" })),
      ],
    },
    {
      name: "refused: other kinds",
      steps: [
        apply({
          apiVersion: "networking.k8s.io/v1",
          kind: "Ingress",
          metadata: { name: "bad", namespace: ns },
          spec: {},
        }),
        apply({
          apiVersion: "networking.k8s.io/v1",
          kind: "Ingress",
          metadata: { name: "bad", namespace: ns },
          spec: {
            rules: [
              { http: { paths: [{ path: "/", backend: { service: { name: "x", port: { number: 80 } } } }] } },
            ],
          },
        }),
        apply(
          {
            apiVersion: "v1",
            kind: "PersistentVolumeClaim",
            metadata: { name: "bad", namespace: ns },
            spec: {},
          },
          "fieldManager=hf",
          { compare: "status" },
        ),
        apply(
          {
            apiVersion: "batch/v1",
            kind: "Job",
            metadata: { name: "bad", namespace: ns },
            spec: { template: { spec: { containers: [{ name: "a", image: "b" }] } } },
          },
          "fieldManager=hf",
          { compare: "status" },
        ),
        apply(
          {
            apiVersion: "v1",
            kind: "Secret",
            metadata: { name: "bad", namespace: ns },
            data: { a: "not base64!" },
          },
          "fieldManager=hf",
          { compare: "status" },
        ),
        apply({
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata: { name: "bad", namespace: ns },
          data: { a: { b: "c" } },
        }),
        apply({
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata: { name: "bad", namespace: ns },
          data: { a: true },
        }),
        apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "Bad_Name" } }),
      ],
    },
  ];
}

function customResources(): Scenario[] {
  const definition = widgetDefinition(scenarioGroup);
  const w = widget("one", { size: 3 });
  const full = {
    size: 2,
    port: "http",
    parts: [{ name: "a" }, { name: "b", count: 2 }],
    tags: ["x", "y"],
    rows: [{ key: "k" }, { key: "l", on: false }],
    open: { any: { thing: [1, { a: 2 }] } },
    labels: { a: "b" },
  };
  return [
    {
      name: "a definition is served",
      steps: [apply(definition), { ...apply(w, "fieldManager=hf&dryRun=All"), until: 201 }],
    },
    {
      name: "custom resources: defaults, keyed lists, sets and open parts",
      steps: [
        apply(w),
        apply(w),
        apply(widget("full", full)),
        apply(widget("full", full)),
        apply(widget("full", { ...full, parts: [{ name: "c" }, { name: "a" }], tags: ["y", "z"] })),
        apply(
          widget("full", {
            size: 2,
            parts: [{ name: "b", count: 5 }],
            tags: ["q"],
            open: { any: { other: 1 } },
            labels: { c: "d" },
          }),
          "fieldManager=other",
        ),
        apply(widget("full", { size: 2 })),
        post(widget("posted", full)),
        put(widget("posted", { size: 4 }), "fieldManager=putter", { carry: ["resourceVersion"] }),
        put(widget("posted", { size: 5 })),
        patch(widget("posted", null), "merge", { spec: { size: 6, mode: null } }),
        patch(widget("posted", null), "json-patch", [
          { op: "add", path: "/spec/parts", value: [{ name: "z" }] },
        ]),
        { ...patch(widget("posted", null), "strategic", { spec: { size: 6 } }), compare: "status" },
        apply(widget("nulls", { size: 1, mode: null, labels: null, parts: null })),
      ],
    },
    {
      name: "custom resources: status and scale",
      steps: [
        patch(w, "merge", { status: { phase: "Done", replicas: 2 } }, "fieldManager=controller", "/status"),
        patch(
          w,
          "merge",
          { status: { phase: "Lost" }, spec: { size: 9 }, metadata: { labels: { a: "b" } } },
          "fieldManager=controller",
          "/status",
        ),
        patch(w, "merge", { status: { phase: "Ignored" } }),
        apply({ ...w, status: { phase: "Ignored" } }),
        apply({ ...w, status: {} }),
        { method: "GET", path: `${pathOf(w)}/scale` },
        patch(w, "merge", { spec: { replicas: 4 } }, "fieldManager=scaler", "/scale"),
        get(w),
      ],
    },
    {
      name: "custom resources: refusals",
      steps: [
        apply(widget("bad", { size: 3, colour: "red" })),
        apply(widget("bad", { size: 3, rows: [{ key: "a", no: 1 }] })),
        apply(widget("bad", {})),
        apply(widget("bad", { size: 0 })),
        apply(widget("bad", { size: 11 })),
        apply(widget("bad", { size: 1, mode: "odd" })),
        apply(widget("bad", { size: "3" })),
        apply(widget("bad", { size: 1, tags: ["a", "a"] })),
        apply(widget("bad", { size: 1, parts: [{ count: 1 }] })),
        apply(widget("bad", { size: 1, parts: [{ name: "a" }, { name: "a" }] })),
        apply(widget("bad", { size: 1, port: true })),
        apply({
          apiVersion: `${scenarioGroup}/v1`,
          kind: "Widget",
          metadata: { name: "bad", namespace: ns },
        }),
        post(widget("bad", { size: 3, colour: "red" }), "dryRun=All"),
        post(widget("bad", { size: 3, colour: "red" }), "dryRun=All&fieldValidation=Strict"),
        post(widget("bad", { size: "3" }), "dryRun=All"),
        post(widget("bad", { size: 1.5 }), "dryRun=All", { compare: "status" }),
        post(
          widget("bad", { size: 3 }, { metadata: { name: "bad", namespace: ns, lables: {} } }),
          "dryRun=All",
        ),
      ],
    },
    {
      name: "a definition goes, and its objects with it",
      steps: [
        remove(definition, { propagationPolicy: "Background" }),
        { ...get(definition), until: 404 },
        {
          method: "GET",
          path: `/apis/${scenarioGroup}/v1/namespaces/${ns}/widgets`,
          until: 404,
          compare: "status",
        },
      ],
    },
    {
      name: "refused: definitions",
      steps: [
        apply(named(definition, "wrong.example.com"), "fieldManager=hf", { compare: "status" }),
        apply(edited(definition, "spec.versions.0.storage", false), "fieldManager=hf", { compare: "status" }),
        apply(edited(definition, "spec.scope", "Galaxy"), "fieldManager=hf", { compare: "status" }),
      ],
    },
  ];
}

function patches(): Scenario[] {
  const base = configMap("patched", {
    metadata: {
      name: "patched",
      namespace: ns,
      labels: { a: "1" },
      annotations: { x: "1" },
      finalizers: ["example.com/a", "example.com/b"],
    },
  });
  return [
    {
      name: "patches of a ConfigMap",
      steps: [
        apply(base),
        patch(base, "merge", { data: { a: null, c: "3" }, metadata: { labels: null } }),
        patch(base, "json-patch", [
          { op: "add", path: "/metadata/labels", value: { "with/slash": "1" } },
          { op: "replace", path: "/metadata/labels/with~1slash", value: "2" },
          { op: "copy", from: "/data/b", path: "/data/d" },
          { op: "move", from: "/data/d", path: "/data/e" },
        ]),
        patch(base, "strategic", { metadata: { "$deleteFromPrimitiveList/finalizers": ["example.com/a"] } }),
        patch(base, "strategic", { metadata: { finalizers: ["example.com/c"] } }),
        patch(base, "strategic", {
          metadata: { "$setElementOrder/finalizers": ["example.com/c", "example.com/b"], finalizers: [] },
        }),
        patch(base, "strategic", { data: { $patch: "replace", only: "this" } }),
        patch(base, "merge", { metadata: { finalizers: null } }),
        patch(base, "merge", { metadata: { generation: 9, uid: null, creationTimestamp: null } }),
        { ...patch(base, "merge", { metadata: { name: "other" } }), compare: "status" },
        patch(base, "merge", { unknown: 1 }),
        {
          ...patch(base, "merge", { unknown: 1 }, "fieldManager=x&fieldValidation=Strict"),
          compare: "status",
        },
        { ...patch(base, "merge", { data: { n: 1 } }), compare: "status" },
        { method: "PATCH", path: pathOf(base), type: "yaml", body: {}, compare: "status" },
        remove(base),
        { ...get(base), until: 404 },
      ],
    },
  ];
}

function lists(): Scenario[] {
  const of = (name: string, labels: JsonObject): JsonObject =>
    configMap(`list-${name}`, {
      metadata: { name: `list-${name}`, namespace: ns, labels: { suite: "lists", ...labels } },
    });
  const list = (query: string): Step => ({
    method: "GET",
    path: `/api/v1/namespaces/${ns}/configmaps?${query}`,
  });
  const select = (selector: string) => list(`labelSelector=${encodeURIComponent(selector)}`);
  return [
    {
      name: "lists and selectors",
      steps: [
        apply(of("a", { tier: "front" })),
        apply(of("b", { tier: "back" })),
        apply(of("c", {})),
        apply(of("d", { tier: "back", odd: "" })),
        ...[
          "suite=lists",
          "suite==lists,tier=back",
          "suite=lists,tier!=back",
          "suite=lists,tier",
          "suite=lists,!tier",
          "suite=lists,tier in (front,back)",
          "suite=lists,tier notin (back)",
          "suite=lists,odd=",
        ].map(select),
        list("labelSelector=suite%3Dlists&limit=3"),
        list("fieldSelector=metadata.name%3Dlist-a"),
        list(`fieldSelector=metadata.name!%3Dlist-a,metadata.namespace%3D${ns}&labelSelector=suite%3Dlists`),
        { ...list("fieldSelector=data.a%3D1") },
        { ...list("labelSelector=%3D%3D%3D"), compare: "status" },
        { ...list("limit=1&continue=nonsense"), compare: "status" },
        { ...list("resourceVersion=x"), compare: "status" },
        { method: "DELETE", path: `/api/v1/namespaces/${ns}/configmaps?labelSelector=suite%3Dlists` },
        select("suite=lists"),
      ],
    },
  ];
}

function deletions(): Scenario[] {
  const a = configMap("gone"),
    pinned = configMap("pinned", {
      metadata: { name: "pinned", namespace: ns, finalizers: ["example.com/pin"] },
    });
  const space: JsonObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: "diff-space" } };
  const owned = (owner: string): JsonObject => configMap(`owned-${owner}`);
  return [
    {
      name: "deletion of a ConfigMap",
      steps: [
        apply(a),
        remove(a, { preconditions: { uid: "other" } }),
        remove(a, { preconditions: { resourceVersion: "1" } }),
        remove(a, { dryRun: ["All"] }),
        get(a),
        remove(a, undefined, "?dryRun=All"),
        remove(a),
        get(a),
        remove(a),
      ],
    },
    {
      name: "deletion waits for finalizers",
      steps: [
        apply(pinned),
        remove(pinned),
        remove(pinned),
        patch(pinned, "merge", { metadata: { finalizers: ["example.com/pin", "example.com/new"] } }),
        patch(pinned, "merge", { data: { still: "writable" } }),
        patch(pinned, "merge", { metadata: { finalizers: null } }),
        get(pinned),
      ],
    },
    {
      name: "deletion of a Deployment in the foreground",
      steps: [
        apply(deployment("fore")),
        remove(deployment("fore"), { propagationPolicy: "Foreground", dryRun: ["All"] }),
        remove(deployment("fore"), { propagationPolicy: "Foreground" }),
        { ...get(deployment("fore")), until: 404 },
      ],
    },
    {
      name: "an owner that is not there",
      steps: [
        apply({
          ...owned("x"),
          metadata: {
            name: "owned-x",
            namespace: ns,
            ownerReferences: [
              {
                apiVersion: "v1",
                kind: "ConfigMap",
                name: "nobody",
                uid: "00000000-0000-0000-0000-000000000000",
              },
            ],
          },
        }),
        { ...get(owned("x")), until: 404 },
      ],
    },
    {
      name: "the life of a Namespace",
      steps: [
        apply(space),
        apply(space),
        { method: "GET", path: "/api/v1/namespaces/diff-space/serviceaccounts/default", until: 200 },
        {
          method: "GET",
          path: "/api/v1/namespaces/diff-space/configmaps/kube-root-ca.crt",
          until: 200,
          compare: "status",
        },
        apply({
          ...pinned,
          metadata: { name: "pinned", namespace: "diff-space", finalizers: ["example.com/pin"] },
        }),
        remove(space, { propagationPolicy: "Background" }),
        { method: "GET", path: "/api/v1/namespaces/diff-space/configmaps/pinned", compare: "status" },
        { ...post({ ...a, metadata: { name: "late", namespace: "diff-space" } }) },
        {
          method: "PATCH",
          path: "/api/v1/namespaces/diff-space/configmaps/pinned",
          type: "merge",
          body: { metadata: { finalizers: null } },
          compare: "status",
        },
        { ...get(space), until: 404 },
      ],
    },
  ];
}

function discovery(): Scenario[] {
  const at = (path: string, more: Partial<Step> = {}): Step => ({ method: "GET", path, ...more });
  return [
    {
      name: "what is not there",
      steps: [
        at("/api/v1/nothings"),
        at("/apis/nothing.example.com/v1/things"),
        at("/apis/apps/v9"),
        at(`/api/v1/namespaces/${ns}/configmaps/absent`),
        at("/api/v1/namespaces/absent"),
        at(`/apis/apps/v1/namespaces/${ns}/deployments/absent`),
        at(`/api/v1/namespaces/${ns}/configmaps/x/status`, { compare: "status" }),
        at("/nothing", { compare: "status" }),
        { method: "POST", path: "/api/v1/configmaps", body: configMap("x"), compare: "status" },
        { method: "PUT", path: `/api/v1/namespaces/${ns}/configmaps`, body: {}, compare: "status" },
        at("/api/v1/configmaps/x", { compare: "status" }),
      ],
    },
    {
      name: "reviews",
      steps: [
        {
          method: "POST",
          path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
          body: {
            apiVersion: "authorization.k8s.io/v1",
            kind: "SelfSubjectAccessReview",
            spec: { resourceAttributes: { verb: "get", resource: "pods" } },
          },
          compare: "status",
        },
      ],
    },
    { name: "groups", steps: [at("/apis/apps"), at("/apis/autoscaling"), at("/api", { compare: "status" })] },
  ];
}
