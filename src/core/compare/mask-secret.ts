import { ANNOTATION } from "../model/application.ts";
import { type KubeObject, parseApiVersion } from "../model/kube-object.ts";

/** Shown in place of every value of a Secret, whatever its length. Argo CD's signs. */
export const MASK = "++++++++";
/** The other value of a key whose two values differ. */
export const CHANGED_MASK = "++++++++ (changed)";

export function isSecret(object: KubeObject): boolean {
  return object.kind === "Secret" && parseApiVersion(object.apiVersion).group === "";
}

/**
 * The object as it may be stored, shown and sent: values of a Secret masked, and for every kind without kubectl's
 * last-applied annotation, which holds a copy of everything.
 */
export function maskSecret(object: KubeObject): KubeObject {
  const clean = withoutLastApplied(object);
  return isSecret(clean)
    ? withData(
        clean,
        mapValues(dataOf(clean), () => MASK),
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
  const old = dataOf(left),
    fresh = dataOf(right);
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

/** `data` with `stringData` written over it, as the API server does: every value as base64, or its JSON where it is no text. */
export function dataOf(secret: KubeObject): Record<string, string> {
  const data: Record<string, string> = {};
  for (const [key, value] of Object.entries(fieldsOf(secret["data"])))
    data[key] = typeof value === "string" ? value : value === null ? "" : JSON.stringify(value);
  for (const [key, value] of Object.entries(fieldsOf(secret["stringData"]))) {
    data[key] = Buffer.from(typeof value === "string" ? value : JSON.stringify(value ?? "")).toString(
      "base64",
    );
  }
  return data;
}

/** One map of masked values; a Secret that is not made as it should be keeps no value anywhere else. */
function withData(secret: KubeObject, data: Record<string, string>): KubeObject {
  const { data: _, stringData: __, ...rest } = secret;
  const { apiVersion, kind, metadata, type, immutable } = rest;
  return {
    apiVersion,
    kind,
    metadata,
    ...(type === undefined ? {} : { type }),
    ...(immutable === undefined ? {} : { immutable }),
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

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}
