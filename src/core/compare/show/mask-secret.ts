import { defined } from "../../../lib/defined.ts";
import { ANNOTATION } from "../../model/application.ts";
import type { KubeObject } from "../../model/kube-object.ts";
import { isSecret, secretData } from "../../model/secret-data.ts";

/** Shown in place of every value of a Secret, whatever its length. Argo CD's signs. */
export const MASK = "++++++++";
/** The other value of a key whose two values differ. */
export const CHANGED_MASK = "++++++++ (changed)";

/**
 * The object as it may be stored, shown and sent: values of a Secret masked, and for every kind without kubectl's
 * last-applied annotation, which holds a copy of everything.
 */
export function maskSecret(object: KubeObject): KubeObject {
  const clean = withoutLastApplied(object);
  return isSecret(clean)
    ? withData(
        clean,
        mapValues(secretData(clean), () => MASK),
      )
    : clean;
}

/**
 * Two states of one object, masked so that a key whose value changed can be told from one whose value did not, and
 * nothing else: neither lengths nor whether two keys hold the same.
 */
export function maskPair(before: KubeObject, after: KubeObject): [KubeObject, KubeObject] {
  const [left, right] = [withoutLastApplied(before), withoutLastApplied(after)];
  if (!isSecret(left) && !isSecret(right)) return [left, right];
  const old = secretData(left),
    fresh = secretData(right);
  return [
    withData(
      left,
      mapValues(old, () => MASK),
    ),
    withData(
      right,
      mapValues(fresh, (key, value) => (key in old && old[key] !== value ? CHANGED_MASK : MASK)),
    ),
  ];
}

/** One map of masked values; a Secret that is not made as it should be keeps no value anywhere else. */
function withData(secret: KubeObject, data: Record<string, string>): KubeObject {
  const { data: _, stringData: __, ...rest } = secret;
  const { apiVersion, kind, metadata, type, immutable } = rest;
  return {
    apiVersion,
    kind,
    metadata,
    ...defined({ type, immutable }),
    ...(Object.keys(data).length === 0 ? {} : { data }),
  };
}

function withoutLastApplied(object: KubeObject): KubeObject {
  if (object.metadata.annotations?.[ANNOTATION.lastApplied] === undefined) return object;
  const { [ANNOTATION.lastApplied]: _, ...annotations } = object.metadata.annotations;
  return { ...object, metadata: { ...object.metadata, annotations } };
}

function mapValues(
  data: Record<string, string>,
  change: (key: string, value: string) => string,
): Record<string, string> {
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, change(key, value)]));
}
