/**
 * What is written back into an Application that lives in a cluster, as one JSON patch. Argo CD's definition has no
 * subresource `status`, so status, operation and annotations go in one request. Pure.
 */
import { ANNOTATION, type ApplicationStatus } from "../../core/model/application.ts";
import type { JsonPatchOp } from "../../core/model/json-patch.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { isOurFinalizer } from "./finalizers.ts";

/** Fields of a status that are taken away where they say nothing any more. What else stands there is left as it is. */
const COMES_AND_GOES = [
  "resources",
  "conditions",
  "sourceType",
  "sourceTypes",
  "summary",
  "hold",
  "terminated",
  "undo",
  "others",
  "lastSync",
] as const satisfies readonly (keyof ApplicationStatus)[];

export interface WriteBack<Status = ApplicationStatus> {
  /** As it is to be; absent: it is not written. */
  status?: Status;
  /** An operation that was begun or refused, just as it stood there. */
  taken?: unknown;
  /** The refresh that was asked for is done; the value that the annotation had. */
  refreshed?: string;
}

/**
 * @returns steps that apply to this object only, and to what was asked of it only; empty where it says all that already
 */
export function writeBackPatch(
  { metadata, ...object }: KubeObject,
  { status, taken, refreshed }: WriteBack,
): JsonPatchOp[] {
  const { uid, resourceVersion, annotations = {} } = metadata;
  const steps: JsonPatchOp[] = [
    ...(status === undefined ? [] : statusSteps(object["status"], status, resourceVersion)),
    // What was written anew since is another request: the step before refuses the whole patch.
    ...(taken !== undefined && equalJson(object["operation"], taken)
      ? [test("/operation", taken), { op: "remove", path: "/operation" } as const]
      : []),
    ...(refreshed !== undefined && annotations[ANNOTATION.refresh] === refreshed
      ? withoutRefresh(annotations, refreshed)
      : []),
  ];
  return steps.length === 0 ? [] : [test("/metadata/uid", uid), ...steps];
}

/** What lets a deleted object go that waited for us. Empty where nothing of ours holds it. */
export function releasePatch({
  metadata: { uid, resourceVersion, deletionTimestamp, finalizers = [] },
}: KubeObject): JsonPatchOp[] {
  // Nobody deleted it: what waits for its end is not ours to take away.
  if (deletionTimestamp === undefined) return [];
  const others = finalizers.filter((finalizer) => !isOurFinalizer(finalizer));
  if (others.length === finalizers.length) return [];
  return [
    test("/metadata/uid", uid),
    test("/metadata/resourceVersion", resourceVersion),
    { op: "replace", path: "/metadata/finalizers", value: others },
  ];
}

/** Two statuses that differ in when they were worked out alone say the same. */
export function saysTheSame(a: unknown, b: unknown): boolean {
  return equalJson(withoutTime(a), withoutTime(b));
}

function withoutTime(status: unknown): unknown {
  if (!isMapping(status)) return status;
  const { reconciledAt: _, ...rest } = status;
  return rest;
}

function statusSteps(before: unknown, status: ApplicationStatus, seenAs: string | undefined): JsonPatchOp[] {
  // Nobody can ask that there is none still: what another one says there meanwhile of its objects would be written over.
  if (!isMapping(before))
    return [test("/metadata/resourceVersion", seenAs), { op: "add", path: "/status", value: status }];
  const wanted: Record<string, unknown> = { ...status };
  const changed = Object.keys(wanted).filter(
    (field) => wanted[field] !== undefined && !equalJson(before[field], wanted[field]),
  );
  const gone = COMES_AND_GOES.filter((field) => before[field] !== undefined && wanted[field] === undefined);
  // A look that found nothing new is no news, and would wake everybody who watches.
  if (gone.length === 0 && changed.every((field) => field === "reconciledAt")) return [];
  return [
    ...(changed.includes("operationState") ? asShown(before["operationState"]) : []),
    ...changed.map((field): JsonPatchOp => ({ op: "add", path: `/status/${field}`, value: wanted[field] })),
    ...gone.map((field): JsonPatchOp => ({ op: "remove", path: `/status/${field}` })),
  ];
}

/** Somebody may have ended it meanwhile, by just this field: that is to be heard before it is written over. */
function asShown(before: unknown): JsonPatchOp[] {
  const phase = isMapping(before) ? before["phase"] : undefined;
  return phase === "Running" ? [test("/status/operationState/phase", phase)] : [];
}

function withoutRefresh(annotations: Readonly<Record<string, string>>, refreshed: string): JsonPatchOp[] {
  const path = `/metadata/annotations/${ANNOTATION.refresh.replaceAll("/", "~1")}`;
  const isOnly = Object.keys(annotations).length === 1;
  return [
    test(path, refreshed),
    // An empty map would stay behind, which nobody wrote.
    { op: "remove", path: isOnly ? "/metadata/annotations" : path },
  ];
}

function test(path: string, value: unknown): JsonPatchOp {
  return { op: "test", path, value };
}
