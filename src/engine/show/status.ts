/** What an application's status says: from what was seen last, what runs, and what is remembered. */

import { keepMark, returnedManagers, strayIgnoreRules } from "../../core/compare/index.ts";
import { sayCircle } from "../../core/manifest/parent-of.ts";
import {
  ANNOTATION,
  type Application,
  type ApplicationStatus,
  type Condition,
  isAutomated,
} from "../../core/model/application.ts";
import type { Failure } from "../../core/model/failure.ts";
import type { Fight } from "../../core/model/fight.ts";
import type { Health } from "../../core/model/health.ts";
import type { ShownHold } from "../../core/model/hold.ts";
import { parseRefKey, type RefKey, refKey, show } from "../../core/model/object-ref.ts";
import { type Problem, showProblem } from "../../core/model/problem.ts";
import { sayFight } from "../../core/plan/fights.ts";
import { appStatus, type ComparisonState } from "../../core/status/app-status.ts";
import { describeHold } from "../../core/status/describe-hold.ts";
import { describeTerminated } from "../../core/status/describe-terminated.ts";
import { leavingOf } from "../../core/status/resource-statuses.ts";
import { shownOthers } from "../../core/status/shown-others.ts";
import { defined } from "../../lib/defined.ts";
import { timestamp } from "../../lib/timestamp.ts";
import type { Compared } from "../compare/compared.ts";
import { heldBy } from "../compare/held-by.ts";
import { liveHealth } from "../compare/live-health.ts";
import type { EnginePorts } from "../engine-ports.ts";
import { renderCircle } from "../home/render-circle.ts";
import type { ManagedApplication } from "../managed-application.ts";
import { automaticVerdicts } from "../sync/guards.ts";
import { shownTerminated } from "../sync/terminated.ts";
import { revisionNamesOf } from "../target/tips.ts";
import type { DeletedObjects } from "../undo/deleted-objects.ts";
import { shownUndo } from "../undo/shown-undo.ts";
import { deployedImages } from "./deployed-images.ts";
import { externalUrls } from "./external-urls.ts";
import type { JudgedObjects } from "./judged-objects.ts";
import type { Orphans } from "./orphans.ts";
import { sourceNotes } from "./source-notes.ts";
import type { UnsupportedNotes } from "./unsupported-notes.ts";

/** Codes of failures that leave the cluster's side known: what runs is as healthy as it was. */
const OUR_SIDE: ReadonlySet<string> = new Set([
  "store",
  "git-unreachable",
  "git-auth",
  "git-revision",
  "git-path",
  "artifact-unreachable",
  "artifact-auth",
  "artifact-version",
  "artifact-refused",
  "path-outside-source",
  "render",
  "render-timeout",
  "manifest",
  "tool-missing",
]);

const MOST_FIGHTS_SAID = 10;

/** What a status may take from the last time that it was worked out, and what is kept beside the application. */
export interface Remembered {
  judged: JudgedObjects;
  unsupported: UnsupportedNotes;
  deleted: DeletedObjects;
  orphans: Pick<Orphans, "warningOf">;
}

export function statusOf(
  managed: ManagedApplication,
  ports: EnginePorts,
  { judged, unsupported, deleted, orphans }: Remembered,
): ApplicationStatus {
  const { seen, status, operation } = managed;
  const settings = ports.settings();
  const app: Application = { ...managed.aim.app, ...defined({ status }) };
  const now = timestamp(ports.clock.now());
  return appStatus({
    app,
    seen: shownSeen(managed),
    healthByKey: seen.is === "compared" ? healthByKey(seen.compared, ports, judged) : new Map(),
    leaving: seen.is === "compared" ? leavingNow(seen.compared) : new Map(),
    conditions: conditionsOf(managed, ports, unsupported, orphans),
    namespaceIs: managed.memory.namespaceIs(app),
    ...defined({
      operation: operation.state,
      hold: shownHold(managed),
      terminated: shownTerminated(managed),
      undo: shownUndo(managed, deleted, settings.keepDeletedForMs),
      others: othersNow(managed, now),
    }),
    now,
    controllerNamespace: settings.namespace,
  });
}

function shownHold({ spec: { hold }, beside }: ManagedApplication): ShownHold | undefined {
  if (hold === undefined) return undefined;
  const git = beside === undefined || beside.commits.length === 0 ? undefined : [...beside.commits];
  return { ...hold, until: hold.until.is, ...defined({ git, trouble: beside?.trouble }) };
}

function shownSeen({ seen }: ManagedApplication): ComparisonState {
  switch (seen.is) {
    case "never":
      return { is: "not-compared", health: "unknown", why: "it was not looked at yet" };
    case "failed": {
      const { code, message } = seen.failure;
      return { is: "not-compared", health: OUR_SIDE.has(code) ? "kept" : "unknown", why: message };
    }
    case "compared": {
      const { comparison, target } = seen.compared;
      const { sourceTypes } = target;
      const images = deployedImages(seen.compared);
      const urls = externalUrls(seen.compared);
      return { is: "compared", comparison, revisions: revisionNamesOf(target), sourceTypes, images, urls };
    }
  }
}

function othersNow(
  { seen, status, memory, aim }: ManagedApplication,
  now: string,
): ApplicationStatus["others"] {
  if (seen.is !== "compared") return undefined;
  const { comparison, gone, drifted, ignored } = seen.compared;
  const { syncOptions } = aim.app.spec.syncPolicy ?? {};
  return shownOthers({
    ...{ comparison, gone, drifted, ignored, records: memory.records, before: status?.others },
    ...{ syncOptions, now },
  });
}

function leavingNow({ comparison, snapshot: { cluster } }: Compared): Map<RefKey, string> {
  return leavingOf(comparison, (key) => cluster.get(key));
}

function healthByKey(
  { snapshot, comparison }: Compared,
  ports: EnginePorts,
  judged: JudgedObjects,
): Map<RefKey, Health | undefined> {
  const { cluster } = snapshot;
  const rules = { userHealth: ports.userHealth, pods: ports.settings().pods, judged };
  const found = new Map<RefKey, Health | undefined>();
  for (const { key } of comparison.differences) {
    const live = cluster.get(key);
    if (live !== undefined) found.set(key, liveHealth(live, cluster, rules));
  }
  return found;
}

function conditionsOf(
  managed: ManagedApplication,
  ports: EnginePorts,
  unsupported: UnsupportedNotes,
  orphans: Pick<Orphans, "warningOf">,
): Condition[] {
  const { key, spec, seen, removal, memory } = managed;
  const hold = shownHold(managed);
  const terminated = shownTerminated(managed);
  return [
    ...removal.conditions,
    ...(hold === undefined
      ? []
      : [{ type: "HeldWarning" as const, message: describeHold(key, hold, spec.app.spec) }]),
    ...(terminated === undefined
      ? []
      : [{ type: "TerminatedWarning" as const, message: describeTerminated(key, terminated, hold) }]),
    ...(seen.is === "failed" ? [{ type: conditionType(seen.failure), message: seen.failure.message }] : []),
    ...unsupported.of(spec.app),
    ...(memory.decision === undefined ? [] : [memory.decision]),
    ...contestedConditions(memory.fights.all),
    ...orphanConditions(orphans.warningOf(managed)),
    ...(ports.imageProblems?.(key) ?? []).map((message) => ({
      type: "ImageUpdateWarning" as const,
      message,
    })),
    ...(seen.is === "compared" ? comparedConditions(managed, seen.compared, ports) : []),
  ];
}

function orphanConditions(message: string | undefined): Condition[] {
  return message === undefined ? [] : [{ type: "OrphanedResourceWarning", message }];
}

/** Objects that others fight for, each with its sentence; beyond some, that there are more. */
function contestedConditions(fights: readonly Fight[]): Condition[] {
  const said = fights.slice(0, MOST_FIGHTS_SAID).map(sayFight);
  const more = fights.slice(MOST_FIGHTS_SAID).map(({ key }) => show(parseRefKey(key)));
  if (more.length > 0)
    said.push(
      `${more.length} more objects are set again by others after each heal, and left as they are: ${more.slice(0, MOST_FIGHTS_SAID).join(", ")}${more.length > MOST_FIGHTS_SAID ? ", …" : ""}`,
    );
  return said.map((message) => ({ type: "ContestedFieldWarning", message }));
}

function comparedConditions(
  managed: ManagedApplication,
  compared: Compared,
  ports: EnginePorts,
): Condition[] {
  const { target, snapshot } = compared;
  const found: Condition[] = [
    ...target.sourceProblems,
    ...sourceNotes(target),
    ...target.problems,
    ...strayIgnoreRules(
      snapshot.app,
      target.desired.map(({ ref }) => ref),
    ),
  ].map(warningOf);
  for (const desired of target.desired) {
    const record = managed.memory.records.get(desired.key);
    if (record === undefined) continue;
    const { origin, ref } = desired;
    // A repair counts for the manifest that it was made for: `applied` and `verdict` say which one that is.
    const hash = record.repairs?.desiredHash;
    const isOfThis = hash === record.applied?.desiredHash || hash === record.verdict?.desiredHash;
    for (const { text } of isOfThis ? (record.repairs?.list ?? []) : [])
      found.push(
        warningOf({ severity: "warning", file: origin.file, line: origin.line, object: show(ref), text }),
      );
    const live = snapshot.cluster.get(desired.key);
    const back = live === undefined ? [] : returnedManagers(live.managers, record);
    if (back.length > 0)
      found.push({
        type: "FieldManagerWarning",
        message: `${show(ref)}: ${back.join(", ")} writes to it again, after its fields were taken over. Somebody still delivers this object by another road`,
      });
  }
  for (const difference of compared.comparison.differences) {
    if (difference.is === "missing" || difference.is === "unknown" || difference.is === "foreign") continue;
    const live = snapshot.cluster.get(difference.key);
    for (const message of live === undefined ? [] : heldBy([live], snapshot.cluster, ports.parents))
      found.push({ type: "DeletionHeldWarning", message });
  }
  found.push(...goingNamespaces(compared), ...undoneConditions(compared));
  found.push(...circleConditions(managed, compared, ports));
  if (!isAutomated(managed.spec.app.spec)) return found;
  const { refusals } = automaticVerdicts(managed, compared, ports);
  for (const { guard, text } of refusals)
    if (guard !== "prune-off" && guard !== "disabled") found.push({ type: "PruneBlocked", message: text });
  return found;
}

/** Namespaces that go, with objects in them that Git wants: they say nothing of that themselves. */
function goingNamespaces({ comparison, target, snapshot: { cluster } }: Compared): Condition[] {
  const wanted = new Set(target.desired.map(({ key }) => key));
  const names = new Set(
    comparison.differences.flatMap((difference) =>
      difference.is === "extra" ? [] : [difference.desired.ref.namespace],
    ),
  );
  return [...names].sort().flatMap((name): Condition[] => {
    const key = refKey({ group: "", kind: "Namespace", namespace: "", name });
    const since = wanted.has(key) ? undefined : cluster.get(key)?.object.metadata.deletionTimestamp;
    if (since === undefined) return [];
    const message = `Namespace ${name} was asked to go at ${since}: everything in it goes with it, and nothing can be made in it before it is gone`;
    return [{ type: "DeletionHeldWarning", message }];
  });
}

/** One that is among its own manifests manages itself, and needs no word. */
function circleConditions(
  { key }: ManagedApplication,
  { snapshot: { cluster } }: Compared,
  ports: EnginePorts,
): Condition[] {
  const circle = renderCircle(key, cluster, ports);
  if (circle.length < 2) return [];
  const message = `${sayCircle(circle)}. None of them waits for the others to be Healthy, and whoever deletes one of them deletes all. Take one of these manifests out of Git`;
  return [{ type: "RenderCircleWarning", message }];
}

/** What an undo made again and Git does not have: why it is there, and how it goes. */
function undoneConditions({ comparison }: Compared): Condition[] {
  const undone = comparison.differences.flatMap((difference) =>
    difference.is === "extra" &&
    difference.live.object.metadata.annotations?.[ANNOTATION.undone] !== undefined &&
    keepMark("Prune", difference.live.object, []).is === "keep"
      ? [show(difference.live.ref)]
      : [],
  );
  // In the cluster's order the sentence would change with every look.
  const [first, ...more] = undone.sort();
  if (first === undefined) return [];
  const names = more.length === 0 ? first : `${first} and ${more.length} more`;
  const message = `Made again by an undo, and not in Git: ${names}. No sync prunes that, because it is marked Prune=false. To keep it put it into Git; to let it go delete it with kubectl`;
  return [{ type: "UndoWarning", message }];
}

function warningOf(problem: Problem): Condition {
  if (problem.path === "RepeatedResourceWarning" || problem.path === "ExcludedResourceWarning") {
    const { path: type, ...rest } = problem;
    return { type, message: showProblem(rest) };
  }
  return { type: "ManifestWarning", message: showProblem(problem) };
}

/** Argo CD's condition type for a failure. */
function conditionType(failure: Failure): Condition["type"] {
  switch (failure.code) {
    case "invalid-spec":
      return "InvalidSpecError";
    case "internal":
    case "store":
      return "UnknownError";
    default:
      return "ComparisonError";
  }
}
