/** What of all applications is left to others, and how health is judged. */
import type { Setting, SettingTable } from "./setting.ts";

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

export const IGNORE_DIFFERENCES = {
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
} as const satisfies Setting;

export const RESOURCE_EXCLUSIONS = {
  is: "sections",
  doc: "Kinds that nothing is done with, as Argo CD's resource.exclusions: what is rendered of them is left out with a warning, and what is there of them is neither pruned nor deleted. What `resource.exclusions` of argocd-cm (health.customizations) says holds too.",
  required: [],
  example: ["- { apiGroups: [cilium.io], kinds: [CiliumIdentity] }"],
  keys: RESOURCE_FILTER,
} as const satisfies Setting;

export const RESOURCE_INCLUSIONS = {
  is: "sections",
  doc: "Where there are any, all other kinds are left out, as with Argo CD's resource.inclusions.",
  required: [],
  example: ['- { apiGroups: ["*"], kinds: [Deployment, Service] }'],
  keys: RESOURCE_FILTER,
} as const satisfies Setting;

export const HEALTH = {
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
} as const satisfies Setting;
