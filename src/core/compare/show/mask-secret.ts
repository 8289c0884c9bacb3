import { defined } from "../../../lib/defined.ts";
import { equalJson } from "../../../lib/equal-json.ts";
import { ANNOTATION } from "../../model/application.ts";
import { filledPaths, hidden } from "../../model/filled-in.ts";
import type { KubeObject } from "../../model/kube-object.ts";
import { isSecret, secretData } from "../../model/secret-data.ts";

/** Shown in place of every value of a Secret, and of a secret store, whatever its length. Argo CD's signs. */
export const MASK = "++++++++";
/** The other value of a key whose two values differ. */
export const CHANGED_MASK = "++++++++ (changed)";

/**
 * The object as it may be stored, shown and sent: values of a Secret, and what a secret store gave to any kind, masked; and for every kind without kubectl's
 * last-applied annotation, which holds a copy of everything.
 */
export function maskSecret(object: KubeObject): KubeObject {
  const clean = withoutLastApplied(object);
  const shown = isSecret(clean)
    ? withData(
        clean,
        mapValues(secretData(clean), () => MASK),
      )
    : clean;
  return withoutFilled(shown, shown)[0];
}

/**
 * Two states of one object, masked so that a key whose value changed can be told from one whose value did not, and
 * nothing else: neither lengths nor whether two keys hold the same.
 */
export function maskPair(before: KubeObject, after: KubeObject): [KubeObject, KubeObject] {
  const [left, right] = [withoutLastApplied(before), withoutLastApplied(after)];
  if (!isSecret(left) && !isSecret(right)) return withoutFilled(left, right);
  const old = secretData(left),
    fresh = secretData(right);
  return withoutFilled(
    withData(
      left,
      mapValues(old, () => MASK),
    ),
    withData(
      right,
      mapValues(fresh, (key, value) => (key in old && old[key] !== value ? CHANGED_MASK : MASK)),
    ),
  );
}

/** What one of them was given is hidden in both: before the first sync with it, only one says where. */
function withoutFilled(before: KubeObject, after: KubeObject): [KubeObject, KubeObject] {
  let pair: [unknown, unknown] = [before, after];
  const hide = (old: unknown, fresh: unknown): [unknown, unknown] => [
    MASK,
    old === undefined || equalJson(old, fresh) ? MASK : CHANGED_MASK,
  ];
  for (const path of [...filledPaths(before), ...filledPaths(after)]) {
    // What is hidden already is equal, or said to have changed.
    const isHidden = (value: unknown): boolean => value === MASK || value === CHANGED_MASK;
    pair = hidden(...pair, path, (old, fresh) =>
      isHidden(old) || isHidden(fresh) ? [old, fresh] : hide(old, fresh),
    );
  }
  return pair as [KubeObject, KubeObject];
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
