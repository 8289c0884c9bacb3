/** What the routes of clusters take and answer. */
import { may } from "./routes.ts";
import { listed } from "./terms/answers.ts";
import { DONE, json } from "./terms/terms.ts";
import {
  anything,
  choice,
  fields,
  flag,
  int64,
  list,
  map,
  none,
  oneOf,
  optional,
  text,
  told,
} from "./terms/wire.ts";

const STATE = told({
  status: choice(["Successful", "Failed", "Unknown"]),
  message: text(),
  attemptedAt: oneOf(text(), none()),
});
const CLUSTER = told({
  name: text(),
  server: text(),
  config: told(
    {
      tlsClientConfig: told({ insecure: flag(), serverName: optional(text()) }),
      awsAuthConfig: optional(
        told({ clusterName: text(), roleARN: optional(text()), profile: optional(text()) }),
      ),
      execProviderConfig: optional(told({ command: text(), apiVersion: optional(text()) })),
      proxyUrl: optional(text()),
    },
    "How it is reached, without what is secret of it.",
  ),
  namespaces: optional(list(text(), { says: "These alone are looked at." })),
  clusterResources: optional(flag("What is in no namespace too.")),
  project: optional(text({ says: "Whose applications alone may use it." })),
  labels: optional(map(text())),
  annotations: optional(map(text())),
  connectionState: STATE,
  serverVersion: text(),
  info: told({
    connectionState: STATE,
    serverVersion: text(),
    cacheInfo: told({
      ...{ resourcesCount: int64(), apisCount: int64() },
      lastCacheSyncTime: optional(
        text({ says: "When a kind that is watched was listed whole last; absent: none was yet." }),
      ),
    }),
    applicationsCount: int64(),
  }),
  holdfast: optional(
    told(
      {
        keptIn: choice(["config", "data", "secret"], "What is in `data` alone is changed here."),
        credential: choice(
          ["kubeconfig", "service-account", "token", "certificate", "password", "exec", "aws", "nothing"],
          "By what the daemon says who it is.",
        ),
        token: optional(
          choice(
            ["of-account-secret", "other"],
            "Of a token: `rotate-auth` renews one that lives in the Secret of a ServiceAccount, and no other.",
          ),
        ),
      },
      "Absent: this cluster's entry may not be seen.",
    ),
  ),
});

/** Argo CD's clients send back what they were shown: the last of these are passed over. */
const ENTRY = {
  name: optional(text({ says: "Default: its address." })),
  config: optional(map(anything(), { says: "Credentials and TLS as in Argo CD's Secret of a cluster." })),
  namespaces: optional(list(text(), { says: "These alone are looked at and written to." })),
  clusterResources: optional(flag("What is in no namespace too, where namespaces are named.")),
  project: optional(text({ says: "Whose applications alone may use it." })),
  labels: optional(map(text())),
  annotations: optional(map(text())),
  shard: optional(int64({ says: "Is kept, and has no effect." })),
  connectionState: optional(anything()),
  serverVersion: optional(anything()),
  refreshRequestedAt: optional(anything()),
  holdfast: optional(anything()),
  info: optional(anything()),
};

const ID_TYPE = {
  "id.type": optional(text({ says: "`name` or `server`: what the path names; default whichever it is." })),
};
const ID = { id: "Its name, or its address, encoded." };

export const LIST_CLUSTERS = {
  id: "listClusters",
  says: "Clusters that applications are delivered to.",
  asks: may("clusters", "get"),
  query: {
    ...ID_TYPE,
    name: optional(text()),
    server: optional(text()),
    "id.value": optional(text({ says: "Its name or its address, as `id.type` says." })),
  },
  answers: json(listed(CLUSTER)),
} as const;
export const GET_CLUSTER = {
  id: "getCluster",
  says: "One cluster.",
  asks: may("clusters", "get"),
  query: ID_TYPE,
  path: ID,
  answers: json(CLUSTER),
} as const;
export const ADD_CLUSTER = {
  id: "addCluster",
  says: "Adds a cluster that answers.",
  asks: may("clusters", "create"),
  query: {
    upsert: optional(flag("Changes the one that is there.")),
    validate: optional(flag("Default true: it is asked first, and is not kept where it does not answer.")),
  },
  body: fields(
    { ...ENTRY, server: text({ says: "Its address, like https://10.0.0.1:6443." }) },
    { unknown: "slips" },
  ),
  answers: json(CLUSTER),
} as const;
export const CHANGE_CLUSTER = {
  id: "changeCluster",
  says: "Changes a cluster: the fields that are named, or all that the body has.",
  asks: may("clusters", "update"),
  query: {
    ...ID_TYPE,
    updatedFields: optional(list(text(), { says: "May be repeated, or separated by commas." })),
  },
  body: fields({ ...ENTRY, server: optional(text({ says: "It stays as it is." })) }, { unknown: "slips" }),
  path: ID,
  answers: json(CLUSTER),
} as const;
export const REMOVE_CLUSTER = {
  id: "removeCluster",
  says: "Removes a cluster, and touches nothing that is on it.",
  asks: may("clusters", "delete"),
  query: ID_TYPE,
  path: ID,
  answers: DONE,
} as const;
export const ROTATE_AUTH = {
  id: "rotateClusterAuth",
  says: "Gets a new token of the account by which the cluster is reached.",
  asks: may("clusters", "update"),
  query: ID_TYPE,
  path: ID,
  answers: DONE,
} as const;
export const INVALIDATE_CACHE = {
  id: "invalidateClusterCache",
  says: "Has all that is there looked at anew.",
  asks: may("clusters", "update"),
  query: ID_TYPE,
  path: ID,
  answers: json(CLUSTER),
} as const;

const ANSWERED = json(
  told({
    serverVersion: text(),
    tookMs: int64({ says: "How long it took to say its version, connecting included." }),
  }),
);
export const TEST_NEW_CLUSTER = {
  id: "testNewCluster",
  says: "Asks a cluster as the daemon would, by what is sent, and keeps nothing: its version, and one ConfigMap where it would look.",
  asks: may("clusters", "create"),
  body: ADD_CLUSTER.body,
  answers: ANSWERED,
} as const;
export const TEST_CLUSTER = {
  id: "testCluster",
  says: "Asks a cluster that is kept once more, by its credentials.",
  asks: may("clusters", "update"),
  query: ID_TYPE,
  path: ID,
  answers: ANSWERED,
} as const;
