import type { LiveObjects } from "./act/live-objects.ts";
import type { ResourceActions } from "./act/resource-actions.ts";
import type { BlastRadius } from "./blast/blast-radius.ts";
import type { RevisionDiffs } from "./blast/revision-diffs.ts";
import type { Control, ReadControl } from "./control.ts";
import type { GitReverts } from "./hold/git-reverts.ts";
import type { Rollbacks } from "./hold/rollbacks.ts";
import type { Pauses } from "./pauses.ts";
import type { ProjectRequests } from "./project-requests.ts";
import type { OfApplications } from "./requests.ts";
import { planOfSync, type SyncPlanParts } from "./sync/sync-plans.ts";
import type { Undo } from "./undo/undo.ts";

/** What the API may ask: one half reads, the other one writes; actions on single objects, rollbacks and undo do both. */
export function makeControl(
  pauses: Pauses,
  reading: Omit<
    ReadControl,
    | "pauses"
    | "actions"
    | "liveObject"
    | "rollbackPlan"
    | "syncPlan"
    | "revisionDiff"
    | "unholdPlan"
    | "revertPlan"
    | "blast"
    | "preview"
    | "previewEdit"
    | "check"
    | "deleted"
    | "undoable"
  >,
  requests: OfApplications,
  projects: ProjectRequests,
  actions: ResourceActions,
  live: LiveObjects,
  blast: BlastRadius,
  rollbacks: Rollbacks,
  undo: Undo,
  reverts: GitReverts,
  planning: SyncPlanParts,
  revisionDiffs: RevisionDiffs,
): Control {
  return {
    pauses: () => pauses.all,
    pause: (request) => pauses.pause(request),
    resume: (request) => pauses.resume(request),
    applications: () => reading.applications(),
    application: (key) => reading.application(key),
    comesTo: (key) => reading.comesTo(key),
    looking: (key) => reading.looking(key),
    origin: (key) => reading.origin(key),
    problems: () => reading.problems(),
    projects: () => reading.projects(),
    projectInForce: (name) => reading.projectInForce(name),
    projectWindows: (name) => reading.projectWindows(name),
    syncWindows: (key) => reading.syncWindows(key),
    clusters: () => reading.clusters(),
    past: (key) => reading.past(key),
    runs: (filter) => reading.runs(filter),
    audits: (filter) => reading.audits(filter),
    activity: (query) => reading.activity(query),
    verifyActivity: (noted, signal) => reading.verifyActivity(noted, signal),
    transitions: (query) => reading.transitions(query),
    onTransition: (listener) => reading.onTransition(listener),
    onEvent: (listener) => reading.onEvent(listener),
    ready: () => reading.ready(),
    manifests: (...asked) => reading.manifests(...asked),
    values: (...asked) => reading.values(...asked),
    managedResources: (key) => reading.managedResources(key),
    resourceTree: (key) => reading.resourceTree(key),
    changeOf: (key) => reading.changeOf(key),
    newestOf: (key) => reading.newestOf(key),
    changesFound: (keys) => reading.changesFound(keys),
    hosts: (key) => reading.hosts(key),
    writtenAt: (key, ref) => reading.writtenAt(key, ref),
    orphanedResources: (key) => reading.orphanedResources(key),
    events: (key, of) => reading.events(key, of),
    logs: (...asked) => reading.logs(...asked),
    terminal: (...asked) => reading.terminal(...asked),
    history: (key) => reading.history(key),
    deployments: (key) => reading.deployments(key),
    commit: (key, revision) => reading.commit(key, revision),
    artifact: (key, revision) => reading.artifact(key, revision),
    create: (app, options) => requests.create(app, options),
    update: (app, actor) => requests.update(app, actor),
    remove: (key, options) => requests.remove(key, options),
    putProject: (project, options) => projects.putProject(project, options),
    deleteProject: (name, actor) => projects.deleteProject(name, actor),
    waitingRemovals: () => requests.waitingRemovals(),
    approveRemoval: (keys, actor) => requests.approveRemoval(keys, actor),
    refresh: (key, how, signal) => requests.refresh(key, how, signal),
    sync: (key, request) => requests.sync(key, request),
    terminate: (key, actor) => requests.terminate(key, actor),
    revisionDiff: (...asked) => revisionDiffs.of(...asked),
    syncPlan: (key, operation, signal) => planOfSync(key, operation, planning, signal),
    rollbackPlan: (...asked) => rollbacks.plan(...asked),
    unholdPlan: (...asked) => rollbacks.unholdPlan(...asked),
    revertPlan: (...asked) => reverts.plan(...asked),
    revert: (key, request) => reverts.revert(key, request),
    rollback: (key, request) => rollbacks.rollback(key, request),
    unhold: (key, actor) => rollbacks.unhold(key, actor),
    actions: (key, ref) => actions.offered(key, ref),
    blast: (ask, signal) => blast.of(ask, signal),
    preview: (app, signal) => blast.ofNew(app, signal),
    previewEdit: (app, signal) => blast.ofEdited(app, signal),
    check: (app, signal) => blast.check(app, signal),
    act: (key, request) => actions.run(key, request),
    liveObject: (key, ref) => live.live(key, ref),
    patchObject: (key, request) => live.patch(key, request),
    editObject: (key, request) => live.edit(key, request),
    deleteObject: (key, request) => live.delete(key, request),
    deleted: (key) => undo.deleted(key),
    undoable: (key, run) => undo.undoable(key, run),
    undo: (key, request) => undo.run(key, request),
  };
}
