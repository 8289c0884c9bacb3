/** As people read an object: without what its server keeps for itself, and without status, which is nobody's wish. */
export function plainObject(object: object): Record<string, unknown> {
  const {
    metadata = {},
    status: _,
    ...rest
  } = object as Record<string, unknown> & {
    metadata?: Record<string, unknown>;
  };
  const {
    managedFields: __,
    uid: ___,
    resourceVersion: ____,
    generation: _____,
    creationTimestamp: ______,
    ...kept
  } = metadata;
  const { apiVersion, kind, ...others } = rest;
  return { apiVersion, kind, metadata: kept, ...others };
}
