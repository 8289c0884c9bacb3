import { equalJson } from "../../../lib/equal-json.ts";
import { isMapping } from "../../../lib/is-mapping.ts";
import type { KubeObject } from "../../model/kube-object.ts";
import { isSecret, secretData } from "../../model/secret-data.ts";
import { isNothing } from "./is-nothing.ts";

/**
 * Whether everything that is desired is there: for kinds that the server cannot predict. What live has beyond that is
 * defaults and other people's fields. Lists must agree item by item; empty and absent are the same.
 */
export function desiredWithinLive(desired: KubeObject, live: KubeObject): boolean {
  const {
    apiVersion: _,
    metadata,
    status: __,
    ...fields
  } = isSecret(desired) ? { ...desired, data: secretData(desired), stringData: undefined } : desired;
  const { labels, annotations } = metadata;
  return (
    within(fields, live) &&
    within(labels, live.metadata.labels) &&
    within(annotations, live.metadata.annotations)
  );
}

function within(want: unknown, have: unknown): boolean {
  if (isNothing(want)) return true;
  if (Array.isArray(want))
    return (
      Array.isArray(have) && want.length === have.length && want.every((item, at) => within(item, have[at]))
    );
  if (typeof want === "object") {
    return (
      isMapping(have) && Object.entries(want as object).every(([key, value]) => within(value, have[key]))
    );
  }
  return equalJson(want, have);
}
