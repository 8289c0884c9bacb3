/** What is written into ApplicationSets of a cluster, and into the Applications that they own, as JSON patches. Pure. */
import { type Application, RESOURCES_FINALIZER } from "../../core/model/application.ts";
import { SET_REFRESH } from "../../core/model/application-set.ts";
import type { ApplicationSetStatus } from "../../core/model/application-set-status.ts";
import { ifStill, type JsonPatchOp } from "../../core/model/json-patch.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { pointerTo } from "../../lib/json-pointer.ts";
import { isOurFinalizer } from "./finalizers.ts";
import type { WriteBack } from "./write-back.ts";

type Status = ApplicationSetStatus;

/** Status, and the refresh that was done; empty where the set says all that already. */
export function setSteps(
  { metadata, ...object }: KubeObject,
  { status, refreshed }: WriteBack<Status>,
): JsonPatchOp[] {
  const { uid, annotations = {} } = metadata;
  const steps = [
    ...(status === undefined ? [] : statusSteps(object["status"], status)),
    ...(refreshed !== undefined && annotations[SET_REFRESH] === refreshed
      ? withoutRefresh(annotations, refreshed)
      : []),
  ];
  return steps.length === 0 ? [] : [{ op: "test", path: "/metadata/uid", value: uid }, ...steps];
}

/** What kubectl shows, what is wrong, and how far a rollout is. What single applications come to can wait. */
export function isSetNews(before: Status | undefined, now: Status): boolean {
  return before === undefined || !equalJson(headline(before), headline(now));
}

/** Has the set wait for us when it is deleted; empty where it does, or goes already. */
export function holdSteps({
  metadata: { uid, resourceVersion, deletionTimestamp, finalizers = [] },
}: KubeObject): JsonPatchOp[] {
  if (deletionTimestamp !== undefined || finalizers.some(isOurFinalizer)) return [];
  return [
    { op: "test", path: "/metadata/uid", value: uid },
    ifStill(resourceVersion),
    { op: "add", path: "/metadata/finalizers", value: [...finalizers, RESOURCES_FINALIZER] },
  ];
}

/**
 * Labels, annotations, finalizers and spec, as far as the set changes them: what stands there beside them, and what was
 * asked of the application meanwhile, stays.
 * @param before as it was read when it was found to differ
 * @returns steps that apply to this version of this object only; empty where it is all so already
 */
export function childSteps(object: KubeObject, before: Application, after: Application): JsonPatchOp[] {
  const { uid, resourceVersion, labels, annotations, finalizers = [] } = object.metadata;
  const wanted = after.metadata.finalizers ?? [];
  const steps: JsonPatchOp[] = [
    ...mapSteps("labels", labels, before.metadata.labels, after.metadata.labels),
    ...mapSteps("annotations", annotations, before.metadata.annotations, after.metadata.annotations),
    ...(equalJson(finalizers, wanted)
      ? []
      : [{ op: "add", path: "/metadata/finalizers", value: wanted } as const]),
    ...(equalJson(object["spec"], after.spec)
      ? []
      : [{ op: "add", path: "/spec", value: after.spec } as const]),
  ];
  return steps.length === 0
    ? []
    : [{ op: "test", path: "/metadata/uid", value: uid }, ifStill(resourceVersion), ...steps];
}

/** It is nobody's from now on, so that it stays when its set goes; empty where it is not the set's. */
export function disownSteps({ metadata }: KubeObject, setUid: string): JsonPatchOp[] {
  const { uid, resourceVersion, ownerReferences = [] } = metadata;
  const others = ownerReferences.filter((owner) => owner.uid !== setUid);
  if (others.length === ownerReferences.length) return [];
  const path = "/metadata/ownerReferences";
  return [
    { op: "test", path: "/metadata/uid", value: uid },
    ifStill(resourceVersion),
    others.length === 0 ? { op: "remove", path } : { op: "replace", path, value: others },
  ];
}

function statusSteps(before: unknown, status: Status): JsonPatchOp[] {
  if (!isMapping(before)) return [{ op: "add", path: "/status", value: status }];
  return Object.entries(status).flatMap(([field, value]): JsonPatchOp[] =>
    value === undefined || equalJson(before[field], value)
      ? []
      : [{ op: "add", path: `/status/${field}`, value }],
  );
}

function headline({ conditions = [], applicationStatus, resourcesCount, health }: Status): unknown {
  return [
    conditions.map(({ type, status, message }) => [type, status, message]),
    applicationStatus?.map(({ application, status, step, message }) => [application, status, step, message]),
    resourcesCount,
    health?.status,
  ];
}

function withoutRefresh(annotations: Readonly<Record<string, string>>, refreshed: string): JsonPatchOp[] {
  const path = pointerTo("metadata", "annotations", SET_REFRESH);
  const isOnly = Object.keys(annotations).length === 1;
  return [
    { op: "test", path, value: refreshed },
    { op: "remove", path: isOnly ? "/metadata/annotations" : path },
  ];
}

type Texts = Readonly<Record<string, string>>;

/** Keys that neither side names are others'. */
function mapSteps(
  field: "labels" | "annotations",
  live: Texts | undefined,
  before: Texts = {},
  after: Texts = {},
): JsonPatchOp[] {
  const set = Object.entries(after).filter(([key, value]) => live?.[key] !== value);
  const gone = Object.keys(before).filter((key) => after[key] === undefined && live?.[key] !== undefined);
  const at = (key: string): string => pointerTo("metadata", field, key);
  if (live === undefined)
    return set.length === 0
      ? []
      : [{ op: "add", path: pointerTo("metadata", field), value: Object.fromEntries(set) }];
  return [
    ...set.map(([key, value]): JsonPatchOp => ({ op: "add", path: at(key), value })),
    ...gone.map((key): JsonPatchOp => ({ op: "remove", path: at(key) })),
  ];
}
