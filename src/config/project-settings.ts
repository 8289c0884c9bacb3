/** What holds in projects beside their own rules. */
import type { Setting } from "./setting.ts";

export const GLOBAL_PROJECTS = {
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
} as const satisfies Setting;
