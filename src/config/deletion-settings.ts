/** Guards against deleting too much. */
import type { Setting } from "./setting.ts";

export const PRUNE = {
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
} as const satisfies Setting;

export const REMOVAL = {
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
} as const satisfies Setting;
