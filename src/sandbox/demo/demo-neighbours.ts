/**
 * What stands around the three of the demo, so that every page has something to tell: two more clusters, two projects,
 * three ApplicationSets, and applications in each kind of trouble. Plain data; `demo-story.ts` is what happens to it.
 */
import type { RetryPolicy } from "../../core/model/operation.ts";
import { defined } from "../../lib/defined.ts";
import { printYaml } from "../../lib/yaml.ts";

/** Clusters beside the one of the three: their names, the labels that sets choose them by, and how many nodes they have. */
export const neighbourClusters = [
  { name: "staging", labels: { env: "staging", region: "eu-central" }, nodes: 1 },
  { name: "production", labels: { env: "production", region: "eu-central" }, nodes: 3 },
] as const;
export type NeighbourCluster = (typeof neighbourClusters)[number]["name"];

const documents = (...objects: object[]): string => objects.map((object) => printYaml(object)).join("---\n");

/** The sandbox writes it into the log of each container: nothing else runs there. */
const saying = (says: readonly string[] | undefined): object =>
  says === undefined ? {} : { annotations: { "sandbox.holdfast.dev/log": says.join("\n") } };

const DAY = 86_400;

interface Workload {
  name: string;
  image: string;
  replicas?: number;
  wave?: number;
  paused?: true;
  /** Labels of the nodes that its Pods may be on. */
  on?: Readonly<Record<string, string>>;
  /** What each of its Pods writes, a line each. */
  says?: readonly string[];
  /** Seconds until the cluster says that it makes no progress; absent: ten minutes. */
  patience?: number;
}

const waved = (wave: number | undefined): object =>
  wave === undefined ? {} : { annotations: { "argocd.argoproj.io/sync-wave": String(wave) } };

function deployment({ name, image, replicas = 1, wave, paused, on, patience, says }: Workload): object {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, labels: { app: name }, ...waved(wave) },
    spec: {
      replicas,
      ...defined({ paused, progressDeadlineSeconds: patience }),
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name }, ...saying(says) },
        spec: {
          ...defined({ nodeSelector: on }),
          containers: [
            {
              ...{ name, image, ports: [{ name: "http", containerPort: 8080 }] },
              resources: { requests: { cpu: "200m", memory: "256Mi" }, limits: { memory: "512Mi" } },
            },
          ],
        },
      },
    },
  };
}

const service = (name: string, port = 80): object => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, labels: { app: name } },
  spec: { selector: { app: name }, ports: [{ name: "http", port, targetPort: "http" }] },
});

const configMap = (name: string, data: Readonly<Record<string, string>>): object => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name },
  data,
});

interface HookJob {
  name: string;
  hook: "PreSync" | "PostSync" | "SyncFail";
  image: string;
  wave?: number;
  spec?: object;
  says?: readonly string[];
}

const job = ({ name, hook, image, wave, spec, says }: HookJob): object => ({
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: {
    name,
    annotations: {
      "argocd.argoproj.io/hook": hook,
      "argocd.argoproj.io/hook-delete-policy": "BeforeHookCreation",
      ...(wave === undefined ? {} : { "argocd.argoproj.io/sync-wave": String(wave) }),
    },
  },
  spec: {
    backoffLimit: 1,
    ...spec,
    template: {
      metadata: saying(says),
      spec: { restartPolicy: "Never", containers: [{ name, image }] },
    },
  },
});

const image = (name: string, tag: string): string => `registry.example.com/${name}:${tag}`;

/** The files of one release of payments. */
export const payments = (release: "first" | "next"): Record<string, string> => {
  const [tag, workers] = release === "first" ? ["4.1.0", 1] : ["4.2.0", 3];
  return {
    "payments/settings.yaml": documents(
      configMap("payments", {
        currency: "EUR",
        "retry-limit": release === "first" ? "3" : "5",
        ...(release === "first" ? {} : { "three-d-secure": "required" }),
      }),
      release === "first"
        ? configMap("old-providers", { "provider.one": "closed since spring" })
        : configMap("providers", { one: "card", two: "transfer" }),
    ),
    "payments/payments.yaml": documents(
      deployment({ name: "payments", image: image("payments", tag), replicas: 3, wave: 1 }),
      deployment({
        name: "payments-worker",
        image: image("payments-worker", tag),
        replicas: workers,
        wave: 2,
      }),
      service("payments"),
    ),
    "payments/smoke.yaml": documents(
      job({ name: "smoke-test", hook: "PostSync", image: image("smoke", "1.4.0") }),
    ),
  };
};

/** @param tag of its image */
export const search = (tag: string): Record<string, string> => ({
  "search/search.yaml": documents(
    deployment({ name: "search", image: image("search", tag), replicas: 2 }),
    service("search"),
  ),
});

const MAILER_WORKS = [
  "INFO mailer 2.8.0 reads batches of 50",
  '{"level":"info","msg":"connected","queue":"orders","host":"queue.example.com","tries":1}',
  '{"level":"info","msg":"sent","batch":50,"took":"1.2s","from":"shop@example.com"}',
  "WARN 2 of 50 addresses take no mail: kept for an hour",
  '{"level":"info","msg":"sent","batch":48,"took":"1.1s","from":"shop@example.com"}',
];
const MAILER_FAILS = [
  "INFO mailer reads batches of 50",
  '{"level":"info","msg":"connecting","queue":"orders","host":"queue.example.com","tries":1}',
  '{"level":"warn","msg":"certificate is of another name","host":"queue.example.com","tries":2}',
  "\u001b[31mERROR\u001b[0m cannot read /etc/ssl/certs/ca-bundle.crt: no such file or directory",
  '{"level":"error","msg":"gave up","queue":"orders","tries":3,"cause":{"code":"ENOENT","path":"/etc/ssl/certs/ca-bundle.crt"}}',
];

/** @param tag `broken`: no such container starts */
export const mailer = (tag: string): Record<string, string> => ({
  "mailer/mailer.yaml": documents(
    configMap("mailer", { from: "shop@example.com", "batch-size": "50" }),
    deployment({
      ...{ name: "mailer", image: image("mailer", tag), replicas: 2 },
      says: tag === "broken" ? MAILER_FAILS : MAILER_WORKS,
    }),
    service("mailer", 25),
  ),
});

/** Left in its namespace by somebody who looked for why it fails: no application has it. */
export const leftBehind = {
  cluster: "production",
  namespace: "mailer",
  object: configMap("mailer-debug", { "log-level": "trace", why: "certificate of queue.example.com?" }),
} as const;

const TENANTS = ["acme", "globex", "initech"] as const;

/** What the repository has of them at first. Path -> text. */
export const neighbourFiles: Readonly<Record<string, string>> = {
  ...payments("first"),
  ...search("7.0.2"),
  ...mailer("2.8.0"),
  "catalogue/catalogue.yaml": documents(
    // A person lets it go on: kubectl patch job approve --type merge -p '{"spec":{"suspend":false}}'
    job({
      ...{ name: "approve", hook: "PreSync", image: image("approve", "1.0.0") },
      spec: { suspend: true },
    }),
    deployment({ name: "catalogue", image: image("catalogue", "5.3.1"), replicas: 2 }),
    service("catalogue"),
  ),
  "reports/reports.yaml": documents(
    deployment({ name: "reports", image: image("reports", "1.9.4"), paused: true }),
    service("reports"),
  ),
  "import/import.yaml": documents(
    deployment({ name: "import", image: image("import", "0.4.0") }),
    // No port has this number.
    service("import", 80_800),
  ),
  "ledger/hooks.yaml": documents(
    job({
      ...{ name: "backup", hook: "PreSync", image: image("backup", "2.0.1"), wave: -1 },
      says: ["INFO 3 tables copied to s3://backups.example.com/ledger in 4 s"],
    }),
    job({
      ...{ name: "migrate", hook: "PreSync", image: image("ledger-migrate", "broken") },
      spec: { backoffLimit: 0 },
      says: [
        "INFO migration 0042_accounts begins",
        "\u001b[31mERROR\u001b[0m column accounts.currency has rows that are null: 3 of 12,408",
        "ERROR migration 0042_accounts was rolled back",
      ],
    }),
    job({ name: "smoke-test", hook: "PostSync", image: image("smoke", "1.4.0") }),
    job({ name: "tell-team", hook: "SyncFail", image: image("notify", "0.9.2") }),
  ),
  "ledger/ledger.yaml": documents(
    configMap("ledger", { "close-of-day": "18:00" }),
    deployment({ name: "ledger", image: image("ledger", "6.2.0"), replicas: 2 }),
    deployment({ name: "ledger-reader", image: image("ledger", "6.2.0"), wave: 1 }),
    service("ledger"),
  ),
  "warehouse/warehouse.yaml": documents(
    configMap("warehouse", { "reorder-below": "12" }),
    // No node has such a disk: the waves behind it wait until one gets the label.
    deployment({ name: "stock", image: image("stock", "2.3.0"), on: { disk: "ssd" }, patience: DAY }),
    deployment({ name: "picking", image: image("picking", "2.3.0"), replicas: 2, wave: 1 }),
    { ...service("picking"), metadata: { name: "picking", ...waved(2) } },
  ),
  "paper/paper.yaml": documents(
    deployment({ name: "paper", image: image("paper", "3.2.0"), replicas: 2 }),
    service("paper"),
  ),
  ...Object.fromEntries(
    TENANTS.map((tenant) => [
      `tenants/${tenant}/tenant.yaml`,
      documents(
        configMap("tenant", { name: tenant, plan: tenant === "acme" ? "large" : "small" }),
        deployment({ name: "front", image: image("front", "1.12.0") }),
        service("front"),
      ),
    ]),
  ),
};

interface Neighbour {
  name: string;
  project: "shop-front" | "platform";
  cluster: NeighbourCluster;
  /** `by hand`: nothing is synced before somebody asks. */
  syncs: "automated" | "by hand";
  labels?: Readonly<Record<string, string>>;
  /** Of a sync by hand. */
  retry?: RetryPolicy;
}

const NEIGHBOURS: readonly Neighbour[] = [
  {
    name: "payments",
    project: "shop-front",
    cluster: "production",
    syncs: "by hand",
    labels: { tier: "web" },
  },
  {
    name: "search",
    project: "shop-front",
    cluster: "production",
    syncs: "automated",
    labels: { tier: "web" },
  },
  { name: "catalogue", project: "shop-front", cluster: "production", syncs: "automated" },
  {
    name: "mailer",
    project: "platform",
    cluster: "production",
    syncs: "automated",
    labels: { tier: "jobs" },
  },
  { name: "reports", project: "platform", cluster: "staging", syncs: "automated", labels: { tier: "jobs" } },
  { name: "import", project: "platform", cluster: "staging", syncs: "automated", labels: { tier: "jobs" } },
  { name: "warehouse", project: "platform", cluster: "staging", syncs: "automated" },
  {
    ...{ name: "ledger", project: "platform", cluster: "staging", syncs: "by hand", labels: { tier: "web" } },
    retry: { limit: 1, backoff: { duration: "2s" } },
  },
];

const automated = { automated: { prune: true, selfHeal: true }, syncOptions: ["CreateNamespace=true"] };

function application({ name, project, cluster, syncs, labels, retry }: Neighbour, repoURL: string): object {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name, ...defined({ labels }) },
    spec: {
      project,
      source: { repoURL, targetRevision: "main", path: name },
      destination: { name: cluster, namespace: name },
      syncPolicy:
        syncs === "automated"
          ? { ...automated, retry: { limit: 2, backoff: { duration: "2s", factor: 2, maxDuration: "30s" } } }
          : { syncOptions: automated.syncOptions, ...defined({ retry }) },
    },
  };
}

/** Their manifests: file name -> text. @param repoURL as the daemon reads it */
export function neighbourManifests(repoURL: string): Record<string, string> {
  return {
    "shop-front.yaml": documents(
      project("shop-front", "What customers see, and what takes their money.", repoURL, {
        destinations: [{ name: "production", namespace: "*" }],
        roles: [
          {
            name: "deployer",
            description: "A pipeline that may sync, and nothing else.",
            policies: ["p, proj:shop-front:deployer, applications, sync, shop-front/*, allow"],
            groups: ["shop-team"],
          },
        ],
        syncWindows: [
          {
            ...{ kind: "deny", schedule: "0 16 * * 5", duration: "64h", timeZone: "Europe/Berlin" },
            ...{ applications: ["payments"], manualSync: true },
            description: "No payments are changed over the weekend but by hand.",
          },
        ],
      }),
      ...NEIGHBOURS.filter((one) => one.project === "shop-front").map((one) => application(one, repoURL)),
    ),
    "platform.yaml": documents(
      project("platform", "What all teams stand on.", repoURL, {
        destinations: [
          { name: "staging", namespace: "*" },
          { name: "production", namespace: "*" },
        ],
        orphanedResources: { warn: false },
      }),
      ...NEIGHBOURS.filter((one) => one.project === "platform").map((one) => application(one, repoURL)),
    ),
    "sets.yaml": documents(paperSet(repoURL), tenantsSet(repoURL), previewsSet(repoURL)),
  };
}

function project(name: string, description: string, repoURL: string, spec: object): object {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AppProject",
    metadata: { name },
    spec: {
      ...{ description, sourceRepos: [repoURL] },
      clusterResourceWhitelist: [{ group: "", kind: "Namespace" }],
      ...spec,
    },
  };
}

/** On each cluster of a stage: staging first, production when staging is well. */
const paperSet = (repoURL: string): object => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "ApplicationSet",
  metadata: { name: "paper" },
  spec: {
    goTemplate: true,
    goTemplateOptions: ["missingkey=error"],
    generators: [
      {
        clusters: {
          selector: { matchExpressions: [{ key: "env", operator: "In", values: ["staging", "production"] }] },
        },
      },
    ],
    strategy: {
      type: "RollingSync",
      rollingSync: {
        steps: ["staging", "production"].map((env) => ({
          matchExpressions: [{ key: "env", operator: "In", values: [env] }],
        })),
      },
    },
    template: {
      metadata: { name: "paper-{{ .name }}", labels: { env: "{{ .metadata.labels.env }}" } },
      spec: {
        project: "platform",
        source: { repoURL, targetRevision: "main", path: "paper" },
        destination: { name: "{{ .name }}", namespace: "paper" },
        syncPolicy: automated,
      },
    },
  },
});

/** Its plugin is not there: it makes nothing, and says why. */
const previewsSet = (repoURL: string): object => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "ApplicationSet",
  metadata: { name: "previews" },
  spec: {
    goTemplate: true,
    generators: [{ plugin: { configMapRef: { name: "preview-environments" } } }],
    syncPolicy: { applicationsSync: "create-delete", preserveResourcesOnDeletion: false },
    template: {
      metadata: { name: "preview-{{ .branch }}" },
      spec: {
        project: "platform",
        source: { repoURL, targetRevision: "{{ .branch }}", path: "paper" },
        destination: { name: "staging", namespace: "preview-{{ .branch }}" },
        syncPolicy: automated,
      },
    },
  },
});

/** One for each folder and stage, of which the selector takes the stages that tenants are on by now. */
const tenantsSet = (repoURL: string): object => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "ApplicationSet",
  metadata: { name: "tenants" },
  spec: {
    goTemplate: true,
    generators: [
      {
        matrix: {
          generators: [
            { git: { repoURL, revision: "main", directories: [{ path: "tenants/*" }] } },
            { list: { elements: [{ stage: "staging" }, { stage: "production" }] } },
          ],
        },
        selector: { matchLabels: { stage: "staging" } },
      },
    ],
    template: {
      metadata: { name: "tenant-{{ .path.basename }}", labels: { tier: "web" } },
      spec: {
        project: "platform",
        source: { repoURL, targetRevision: "main", path: "{{ .path.path }}" },
        destination: { name: "{{ .stage }}", namespace: "tenant-{{ .path.basename }}" },
        syncPolicy: automated,
      },
    },
  },
});
