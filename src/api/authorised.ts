/**
 * The one door to what the API may ask: everything takes first who asks. What one may not see is absent, for whoever may
 * see all there is as for everybody else; what one may see and not do is refused with what the policy would have to give.
 *
 * Objects are named as Argo CD names them:
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/rbac/#rbac-model-structure
 */
import type { Asker } from "../core/access/asker.ts";
import { sayWhy } from "../core/access/asker.ts";
import { type AppKey, type Application, keyOfApp } from "../core/model/application.ts";
import type { ApplicationSet, SetKey } from "../core/model/application-set.ts";
import { keyOfSet } from "../core/model/application-set.ts";
import { type ClusterEntry, serverKey } from "../core/model/cluster-entry.ts";
import type { ObjectRef } from "../core/model/object-ref.ts";
import type { ClusterDesk } from "../core/ports/cluster-desk.ts";
import type { AppEvent, Control, Found } from "../engine/control.ts";
import { isMapping } from "../lib/is-mapping.ts";
import type { SetEvent, SetsControl, ShownSet } from "../sets/control.ts";
import { ApiError } from "./api-error.ts";

/** The same questions, each with who asks them before all else. */
type Asked<T> = {
  [Name in keyof T]: T[Name] extends (...parameters: infer Parameters) => infer Result
    ? (who: Asker, ...parameters: Parameters) => Result
    : never;
};

export type AuthorisedControl = Asked<Control>;
export type AuthorisedSets = Asked<SetsControl>;
export type AuthorisedClusters = Asked<ClusterDesk>;

/** Of every application and of every object in it: what concerns the daemon as a whole is for whoever has that. */
const EVERYWHERE = "*/*";
const ABSENT = { is: "absent" } as const;
/** Entries of the journal that are read for whoever sees a part of them. */
const MOST_ENTRIES = 1_000;

export interface Guarded {
  control: Control;
  sets: SetsControl | undefined;
  clusters: ClusterDesk | undefined;
  homeNamespace: string;
}

/** @returns the same shape; nothing else of the API may hold what is in `guarded` */
export function authorised({ control, sets, clusters, homeNamespace }: Guarded): {
  control: AuthorisedControl;
  sets: AuthorisedSets | undefined;
  clusters: AuthorisedClusters | undefined;
} {
  const objectOf = (app: Application): string => applicationObject(app, homeNamespace);
  const seen = (who: Asker, key: AppKey): Application | undefined => {
    const app = control.application(key);
    // Asked in any case: how long an answer takes tells nobody whether there is one.
    return who.may("applications", "get", app === undefined ? EVERYWHERE : objectOf(app)) ? app : undefined;
  };
  return {
    control: authorisedControl(control, { seen, objectOf, clusters }),
    sets: sets && authorisedSets(sets, { control, homeNamespace, objectOf }),
    clusters: clusters && authorisedClusters(clusters),
  };
}

/** `<project>/<name>`, with the namespace between them where it is not the home's. */
function applicationObject({ metadata, spec }: Application, homeNamespace: string): string {
  const { name, namespace } = metadata;
  return namespace === homeNamespace ? `${spec.project}/${name}` : `${spec.project}/${namespace}/${name}`;
}

/**
 * @param said how an error may call the object: of what one does not see not even the project is told
 * @throws {ApiError} 403, with what would have to be allowed; 401 where the session or token ended meanwhile
 */
export function demand(who: Asker, resource: string, action: string, object: string, said = object): void {
  // A body may have come slowly.
  if (!who.holds()) throw new ApiError("Unauthenticated", "the session or token has ended: log in again");
  const ruling = who.decide({ resource, action, object });
  if (ruling.is === "allowed") return;
  const request = { resource, action, object: said };
  throw new ApiError(
    "PermissionDenied",
    `permission denied: ${resource}, ${action}, ${said}, sub: ${who.name}: ${sayWhy(ruling)}`,
    { details: { reason: "permission-denied", ...request, subject: who.name } },
  );
}

interface Rooms {
  /** undefined: it is not there, or not to be seen. */
  seen(who: Asker, key: AppKey): Application | undefined;
  objectOf(app: Application): string;
  clusters: ClusterDesk | undefined;
}

function authorisedControl(control: Control, { seen, objectOf, clusters }: Rooms): AuthorisedControl {
  /** Of one application that is to be seen. */
  const read =
    <Rest extends unknown[], Result>(ask: (key: AppKey, ...rest: Rest) => Result, absent: Result) =>
    (who: Asker, key: AppKey, ...rest: Rest): Result =>
      seen(who, key) === undefined ? absent : ask(key, ...rest);
  const readLater =
    <Rest extends unknown[], Value>(ask: (key: AppKey, ...rest: Rest) => Promise<Found<Value>>) =>
    async (who: Asker, key: AppKey, ...rest: Rest): Promise<Found<Value>> =>
      seen(who, key) === undefined ? ABSENT : ask(key, ...rest);
  /** Something is done to one application that is to be seen. */
  const write =
    <Rest extends unknown[], Result>(
      action: string | ((...rest: Rest) => string),
      ask: (who: Asker, key: AppKey, ...rest: Rest) => Promise<Result>,
    ) =>
    async (who: Asker, key: AppKey, ...rest: Rest): Promise<Result | typeof ABSENT> => {
      const app = seen(who, key);
      if (app === undefined) return ABSENT;
      demand(who, "applications", typeof action === "string" ? action : action(...rest), objectOf(app));
      return ask(who, key, ...rest);
    };
  /** Decided on what it is, seen or not. */
  const demandOn = (who: Asker, action: string, key: AppKey): void => {
    const app = control.application(key);
    const object = app === undefined ? EVERYWHERE : objectOf(app);
    demand(who, "applications", action, object, seen(who, key) === undefined ? EVERYWHERE : object);
  };
  const visible = (who: Asker): Application[] => {
    const may = who.filter("applications", "get");
    return control.applications().filter((app) => may(objectOf(app)));
  };
  const seesAll = (who: Asker): boolean => who.may("applications", "get", EVERYWHERE);
  const visibleProject = <Value>(who: Asker, name: string, value: () => Found<Value>): Found<Value> =>
    who.may("projects", "get", name) ? value() : ABSENT;
  /** What is told of an application that is gone, and of none, is for whoever sees all. */
  const journalled = <Entry extends { app?: AppKey }>(
    who: Asker,
    { app, limit }: { app?: AppKey; limit: number },
    entries: (filter: { app?: AppKey; limit: number }) => Entry[],
  ): Entry[] => {
    who.filter("applications", "get");
    if (who.isAlmighty) return entries(app === undefined ? { limit } : { app, limit });
    const isTold = (key: AppKey): boolean =>
      control.application(key) === undefined ? seesAll(who) : seen(who, key) !== undefined;
    if (app !== undefined) return isTold(app) ? entries({ app, limit }) : [];
    const known = new Map<AppKey, boolean>();
    const isVisible = (key: AppKey): boolean => {
      const is = known.get(key) ?? isTold(key);
      known.set(key, is);
      return is;
    };
    return entries({ limit: MOST_ENTRIES })
      .filter((entry) => (entry.app === undefined ? seesAll(who) : isVisible(entry.app)))
      .slice(0, limit);
  };

  return {
    pauses: () => control.pauses(),
    ready: () => control.ready(),
    applications: visible,
    application: seen,
    comesTo: read((key) => control.comesTo(key), undefined),
    looking: read((key) => control.looking(key), undefined),
    origin: read((key) => control.origin(key), undefined),
    problems: (who) => (seesAll(who) ? control.problems() : []),
    projects(who) {
      const may = who.filter("projects", "get");
      return control.projects().filter(({ metadata }) => may(metadata.name));
    },
    projectInForce: (who, name) => visibleProject(who, name, () => control.projectInForce(name)),
    projectWindows: (who, name) => visibleProject(who, name, () => control.projectWindows(name)),
    syncWindows: read((key) => control.syncWindows(key), ABSENT),
    manifests: readLater((key, revisions?: readonly string[]) => control.manifests(key, revisions)),
    managedResources: readLater((key) => control.managedResources(key)),
    resourceTree: read((key) => control.resourceTree(key), ABSENT),
    orphanedResources: read((key) => control.orphanedResources(key), ABSENT),
    events: readLater((key, of?: Parameters<Control["events"]>[1]) => control.events(key, of)),
    async logs(who, key, ...asked) {
      const app = seen(who, key);
      if (app === undefined) return ABSENT;
      demand(who, "logs", "get", objectOf(app));
      return control.logs(key, ...asked);
    },
    actions: readLater((key, ref: ObjectRef) => control.actions(key, ref)),
    deleted: read((key) => control.deleted(key), ABSENT),
    undoable: readLater((key, run?: number) => control.undoable(key, run)),
    history: read((key) => control.history(key), ABSENT),
    rollbackPlan: readLater((key, deployment: number) => control.rollbackPlan(key, deployment)),
    unholdPlan: readLater((key) => control.unholdPlan(key)),
    async revertPlan(who, key, deployment) {
      if (seen(who, key) === undefined) return ABSENT;
      const plan = await control.revertPlan(key, deployment);
      if (plan.is === "absent") return plan;
      const sharedWith = plan.value.sharedWith.map((other) =>
        seen(who, other) === undefined ? ("an application that you may not see" as AppKey) : other,
      );
      return { is: "found", value: { ...plan.value, sharedWith } };
    },
    commit: readLater((key, revision: string) => control.commit(key, revision)),
    artifact: readLater((key, revision: string) => control.artifact(key, revision)),
    async *blast(who, ask, signal) {
      // A range tells of commits, and of applications elsewhere.
      demand(who, "applications", "get", EVERYWHERE);
      const isHidden = (key: AppKey): boolean =>
        control.application(key) !== undefined && seen(who, key) === undefined;
      for await (const event of control.blast(ask, signal))
        if (event.is !== "application" || !isHidden(event.effect.application)) yield event;
    },
    runs: (who, filter) => journalled(who, filter, (narrow) => control.runs(narrow)),
    audits: (who, filter) => journalled(who, filter, (narrow) => control.audits(narrow)),
    activity(who, query) {
      // Logins and refusals are among it: of one application it is told to whoever sees that.
      if (query.app === undefined || seen(who, query.app) === undefined)
        demand(who, "applications", "get", EVERYWHERE);
      return control.activity(query);
    },
    async verifyActivity(who, noted, signal) {
      demand(who, "applications", "get", EVERYWHERE);
      return control.verifyActivity(noted, signal);
    },
    clusters(who) {
      const may = who.filter("clusters", "get");
      const entries = new Map(clusters?.all().map(({ entry }) => [entry.name, entry]));
      return control
        .clusters()
        .filter(({ name, server }) => may(clusterObject({ server, project: entries.get(name)?.project })));
    },
    onEvent: (who, listener) =>
      control.onEvent(
        inSight(
          visible(who).map(keyOfApp),
          {
            keyOf: ({ app }) => keyOfApp(app),
            may: ({ app }) => who.may("applications", "get", objectOf(app)),
            gone: goneApp,
          },
          listener,
        ),
      ),

    pause(who, request) {
      demand(who, "applications", "update", EVERYWHERE);
      control.pause(request);
    },
    resume(who, request) {
      demand(who, "applications", "update", EVERYWHERE);
      control.resume(request);
    },
    async create(who, app, options) {
      demand(who, "applications", "create", objectOf(app));
      // Labels and the like are written over one that is there, with the same spec too.
      if (control.application(keyOfApp(app)) !== undefined) {
        demandOn(who, "update", keyOfApp(app));
        demand(who, "applications", "update", objectOf(app));
      }
      return control.create(app, options);
    },
    async update(who, app, actor) {
      const old = seen(who, keyOfApp(app));
      if (old === undefined) return ABSENT;
      demand(who, "applications", "update", objectOf(old));
      // Into another project it comes as a new one does.
      if (objectOf(old) !== objectOf(app)) {
        demand(who, "applications", "create", objectOf(app));
        demand(who, "applications", "update", objectOf(app));
      }
      return control.update(app, actor);
    },
    remove: write("delete", (_, key, options: Parameters<Control["remove"]>[1]) =>
      control.remove(key, options),
    ),
    async putProject(who, project, options) {
      const { name } = project.metadata;
      if (options.how !== "update") demand(who, "projects", "create", name);
      if (options.how !== "create") demand(who, "projects", "update", name);
      return control.putProject(project, options);
    },
    async deleteProject(who, name, actor) {
      demand(who, "projects", "delete", name);
      return control.deleteProject(name, actor);
    },
    waitingRemovals: (who) => {
      const may = who.filter("applications", "get");
      return control.waitingRemovals().filter((key) => {
        const app = control.application(key);
        return may(app === undefined ? EVERYWHERE : objectOf(app));
      });
    },
    async approveRemoval(who, keys, actor) {
      for (const key of keys) demandOn(who, "delete", key);
      return control.approveRemoval(keys, actor);
    },
    refresh: readLater((key, how: "normal" | "hard", signal?: AbortSignal) =>
      control.refresh(key, how, signal),
    ),
    sync: write("sync", (_, key, request: Parameters<Control["sync"]>[1]) => control.sync(key, request)),
    terminate: write("sync", (_, key, actor: string) => control.terminate(key, actor)),
    rollback: write("sync", (_, key, request: Parameters<Control["rollback"]>[1]) =>
      control.rollback(key, request),
    ),
    // It writes to Git with the daemon's own leave: more than a sync.
    revert: write("rollback", async (who, key, request: Parameters<Control["revert"]>[1]) => {
      if (request.shared === "too") {
        const plan = await control.revertPlan(key, request.deployment);
        const others = plan.is === "found" ? plan.value.sharedWith : [];
        for (const other of others) demandOn(who, "rollback", other);
      }
      return control.revert(key, request);
    }),
    unhold: write("sync", (_, key, actor: string) => control.unhold(key, actor)),
    act: write(
      ({ ref: { group, kind }, action }: Parameters<Control["act"]>[1]) =>
        `action/${group}/${kind}/${action}`,
      (_, key, request) => control.act(key, request),
    ),
    undo: write("sync", (_, key, request: Parameters<Control["undo"]>[1]) => control.undo(key, request)),
  };
}

/** What moves out of sight is gone for whoever saw it, and what was never in sight is nothing. */
function inSight<Event extends { type: AppEvent["type"] }>(
  shown: Iterable<string>,
  {
    keyOf,
    may,
    gone,
  }: {
    keyOf(event: Event): string;
    may(event: Event): boolean;
    /** Nothing of what it is now. */
    gone(event: Event): Event;
  },
  listener: (event: Event) => void,
): (event: Event) => void {
  const seen = new Set(shown);
  return (event) => {
    const key = keyOf(event);
    const was = seen.has(key);
    if (may(event)) {
      if (event.type === "DELETED") seen.delete(key);
      else seen.add(key);
      return listener(event.type === "MODIFIED" && !was ? { ...event, type: "ADDED" } : event);
    }
    if (seen.delete(key)) listener(gone(event));
  };
}

function goneApp({ app }: AppEvent): AppEvent {
  const { name, namespace } = app.metadata;
  const { apiVersion, kind } = app;
  const spec = { project: "", destination: {} } as Application["spec"];
  return { type: "DELETED", app: { apiVersion, kind, metadata: { name, namespace }, spec } };
}

function goneSet({ shown: { set, origin } }: SetEvent): SetEvent {
  const { name, namespace } = set.metadata;
  const { apiVersion, kind } = set;
  const spec = { generators: [], template: {} } as unknown as ApplicationSet["spec"];
  const bare = { apiVersion, kind, metadata: { name, namespace }, spec };
  return { type: "DELETED", shown: { set: bare, status: {}, origin, applications: [], blocked: [] } };
}

/** Of a cluster that belongs to a project, with it. */
export function clusterObject({ server, project }: { server: string; project?: string | undefined }): string {
  return project === undefined || project === "" ? server : `${project}/${server}`;
}

function authorisedClusters(desk: ClusterDesk): AuthorisedClusters {
  const demandOn = (who: Asker, action: string, entry: ClusterEntry | undefined): void => {
    const object = entry === undefined ? "*" : clusterObject(entry);
    const isSeen = entry !== undefined && who.may("clusters", "get", object);
    demand(who, "clusters", action, object, isSeen ? object : "*");
  };
  const named = (name: string): ClusterEntry | undefined =>
    desk.all().find(({ entry }) => entry.name === name)?.entry;
  return {
    all(who) {
      const may = who.filter("clusters", "get");
      return desk.all().filter(({ entry }) => may(clusterObject(entry)));
    },
    problems: (who) => (who.may("clusters", "get", "*") ? desk.problems() : []),
    async put(who, entry, how, actor, known) {
      if (how !== "update") demand(who, "clusters", "create", clusterObject(entry));
      if (how !== "add") {
        // It takes the place of whichever has its name or its address.
        for (const { entry: old } of desk.all())
          if (old.name === (known ?? entry.name) || serverKey(old.server) === serverKey(entry.server))
            demandOn(who, "update", old);
        demand(who, "clusters", "update", clusterObject(entry));
      }
      await desk.put(entry, how, actor, known);
    },
    async remove(who, name, actor) {
      demandOn(who, "delete", named(name));
      await desk.remove(name, actor);
    },
    async rotate(who, name, actor) {
      demandOn(who, "update", named(name));
      await desk.rotate(name, actor);
    },
  };
}

interface SetRooms {
  control: Control;
  homeNamespace: string;
  objectOf(app: Application): string;
}

function authorisedSets(sets: SetsControl, { control, homeNamespace, objectOf }: SetRooms): AuthorisedSets {
  const objectOfSet = (set: ApplicationSet): string => setObject(set, homeNamespace);
  const demandAll = (who: Asker, action: string, set: ApplicationSet): void => {
    const isSeen = who.may("applicationsets", "get", objectOfSet(set));
    const projects = control.projects().map(({ metadata }) => metadata.name);
    for (const object of setObjects(set, homeNamespace, projects))
      demand(who, "applicationsets", action, object, isSeen ? object : EVERYWHERE);
  };
  const visible = (who: Asker, shown: ShownSet | undefined): ShownSet | undefined =>
    who.may("applicationsets", "get", shown === undefined ? EVERYWHERE : objectOfSet(shown.set))
      ? shown
      : undefined;
  /** What a set makes is told, and its generators ask with the daemon's logins: as if it were made. */
  const mayTry = (who: Asker, set: ApplicationSet): void => {
    demandAll(who, "create", set);
    const there = sets.set(keyOfSet(set));
    if (there !== undefined) demand(who, "applicationsets", "get", objectOfSet(there.set), EVERYWHERE);
  };
  const change = (who: Asker, key: SetKey, action: string): "may" | "absent" => {
    const there = visible(who, sets.set(key));
    if (there === undefined) return "absent";
    demandAll(who, action, there.set);
    return "may";
  };
  const all = (who: Asker): ShownSet[] => {
    const may = who.filter("applicationsets", "get");
    return sets.sets().filter(({ set }) => may(objectOfSet(set)));
  };
  return {
    sets: all,
    onEvent: (who, listener) =>
      sets.onEvent(
        inSight(
          all(who).map(({ set }) => keyOfSet(set)),
          {
            keyOf: ({ shown: { set } }) => keyOfSet(set),
            may: ({ shown: { set } }) => who.may("applicationsets", "get", objectOfSet(set)),
            gone: goneSet,
          },
          listener,
        ),
      ),
    set: (who, key) => visible(who, sets.set(key)),
    problems: (who) => (who.may("applicationsets", "get", EVERYWHERE) ? sets.problems() : []),
    async generate(who, set, signal) {
      mayTry(who, set);
      return sets.generate(set, signal);
    },
    async preview(who, set, signal) {
      mayTry(who, set);
      return sets.preview(set, signal);
    },
    async put(who, set, options) {
      const there = sets.set(keyOfSet(set));
      if (options.how !== "update") demandAll(who, "create", set);
      if (options.how !== "create" && there !== undefined) {
        demandAll(who, "update", there.set);
        demandAll(who, "update", set);
      }
      return sets.put(set, options);
    },
    remove: async (who, key, actor) =>
      change(who, key, "delete") === "absent" ? ABSENT : sets.remove(key, actor),
    refresh: async (who, key) => (visible(who, sets.set(key)) === undefined ? undefined : sets.refresh(key)),
    async approve(who, key, keys, actor) {
      if (change(who, key, "update") === "absent") return ABSENT;
      for (const each of keys) {
        const app = control.application(each);
        const object = app === undefined ? EVERYWHERE : objectOf(app);
        const isSeen = app !== undefined && who.may("applications", "get", object);
        demand(who, "applications", "delete", object, isSeen ? object : EVERYWHERE);
      }
      return sets.approve(key, keys, actor);
    },
  };
}

/** Its project is its template's, as that is written. */
export function setObject(set: ApplicationSet, homeNamespace: string): string {
  return inProject(set, projectIn(set.spec.template), homeNamespace);
}

/**
 * One for each project that its applications may come to be of. A project that parameters or a patch decide is any: who
 * writes what parameters come from would choose it, whatever may be written here.
 */
function setObjects(set: ApplicationSet, homeNamespace: string, all: readonly string[]): string[] {
  const { template, templatePatch, generators } = set.spec;
  const written = [projectIn(template), ...templatesIn(generators).map(projectIn)].filter(
    (project, at) => at === 0 || project !== "",
  );
  const isAny =
    written.some((project) => project.includes("{{")) ||
    (templatePatch !== undefined && templatePatch !== "");
  const projects = isAny
    ? [...written.filter((project) => !project.includes("{{")), ANY_PROJECT, ...all]
    : written;
  return [...new Set(projects)].map((project) => inProject(set, project, homeNamespace));
}

const ANY_PROJECT = "*";

function inProject({ metadata }: ApplicationSet, project: string, homeNamespace: string): string {
  const { name, namespace } = metadata;
  // Applications without one are of the project `default`.
  const of = project === "" ? "default" : project;
  return namespace === homeNamespace ? `${of}/${name}` : `${of}/${namespace}/${name}`;
}

function projectIn(template: unknown): string {
  const spec = isMapping(template) ? template["spec"] : undefined;
  const project = isMapping(spec) ? spec["project"] : undefined;
  return typeof project === "string" ? project : "";
}

/** Generators have templates of their own, and generators in them. */
function templatesIn(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(templatesIn);
  if (!isMapping(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    name === "template" ? [inner] : templatesIn(inner),
  );
}
