/** Which parts of an object a write through an endpoint takes, and which stay as they were. */
import { defined } from "../../lib/defined.ts";
import type { KubeJson } from "../json.ts";
import type { Kind } from "../kinds/kind.ts";
import { asStored } from "../schema/decode.ts";

/** Objects of built-in kinds as they come back from storage. */
export function settled(kind: Kind, object: KubeJson): KubeJson {
  return kind.custom === undefined
    ? {
        ...asStored(object, kind.type),
        apiVersion: object.apiVersion,
        kind: object.kind,
        metadata: object.metadata,
      }
    : object;
}

/** An update through the status endpoint: the status alone, and annotations of built-in kinds, where controllers keep a revision. */
export function statusOnly(next: KubeJson, old: KubeJson, kind: Kind): KubeJson {
  const annotations = kind.custom === undefined ? next.metadata["annotations"] : old.metadata["annotations"];
  const { annotations: _, ...metadata } = old.metadata;
  return {
    ...old,
    ...defined({ status: next["status"] }),
    metadata: { ...metadata, name: old.metadata.name, ...defined({ annotations }) },
  };
}

/** An update through the main endpoint: the server's own metadata stays, and the status where it has its own endpoint. */
export function specOnly(next: KubeJson, old: KubeJson, kind: Kind): KubeJson {
  const {
    uid,
    creationTimestamp,
    deletionTimestamp,
    deletionGracePeriodSeconds,
    generation,
    resourceVersion,
    generateName,
    namespace,
  } = old.metadata;
  const {
    deletionTimestamp: _a,
    deletionGracePeriodSeconds: _b,
    generation: _c,
    generateName: _d,
    ...metadata
  } = next.metadata;
  const hasStatus = kind.subresources.includes("status");
  const { status: _status, ...rest } = next;
  return {
    ...(hasStatus ? { ...rest, ...defined({ status: old["status"] }) } : next),
    apiVersion: next.apiVersion,
    kind: next.kind,
    metadata: {
      ...metadata,
      ...defined({
        uid,
        creationTimestamp,
        deletionTimestamp,
        deletionGracePeriodSeconds,
        generation,
        resourceVersion,
        generateName,
        namespace,
      }),
      name: old.metadata.name,
    },
  };
}
