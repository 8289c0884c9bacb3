/**
 * No false drift: whatever the server, a controller or an admission makes of a manifest, its application is Synced,
 * nothing is written again, and after the first sync not even a dry run is asked.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { fixtures, widgetDefinition } from "../conformance/kube-fixtures.ts";
import { calm, spent, staysSynced } from "../lib/calm.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, crd, deployment } from "../lib/manifests.ts";
import {
  APPLY,
  conditions,
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

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
  for (const definition of [
    widgetDefinition("drift.example.com"),
    crd({ group: "gears.example.com", kind: "Gear", plural: "gears", versions: ["v1", "v2"] }),
  ])
    await stage.must("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition);
  await stage.plane.kubectl("apply", "--filename", await written("admission.yaml", admission()));
}, 120_000);
afterAll(() => stage?.stop(), 60_000);

const ignored = [{ group: "apps", kind: "Deployment", jsonPointers: ["/spec/replicas"] }];
const autoscaler = (namespace: string) => ({
  apiVersion: "autoscaling/v2",
  kind: "HorizontalPodAutoscaler",
  metadata: { name: "web", namespace },
  spec: {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
    minReplicas: 4,
    maxReplicas: 6,
    metrics: [
      {
        type: "Resource",
        resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 60 } },
      },
    ],
  },
});
const withReplicas = (namespace: string) => [
  deployment({ namespace, name: "web", replicas: 1 }),
  autoscaler(namespace),
];
function withoutReplicas(namespace: string): unknown[] {
  const { replicas: _, ...spec } = deployment({ namespace, name: "web" }).spec as Shown;
  return [{ ...deployment({ namespace, name: "web" }), spec }, autoscaler(namespace)];
}
const scaled: {
  name: string;
  namespace: string;
  spec: Record<string, unknown>;
  objects: (namespace: string) => unknown[];
}[] = [
  {
    name: "and a rule names by a pointer",
    namespace: "hpa-pointer",
    spec: { ignoreDifferences: ignored },
    objects: withReplicas,
  },
  // Self-heal is off: until the autoscaler has scaled, they are nobody's but ours.
  {
    name: "and a rule names by their owner",
    namespace: "hpa-manager",
    spec: {
      ignoreDifferences: [
        { group: "apps", kind: "Deployment", managedFieldsManagers: ["kube-controller-manager"] },
      ],
      syncPolicy: { automated: { prune: true } },
    },
    objects: withReplicas,
  },
  { name: "and Git does not name", namespace: "hpa-none", spec: {}, objects: withoutReplicas },
];
const web = (namespace: string): string => `/apis/apps/v1/namespaces/${namespace}/deployments/web`;

async function written(name: string, text: string): Promise<string> {
  const path = `${stage.daemon.dir}/${name}`;
  await Bun.write(path, text);
  return path;
}

/** What an injecting webhook does, without one: fields that Git does not have, and a field that Git has, changed at admission. */
function admission(): string {
  const policy = (name: string, label: string, expression: string) => [
    {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "MutatingAdmissionPolicy",
      metadata: { name },
      spec: {
        matchConstraints: {
          resourceRules: [
            {
              apiGroups: ["apps"],
              apiVersions: ["v1"],
              operations: ["CREATE", "UPDATE"],
              resources: ["deployments"],
            },
          ],
        },
        matchConditions: [
          { name: "asked-for", expression: `object.metadata.?labels[?"${label}"].orValue("") == "true"` },
        ],
        failurePolicy: "Fail",
        reinvocationPolicy: "IfNeeded",
        mutations: [{ patchType: "ApplyConfiguration", applyConfiguration: { expression } }],
      },
    },
    {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "MutatingAdmissionPolicyBinding",
      metadata: { name },
      spec: { policyName: name },
    },
  ];
  return yaml(
    ...policy(
      "inject",
      "inject",
      'Object{ metadata: Object.metadata{ annotations: {"injected.example.com/by": "policy"} }, spec: Object.spec{ template: Object.spec.template{ spec: Object.spec.template.spec{ containers: [Object.spec.template.spec.containers{ name: "sidecar", image: "registry.example.com/sidecar:1" }] } } } }',
    ),
    // As a deprecated name and its successor are one field: where the annotation is, it decides the label.
    ...policy(
      "twin",
      "twin",
      'Object{ metadata: Object.metadata{ labels: {"kept": object.metadata.?annotations[?"wins"].orValue(object.metadata.labels["kept"])} } }',
    ),
    ...policy(
      "change",
      "change",
      'Object{ spec: Object.spec{ revisionHistoryLimit: 7, template: Object.spec.template{ spec: Object.spec.template.spec{ containers: [Object.spec.template.spec.containers{ name: "web", imagePullPolicy: "Always" }] } } } }',
    ),
  );
}

const isAutoscaler = ({ kind }: Shown): boolean => kind === "HorizontalPodAutoscaler";

interface Case {
  name: string;
  /** As it stands in Git. */
  text: string;
  /** What was there before, applied by kubectl. */
  before?: string;
}

const pod = (container: string, more = "") => `
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
      - name: web
        image: registry.example.com/web:1
${container.replace(/^/gm, "        ")}
${more.replace(/^/gm, "      ")}`;
const deploymentText = (container: string, more = "", spec = "") =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web }\nspec:${spec === "" ? "" : `\n  ${spec}`}${pod(container, more)}\n`;

/** Whose controller writes some seconds later. */
const autoscalers: Case[] = [
  {
    name: "an autoscaler of an older version",
    text: "apiVersion: autoscaling/v1\nkind: HorizontalPodAutoscaler\nmetadata: { name: web }\nspec:\n  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: nobody }\n  maxReplicas: 5\n  targetCPUUtilizationPercentage: 80\n",
  },
  {
    name: "an autoscaler whose metrics the server sorts",
    text: "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: { name: web }\nspec:\n  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: nobody }\n  minReplicas: 1\n  maxReplicas: 5\n  metrics:\n  - { type: Resource, resource: { name: memory, target: { type: AverageValue, averageValue: 1024Mi } } }\n  - { type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 80 } } }\n",
  },
  ...fixtures("autoscalers")
    .filter(({ manifest }) => isAutoscaler(manifest))
    .map(({ name, manifest }) => ({ name, text: yaml({ ...manifest, metadata: { name: "web" } }) })),
];

const awkward: Case[] = [
  {
    name: "quantities in other units",
    text: deploymentText(
      "resources:\n  limits: { cpu: 1000m, memory: 1024Mi }\n  requests: { cpu: '0.10', memory: 1073741824 }",
    ),
  },
  {
    name: "quantities as numbers",
    text: deploymentText(
      "resources:\n  limits: { cpu: 2, memory: 1e9 }\n  requests: { cpu: 0.5, ephemeral-storage: 1000000 }",
    ),
  },
  {
    name: "a claim with another unit",
    text: "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: { name: data }\nspec:\n  accessModes: [ReadWriteOnce]\n  resources: { requests: { storage: 2048Mi } }\n",
  },
  {
    name: "defaults that are left out",
    text: deploymentText(
      "livenessProbe: { httpGet: { path: /, port: 80 } }",
      "volumes:\n- name: settings\n  configMap: { name: settings }\n- name: token\n  projected: { sources: [{ serviceAccountToken: { path: token } }] }",
    ),
  },
  {
    name: "defaults that are written out",
    text: deploymentText(
      "imagePullPolicy: IfNotPresent\nterminationMessagePath: /dev/termination-log",
      "dnsPolicy: ClusterFirst\nrestartPolicy: Always\nschedulerName: default-scheduler\nserviceAccount: default\nserviceAccountName: default\nterminationGracePeriodSeconds: 30",
      "progressDeadlineSeconds: 600",
    ),
  },
  {
    name: "ports without a protocol",
    text: `${deploymentText("ports:\n- containerPort: 80\n- { containerPort: 443, name: https }")}---\napiVersion: v1\nkind: Service\nmetadata: { name: web }\nspec:\n  selector: { app: web }\n  ports:\n  - { port: 80, name: http }\n  - { port: 443, name: https, targetPort: https }\n`,
  },
  {
    name: "one port by two protocols",
    text: `apiVersion: v1\nkind: Service\nmetadata: { name: dns }\nspec:\n  selector: { app: dns }\n  ports:\n  - { name: udp, port: 53, protocol: UDP }\n  - { name: tcp, port: 53, protocol: TCP }\n---\n${deploymentText("ports:\n- { containerPort: 53, protocol: UDP, name: udp }\n- { containerPort: 53, protocol: TCP, name: tcp }")}`,
  },
  {
    name: "empty maps and lists",
    text: deploymentText(
      "env: []\nargs: []\nresources: {}\nsecurityContext: {}\nvolumeMounts: []",
      "volumes:\n- name: tmp\n  emptyDir: {}\nnodeSelector: {}\ntolerations: []\naffinity: {}\nsecurityContext: {}\nimagePullSecrets: []",
    ),
  },
  {
    name: "null fields",
    text: deploymentText(
      "command: null\nenv: ~\nresources:\nlivenessProbe: null",
      "nodeSelector: null\nvolumes:\nhostNetwork: null",
    ),
  },
  {
    name: "empty and null metadata",
    text: "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n  labels: {}\n  annotations:\n  creationTimestamp: null\ndata:\n",
  },
  {
    name: "empty texts",
    text: "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings, labels: { empty: '' } }\ndata: { empty: '', newline: \"\\n\", spaces: '  ' }\n",
  },
  {
    name: "octal modes, and words that YAML 1.1 reads as booleans",
    text: deploymentText(
      "env:\n- { name: A, value: 'yes' }\n- { name: B, value: \"on\" }\ntty: off",
      "volumes:\n- name: settings\n  configMap: { name: settings, defaultMode: 0644 }\nhostIPC: no",
    ),
  },
  {
    name: "keyed lists in another order than the cluster's",
    before: deploymentText(
      "env:\n- { name: B, value: b }\n- { name: A, value: a }\nports:\n- { containerPort: 81, name: b }\n- { containerPort: 80, name: a }",
    ),
    text: deploymentText(
      "env:\n- { name: A, value: a }\n- { name: B, value: b }\nports:\n- { containerPort: 80, name: a }\n- { containerPort: 81, name: b }",
    ),
  },
  {
    name: "stringData",
    text: "apiVersion: v1\nkind: Secret\nmetadata: { name: key }\ntype: Opaque\nstringData: { user: admin, text: |\n    several\n    lines\n  }\n".replace(
      "{ user: admin, text: |\n    several\n    lines\n  }",
      "\n  user: admin\n  text: |\n    several\n    lines",
    ),
  },
  {
    name: "stringData beside data of the same key",
    text: "apiVersion: v1\nkind: Secret\nmetadata: { name: key }\ndata: { user: Zm9v, other: YmFy }\nstringData: { user: admin }\n",
  },
  {
    name: "an aggregated ClusterRole whose rules a controller fills in",
    text: "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: { name: drift-sum }\naggregationRule: { clusterRoleSelectors: [{ matchLabels: { drift.example.com/part: 'true' } }] }\nrules: []\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: { name: drift-part, labels: { drift.example.com/part: 'true' } }\nrules: [{ apiGroups: [''], resources: [pods], verbs: [get] }]\n",
  },
  {
    name: "volumeClaimTemplates",
    text: `apiVersion: apps/v1\nkind: StatefulSet\nmetadata: { name: web }\nspec:\n  serviceName: web\n  volumeClaimTemplates:\n  - metadata: { name: data }\n    spec:\n      accessModes: [ReadWriteOnce]\n      resources: { requests: { storage: 1024Mi } }${pod("volumeMounts:\n- { name: data, mountPath: /data }")}\n`,
  },
  {
    name: "a ConfigMap of 900 kB",
    text: yaml({
      ...configMap("", "large", { blob: "0123456789abcdef".repeat(56_000) }),
      metadata: { name: "large" },
    }),
  },
  {
    name: "defaults of a custom resource, inside keyed and atomic lists too",
    text: "apiVersion: drift.example.com/v1\nkind: Widget\nmetadata: { name: one }\nspec:\n  size: 3\n  parts: [{ name: b }, { name: a, count: 2 }]\n  rows: [{ key: a }, { key: b, 'on': false }]\n  tags: [b, a]\n  port: http\n  open: { any: { thing: [1, null, {}] } }\n",
  },
  {
    name: "a custom resource at a version that is not the stored one",
    text: "apiVersion: gears.example.com/v2\nkind: Gear\nmetadata: { name: cog }\nspec: { note: fine }\n",
  },
  {
    name: "fields that belong to the server",
    text: `${deploymentText("")}status: {}\n`.replace(
      "metadata: { name: web }",
      "metadata: { name: web, creationTimestamp: null, generation: 3, resourceVersion: '1', uid: 0-0, managedFields: [] }",
    ),
  },
  {
    name: "a Job, which gets labels and a selector",
    text: "apiVersion: batch/v1\nkind: Job\nmetadata: { name: once }\nspec:\n  template:\n    spec:\n      restartPolicy: Never\n      containers: [{ name: main, image: registry.example.com/job:1 }]\n",
  },
  {
    name: "a Service that gets addresses and node ports",
    text: "apiVersion: v1\nkind: Service\nmetadata: { name: front }\nspec:\n  type: LoadBalancer\n  selector: { app: web }\n  ports: [{ port: 80 }]\n",
  },
  {
    name: "an Ingress and a webhook whose bundle somebody else fills in",
    text: "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingWebhookConfiguration\nmetadata: { name: drift-hook }\nwebhooks:\n- name: v.drift.example.com\n  sideEffects: None\n  admissionReviewVersions: [v1]\n  clientConfig: { service: { name: hook, namespace: nowhere } }\n  rules: [{ apiGroups: [drift.example.com], apiVersions: [v9], operations: [CREATE], resources: [nothing] }]\n",
  },
  {
    name: "a field that an admission adds",
    text: deploymentText("").replace(
      "metadata: { name: web }",
      "metadata: { name: web, labels: { inject: 'true' } }",
    ),
  },
  {
    name: "a field of Git's that an admission changes",
    text: deploymentText("imagePullPolicy: IfNotPresent", "", "revisionHistoryLimit: 3").replace(
      "metadata: { name: web }",
      "metadata: { name: web, labels: { change: 'true' } }",
    ),
  },
];

describe("as people write it", () => {
  test.each(awkward.map((one, at) => ({ ...one, namespace: `awkward-${at}` })))(
    "$name",
    async ({ namespace, text, before }) => {
      await stage.makeNamespace(namespace);
      if (before !== undefined)
        await stage.plane.kubectl(
          "apply",
          `--namespace=${namespace}`,
          "--filename",
          await written(`${namespace}.yaml`, before),
        );
      const app = await stage.place({ name: namespace, files: { "all.yaml": text } });
      const seen = await app.until((now) => isSynced(now) && isQuiet(now));
      expect(seen.status.operationState?.phase).toBe("Succeeded");
      expect(conditions(seen, "ManifestWarning")).toEqual([]);
      await staysSynced(stage, app);
    },
  );
});

describe("every kind", () => {
  test.each(
    fixtures("kinds")
      .filter(({ manifest }) => !isAutoscaler(manifest))
      .map(({ name, manifest }, at) => ({ name, manifest, app: `kind-${at}` })),
  )("$name", async ({ manifest, app: name }) => {
    const app = await stage.place({ name, namespace: "kinds", files: { "object.yaml": yaml(manifest) } });
    const seen = await app.until((now) => isSynced(now) && isQuiet(now));
    expect(seen.status.operationState?.phase).toBe("Succeeded");
    await staysSynced(stage, app);
  });
});

// ---------------------------------------------------------------- others who write

const others: { name: string; namespace: string; write: (namespace: string) => Promise<unknown> }[] = [
  {
    name: "a label and an annotation",
    namespace: "foreign-labels",
    write: (namespace) =>
      stage.must(
        "PATCH",
        `${web(namespace)}?fieldManager=somebody`,
        { metadata: { labels: { foreign: "yes" }, annotations: { foreign: "yes" } } },
        MERGE,
      ),
  },
  {
    name: "an item of a keyed list",
    namespace: "foreign-item",
    write: (namespace) =>
      stage.must(
        "PATCH",
        `${web(namespace)}?fieldManager=somebody&force=true`,
        {
          apiVersion: "apps/v1",
          kind: "Deployment",
          spec: {
            template: { spec: { containers: [{ name: "web", env: [{ name: "FOREIGN", value: "yes" }] }] } },
          },
        },
        APPLY,
      ),
  },
  {
    name: "a whole container, in front of ours",
    namespace: "foreign-container",
    write: (namespace) =>
      stage.must(
        "PATCH",
        `${web(namespace)}?fieldManager=somebody`,
        [
          {
            op: "add",
            path: "/spec/template/spec/containers/0",
            value: { name: "sidecar", image: "registry.example.com/sidecar:1" },
          },
        ],
        JSON_PATCH,
      ),
  },
  {
    name: "a finalizer",
    namespace: "foreign-finalizer",
    write: (namespace) =>
      stage.must(
        "PATCH",
        `${web(namespace)}?fieldManager=somebody`,
        { metadata: { finalizers: ["example.com/keep"] } },
        MERGE,
      ),
  },
  {
    name: "a restart",
    namespace: "foreign-restart",
    write: (namespace) =>
      stage.plane.kubectl("rollout", "restart", "deployment/web", `--namespace=${namespace}`),
  },
  {
    name: "a status",
    namespace: "foreign-status",
    write: (namespace) =>
      stage.must(
        "PATCH",
        `${web(namespace)}/status?fieldManager=somebody`,
        { status: { conditions: [{ type: "Foreign", status: "True" }] } },
        MERGE,
      ),
  },
  {
    name: "the same value once more",
    namespace: "foreign-same",
    write: (namespace) =>
      stage.must(
        "PATCH",
        `${web(namespace)}?fieldManager=somebody&force=true`,
        { apiVersion: "apps/v1", kind: "Deployment", spec: { replicas: 1 } },
        APPLY,
      ),
  },
  {
    name: "an equal quantity spelled otherwise",
    namespace: "foreign-quantity",
    write: (namespace) =>
      stage.must(
        "PATCH",
        `${web(namespace)}?fieldManager=somebody`,
        [
          {
            op: "replace",
            path: "/spec/template/spec/containers/0/resources/limits/memory",
            value: "1048576Ki",
          },
        ],
        JSON_PATCH,
      ),
  },
];

/** The server finds nothing to store in these. */
const sameAfterwards = new Set(["foreign-quantity", "foreign-status"]);

describe("written by others beside what Git says", () => {
  test.each(others)("$name", async ({ namespace, write }) => {
    const app = await stage.place({
      name: namespace,
      files: {
        "all.yaml": yaml(
          deployment({ namespace, name: "web", container: { resources: { limits: { memory: "1Gi" } } } }),
        ),
      },
    });
    await app.untilSettled();
    const before = await calm(stage, app);
    const { resourceVersion } = (await stage.must("GET", web(namespace))).metadata;
    await write(namespace);
    await eventually(
      "it was written",
      async () =>
        (await stage.must("GET", web(namespace))).metadata.resourceVersion !== resourceVersion ||
        sameAfterwards.has(namespace),
    );
    await app.refresh();
    expect((await calm(stage, app)).written).toBe(before.written);
    await staysSynced(stage, app);
    // Objects with a finalizer would keep the namespace and the test's end waiting.
    if (namespace === "foreign-finalizer")
      await stage.must("PATCH", web(namespace), { metadata: { finalizers: null } }, MERGE);
  });
});

// ---------------------------------------------------------------- fields that the server keeps under another name

interface Hidden {
  name: string;
  slug: string;
  text: string;
  path: (namespace: string) => string;
  /** A merge patch by hand, of the field under the other name. */
  edit: unknown;
  /** What Git says of it, as the server shows it. */
  holds: (object: Shown) => unknown;
}

const cronText = `apiVersion: batch/v1
kind: CronJob
metadata: { name: web }
spec:
  schedule: "0 0 1 1 *"
  jobTemplate:
    spec:
      template:
        spec:
          serviceAccount: one
          restartPolicy: Never
          containers: [{ name: main, image: 'registry.example.com/job:1' }]
`;
const hidden: Hidden[] = [
  {
    name: "data of a Secret that Git writes as stringData",
    slug: "string-data",
    text: "apiVersion: v1\nkind: Secret\nmetadata: { name: key }\nstringData: { password: one, user: admin }\n",
    path: (namespace) => `/api/v1/namespaces/${namespace}/secrets/key`,
    edit: { data: { password: "b3RoZXI=" } },
    holds: ({ data }) => data.password,
  },
  {
    name: "data of a Secret that Git writes as both",
    slug: "both-data",
    text: "apiVersion: v1\nkind: Secret\nmetadata: { name: key }\ndata: { password: eA==, other: eQ== }\nstringData: { password: one }\n",
    path: (namespace) => `/api/v1/namespaces/${namespace}/secrets/key`,
    edit: { data: { password: "b3RoZXI=", other: "b3RoZXI=" } },
    holds: ({ data }) => [data.password, data.other],
  },
  {
    name: "a key of a Secret that Git writes as stringData, removed",
    slug: "no-data",
    text: "apiVersion: v1\nkind: Secret\nmetadata: { name: key }\nstringData: { password: one, user: admin }\n",
    path: (namespace) => `/api/v1/namespaces/${namespace}/secrets/key`,
    edit: { data: { password: null } },
    holds: ({ data }) => data.password,
  },
  {
    name: "serviceAccountName of a Deployment that Git gives a serviceAccount",
    slug: "account",
    text: deploymentText("env: []", "serviceAccount: one"),
    path: web,
    edit: { spec: { template: { spec: { serviceAccountName: "two" } } } },
    holds: ({ spec }) => [spec.template.spec.serviceAccountName, spec.template.spec.serviceAccount],
  },
  {
    name: "both names of the account of a Deployment that Git gives both",
    slug: "accounts",
    text: deploymentText("env: []", "serviceAccount: one\nserviceAccountName: one"),
    path: web,
    edit: { spec: { template: { spec: { serviceAccountName: "two", serviceAccount: "two" } } } },
    holds: ({ spec }) => [spec.template.spec.serviceAccountName, spec.template.spec.serviceAccount],
  },
  {
    name: "serviceAccountName of a CronJob that Git gives a serviceAccount",
    slug: "cron-account",
    text: cronText,
    path: (namespace) => `/apis/batch/v1/namespaces/${namespace}/cronjobs/web`,
    edit: { spec: { jobTemplate: { spec: { template: { spec: { serviceAccountName: "two" } } } } } },
    holds: ({ spec }) => spec.jobTemplate.spec.template.spec.serviceAccountName,
  },
  {
    name: "metrics of an autoscaler that Git writes as an annotation of the older version",
    slug: "metrics",
    text: `apiVersion: autoscaling/v1
kind: HorizontalPodAutoscaler
metadata:
  name: web
  annotations:
    autoscaling.alpha.kubernetes.io/metrics: '[{"type":"Resource","resource":{"name":"memory","targetAverageUtilization":70}}]'
spec: { maxReplicas: 5, scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: nobody } }
`,
    path: (namespace) => `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers/web`,
    edit: {
      spec: {
        metrics: [
          {
            type: "Resource",
            resource: { name: "memory", target: { type: "Utilization", averageUtilization: 10 } },
          },
        ],
      },
    },
    holds: ({ spec }) => spec.metrics.map(({ resource }: Shown) => resource?.target?.averageUtilization),
  },
  {
    name: "the container port of a Deployment on the host's network, whose hostPort the server fills in",
    slug: "host-port",
    text: deploymentText("ports: [{ containerPort: 8080, hostPort: 8080 }]", "hostNetwork: true"),
    path: web,
    edit: {
      spec: {
        template: {
          spec: {
            hostNetwork: false,
            containers: [
              {
                name: "web",
                image: "registry.example.com/web:1",
                ports: [{ containerPort: 8080, hostPort: 9090 }],
              },
            ],
          },
        },
      },
    },
    holds: ({ spec }) => [spec.template.spec.hostNetwork, spec.template.spec.containers[0].ports[0].hostPort],
  },
  {
    name: "the address of a headless Service, made another kind of Service",
    slug: "headless",
    text: "apiVersion: v1\nkind: Service\nmetadata: { name: web }\nspec: { clusterIP: None, selector: { app: web }, ports: [{ port: 80 }] }\n",
    path: (namespace) => `/api/v1/namespaces/${namespace}/services/web`,
    edit: {
      spec: { publishNotReadyAddresses: true, sessionAffinity: "ClientIP", selector: { app: "other" } },
    },
    holds: ({ spec }) => [spec.clusterIP, spec.clusterIPs, spec.selector],
  },
  {
    name: "a DaemonSet as it was exported, with the generation that the server counts",
    slug: "exported",
    text: deploymentText("env: []")
      .replace("kind: Deployment", "kind: DaemonSet")
      .replace(
        "{ name: web }",
        "{ name: web, annotations: { deprecated.daemonset.template.generation: '1' } }",
      ),
    path: (namespace) => `/apis/apps/v1/namespaces/${namespace}/daemonsets/web`,
    edit: {
      spec: { template: { spec: { containers: [{ name: "web", image: "registry.example.com/web:9" }] } } },
    },
    holds: ({ spec }) => spec.template.spec.containers[0].image,
  },
];

describe("an edit of a field under another name than Git's", () => {
  test.each(hidden)(
    "is seen and put back, and then there is rest: $name",
    async ({ slug, text, path, edit, holds }) => {
      const namespace = `hidden-${slug}`;
      const app = await stage.place({ name: namespace, files: { "all.yaml": text } });
      await app.until((now) => isSynced(now) && isQuiet(now));
      await staysSynced(stage, app);
      const before = holds(await stage.must("GET", path(namespace)));
      const { resourceVersion } = await stage
        .must("PATCH", `${path(namespace)}?fieldManager=kubectl-edit`, edit, MERGE)
        .then(({ metadata }) => metadata);
      await eventually("it is put back", async () => {
        const live = await stage.must("GET", path(namespace));
        return live.metadata.resourceVersion !== resourceVersion && Bun.deepEquals(holds(live), before);
      });
      await app.until((now) => isSynced(now) && isQuiet(now));
      expect(conditions(await app.get(), "ComparisonError")).toEqual([]);
      await staysSynced(stage, app);
    },
  );

  test("where Git's field does not take, the application is OutOfSync and says which and why, until it takes", async () => {
    const namespace = "hidden-twin";
    const app = await stage.place({
      name: namespace,
      files: {
        "all.yaml": deploymentText("env: []").replace(
          "metadata: { name: web }",
          "metadata: { name: web, labels: { twin: 'true', kept: git } }",
        ),
      },
    });
    await app.untilSettled();
    await staysSynced(stage, app);
    await stage.must(
      "PATCH",
      `${web(namespace)}?fieldManager=kubectl-edit`,
      { metadata: { annotations: { wins: "hand" } } },
      MERGE,
    );
    const seen = await app.until((now) => conditions(now, "ComparisonError").length > 0 && isQuiet(now));
    expect(seen.status.sync.status).toBe("OutOfSync");
    expect(conditions(seen, "ComparisonError").join()).toMatch(/metadata\.labels\.kept does not take/);
    // A sync that changes nothing does not make it Synced.
    await app.sync();
    expect((await app.refresh("hard")).status.sync.status).toBe("OutOfSync");
    await stage.must(
      "PATCH",
      `${web(namespace)}?fieldManager=kubectl-edit`,
      { metadata: { annotations: { wins: null } } },
      MERGE,
    );
    await eventually(
      "it takes",
      async () => (await stage.must("GET", web(namespace))).metadata.labels?.["kept"] === "git",
    );
    await app.untilSettled();
    expect(conditions(await app.get(), "ComparisonError")).toEqual([]);
    await staysSynced(stage, app);
  });
});

// ---------------------------------------------------------------- fields that are left to others

describe("ignored fields", () => {
  const replicas = async (namespace: string): Promise<number> =>
    (await stage.must("GET", web(namespace))).spec.replicas as number;
  test("replicas 3, ignored, no autoscaler: two syncs and a commit later still 3", async () => {
    const namespace = "ignored";
    const app = await stage.place({
      name: namespace,
      files: { "all.yaml": yaml(deployment({ namespace, name: "web", replicas: 3 })) },
      spec: { ignoreDifferences: ignored },
    });
    await app.untilSettled();
    expect(await replicas(namespace)).toBe(3);
    for (let times = 0; times < 2; times++) {
      expect((await app.sync()).phase).toBe("Succeeded");
      expect(await replicas(namespace)).toBe(3);
    }
    await app.commit({
      "all.yaml": yaml(
        deployment({ namespace, name: "web", replicas: 1, image: "registry.example.com/web:2" }),
      ),
    });
    await app.untilSettled();
    expect(await replicas(namespace)).toBe(3);
    await staysSynced(stage, app);
  });

  test("scaled by others it stays as they scaled it, through syncs and commits", async () => {
    const namespace = "scaled";
    const app = await stage.place({
      name: namespace,
      files: { "all.yaml": yaml(deployment({ namespace, name: "web", replicas: 3 })) },
      spec: { ignoreDifferences: ignored },
    });
    await app.untilSettled();
    await stage.plane.kubectl("scale", "deployment/web", "--replicas=5", `--namespace=${namespace}`);
    await app.until((now) => isSynced(now) && isQuiet(now) && now.status.health.status === "Healthy");
    expect(await replicas(namespace)).toBe(5);
    await app.sync();
    expect(await replicas(namespace)).toBe(5);
    await app.commit({
      "all.yaml": yaml(
        deployment({ namespace, name: "web", replicas: 2, image: "registry.example.com/web:2" }),
      ),
    });
    const seen = await app.untilSettled();
    expect(await replicas(namespace)).toBe(5);
    expect((await stage.must("GET", web(namespace))).spec.template.spec.containers[0].image).toBe(
      "registry.example.com/web:2",
    );
    expect(seen.status.sync.status).toBe("Synced");
    await staysSynced(stage, app);
  });

  test("a field inside an atomic list, and one that is required, keep the live value", async () => {
    const namespace = "ignored-inside";
    const widget = (key: string, size: number) => ({
      apiVersion: "drift.example.com/v1",
      kind: "Widget",
      metadata: { name: "one", namespace },
      spec: { size, rows: [{ key }, { key: "second" }] },
    });
    const app = await stage.place({
      name: namespace,
      files: { "all.yaml": yaml(widget("git", 3)) },
      spec: {
        ignoreDifferences: [
          { group: "drift.example.com", kind: "Widget", jsonPointers: ["/spec/rows/0/key", "/spec/size"] },
        ],
      },
    });
    await app.until((now) => isSynced(now) && isQuiet(now));
    const path = `/apis/drift.example.com/v1/namespaces/${namespace}/widgets/one`;
    await stage.must(
      "PATCH",
      `${path}?fieldManager=somebody`,
      [
        { op: "replace", path: "/spec/rows/0/key", value: "theirs" },
        { op: "replace", path: "/spec/size", value: 7 },
      ],
      JSON_PATCH,
    );
    await app.commit({
      "all.yaml": yaml({ ...widget("git", 3), spec: { ...widget("git", 3).spec, mode: "fast" } }),
    });
    await eventually("the commit is there", async () => (await stage.must("GET", path)).spec.mode === "fast");
    expect((await stage.must("GET", path)).spec).toMatchObject({
      size: 7,
      rows: [{ key: "theirs" }, { key: "second" }],
    });
    await staysSynced(stage, app);
  });
});

describe("autoscalers and the replicas that they own", () => {
  const placed = new Map<string, Placed>();
  const alone = autoscalers.map(({ name, text }, at) => ({ name, text, namespace: `autoscaler-${at}` }));
  const scalerPath = (namespace: string): string =>
    `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers/web`;

  beforeAll(async () => {
    // All at once: their controller looks every 15 seconds.
    for (const { namespace, text } of alone)
      placed.set(namespace, await stage.place({ name: namespace, files: { "all.yaml": text } }));
    for (const { namespace, spec, objects } of scaled)
      placed.set(
        namespace,
        await stage.place({ name: namespace, files: { "all.yaml": yaml(...objects(namespace)) }, spec }),
      );
    for (const { namespace } of alone)
      await eventually(
        `the controller wrote to ${namespace}`,
        async () => (await stage.find(scalerPath(namespace)))?.status?.conditions !== undefined,
        50_000,
      );
    for (const { namespace } of scaled)
      await eventually(
        `the autoscaler of ${namespace} has scaled`,
        async () => (await stage.find(web(namespace)))?.spec.replicas === 4,
        50_000,
      );
  }, 110_000);

  test.each(alone)("$name", async ({ namespace }) => {
    const app = placed.get(namespace) as Placed;
    const seen = await app.until((now) => isSynced(now) && isQuiet(now));
    expect(seen.status.operationState?.phase).toBe("Succeeded");
    await staysSynced(stage, app);
  });

  test.each(scaled)("replicas that an autoscaler owns, $name", async ({ namespace }) => {
    const app = placed.get(namespace) as Placed;
    await app.until((now) => isSynced(now) && isQuiet(now));
    expect((await app.sync()).phase).toBe("Succeeded");
    expect((await stage.must("GET", web(namespace))).spec.replicas).toBe(4);
    await staysSynced(stage, app);
  });
});

// ---------------------------------------------------------------- memory

describe("after a start", () => {
  const everything = async (): Promise<Shown[]> =>
    (await stage.daemon.api<{ items: Shown[] }>("/api/v1/applications")).body.items;

  test.each(["SIGTERM", "SIGKILL"] as const)(
    "after %s, what was compared before is not asked again",
    async (signal) => {
      const apps = (await everything()).length;
      expect(apps).toBeGreaterThan(60);
      const before = spent(stage);
      await stage.daemon.kill(signal);
      await stage.daemon.restart();
      await eventually("every application is Synced", async () => {
        const now = await everything();
        return (
          now.length === apps &&
          now.every((app) => isSynced(app) && isQuiet(app)) &&
          (await stage.daemon.api("/readyz")).status === 200
        );
      });
      expect(spent(stage)).toEqual(before);
    },
  );
});
