/** What is said of ApplicationSets, as pure functions of what the API tells. */
import { type ApplicationSet, kindsOf } from "../../core/model/application-set.ts";
import type { ApplicationSetStatus, SetCondition } from "../../core/model/application-set-status.ts";
import type { ListedApplication } from "../../core/model/listed-application.ts";
import { healthOf, syncOf } from "../../core/model/listed-words.ts";

/** As the API says it. */
export type SetOrigin =
  | { from: "file"; file: string; line: number }
  | { from: "api" }
  | { from: "parent"; parent?: string }
  | { from: "cluster"; cluster: string };

/** As `/api/holdfast/v1/applicationsets` has it. */
export interface ShownSet {
  origin: SetOrigin;
  applicationSet: ApplicationSet & { status?: ApplicationSetStatus };
  /** `namespace/name`. */
  applications: string[];
  blocked?: string[];
  clash?: string;
}

export const keyOfShown = ({ applicationSet: { metadata } }: ShownSet): string =>
  `${metadata.namespace}/${metadata.name}`;

export type SetStanding = "attention" | "moving" | "good";

/** Its applications by what they are, and what it says of itself. */
export interface SetSummary {
  standing: SetStanding;
  /** Why it is not good; "" where it is. A sentence without a full stop. */
  why: string;
  /** By word, the worst first: `Degraded` 1, `Healthy` 9. Those that are not known to the page are none. */
  health: readonly (readonly [string, number])[];
  sync: readonly (readonly [string, number])[];
}

const HEALTH_ORDER = ["Degraded", "Missing", "Unknown", "Progressing", "Suspended", "Healthy"];
const SYNC_UNKNOWN = "Sync unknown";
const SYNC_ORDER = ["OutOfSync", SYNC_UNKNOWN, "Synced"];

/** @param appAt an application as the page knows it, by `namespace/name` */
export function summaryOf(
  shown: ShownSet,
  appAt: (key: string) => ListedApplication | undefined,
): SetSummary {
  const apps = shown.applications.flatMap((key) => appAt(key) ?? []);
  const health = counted(apps.map(healthOf), HEALTH_ORDER);
  // Of health there is that word, too.
  const sync = counted(
    apps.map((app) => (syncOf(app) === "Unknown" ? SYNC_UNKNOWN : syncOf(app))),
    SYNC_ORDER,
  );
  const errors = errorsOf(shown);
  const rollout = rolloutWait(shown);
  const bad = apps.find((app) => ["Degraded", "Missing"].includes(healthOf(app)));
  const moving = apps.some((app) => healthOf(app) === "Progressing") || rollout !== undefined;
  const why =
    errors[0] ??
    (bad === undefined ? undefined : `${bad.metadata.name} is ${healthOf(bad)}`) ??
    (sync.some(([word]) => word === "OutOfSync") && rollout === undefined
      ? `${manyWords(sync.find(([word]) => word === "OutOfSync")?.[1] ?? 0, "is", "are")} OutOfSync`
      : undefined) ??
    rollout ??
    "";
  const standing = errors.length > 0 || bad !== undefined ? "attention" : moving ? "moving" : "good";
  return { standing, why, health, sync };
}

/**
 * The word beside its name; undefined where it says nothing of itself. What it says of itself is about what it makes, and
 * "Healthy" beside applications that are not would be read as theirs.
 */
export function setBadge(
  { applicationSet: { status } }: ShownSet,
  { health }: Pick<SetSummary, "health">,
): string | undefined {
  const own = status?.health?.status;
  return own === "Healthy" ? (health[0]?.[0] ?? own) : own;
}

function manyWords(count: number, one: string, more: string): string {
  return `${count} ${count === 1 ? one : more}`;
}

function counted(words: readonly string[], order: readonly string[]): (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  const placeOf = (word: string): number => (order.includes(word) ? order.indexOf(word) : -1);
  return [...counts].sort(([one], [other]) => placeOf(one) - placeOf(other));
}

export function applicationsWords(count: number): string {
  return count === 1 ? "1 application" : `${count} applications`;
}

const ERROR_TYPES: readonly SetCondition["type"][] = ["ErrorOccurred", "InvalidRolloutConfig"];

/** What keeps it from being what it says, a sentence each; what a person has to do first. */
export function errorsOf({ applicationSet, clash, blocked = [] }: ShownSet): string[] {
  const { status, metadata } = applicationSet;
  // Whose it is stands beside it.
  const own = `ApplicationSet ${metadata.namespace}/${metadata.name}: `;
  const failed = (status?.conditions ?? []).filter(
    ({ type, status }) => ERROR_TYPES.includes(type) && status === "True",
  );
  return [
    ...(clash === undefined ? [] : [clash]),
    ...(blocked.length === 0
      ? []
      : [
          `${blocked.length === 1 ? "1 of its applications would" : `${blocked.length} of its applications would`} go at once, which waits for a person's approval`,
        ]),
    ...failed.map(({ message }) => (message.startsWith(own) ? message.slice(own.length) : message)),
  ];
}

/** The page's first line: an answer. */
export function setSentence(shown: ShownSet, summary: SetSummary): string {
  const { applicationSet, applications } = shown;
  const count = applications.length;
  if (applicationSet.metadata["deletionTimestamp"] !== undefined)
    return count === 0
      ? "It is being deleted"
      : `It is being deleted, and ${applicationsWords(count)} with it`;
  if (shown.clash !== undefined)
    return "Two ApplicationSets have this name, so nothing of its applications is changed";
  if (count === 0)
    return errorsOf(shown).length > 0
      ? "It makes no application, because of an error"
      : "It makes no application";
  const said = `It makes ${applicationsWords(count)}`;
  const total = summary.health.reduce((sum, [, each]) => sum + each, 0);
  const healthy = summary.health.find(([word]) => word === "Healthy")?.[1] ?? 0;
  const synced = summary.sync.find(([word]) => word === "Synced")?.[1] ?? 0;
  if (total === 0) return said;
  if (healthy === total && synced === total)
    return count === 1 ? `${said}, Synced and Healthy` : `${said}, all Synced and Healthy`;
  const parts = [
    ...summary.health.filter(([word]) => word !== "Healthy"),
    ...summary.sync.filter(([word]) => word !== "Synced"),
  ].map(([word, each]) => `${each} ${word}`);
  return `${said}: ${parts.join(", ")}`;
}

/** What a generator asks, in words. */
export function generatorWords(generator: ApplicationSet["spec"]["generators"][number]): string {
  const [kind] = kindsOf(generator);
  const selected = generator.selector === undefined ? "" : ", those that a selector takes";
  switch (kind) {
    case "list":
      return `a list${selected}`;
    case "clusters":
      return `${generator.clusters?.selector === undefined ? "all clusters" : "clusters with certain labels"}${selected}`;
    case "git": {
      const { repoURL = "", revision = "", directories = [], files = [] } = generator.git ?? {};
      const what = directories.length > 0 ? "folders" : "files";
      const patterns = (directories.length > 0 ? directories : files)
        .filter(({ exclude }) => exclude !== true)
        .map(({ path }) => path);
      return `${what} ${patterns.join(", ")} of ${repoURL}${revision === "" ? "" : ` at ${revision}`}${selected}`;
    }
    case "matrix":
    case "merge": {
      const inner = (generator.matrix ?? generator.merge)?.generators ?? [];
      const words = inner.map(generatorWords);
      return kind === "matrix"
        ? `each pair of ${words.join(" and ")}${selected}`
        : `${words.join(", then over it ")}, merged by ${(generator.merge?.mergeKeys ?? []).join(", ")}${selected}`;
    }
    case "scmProvider":
      return `repositories of a provider${selected}`;
    case "pullRequest":
      return `pull requests${selected}`;
    case "clusterDecisionResource":
      return `clusters that a resource decides on${selected}`;
    case "plugin":
      return `what plugin ${generator.plugin?.configMapRef.name ?? ""} answers${selected}`;
    default:
      return "nothing";
  }
}

const POLICIES = {
  sync: "Applications are made, changed and deleted as the generators say.",
  "create-only": "Applications are made, and then neither changed nor deleted.",
  "create-update": "Applications are made and changed, and never deleted.",
  "create-delete": "Applications are made and deleted, and never changed.",
} as const;

/** What becomes of its applications by its policy, a sentence each. */
export function policyWords({ spec }: Pick<ApplicationSet, "spec">): string[] {
  const { applicationsSync = "sync", preserveResourcesOnDeletion } = spec.syncPolicy ?? {};
  return [
    POLICIES[applicationsSync],
    preserveResourcesOnDeletion === true
      ? "Where one is deleted, what it delivered stays on its cluster."
      : "Where one is deleted, what it delivered goes with it, unless its template says otherwise.",
    ...((spec.ignoreApplicationDifferences ?? []).length > 0
      ? ["Some fields of them are left to others."]
      : []),
    ...(spec.strategy?.type === "RollingSync"
      ? ["Their automated syncs are off: the steps of the rollout sync them."]
      : []),
    ...(spec.strategy?.deletionOrder === "Reverse"
      ? ["When the set is deleted, applications of the last step go first."]
      : []),
  ];
}

/** Why the set cannot be changed here, a sentence without a full stop; undefined where it can. */
export function whyKept(origin: SetOrigin): string | undefined {
  switch (origin.from) {
    case "file":
      return `It is written in ${origin.file}:${origin.line}: change it there`;
    case "parent":
      return `${origin.parent === undefined ? "An application" : `Application ${origin.parent}`} renders it: change it in its files`;
    case "api":
    case "cluster":
      return undefined;
  }
}

export function originWords(origin: SetOrigin): string {
  switch (origin.from) {
    case "file":
      return `written in ${origin.file}:${origin.line}`;
    case "parent":
      return origin.parent === undefined
        ? "rendered by an application"
        : `rendered by application ${origin.parent}`;
    case "api":
      return "made by the API, kept by the daemon";
    case "cluster":
      return `a custom resource of cluster ${origin.cluster}`;
  }
}

/** What a rollout waits for first, a sentence without a full stop; undefined where nothing waits. */
function rolloutWait({ applicationSet: { status } }: ShownSet): string | undefined {
  const waiting = (status?.applicationStatus ?? []).find(({ status }) => status === "Waiting");
  const moving = (status?.applicationStatus ?? []).find(({ status }) =>
    ["Pending", "Progressing"].includes(status),
  );
  const first = waiting ?? moving;
  return first === undefined
    ? undefined
    : `Step ${first.step}: ${first.application} is ${first.status}${first.message === "" ? "" : `: ${first.message}`}`;
}
