/** Which clusters there are, and in which of them applications live. */
import type { Setting } from "./setting.ts";

export const CLUSTERS = {
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
} as const satisfies Setting;

export const HOME_CLUSTER = {
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
} as const satisfies Setting;
