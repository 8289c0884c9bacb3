import type { Asker } from "../../core/access/asker.ts";
import { PROJECT_ACTIONS } from "../../core/activity/project-events.ts";
import type { ActivityEntry } from "../../core/model/activity.ts";
import { type AppKey, type Application, keyOfApp } from "../../core/model/application.ts";
import type { SetKey } from "../../core/model/application-set.ts";
import type { ObjectRef } from "../../core/model/object-ref.ts";
import type { ClusterDesk } from "../../core/ports/cluster-desk.ts";
import type { AppEvent, Control, Found } from "../../engine/control.ts";
import { defined } from "../../lib/defined.ts";
import { ApiError } from "../api-error.ts";
import { ABSENT, type Asked, EVERYWHERE } from "./asked.ts";
import { demand } from "./demand.ts";
import { type Followed, follow } from "./in-sight.ts";
import { journalOf, NO_RUN } from "./journal.ts";
import { UNSEEN } from "./names-in-text.ts";
import { clusterObject } from "./object-names.ts";
import { mustHold, whileStanding } from "./standing.ts";
import { type AuthorisedTransitions, authorisedTransitions } from "./transitions.ts";
import { inSight, type Sight, veiled } from "./veil.ts";

/** What is typed after a right was lost reaches nobody after so long. */
const LOOK_EVERY_MS = 100;

export interface AuthorisedControl
  extends Omit<
      Asked<Control>,
      "onEvent" | "terminal" | "transitions" | "onTransition" | "changeOf" | "newestOf" | "changesFound"
    >,
    AuthorisedTransitions {
  /** Of one that was told to the one who asks: that it is held is the right to it, and thousands are asked for at once. */
  changeOf(told: Application): ReturnType<Control["changeOf"]>;
  newestOf(told: Application): ReturnType<Control["newestOf"]>;
  changesFound(told: readonly Application[]): Promise<void>;
  /** What a terminal may be opened in, if it may be. @throws {ApiError} 403 */
  forTerminal(who: Asker, key: AppKey): Found<Application>;
  /** @param isOn asked as often as the right to it; what it throws ends it */
  terminal(
    who: Asker,
    ...ask: [...Parameters<Control["terminal"]>, isOn?: () => void]
  ): ReturnType<Control["terminal"]>;
  /** @param over as `follow` has it */
  onEvent(who: Asker, listener: (event: AppEvent) => void, over: (why: ApiError) => void): Followed<AppEvent>;
  /** What was done to a project itself, for whoever sees it. */
  projectDeeds(who: Asker, name: string): Found<ActivityEntry[]>;
}

/** Of each of its actions. */
const MOST_DEEDS = 100;

interface Rooms {
  /** undefined: it is not there, or not to be seen. */
  seen(who: Asker, key: AppKey): Application | undefined;
  objectOf(app: Application): string;
  clusters: ClusterDesk | undefined;
  sight: Sight;
  /** Of one that is gone: whether all of them are to be seen. */
  seesSet(who: Asker, key: SetKey): boolean;
}

export function authorisedControl(
  control: Control,
  { seen, objectOf, clusters, sight, seesSet }: Rooms,
): AuthorisedControl {
  /** Of one application that is to be seen. */
  const read =
    <Rest extends unknown[], Result>(ask: (key: AppKey, ...rest: Rest) => Result, absent: Result) =>
    (who: Asker, key: AppKey, ...rest: Rest): Result =>
      seen(who, key) === undefined ? absent : ask(key, ...rest);
  const readLater =
    <Rest extends unknown[], Value>(ask: (key: AppKey, ...rest: Rest) => Promise<Found<Value>>) =>
    async (who: Asker, key: AppKey, ...rest: Rest): Promise<Found<Value>> => {
      if (seen(who, key) === undefined) return ABSENT;
      const found = await ask(key, ...rest);
      // It may have taken long, and be another project's by now, or told to nobody any more.
      mustHold(who);
      return seen(who, key) === undefined ? ABSENT : found;
    };
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
  const { seesAll, isHidden } = sight;
  const visibleProject = <Value>(who: Asker, name: string, value: () => Found<Value>): Found<Value> =>
    who.may("projects", "get", name) ? value() : ABSENT;
  const { journalled, activity, ownRuns, ownRun } = journalOf(control, { seen, seesAll });
  const visibleClusters: AuthorisedControl["clusters"] = (who) => {
    const may = who.filter("clusters", "get");
    const entries = new Map(clusters?.all().map(({ entry }) => [entry.name, entry]));
    return control
      .clusters()
      .filter(({ name, server }) => may(clusterObject({ server, project: entries.get(name)?.project })));
  };
  const told = authorisedTransitions(control, {
    ...{ seen, seesAll },
    seesCluster: (who, named) =>
      control.clusters().some(({ name }) => name === named)
        ? visibleClusters(who).some(({ name }) => name === named)
        : who.may("clusters", "get", "*"),
    seesAny(who) {
      const may = who.filter("applications", "get");
      return (
        seesAll(who) ||
        control.applications().some((app) => may(objectOf(app))) ||
        visibleClusters(who).length > 0
      );
    },
  });

  const asked: AuthorisedControl = {
    pauses: () => control.pauses(),
    ready: () => control.ready(),
    applications: visible,
    application: seen,
    comesTo: read((key) => control.comesTo(key), undefined),
    looking: read((key) => control.looking(key), undefined),
    origin(who, key) {
      const origin = seen(who, key) === undefined ? undefined : control.origin(key);
      // An application that is not to be seen is left out of all answers; whose set it is, here.
      const isHidden = origin?.from === "parent" && origin.set !== undefined && !seesSet(who, origin.set);
      return isHidden ? { from: "parent", ...defined({ parent: origin.parent }) } : origin;
    },
    problems: (who) => (seesAll(who) ? control.problems() : []),
    projects(who) {
      const may = who.filter("projects", "get");
      return control.projects().filter(({ metadata }) => may(metadata.name));
    },
    projectInForce: (who, name) => visibleProject(who, name, () => control.projectInForce(name)),
    projectWindows: (who, name) => visibleProject(who, name, () => control.projectWindows(name)),
    projectDeeds: (who, name) =>
      visibleProject(who, name, () =>
        control.projectInForce(name).is === "absent"
          ? ABSENT
          : {
              is: "found",
              value: PROJECT_ACTIONS.flatMap((action) =>
                control.activity({ action, project: name, order: "newest-first", limit: MOST_DEEDS }),
              ),
            },
      ),
    syncWindows: read((key) => control.syncWindows(key), ABSENT),
    manifests: readLater((...asked: Parameters<Control["manifests"]>) => control.manifests(...asked)),
    values: readLater((key, signal?: AbortSignal) => control.values(key, signal)),
    managedResources: readLater((key) => control.managedResources(key)),
    resourceTree: read((key) => control.resourceTree(key), ABSENT),
    changeOf: (told) => control.changeOf(keyOfApp(told)),
    newestOf: (told) => control.newestOf(keyOfApp(told)),
    changesFound: (told) => control.changesFound(told.map(keyOfApp)),
    hosts: readLater((key) => control.hosts(key)),
    writtenAt: read((key, ref: ObjectRef) => control.writtenAt(key, ref), ABSENT),
    orphanedResources: read((key) => control.orphanedResources(key), ABSENT),
    events: readLater((key, of?: Parameters<Control["events"]>[1]) => control.events(key, of)),
    async logs(who, key, of, ask, signal) {
      const app = seen(who, key);
      if (app === undefined) return ABSENT;
      demand(who, "logs", "get", objectOf(app));
      // As it is now: into another project goes its log too.
      const mayStill = (): void => {
        mustHold(who);
        const there = seen(who, key);
        if (there === undefined) demand(who, "applications", "get", EVERYWHERE);
        else demand(who, "logs", "get", objectOf(there));
      };
      const ending = new AbortController();
      const reader = who.isAlmighty ? undefined : who.name;
      const found = await control.logs(key, of, ask, AbortSignal.any([signal, ending.signal]), reader);
      if (found.is === "absent") return found;
      const { pods, events } = found.value;
      const guarded = whileStanding(mayStill, signal, (over) => {
        over.addEventListener("abort", () => ending.abort(over.reason), { once: true });
        return events;
      });
      return { is: "found", value: { pods, events: guarded } };
    },
    forTerminal(who, key) {
      const app = seen(who, key);
      if (app === undefined) return ABSENT;
      demand(who, "exec", "create", objectOf(app));
      return { is: "found", value: app };
    },
    async terminal(who, key, ask, signal, isOn = () => undefined) {
      const app = seen(who, key);
      if (app === undefined) return ABSENT;
      demand(who, "exec", "create", objectOf(app));
      const ending = new AbortController();
      const found = await control.terminal(key, ask, AbortSignal.any([signal, ending.signal]));
      if (found.is === "absent") return found;
      const { value } = found;
      const look = (): void => {
        isOn();
        mustHold(who);
        const there = seen(who, key);
        if (there === undefined)
          throw new ApiError("NotFound", "the application is no longer there, or no longer to be seen");
        demand(who, "exec", "create", objectOf(there));
        if (!value.isThere()) throw new ApiError("NotFound", "the Pod is no longer one of the application's");
      };
      let lookedAt = -Infinity;
      // What is typed and shown comes a thousand times a second.
      const mayStill = (): void => {
        if (performance.now() - lookedAt < LOOK_EVERY_MS) return;
        look();
        lookedAt = performance.now();
      };
      const events = whileStanding(mayStill, signal, (over) => {
        over.addEventListener("abort", () => ending.abort(over.reason), { once: true });
        return value.events;
      });
      return {
        is: "found",
        value: {
          ...value,
          events,
          // What was typed a moment after a right was lost reaches nobody.
          type(bytes) {
            mayStill();
            return value.type(bytes);
          },
        },
      };
    },
    actions: readLater((key, ref: ObjectRef) => control.actions(key, ref)),
    liveObject: readLater((key, ref: ObjectRef) => control.liveObject(key, ref)),
    deleted: ownRuns,
    undoable: async (who, key, run) =>
      seen(who, key) === undefined ? ABSENT : control.undoable(key, ownRun(who, key, run)),
    history: read((key) => control.history(key), ABSENT),
    deployments: readLater((key) => control.deployments(key)),
    revisionDiff: readLater((key, revisions: readonly string[], signal: AbortSignal) =>
      control.revisionDiff(key, revisions, signal),
    ),
    syncPlan: readLater((...asked: Parameters<Control["syncPlan"]>) => control.syncPlan(...asked)),
    rollbackPlan: readLater((...asked: Parameters<Control["rollbackPlan"]>) =>
      control.rollbackPlan(...asked),
    ),
    unholdPlan: readLater((...asked: Parameters<Control["unholdPlan"]>) => control.unholdPlan(...asked)),
    async revertPlan(who, key, deployment, signal) {
      if (seen(who, key) === undefined) return ABSENT;
      const plan = await control.revertPlan(key, deployment, signal);
      mustHold(who);
      if (plan.is === "absent" || seen(who, key) === undefined) return ABSENT;
      const sharedWith = plan.value.sharedWith.map((other) =>
        seen(who, other) === undefined ? (UNSEEN as AppKey) : other,
      );
      return { is: "found", value: { ...plan.value, sharedWith } };
    },
    commit: readLater((key, revision: string) => control.commit(key, revision)),
    artifact: readLater((key, revision: string) => control.artifact(key, revision)),
    async *blast(who, ask, signal) {
      // A range tells of commits, and of applications elsewhere.
      const mayAsk = (): void => demand(who, "applications", "get", EVERYWHERE);
      mayAsk();
      for await (const event of whileStanding(mayAsk, signal, (over) => control.blast(ask, over)))
        if (event.is !== "application" || !isHidden(who, event.effect.application))
          yield inSight(event, who, sight);
    },
    async preview(who, app, signal) {
      const key = keyOfApp(app);
      const mayAsk = (): void => {
        demand(who, "applications", "create", objectOf(app));
        // What it would make is told in full: no more than whoever may see it reads.
        demand(who, "applications", "get", objectOf(app));
      };
      mayAsk();
      // Whether there is one is for whoever may change it.
      if (control.application(key) !== undefined) demandOn(who, "update", key);
      const previewed = await control.preview(app, signal);
      // It may have taken long.
      mayAsk();
      return previewed;
    },
    async previewEdit(who, app, signal) {
      const old = seen(who, keyOfApp(app));
      if (old === undefined) return ABSENT;
      // As if it were written, and read then.
      const mayAsk = (): void => {
        demand(who, "applications", "update", objectOf(old));
        if (objectOf(old) !== objectOf(app)) {
          demand(who, "applications", "create", objectOf(app));
          demand(who, "applications", "update", objectOf(app));
        }
        demand(who, "applications", "get", objectOf(app));
      };
      mayAsk();
      const previewed = await control.previewEdit(app, signal);
      // It may have taken long.
      mayAsk();
      return previewed;
    },
    async check(who, app, signal) {
      const key = keyOfApp(app);
      // As whoever writes it so: nobody else has a repository asked.
      const mayAsk = (): void => {
        const old = seen(who, key);
        if (old === undefined || objectOf(old) !== objectOf(app))
          demand(who, "applications", "create", objectOf(app));
        if (control.application(key) === undefined) return;
        demandOn(who, "update", key);
        demand(who, "applications", "update", objectOf(app));
      };
      mayAsk();
      await control.check(app, signal);
      mayAsk();
    },
    past: read((key) => control.past(key), undefined),
    runs: (who, filter) =>
      journalled(who, filter, (narrow) => control.runs({ ...narrow, ...defined({ id: filter.id }) }), {
        past: ({ runs }) => runs,
        numberOf: ({ id }) => id,
      }),
    audits: (who, filter) =>
      journalled(who, filter, (narrow) => control.audits(narrow), {
        past: ({ entries }) => entries,
        numberOf: ({ seq }) => seq,
      }),
    activity,
    async verifyActivity(who, noted, signal) {
      demand(who, "applications", "get", EVERYWHERE);
      return control.verifyActivity(noted, signal);
    },
    clusters: visibleClusters,
    transitions: told.transitions,
    maySeeTransition: told.maySeeTransition,
    followTransitions: (who, query, listener, over) =>
      told.followTransitions(who, query, (transition) => listener(inSight(transition, who, sight)), over),
    onEvent(who, listener, over) {
      const { told, stop } = follow<AppEvent>(
        who,
        visible(who).map(keyOfApp),
        {
          what: "applications",
          keyOf: ({ app }) => keyOfApp(app),
          may: ({ app }) => who.may("applications", "get", objectOf(app)),
          now(key) {
            const app = control.application(key as AppKey);
            return app && { type: "MODIFIED", app };
          },
          gone: goneApp,
        },
        (heard) => control.onEvent(heard),
        { listener: (event) => listener(inSight(event, who, sight)), over },
      );
      return { told: (event) => inSight(told(event), who, sight), stop };
    },

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
    patchObject: write(
      ({ ref }: Parameters<Control["patchObject"]>[1]) => onObject("update", ref),
      (_, key, request) => control.patchObject(key, request),
    ),
    editObject: write(
      ({ ref }: Parameters<Control["editObject"]>[1]) => onObject("update", ref),
      (_, key, request) => control.editObject(key, request),
    ),
    deleteObject: write(
      ({ ref }: Parameters<Control["deleteObject"]>[1]) => onObject("delete", ref),
      (_, key, request) => control.deleteObject(key, request),
    ),
    undo: write("sync", async (who, key, request: Parameters<Control["undo"]>[1]) => {
      const run = ownRun(who, key, request.run);
      if (run !== NO_RUN) return control.undo(key, { ...request, ...defined({ run }) });
      return { is: "conflict", why: "nothing that it deleted is kept" } as const;
    }),
  };
  return veiled(asked, WITH_SENTENCES, sight);
}

/** Whose answers say what is the matter, or why something cannot be done. */
const WITH_SENTENCES = [
  ...[
    "applications",
    "application",
    "comesTo",
    "origin",
    "problems",
    "manifests",
    "values",
    "managedResources",
  ],
  ...["resourceTree", "hosts", "orphanedResources", "events", "actions", "liveObject", "history", "refresh"],
  ...["deployments"],
  ...[
    "commit",
    "artifact",
    "runs",
    "audits",
    "activity",
    "transitions",
    "syncWindows",
    "projectDeeds",
    "logs",
  ],
  ...["create", "update", "remove", "sync", "terminate", "rollback", "revert", "unhold", "act"],
  ...["patchObject", "editObject", "deleteObject", "undo", "putProject", "deleteProject", "approveRemoval"],
  ...[
    "revertPlan",
    "rollbackPlan",
    "syncPlan",
    "revisionDiff",
    "unholdPlan",
    "undoable",
    "preview",
    "previewEdit",
    "check",
  ],
] as readonly (keyof AuthorisedControl)[];

/** As policies name what is done to one object; with no namespace, nothing stands between the slashes. */
function onObject(action: string, { group, kind, namespace, name }: ObjectRef): string {
  return `${action}/${group}/${kind}/${namespace}/${name}`;
}

function goneApp({ app }: AppEvent): AppEvent {
  const { name, namespace } = app.metadata;
  const { apiVersion, kind } = app;
  const spec = { project: "", destination: {} } as Application["spec"];
  return { type: "DELETED", app: { apiVersion, kind, metadata: { name, namespace }, spec } };
}
