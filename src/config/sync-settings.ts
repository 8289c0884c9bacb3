/** How long syncs take, when heals are left, and pauses between tries. */
import type { Setting } from "./setting.ts";

export const SYNC = {
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
} as const satisfies Setting;

export const FIGHTS = {
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
} as const satisfies Setting;

export const RETRY = {
  is: "section",
  doc: "Pauses after Git or a cluster could not be reached.",
  keys: {
    first: { is: "duration", doc: "The first pause; it doubles from there.", default: "5s", leastMs: 100 },
    most: { is: "duration", doc: "The longest pause.", default: "3m", leastMs: 100 },
  },
} as const satisfies Setting;
