/** What happens to a small estate, as data: made by a seed, readable line by line, and cut down where it fails. */
import type { HealthStatus } from "../../src/core/model/health.ts";
import { chance, chanceOf } from "./chance.ts";

export const APPS = ["red", "blue"] as const;
export const FOLDERS = ["f1", "f2"] as const;
export const NAMESPACES = ["one", "two"] as const;
export const CLUSTERS = ["home", "east"] as const;
export const REPOSITORIES = ["alpha", "beta"] as const;
export type AppName = (typeof APPS)[number];
export type Folder = (typeof FOLDERS)[number];
export type NamespaceName = (typeof NAMESPACES)[number];
export type ClusterName = (typeof CLUSTERS)[number];
export type RepositoryName = (typeof REPOSITORIES)[number];

/** Places in a folder: two ConfigMaps, a Deployment, a Job, a ClusterRole, and a kind that comes and goes. */
export const SLOTS = ["map", "conf", "work", "task", "role", "orb"] as const;
export type Slot = (typeof SLOTS)[number];

/** One object in Git. */
export interface File {
  slot: Slot;
  version: number;
  wave: number;
  /** Of a Deployment or a Job: `broken` never becomes healthy. */
  state: "good" | "broken";
  /** Written in the manifest, in place of the destination's. */
  namespace?: NamespaceName;
}

/** An application's spec, as far as scripts change it. */
export interface Spec {
  repository: RepositoryName;
  folder: Folder;
  cluster: ClusterName;
  namespace: NamespaceName;
  sync: "manual" | "automated" | "self-heal";
  extras: "prune" | "keep";
  project: "default" | "team";
  /** Automatic retries of a failed sync. */
  retries: number;
  /** What becomes of its objects when it goes. */
  cascade: "objects-go" | "objects-stay";
}

/** What the project `team` permits. */
export interface Limits {
  repositories: "all" | "alpha";
  namespaces: "all" | "one";
  clusterKinds: "all" | "none";
}

export type OrbScope = "Namespaced" | "Cluster";

/** Something that is under way between the daemon and the world. */
export type Passage = "resolve" | "render" | "list" | "watch" | "dry-run" | "apply" | "delete";

export type Command =
  | { do: "commit"; repository: RepositoryName; folder: Folder; files: File[] }
  | { do: "place"; app: AppName; spec: Spec }
  | { do: "unplace"; app: AppName }
  | { do: "swap" }
  | { do: "half-read"; folder: "unreadable" | "empty" }
  | { do: "limit"; limits: Limits }
  | { do: "define"; cluster: ClusterName; scope: OrbScope }
  | { do: "undefine"; cluster: ClusterName }
  | {
      do: "edit-object";
      cluster: ClusterName;
      namespace: NamespaceName;
      folder: Folder;
      slot: "map" | "work";
    }
  | { do: "delete-object"; cluster: ClusterName; namespace: NamespaceName; folder: Folder; slot: Slot }
  | { do: "judge"; folder: Folder; slot: "map" | "conf"; status: HealthStatus }
  | { do: "sync"; app: AppName; extras: "prune" | "keep"; how?: "tried-out" | "its-map-alone" }
  | { do: "terminate"; app: AppName }
  | { do: "refresh"; app: AppName; how: "normal" | "hard" }
  | { do: "push"; repository: RepositoryName }
  | { do: "cut-watches"; cluster: ClusterName }
  | { do: "outage"; cluster: ClusterName; seconds: number }
  | { do: "restart"; how: "stopped" | "killed" };

/** When a command comes: after a pause, or in the middle of the next passage of that kind. */
export type When = { afterMs: number } | { during: Passage };

export interface Step {
  when: When;
  command: Command;
}

export interface Script {
  seed: number;
  /** What the folders hold at the start, by repository and folder. */
  files: Record<RepositoryName, Record<Folder, File[]>>;
  specs: Record<AppName, Spec>;
  orbs: Record<ClusterName, OrbScope | "absent">;
  steps: Step[];
}

const PAUSES: readonly [number, ...number[]] = [0, 1, 20, 300, 2_000, 8_000, 40_000];
const COMMANDS: Readonly<Record<Command["do"], number>> = {
  commit: 18,
  place: 18,
  unplace: 3,
  swap: 4,
  "half-read": 3,
  limit: 5,
  define: 6,
  undefine: 3,
  "edit-object": 8,
  "delete-object": 6,
  judge: 7,
  sync: 9,
  terminate: 4,
  refresh: 9,
  push: 8,
  "cut-watches": 2,
  outage: 3,
  restart: 6,
};

export function scriptOf(seed: number): Script {
  const by = chance(seed);
  const files = (): File[] => {
    const slots = SLOTS.filter(() => by.happens(50));
    return (slots.length === 0 ? [by.pick(SLOTS)] : slots).map((slot) => ({
      slot,
      version: 1 + by.below(3),
      wave: by.below(3),
      state: by.happens(25) ? "broken" : "good",
      ...(by.happens(10) ? { namespace: by.pick(NAMESPACES) } : {}),
    }));
  };
  const spec = (): Spec => ({
    repository: by.happens(80) ? "alpha" : "beta",
    folder: by.pick(FOLDERS),
    cluster: by.happens(75) ? "home" : "east",
    namespace: by.pick(NAMESPACES),
    sync: by.weighted({ manual: 15, automated: 20, "self-heal": 65 }),
    extras: by.happens(70) ? "prune" : "keep",
    project: by.happens(60) ? "default" : "team",
    retries: by.happens(50) ? 0 : 2,
    cascade: by.happens(60) ? "objects-go" : "objects-stay",
  });
  const orbs = (): OrbScope | "absent" => by.weighted({ Namespaced: 25, Cluster: 25, absent: 50 });
  const script: Script = {
    seed,
    files: { alpha: { f1: files(), f2: files() }, beta: { f1: files(), f2: files() } },
    specs: { red: { ...spec(), folder: "f1" }, blue: { ...spec(), folder: "f2" } },
    orbs: { home: orbs(), east: orbs() },
    steps: [],
  };
  const specs = { ...script.specs };
  const place = (app: AppName): Spec => {
    const [one, other] = [specs[app], spec()];
    // Mostly one thing is changed at a time, as people do.
    const changed = by.pick([
      "namespace",
      "folder",
      "cluster",
      "repository",
      "sync",
      "project",
      "all",
    ] as const);
    return changed === "all" ? other : { ...one, [changed]: other[changed] };
  };
  const commandOf = (name: Command["do"]): Command => {
    const app = by.pick(APPS);
    const aim = specs[app];
    const { cluster, namespace, folder, repository } = aim;
    switch (name) {
      case "commit":
        return { do: name, repository, folder, files: files() };
      case "place":
        return { do: name, app, spec: (specs[app] = place(app)) };
      case "limit":
        return {
          do: name,
          limits: {
            repositories: by.happens(70) ? "all" : "alpha",
            namespaces: by.happens(50) ? "all" : "one",
            clusterKinds: by.happens(50) ? "all" : "none",
          },
        };
      case "define":
        return { do: name, cluster, scope: by.happens(60) ? "Cluster" : "Namespaced" };
      case "undefine":
      case "cut-watches":
        return { do: name, cluster };
      case "edit-object":
        return { do: name, cluster, namespace, folder, slot: by.pick(["map", "work"]) };
      case "outage":
        return { do: name, cluster, seconds: by.pick([1, 10, 60]) };
      case "delete-object":
        return { do: name, cluster, namespace, folder, slot: by.pick(SLOTS) };
      case "judge":
        return {
          do: name,
          folder,
          slot: by.pick(["map", "conf"]),
          status: by.pick(["Healthy", "Healthy", "Progressing", "Degraded"]),
        };
      case "sync":
        return { do: name, app, extras: by.happens(50) ? "prune" : "keep", ...howOf(seed, script) };
      case "refresh":
        return { do: name, app, how: by.happens(70) ? "normal" : "hard" };
      case "push":
        return { do: name, repository };
      case "restart":
        return { do: name, how: by.happens(50) ? "stopped" : "killed" };
      case "swap":
        [specs.red, specs.blue] = [specs.blue, specs.red];
        return { do: name };
      case "half-read":
        return { do: name, folder: by.happens(50) ? "unreadable" : "empty" };
      case "terminate":
      case "unplace":
        return { do: name, app };
    }
  };
  const count = 4 + by.below(12);
  for (let at = 0; at < count; at++) {
    const when: When = by.happens(45)
      ? { during: by.pick(["resolve", "render", "list", "watch", "dry-run", "apply", "apply", "delete"]) }
      : { afterMs: by.pick(PAUSES) };
    script.steps.push({ when, command: commandOf(by.weighted(COMMANDS)) });
    const last = script.steps.at(-1)?.command;
    // What nobody hears of for a minute hides what comes after it.
    if (last?.do === "commit" && by.happens(70))
      script.steps.push({
        when: { afterMs: by.pick([0, 5]) },
        command: { do: "push", repository: last.repository },
      });
  }
  return script;
}

/** Of each sixth sync by a person. By a number of its own, so that seeds stay what they were. */
function howOf(seed: number, { steps }: Script): { how?: "tried-out" | "its-map-alone" } {
  const share = chanceOf(seed, "how a person syncs", steps.length);
  if (share < 1 / 6) return { how: "tried-out" };
  return share < 2 / 6 ? { how: "its-map-alone" } : {};
}

// ---------------------------------------------------------------- for people

const showFiles = (files: readonly File[]): string =>
  files
    .map(
      ({ slot, version, wave, state, namespace }) =>
        `${slot} v${version} wave ${wave}${state === "broken" && (slot === "work" || slot === "task") ? " BROKEN" : ""}${namespace === undefined ? "" : ` in ${namespace}`}`,
    )
    .join(", ");

export const showSpec = (spec: Spec): string =>
  `${spec.repository}/${spec.folder} to ${spec.cluster}/${spec.namespace}, ${spec.sync}, extras ${spec.extras}, project ${spec.project}, ${spec.retries} retries, ${spec.cascade}`;

export function showCommand(command: Command): string {
  switch (command.do) {
    case "commit":
      return `commit to ${command.repository}/${command.folder}: ${showFiles(command.files)}`;
    case "place":
      return `spec of ${command.app}: ${showSpec(command.spec)}`;
    case "unplace":
      return `the file of ${command.app} is removed`;
    case "swap":
      return "red and blue change places";
    case "half-read":
      return `the folder of applications is ${command.folder} for a moment`;
    case "limit":
      return `project team permits repositories ${command.limits.repositories}, namespaces ${command.limits.namespaces}, cluster-scoped kinds ${command.limits.clusterKinds}`;
    case "define":
      return `kind Orb comes to ${command.cluster} as ${command.scope}`;
    case "undefine":
      return `kind Orb leaves ${command.cluster}`;
    case "edit-object":
    case "delete-object":
      return `${command.do} ${command.slot} of ${command.folder} in ${command.cluster}/${command.namespace}`;
    case "judge":
      return `a user's check says ${command.status} of ${command.slot} of ${command.folder}`;
    case "sync":
      return `a person syncs ${command.app}, extras ${command.extras}${command.how === undefined ? "" : `, ${command.how}`}`;
    case "terminate":
      return `a person terminates the sync of ${command.app}`;
    case "refresh":
      return `a person refreshes ${command.app} (${command.how})`;
    case "push":
      return `the webhook of ${command.repository}`;
    case "cut-watches":
      return `${command.cluster} cuts all watches`;
    case "outage":
      return `${command.cluster} takes no connections for ${command.seconds} s`;
    case "restart":
      return `the daemon is ${command.how} and started again`;
  }
}

const showWhen = (when: When): string =>
  "during" in when ? `during the next ${when.during}` : `after ${when.afterMs} ms`;

export function showScript({ seed, files, specs, orbs, steps }: Script): string {
  return [
    `seed ${seed}`,
    ...REPOSITORIES.flatMap((repository) =>
      FOLDERS.map((folder) => `  ${repository}/${folder}: ${showFiles(files[repository][folder])}`),
    ),
    ...APPS.map((app) => `  ${app}: ${showSpec(specs[app])}`),
    ...CLUSTERS.map((cluster) => `  Orb on ${cluster}: ${orbs[cluster]}`),
    ...steps.map(({ when, command }, at) => `  ${at + 1}. ${showWhen(when)}: ${showCommand(command)}`),
  ].join("\n");
}
