/** What is written into an ImageUpdater: its status, as a JSON patch. Pure. */
import type { ImageUpdaterStatus } from "../../core/images/updater-status.ts";
import type { JsonPatchOp } from "../../core/model/json-patch.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { pointerTo } from "../../lib/json-pointer.ts";
import type { WriteBack } from "./write-back.ts";

/** Applies to this very object alone. Empty where it says all that already; what else stands there stays. */
export function updaterSteps(
  { metadata: { uid }, ...object }: KubeObject,
  { status }: WriteBack<ImageUpdaterStatus>,
): JsonPatchOp[] {
  if (status === undefined) return [];
  const before = object["status"];
  const steps: JsonPatchOp[] = !isMapping(before)
    ? [{ op: "add", path: "/status", value: status }]
    : Object.entries(status).flatMap(([field, value]): JsonPatchOp[] =>
        value === undefined || equalJson(before[field], value)
          ? []
          : [{ op: "add", path: pointerTo("status", field), value }],
      );
  return steps.length === 0 ? [] : [{ op: "test", path: "/metadata/uid", value: uid }, ...steps];
}

/** All but when somebody looked. */
export function isUpdaterNews(before: ImageUpdaterStatus | undefined, now: ImageUpdaterStatus): boolean {
  return before === undefined || !equalJson(headline(before), headline(now));
}

function headline({ lastCheckedAt: _, conditions, ...status }: ImageUpdaterStatus): unknown {
  return [status, conditions.map(({ lastTransitionTime: __, ...condition }) => condition)];
}
