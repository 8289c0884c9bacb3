import type { DaemonPause } from "../core/model/daemon-pause.ts";
import type { IgnoreRule } from "../core/model/ignore-rule.ts";
import type { GlobalProject } from "../core/model/project.ts";
import type { ResourceFilters } from "../core/model/resource-filter.ts";
import type { FightSettings } from "../core/plan/fights.ts";
import type { Tolerance } from "../core/plan/unsupported.ts";
import { entriesFor, type RepositoryEntry } from "./target/repository-access.ts";
import type { Schedule } from "./wake/schedule.ts";

/** What of the config the engine obeys. Replaced as a whole at a reload; running syncs end under the one they began with. */
export interface Settings {
  /** Home namespace. */
  namespace: string;
  /** Whose rules other projects have too. */
  globalProjects: readonly GlobalProject[];
  /** Whether objects are written as the service accounts that projects name, and by nobody else. */
  impersonation: "on" | "off";
  installationId: string | undefined;
  /** What becomes of a manifest that server-side apply does not take and client-side apply would have. */
  faults: "repair" | "refuse";
  /** What becomes of a sync that would not be what its application asks for. */
  unsupported: Tolerance;
  /** Fields that are left to others in every application, beside what each one says. */
  ignore: readonly IgnoreRule[];
  /** Kinds that nothing is done with. */
  resources: ResourceFilters;
  /** More are refused. */
  objectsPerApplication: number;
  /** Whether a waiting Pod of the newest revision makes its workload Degraded at once. */
  pods: "judge" | "ignore";
  /** Of the config and of the environment: what is left undone in all applications. */
  pauses: readonly DaemonPause[];
  /** `perSecond`: how many objects of one application are deleted within a second. */
  prune: {
    budgetPercent: number;
    budgetObjects: number;
    confirmKinds: readonly string[];
    perSecond: number;
  };
  /** How long what was deleted and is not in Git can be made again; 0: not at all. */
  keepDeletedForMs: number;
  /** When applications leave whose file is gone: after how long, and up to how many at once without being asked. */
  removal: { missingForMs: number; percent: number; count: number };
  /** How long a hook may take that says nothing of it itself; 0: as long as it takes. */
  hookTimeoutMs: number;
  /** How long a try of a sync may take; 0: as long as it takes. */
  syncTimeoutMs: number;
  /** When two writers of one field are taken to fight, and what becomes of that. */
  fights: FightSettings;
  poll: Schedule;
  pollSpreadMs: number;
  repositories: readonly RepositoryEntry[];
  /** What kustomizations may name elsewhere, beside what `repositories` speaks for: see `refuseBase`. */
  remoteBases: readonly string[];
  /** The first pause after a failure to reach Git or a cluster, and the longest one. */
  retry: { firstMs: number; mostMs: number };
}

const ofProject = new WeakMap<Settings, Map<string, Settings>>();

/** The settings with the entries of `repositories` that a project may use. @returns the very same for the same two */
export function settingsFor(settings: Settings, project: string): Settings {
  if (settings.repositories.every((entry) => entry.project === undefined)) return settings;
  const known = ofProject.get(settings) ?? new Map<string, Settings>();
  ofProject.set(settings, known);
  const own = known.get(project) ?? {
    ...settings,
    repositories: entriesFor(settings.repositories, project),
  };
  known.set(project, own);
  return own;
}
