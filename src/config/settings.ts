import { USUAL_SHELLS } from "../core/model/pod-exec.ts";
import { RBAC } from "./access-settings.ts";
import { ACCOUNTS } from "./account-settings.ts";
import { APPLICATION_SETS } from "./application-set-settings.ts";
import { CLUSTERS, HOME_CLUSTER } from "./cluster-settings.ts";
import {
  HEALTH,
  IGNORE_DIFFERENCES,
  RESOURCE_EXCLUSIONS,
  RESOURCE_INCLUSIONS,
} from "./comparison-settings.ts";
import { PRUNE, REMOVAL } from "./deletion-settings.ts";
import { IMAGES } from "./image-settings.ts";
import { NOTIFICATIONS } from "./notification-settings.ts";
import { PAGE } from "./page-settings.ts";
import { MANAGEMENT_PLUGINS, SECRET_STORES } from "./plugin-settings.ts";
import { GLOBAL_PROJECTS } from "./project-settings.ts";
import { DECRYPTION, GIT, RENDER } from "./render-settings.ts";
import { REPLICAS } from "./replica-settings.ts";
import { REPOSITORIES } from "./repository-settings.ts";
import { METRICS, SERVER, TRACING } from "./server-settings.ts";
import type { SettingTable } from "./setting.ts";
import { SIGN_ON } from "./sign-on-settings.ts";
import { FIGHTS, RETRY, SYNC } from "./sync-settings.ts";
import { WEBHOOKS } from "./webhook-settings.ts";

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
  clusters: CLUSTERS,
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
  homeCluster: HOME_CLUSTER,
  replicas: {
    is: "section",
    doc: "Several daemons of one home, of which one leads and the others stand by: docs/operations.md. Needs home: cluster. Holds after a restart.",
    keys: REPLICAS,
  },
  images: IMAGES,
  applications: {
    is: "paths",
    doc: "Files and folders of Application and AppProject manifests. Folders are read with all that is below them.",
    default: [],
    example: "[./apps]",
  },
  globalProjects: GLOBAL_PROJECTS,
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
  ignoreDifferences: IGNORE_DIFFERENCES,
  resourceExclusions: RESOURCE_EXCLUSIONS,
  resourceInclusions: RESOURCE_INCLUSIONS,
  health: HEALTH,
  pause: {
    is: "choice",
    doc: "The emergency brake, in all applications, within a second: deletions leaves prunes, deletions of applications and re-creations undone; writes leaves everything undone that writes to a cluster. The environment variable HOLDFAST_PAUSE and `holdfast admin pause` say the same, and the strictest holds.",
    default: "none",
    of: ["none", "deletions", "writes"],
  },
  prune: PRUNE,
  removal: REMOVAL,
  sync: SYNC,
  fights: FIGHTS,
  retry: RETRY,
  render: RENDER,
  decryption: DECRYPTION,
  git: GIT,
  limits: {
    is: "section",
    doc: "How much is done at once.",
    keys: {
      requestsInFlight: {
        is: "integer",
        doc: "API requests to one cluster at once at most, watches not counted. One that refuses requests (429) or gets slower has fewer until it answers as usual.",
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
