/** What an Application that lives in a cluster says: its manifest, what is asked of it, and whether it is to go. Pure. */
import { ANNOTATION, type AppKey, type Application, appKey } from "../../core/model/application.ts";
import { OPERATION } from "../../core/model/application-shape.ts";
import type { KubeObject, ObjectMeta } from "../../core/model/kube-object.ts";
import type { Operation, SyncRequest } from "../../core/model/operation.ts";
import { parseApplication } from "../../core/model/parse-application.ts";
import { type Parsed, type Problem, showProblem } from "../../core/model/problem.ts";
import { checkShape } from "../../core/model/shape.ts";
import type { AskedOperation, RecordedApplication } from "../../core/ports/custom-resources.ts";
import { filled } from "../../lib/defined.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { isOurFinalizer } from "./finalizers.ts";

/**
 * - `stays`: nobody deleted it.
 * - `going`: it was deleted, and one of Argo CD's finalizers has it wait until we are done with it.
 * - `left`: it was deleted, and nothing of it is ours any more; another finalizer may hold it still.
 */
export type RecordLife = { is: "stays" } | { is: "going"; since: string } | { is: "left" };

export interface ApplicationRecord {
  key: AppKey;
  uid: string;
  /** As the server has it. */
  object: KubeObject;
  /** What a person wrote: without status and operation, the server's bookkeeping, and what is asked for once. */
  app: Parsed<Application>;
  asked: AskedOperation;
  refresh: RecordedApplication["refresh"];
  life: RecordLife;
}

/** @param object an Application of an API server: it has a namespace and a uid */
export function applicationRecord(object: KubeObject): ApplicationRecord {
  const { name, namespace = "", uid = "", annotations = {} } = object.metadata;
  const refresh = annotations[ANNOTATION.refresh];
  return {
    key: appKey(namespace, name),
    uid,
    object,
    app: parseApplication(manifestOf(object), { homeNamespace: namespace }),
    asked: askedOperation(object["operation"]),
    // Argo CD takes whatever is not hard for a normal one.
    refresh:
      refresh === undefined ? undefined : { how: refresh === "hard" ? "hard" : "normal", written: refresh },
    life: lifeOf(object.metadata),
  };
}

/**
 * The object without what is not its writer's. It is the same for as long as nobody edits it, whatever the server notes
 * beside it.
 */
export function manifestOf(object: KubeObject): KubeObject {
  const { status: _, operation: __, metadata, ...rest } = object;
  const {
    managedFields: _managed,
    resourceVersion: _version,
    generation: _generation,
    deletionTimestamp: _deleted,
    deletionGracePeriodSeconds: _grace,
    annotations = {},
    ...kept
  } = metadata;
  const { [ANNOTATION.refresh]: _refresh, ...others } = annotations;
  return {
    ...rest,
    metadata: { ...kept, ...(Object.keys(others).length === 0 ? {} : { annotations: others }) },
  } as KubeObject;
}

function lifeOf({ deletionTimestamp: since, finalizers = [] }: ObjectMeta): RecordLife {
  if (since === undefined) return { is: "stays" };
  return finalizers.some(isOurFinalizer) ? { is: "going", since } : { is: "left" };
}

function askedOperation(written: unknown): AskedOperation {
  if (written === undefined || written === null) return { is: "none" };
  const wrong = (why: string): AskedOperation => ({ is: "wrong", why, written });
  const problems: Problem[] = [];
  const checked = checkShape(written, OPERATION, ["operation"], (problem) => problems.push(problem));
  const errors = problems.filter(({ severity }) => severity === "error");
  if (errors.length > 0) return wrong(errors.map(showProblem).join("; "));
  const { sync, ...rest } = checked as Operation;
  if (!isMapping(sync)) return wrong("operation: names no sync, and nothing else is done by it");
  const { manifests } = sync as { manifests?: unknown[] };
  if (manifests !== undefined && manifests.length > 0)
    return wrong(
      "operation.sync.manifests: manifests from elsewhere than the application's sources are not synced",
    );
  return { is: "asked", operation: { ...filled(rest), sync: sync as SyncRequest }, written };
}
