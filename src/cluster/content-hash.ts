import { ANNOTATION } from "../core/model/application.ts";
import type { KubeObject } from "../core/model/kube-object.ts";
import { hashText } from "../lib/hash.ts";

/**
 * Hash over what a sync can change: everything but status, and the metadata that the server keeps for itself. The watched
 * object, a GET of it and the answer to a dry run that changes nothing are equal at the same apiVersion.
 *
 * Keys are taken in the server's order, which is the same in all of its answers; another one would cost a dry run, no more.
 *
 * @param apiVersion @param kind as the server would name them; items of lists leave them out
 */
export function contentHash(object: KubeObject, apiVersion: string, kind: string): string {
  const { apiVersion: _apiVersion, kind: _kind, status: _status, metadata, ...content } = object;
  const {
    managedFields: _managed,
    resourceVersion: _version,
    generation: _generation,
    annotations,
    ...meta
  } = metadata;
  return hashText(JSON.stringify([apiVersion, kind, meta, judgedAnnotations(annotations), content]));
}

/** kubectl's note to itself is no content, and the cache does not keep it. None left reads as none there. */
function judgedAnnotations(annotations: Record<string, string> = {}): Record<string, string> {
  if (annotations[ANNOTATION.lastApplied] === undefined) return annotations;
  const { [ANNOTATION.lastApplied]: _lastApplied, ...others } = annotations;
  return others;
}
