/** What an application's status says: from what was seen last, what runs, and what is remembered. */
import { returnedManagers } from "../core/compare/takeover.ts";
import {
  type Application,
  type ApplicationStatus,
  type Condition,
  isAutomated,
} from "../core/model/application.ts";
import type { Health } from "../core/model/health.ts";
import { type RefKey, show } from "../core/model/object-ref.ts";
import { type Problem, showProblem } from "../core/model/problem.ts";
import { pruneVerdicts, type Verdicts } from "../core/plan/prune-guards.ts";
import { unsupportedConditions, unsupportedOf } from "../core/plan/unsupported.ts";
import { appStatus, type Seen as StatusSeen } from "../core/status/app-status.ts";
import type { EnginePorts } from "./engine-ports.ts";
import { guardsOf } from "./guards.ts";
import { liveHealth } from "./live-health.ts";
import type { Seen } from "./look.ts";
import { conditionType } from "./pass.ts";
import type { AppSession } from "./session.ts";
import { timestamp } from "./timestamp.ts";

/** Codes of failures that leave the cluster's side known: what runs is as healthy as it was. */
const OUR_SIDE: ReadonlySet<string> = new Set([
  "store",
  "git-unreachable",
  "git-auth",
  "git-revision",
  "git-path",
  "path-outside-source",
  "render",
  "render-timeout",
  "manifest",
  "tool-missing",
]);

export function statusOf(session: AppSession, ports: EnginePorts): ApplicationStatus {
  const settings = ports.settings();
  const app: Application = {
    ...session.app,
    ...(session.state.status === undefined ? {} : { status: session.state.status }),
  };
  const { trouble, lastSeen } = session;
  const seen: StatusSeen =
    trouble !== undefined || lastSeen === undefined
      ? {
          is: "not-compared",
          health: trouble !== undefined && OUR_SIDE.has(trouble.failure.code) ? "kept" : "unknown",
          why: trouble?.failure.message ?? "it was not looked at yet",
        }
      : {
          is: "compared",
          comparison: lastSeen.observation.comparison,
          revisions: lastSeen.aim.commits,
          sourceTypes: lastSeen.aim.sourceTypes,
          images: lastSeen.aim.images,
        };
  const operation = session.operationState;
  return appStatus({
    app,
    seen,
    healthByKey: trouble === undefined && lastSeen !== undefined ? healthByKey(lastSeen, ports) : new Map(),
    conditions: conditionsOf(session, ports),
    ...(operation === undefined ? {} : { operation }),
    now: timestamp(ports.clock.now()),
    controllerNamespace: settings.namespace,
  });
}

function healthByKey({ cluster, observation }: Seen, ports: EnginePorts): Map<RefKey, Health | undefined> {
  const rules = { userHealth: ports.userHealth, pods: ports.settings().pods };
  const found = new Map<RefKey, Health | undefined>();
  for (const { key } of observation.comparison.differences) {
    const live = cluster.get(key);
    if (live !== undefined) found.set(key, liveHealth(live, cluster, rules));
  }
  return found;
}

function conditionsOf(session: AppSession, ports: EnginePorts): Condition[] {
  const { app, trouble, lastSeen, decisionCondition, deletionConditions } = session;
  const conditions: Condition[] = [...deletionConditions];
  if (trouble !== undefined)
    conditions.push({ type: conditionType(trouble.failure), message: trouble.failure.message });
  conditions.push(...unsupportedConditions(unsupportedOf(app, session.aim?.desired ?? [])));
  if (decisionCondition !== undefined) conditions.push(decisionCondition);
  if (trouble === undefined && lastSeen !== undefined)
    conditions.push(...seenConditions(session, lastSeen, ports));
  return conditions;
}

function seenConditions(session: AppSession, seen: Seen, ports: EnginePorts): Condition[] {
  const found: Condition[] = seen.aim.problems.map(warningOf);
  for (const desired of seen.aim.desired) {
    const record = session.records.get(desired.key);
    const live = seen.cluster.get(desired.key);
    // A repair counts for the manifest that it was made for: `applied` and `verdict` say which one that is.
    const hash = record?.repairs?.desiredHash;
    if (
      record?.repairs !== undefined &&
      (hash === record.applied?.desiredHash || hash === record.verdict?.desiredHash)
    ) {
      for (const { text } of record.repairs.list) {
        found.push(
          warningOf({
            severity: "warning",
            file: desired.origin.file,
            line: desired.origin.line,
            object: show(desired.ref),
            text,
          }),
        );
      }
    }
    const back = live === undefined ? [] : returnedManagers(live.managers, record);
    if (back.length > 0)
      found.push({
        type: "FieldManagerWarning",
        message: `${show(desired.ref)}: ${back.join(", ")} writes to it again, after its fields were taken over. Somebody still delivers this object by another road`,
      });
  }
  if (isAutomated(session.app.spec)) {
    for (const { guard, text } of verdictsOf(session, seen, ports).refusals) {
      if (guard !== "prune-off" && guard !== "disabled") found.push({ type: "PruneBlocked", message: text });
    }
  }
  return found;
}

/** What the guards would say to an automated sync now. */
export function verdictsOf(session: AppSession, { aim, observation }: Seen, ports: EnginePorts): Verdicts {
  const { app, state } = session;
  const { differences } = observation.comparison;
  if (!differences.some(({ is }) => is === "extra")) return { allowed: [], refusals: [], candidates: [] };
  return pruneVerdicts({
    app,
    differences,
    request: { prune: app.spec.syncPolicy?.automated?.prune === true },
    asked: "automatically",
    startedAt: session.extras?.since ?? timestamp(ports.clock.now()),
    revision: aim.commits.join(" "),
    guards: guardsOf(ports.settings()),
    leftOut: aim.leftOut,
    ...(state.approval === undefined ? {} : { approval: state.approval }),
  });
}

function warningOf(problem: Problem): Condition {
  if (problem.path === "RepeatedResourceWarning") {
    const { path: _, ...rest } = problem;
    return { type: "RepeatedResourceWarning", message: showProblem(rest) };
  }
  return { type: "ManifestWarning", message: showProblem(problem) };
}
