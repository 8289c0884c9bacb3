/** What an ApplicationSet that lives in a cluster says, and what is said of one that cannot be read. Pure. */
import { type ApplicationSet, SET_REFRESH, type SetKey, setKey } from "../../core/model/application-set.ts";
import type { ApplicationSetStatus, SetCondition } from "../../core/model/application-set-status.ts";
import type { KubeObject, ObjectMeta } from "../../core/model/kube-object.ts";
import { refOf, show } from "../../core/model/object-ref.ts";
import { parseApplicationSet } from "../../core/model/parse-application-set.ts";
import { type Parsed, type Problem, showProblem } from "../../core/model/problem.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { manifestOf } from "./application-record.ts";
import { isOurFinalizer } from "./finalizers.ts";

/** Has the garbage collector leave what the set owns, by `kubectl delete --cascade=orphan`. Source: Kubernetes. */
const ORPHAN = "orphan";

/**
 * - `stays`: nobody deleted it.
 * - `going`: it was deleted, and a finalizer has it wait until its applications are looked after.
 * - `orphaning`: it was deleted so that its applications stay, which the cluster sees to.
 * - `left`: it was deleted, and what becomes of its applications is the cluster's to do.
 */
export type SetLife = { is: "stays" } | { is: "going"; since: string } | { is: "orphaning" } | { is: "left" };

export interface SetRecord {
  key: SetKey;
  uid: string;
  /** As the server has it. */
  object: KubeObject;
  /** What a person wrote: without status, the server's bookkeeping, and what is asked for once. */
  read: Parsed<ApplicationSet>;
  refresh: string | undefined;
  life: SetLife;
}

/** @param object an ApplicationSet of an API server: it has a namespace and a uid */
export function setRecord(object: KubeObject): SetRecord {
  const { name, namespace = "", uid = "", annotations } = object.metadata;
  return {
    key: setKey(namespace, name),
    uid,
    object,
    read: parseApplicationSet(withoutRefresh(manifestOf(object)), { homeNamespace: namespace }),
    refresh: annotations?.[SET_REFRESH],
    life: lifeOf(object.metadata),
  };
}

/** What stands in its way, or may; the object is named as people know it. */
export function problemsOf({ read, object }: Pick<SetRecord, "read" | "object">): Problem[] {
  return (read.ok ? read.warnings : read.problems).map((problem) => ({
    ...problem,
    object: show(refOf(object)),
  }));
}

/** As its own status says it; undefined where that says nothing of it. */
export function brokenSince({ object }: Pick<SetRecord, "object">): string | undefined {
  const { conditions = [] } = statusIn(object) ?? {};
  const said = conditions.find(({ type, status }) => type === "ErrorOccurred" && status === "True");
  return said?.lastTransitionTime;
}

/** It goes on as it was, and that is said. What else stands there stays. */
export function withSetProblems(
  status: ApplicationSetStatus,
  { read }: Pick<SetRecord, "read">,
  since: string,
): ApplicationSetStatus {
  if (read.ok) return status;
  const errors = read.problems.filter(({ severity }) => severity === "error");
  const message = errors.map(({ object: _, ...problem }) => showProblem(problem)).join("; ");
  const { conditions = [] } = status;
  const before = conditions.find(({ type }) => type === "ErrorOccurred");
  const said: SetCondition = {
    type: "ErrorOccurred",
    status: "True",
    reason: "ApplicationValidationError",
    message: `the set cannot be read, so that its applications stay as they are: ${message}`,
    lastTransitionTime: before?.status === "True" ? (before.lastTransitionTime ?? since) : since,
  };
  return { ...status, conditions: [said, ...conditions.filter(({ type }) => type !== "ErrorOccurred")] };
}

/** As it stands there, as far as it is one. */
export function statusIn(object: KubeObject): ApplicationSetStatus | undefined {
  const status = object["status"];
  return isMapping(status) ? (status as ApplicationSetStatus) : undefined;
}

function withoutRefresh(manifest: KubeObject): KubeObject {
  const { annotations = {}, ...metadata } = manifest.metadata;
  const { [SET_REFRESH]: _, ...others } = annotations;
  return {
    ...manifest,
    metadata: { ...metadata, ...(Object.keys(others).length === 0 ? {} : { annotations: others }) },
  };
}

function lifeOf({ deletionTimestamp: since, finalizers = [] }: ObjectMeta): SetLife {
  if (since === undefined) return { is: "stays" };
  if (!finalizers.some(isOurFinalizer)) return { is: "left" };
  return finalizers.includes(ORPHAN) ? { is: "orphaning" } : { is: "going", since };
}
