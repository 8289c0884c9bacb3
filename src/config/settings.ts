import { USUAL_SHELLS } from "../core/model/pod-exec.ts";
import { RBAC } from "./access-settings.ts";
import { ACCOUNTS } from "./account-settings.ts";
import { APPLICATION_SETS } from "./application-set-settings.ts";
import { IMAGES } from "./image-settings.ts";
import { NOTIFICATIONS } from "./notification-settings.ts";
import { PAGE } from "./page-settings.ts";
import { MANAGEMENT_PLUGINS, SECRET_STORES } from "./plugin-settings.ts";
import { REPOSITORIES } from "./repository-settings.ts";
import { METRICS, SERVER, TRACING } from "./server-settings.ts";
import type { SettingTable } from "./setting.ts";
import { SIGN_ON } from "./sign-on-settings.ts";
import { WEBHOOKS } from "./webhook-settings.ts";

/** Which kinds an exclusion or an inclusion is for. */
const RESOURCE_FILTER = {
  apiGroups: {
    is: "texts",
    doc: "API groups, empty for the core group. `*` stands for anything. None is every one.",
    default: [],
  },
  kinds: { is: "texts", doc: "Kinds, or `*`. None is every one.", default: [] },
  clusters: {
    is: "texts",
    doc: "Addresses of clusters. `*` stands for anything. None is every one.",
    default: [],
  },
} as const satisfies SettingTable;

/** The whole config, key by key, in the order in which the sample shows them. */
export const SETTINGS = {
  server: {
    is: "section",
    doc: "The HTTP API and the status page.",
    keys: SERVER,
  },
  metrics: {
    is: "section",
    doc: "What Prometheus reads, apart from the API.",
    keys: METRICS,
  },
  tracing: {
    is: "section",
    doc: "OpenTelemetry traces of each commit's way into each application: docs/monitoring.md.",
    keys: TRACING,
  },
  page: {
    is: "section",
    doc: "What the page says for whoever runs it. Plain text; nothing of it is drawn as HTML.",
    keys: PAGE,
  },
  exec: {
    is: "section",
    doc: "Terminals in Pods, on the page. Whoever has exec, create on an application may open them in its Pods.",
    keys: {
      enabled: {
        is: "flag",
        doc: "Whether there are any. The daemon's account needs get and create on pods/exec.",
        default: false,
      },
      shells: {
        is: "texts",
        doc: "Tried in this order, until an image has one.",
        default: USUAL_SHELLS,
      },
    },
  },
  webhooks: {
    is: "section",
    doc: "Who may say at /api/webhook that something was pushed. Each secret stands with its provider, too: docs/webhooks.md.",
    keys: WEBHOOKS,
  },
  notifications: {
    is: "section",
    doc: "Who is told of what becomes of applications and clusters: docs/notifications.md.",
    keys: NOTIFICATIONS,
  },
  signOn: SIGN_ON,
  accounts: ACCOUNTS,
  rbac: RBAC,
  data: {
    is: "path",
    doc: "Folder of the store, the Git objects and the render cache. One daemon at a time.",
    default: "./data",
  },
  poll: {
    is: "schedule",
    doc: "When to look at Git: a croner pattern, or a duration such as 10s.",
    default: "*/3 * * * *",
  },
  pollSpread: {
    is: "duration",
    doc: "Repositories are looked at spread over this time, not all in one instant.",
    default: "10s",
    leastMs: 0,
  },
  clusters: {
    is: "sections",
    doc: "The clusters that applications may be sent to.",
    required: ["name", "server"],
    example: ['- { name: in-cluster, server: "https://kubernetes.default.svc", kubeconfig: ./kubeconfig }'],
    keys: {
      name: {
        is: "text",
        doc: "As `destination.name` says it.",
        default: "",
        pattern: /^\S+$/,
        wrong: "must not hold spaces",
      },
      server: {
        is: "text",
        doc: "As `destination.server` says it. It is a name: the address to connect to is the kubeconfig's.",
        default: "",
        pattern: /^https?:\/\/[^\s/]+\S*$/,
        wrong: "must be a URL",
      },
      kubeconfig: {
        is: "path",
        doc: "How to reach it. Empty: the service account of the Pod that Holdfast runs in.",
        default: "",
      },
      context: { is: "text", doc: "Of the kubeconfig; empty is its current one.", default: "" },
      namespaces: { is: "texts", doc: "Watch these namespaces only; empty is all of them.", default: [] },
      clusterResources: {
        is: "flag",
        doc: "With `namespaces`: whether kinds without a namespace belong to it all the same.",
        default: true,
      },
      project: {
        is: "text",
        doc: "Only applications of this project may use it; empty is all.",
        default: "",
      },
      labels: { is: "texts", doc: "Each `name=value`.", default: [] },
    },
  },
  clusterPrograms: {
    is: "texts",
    doc: "Programs that clusters added by `holdfast cluster add`, the API or a file may run for their credentials, such as argocd-k8s-auth. Whoever may add clusters chooses the arguments. A kubeconfig of `clusters` needs no entry.",
    default: [],
  },
  repositories: REPOSITORIES,
  remoteBases: {
    is: "texts",
    doc: "URLs, with * and **, of repositories and files that kustomizations and Helm's value files may name elsewhere, as far as the application's project permits them too; !URL forbids. What an entry of repositories speaks for needs no pattern. Hosts in networks of their own, and addresses without TLS, are asked only where a pattern says their host. Empty: those of repositories alone.",
    default: ["https://**"],
    example: '["https://github.com/**", "!https://github.com/somebody/**", "http://git.shop.svc/**"]',
  },
  namespace: {
    is: "text",
    doc: "Home namespace. Applications that name none get it. Tracking ids say <name> here and <namespace>_<name> elsewhere.",
    default: "argocd",
    pattern: /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
    wrong: "must be a namespace's name",
  },
  home: {
    is: "choice",
    doc: "Where Applications and AppProjects live: in files, below `applications`, or in a cluster, as custom resources, which status is written back into. Holds after a restart.",
    default: "files",
    of: ["files", "cluster"],
  },
  homeCluster: {
    is: "section",
    doc: "Of `home: cluster`. Projects are read in `namespace`.",
    keys: {
      name: {
        is: "text",
        doc: "Which of `clusters`. in-cluster needs no entry there: it is the cluster that Holdfast runs in.",
        default: "in-cluster",
      },
      namespaces: {
        is: "texts",
        doc: "Further namespaces in which Applications are read, as globs. Their projects name them in sourceNamespaces.",
        default: [],
        example: '["team-*"]',
      },
      uid: {
        is: "text",
        doc: "Uid of the namespace kube-system of the cluster that is meant. Without it that is the one which was found first; where another cluster answers, nothing is concluded from what is missing there.",
        default: "",
        example: "3f0d5a52-6a0e-4b57-9a3e-0f6f4b8f2c11",
      },
    },
  },
  images: IMAGES,
  applications: {
    is: "paths",
    doc: "Files and folders of Application and AppProject manifests. Folders are read with all that is below them.",
    default: [],
    example: "[./apps]",
  },
  globalProjects: {
    is: "sections",
    doc: "Argo CD's globalProjects: what project projectName says of sources, destinations, kinds and sync windows holds too in every project whose labels the selector takes. An empty selector takes all projects.",
    required: ["projectName"],
    example: [
      "- { projectName: everywhere, labelSelector: { matchLabels: { tier: tenant } } }",
      "- { projectName: frozen, labelSelector: { matchExpressions: [{ key: env, operator: In, values: [prod] }] } }",
    ],
    keys: {
      projectName: { is: "text", doc: "The AppProject whose rules they are.", default: "" },
      labelSelector: {
        is: "section",
        doc: "matchLabels and matchExpressions, as Kubernetes has them.",
        keys: {
          matchLabels: { is: "labels", doc: "The labels of the projects, each with its value." },
          matchExpressions: {
            is: "sections",
            doc: "Each must hold.",
            required: ["key", "operator"],
            example: [],
            keys: {
              key: { is: "text", doc: "A label.", default: "" },
              operator: {
                is: "choice",
                doc: "How it is judged.",
                default: "Exists",
                of: ["In", "NotIn", "Exists", "DoesNotExist"],
              },
              values: { is: "texts", doc: "Of In and NotIn.", default: [] },
            },
          },
        },
      },
    },
  },
  plugins: {
    is: "paths",
    doc: "Folders of your own renderers and notifiers, .ts or .js.",
    default: [],
    example: "[./plugins]",
  },
  configManagementPlugins: MANAGEMENT_PLUGINS,
  secretStores: SECRET_STORES,
  applicationSets: APPLICATION_SETS,
  installationID: {
    is: "text",
    doc: "Written beside the tracking id and checked: set it where two installations share a cluster.",
    default: "",
  },
  validate: {
    is: "choice",
    doc: "What becomes of manifests with faults that client-side apply lets pass (unknown fields, keys that stand twice): repair them with a warning, or strict: refuse them.",
    default: "repair",
    of: ["repair", "strict"],
  },
  unsupported: {
    is: "choice",
    doc: "What becomes of an application that asks for something that Holdfast does not do yet and that changes what a sync means (a rule of ignoreDifferences that is none): refuse its syncs, or warn and sync without. An application's annotation holdfast/unsupported says otherwise for it.",
    default: "refuse",
    of: ["refuse", "warn"],
  },
  ignoreDifferences: {
    is: "sections",
    doc: "Fields that are left to others in every application, as an application's spec.ignoreDifferences says it for its own objects.",
    required: ["kind"],
    example: [
      '- { group: admissionregistration.k8s.io, kind: "*WebhookConfiguration", jqPathExpressions: [".webhooks[]?.clientConfig.caBundle"] }',
    ],
    keys: {
      group: {
        is: "text",
        doc: "API group, empty for the core group. `*` stands for anything.",
        default: "",
      },
      kind: { is: "text", doc: "The kind. `*` stands for anything.", default: "" },
      name: { is: "text", doc: "Of one object; empty is every one.", default: "" },
      namespace: { is: "text", doc: "Of one namespace; empty is every one.", default: "" },
      jsonPointers: { is: "texts", doc: "Fields, as /spec/replicas.", default: [] },
      jqPathExpressions: {
        is: "texts",
        doc: "Fields, as jq's paths: .spec.template.spec.containers[].env",
        default: [],
      },
      managedFieldsManagers: {
        is: "texts",
        doc: "Field managers; what is theirs in the cluster is left to them.",
        default: [],
      },
    },
  },
  resourceExclusions: {
    is: "sections",
    doc: "Kinds that nothing is done with, as Argo CD's resource.exclusions: what is rendered of them is left out with a warning, and what is there of them is neither pruned nor deleted. What `resource.exclusions` of argocd-cm (health.customizations) says holds too.",
    required: [],
    example: ["- { apiGroups: [cilium.io], kinds: [CiliumIdentity] }"],
    keys: RESOURCE_FILTER,
  },
  resourceInclusions: {
    is: "sections",
    doc: "Where there are any, all other kinds are left out, as with Argo CD's resource.inclusions.",
    required: [],
    example: ['- { apiGroups: ["*"], kinds: [Deployment, Service] }'],
    keys: RESOURCE_FILTER,
  },
  health: {
    is: "section",
    doc: "How health is judged.",
    keys: {
      pods: {
        is: "flag",
        doc: "A workload that rolls out is Degraded as soon as one of its newest Pods cannot start.",
        default: true,
      },
      customizations: {
        is: "paths",
        doc: "Files with Argo CD's health scripts and actions in Lua, its ignoreDifferences, exclusions and inclusions: the ConfigMap argocd-cm, or the resource keys of its data. The other keys in it change nothing.",
        default: [],
        example: "[./argocd-cm.yaml]",
      },
      checks: {
        is: "sections",
        doc: "Your own checks in CEL, asked before the rules that are built in. The first expression that is true decides, in the order of the keys; where none is, the object is Progressing. A field that is not there makes an expression false.",
        required: ["kind"],
        example: [
          '- { group: example.org, kind: Widget, degraded: "object.status.state == \'broken\'", healthy: "object.status.parts == object.spec.parts", message: "object.status.detail" }',
        ],
        keys: {
          group: {
            is: "text",
            doc: "API group, empty for the core group. `*` stands for anything.",
            default: "",
          },
          kind: { is: "text", doc: "The kind. `*` stands for anything.", default: "" },
          degraded: { is: "text", doc: "True where it has failed.", default: "" },
          suspended: { is: "text", doc: "True where it is held on purpose.", default: "" },
          progressing: { is: "text", doc: "True where it is on its way.", default: "" },
          healthy: { is: "text", doc: "True where it is as it should be.", default: "" },
          message: { is: "text", doc: "The sentence to show, as an expression.", default: "" },
        },
      },
    },
  },
  pause: {
    is: "choice",
    doc: "The emergency brake, in all applications, within a second: deletions leaves prunes, deletions of applications and re-creations undone; writes leaves everything undone that writes to a cluster. The environment variable HOLDFAST_PAUSE and `holdfast admin pause` say the same, and the strictest holds.",
    default: "none",
    of: ["none", "deletions", "writes"],
  },
  prune: {
    is: "section",
    doc: "Guards against deleting too much. A blocked prune says why, and waits for approval.",
    keys: {
      budgetPercent: {
        is: "integer",
        doc: "Ask when more than this share of an application's objects would go, and more than budgetObjects.",
        default: 50,
        least: 0,
        most: 100,
      },
      budgetObjects: { is: "integer", doc: "See budgetPercent.", default: 5, least: 0, most: 1_000_000 },
      confirmKinds: {
        is: "texts",
        doc: "Kinds that are never deleted without approval: group/Kind, or Kind alone in the core group.",
        default: ["apiextensions.k8s.io/CustomResourceDefinition", "Namespace", "PersistentVolumeClaim"],
      },
      perSecond: {
        is: "integer",
        doc: "How many objects of one application are deleted within a second, by a sync or with it: whoever sees a mistake has the time to stop it.",
        default: 10,
        least: 1,
        most: 1_000,
      },
      keepFor: {
        is: "duration",
        doc: "How long what was pruned is kept, so that app undo can make it again. 0s keeps nothing. Secrets are kept in memory alone.",
        default: "168h",
        leastMs: 0,
      },
    },
  },
  removal: {
    is: "section",
    doc: "When applications leave because their files are gone; the budget counts for the children that a parent renders no more, too, and each application counts with all that would go along with it. What a person deletes goes at once.",
    keys: {
      missingFor: {
        is: "duration",
        doc: "How long an application must be missing, at least, from one complete reading of the folders to another.",
        default: "30s",
        leastMs: 0,
      },
      budgetPercent: {
        is: "integer",
        doc: "Ask when more than this share of the applications would leave at once, and more than budgetApplications.",
        default: 20,
        least: 0,
        most: 100,
      },
      budgetApplications: { is: "integer", doc: "See budgetPercent.", default: 5, least: 0, most: 1_000_000 },
    },
  },
  sync: {
    is: "section",
    doc: "Syncs of all applications.",
    keys: {
      hookTimeout: {
        is: "duration",
        doc: "How long a hook may take that has no annotation argocd.argoproj.io/hook-timeout. 0s: as long as it takes.",
        default: "0s",
        leastMs: 0,
      },
      timeout: {
        is: "duration",
        doc: "How long one try of a sync may take, its waits for hooks and for health included; then it ends as a person would end it. A restart counts anew. 0s: as long as it takes.",
        default: "0s",
        leastMs: 0,
      },
      impersonation: {
        is: "flag",
        doc: "Argo CD's application.sync.impersonation.enabled: objects are written and deleted as the service accounts that the projects' destinationServiceAccounts name, and where no rule matches not at all. The cluster's own account needs the verb impersonate on them.",
        default: false,
      },
    },
  },
  fights: {
    is: "section",
    doc: "When somebody else sets again what self-heal puts back: the object is left as it is, and that is said.",
    keys: {
      flips: {
        is: "integer",
        doc: "A field that was put back so often within the time below, and differs again, is fought over.",
        default: 5,
        least: 2,
        most: 1_000,
      },
      within: {
        is: "duration",
        doc: "See flips. An object that stays as Git has it for so long is healed again.",
        default: "10m",
        leastMs: 1_000,
      },
      again: {
        is: "duration",
        doc: "The pause before it is put back once more by itself; it doubles from there, up to a day.",
        default: "1h",
        leastMs: 1_000,
      },
    },
  },
  retry: {
    is: "section",
    doc: "Pauses after Git or a cluster could not be reached.",
    keys: {
      first: { is: "duration", doc: "The first pause; it doubles from there.", default: "5s", leastMs: 100 },
      most: { is: "duration", doc: "The longest pause.", default: "3m", leastMs: 100 },
    },
  },
  render: {
    is: "section",
    doc: "Running Helm and Kustomize.",
    keys: {
      helm: { is: "path", doc: "The program. Empty: the one on PATH, else the embedded one.", default: "" },
      kustomize: {
        is: "path",
        doc: "The program. Empty: kustomize or kubectl on PATH, else the embedded one.",
        default: "",
      },
      kustomizeBuildOptions: {
        is: "text",
        doc: "More options of kustomize build, as `kustomize.buildOptions` of Argo CD says them, which counts where this is empty: --load-restrictor and --reorder. Charts in kustomizations render with --enable-helm and without it.",
        default: "",
        example: "--load-restrictor LoadRestrictionsNone",
      },
      versions: {
        is: "sections",
        doc: "More versions of the tools, for `kustomize.version` and `helm.version` of a source, by the names that these say.",
        required: ["tool", "version", "program"],
        example: ["- { tool: kustomize, version: v5.4.3, program: /opt/kustomize-5.4.3 }"],
        keys: {
          tool: { is: "choice", doc: "Which one it is.", default: "kustomize", of: ["kustomize", "helm"] },
          version: {
            is: "text",
            doc: "As a source says it.",
            default: "",
            pattern: /^[A-Za-z0-9._+-]+$/,
            wrong: "must be of letters, digits, dots and dashes",
          },
          program: { is: "path", doc: "The program.", default: "" },
          buildOptions: {
            is: "text",
            doc: "Of this version of kustomize, in place of kustomizeBuildOptions.",
            default: "",
          },
        },
      },
      timeout: { is: "duration", doc: "Longest render of one source.", default: "90s", leastMs: 1_000 },
      concurrency: {
        is: "integer",
        doc: "Renders at once; 0 is as many as there are cores.",
        default: 0,
        least: 0,
        most: 256,
      },
      requireSandbox: {
        is: "flag",
        doc: "Refuse to render with a tool where it could read other files or reach the network; `holdfast doctor` shows the level.",
        default: false,
      },
      cacheMemoryMiB: {
        is: "integer",
        doc: "Rendered output kept in memory.",
        default: 16,
        least: 0,
        most: 1_048_576,
      },
      cacheDiskMiB: {
        is: "integer",
        doc: "Rendered output kept on disk.",
        default: 512,
        least: 0,
        most: 1_048_576,
      },
    },
  },
  decryption: {
    is: "section",
    doc: "Files that lie in Git encrypted with SOPS. The keys are read when a render needs one, and no tool ever gets them.",
    keys: {
      ageKeys: {
        is: "paths",
        doc: "Files of age identities, as age-keygen writes them.",
        default: [],
        example: "[./age.txt]",
      },
      pgpKeys: {
        is: "paths",
        doc: "Files of PGP secret keys without a passphrase, as gpg --export-secret-keys --armor writes them.",
        default: [],
        example: "[./sops.asc]",
      },
    },
  },
  git: {
    is: "section",
    doc: "Reading Git repositories.",
    keys: {
      implementation: {
        is: "choice",
        doc: "auto takes the git on PATH where there is one, else isomorphic-git in a process of its own; isomorphic never runs git; system asks git for everything, lists of refs too.",
        default: "auto",
        of: ["auto", "isomorphic", "system"],
      },
      timeout: { is: "duration", doc: "Longest wait for an answer.", default: "30s", leastMs: 1_000 },
      fetchTimeout: { is: "duration", doc: "Longest fetch.", default: "5m", leastMs: 1_000 },
      maxPackMiB: {
        is: "integer",
        doc: "Largest pack that is taken.",
        default: 1_024,
        least: 1,
        most: 1_048_576,
      },
      localRepositories: {
        is: "choice",
        doc: "Whether an application may name a folder of this machine as its repository.",
        default: "allowed",
        of: ["allowed", "refused"],
      },
    },
  },
  limits: {
    is: "section",
    doc: "How much is done at once.",
    keys: {
      requestsInFlight: {
        is: "integer",
        doc: "API requests to one cluster at once, watches not counted.",
        default: 16,
        least: 1,
        most: 256,
      },
      objectsPerApplication: {
        is: "integer",
        doc: "Objects of one application; one that has more is refused before anything is done with them.",
        default: 5_000,
        least: 1,
        most: 100_000,
      },
    },
  },
  log: {
    is: "section",
    doc: "JSON lines on standard error.",
    keys: {
      level: {
        is: "choice",
        doc: "The least that is written.",
        default: "info",
        of: ["debug", "info", "warn", "error"],
      },
    },
  },
} as const satisfies SettingTable;
