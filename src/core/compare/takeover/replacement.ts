import { defined } from "../../../lib/defined.ts";
import { isMapping } from "../../../lib/is-mapping.ts";
import { ANNOTATION } from "../../model/application.ts";
import { FIELD_MANAGER } from "../../model/field-manager.ts";
import { gvkOf, type KubeObject, type ManagedFieldsEntry } from "../../model/kube-object.ts";
import { groupKind } from "../../model/object-ref.ts";
import { isTakeable } from "./takeover.ts";

/**
 * What `Replace=true` sends to an object that is there. As with `kubectl replace`, its content is what Git says and
 * nothing else: fields that Git leaves out go back to the server's defaults. Its metadata is shared, and there others
 * keep what is theirs: labels and annotations that Git does not name and that neither we nor another delivery tool
 * wrote, finalizers and owners. The resourceVersion is the precondition.
 *
 * @param live as read, with managedFields
 */
export function replacement(desired: KubeObject, live: KubeObject): KubeObject {
  const { metadata } = live;
  const labels = { ...foreign("labels", live), ...desired.metadata.labels };
  const annotations = { ...foreign("annotations", live), ...desired.metadata.annotations };
  const { finalizers = metadata.finalizers, ownerReferences = metadata.ownerReferences } = desired.metadata;
  const object: KubeObject = {
    ...desired,
    metadata: {
      ...desired.metadata,
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
      ...defined({ finalizers, ownerReferences, resourceVersion: metadata.resourceVersion }),
    },
  };
  const name = groupKind(gvkOf(object));
  if (name === "batch/Job") return withGeneratedSelector(object, live);
  const bound = BOUND[name];
  return bound === undefined ? object : withBound(object, live, bound);
}

/** What the cluster fills in when a volume is bound, and lets nobody take out: by `group/Kind`, fields of the spec. */
const BOUND: Readonly<Record<string, readonly string[]>> = {
  PersistentVolume: ["claimRef"],
  PersistentVolumeClaim: ["dataSource", "dataSourceRef", "storageClassName", "volumeMode", "volumeName"],
};

function withBound(object: KubeObject, live: KubeObject, names: readonly string[]): KubeObject {
  const spec = object["spec"],
    was = live["spec"];
  if (!isMapping(spec) || !isMapping(was)) return object;
  const kept = names.filter((name) => spec[name] === undefined && was[name] !== undefined);
  return { ...object, spec: { ...Object.fromEntries(kept.map((name) => [name, was[name]])), ...spec } };
}

/** Of the live labels or annotations, those that others hold, or nobody. */
function foreign(field: "labels" | "annotations", { metadata }: KubeObject): Record<string, string> {
  const entries = metadata.managedFields ?? [];
  const isDelivery = (entry: ManagedFieldsEntry) => entry.manager === FIELD_MANAGER || isTakeable(entry);
  const holds =
    (name: string) =>
    ({ fieldsV1 }: ManagedFieldsEntry): boolean =>
      Object.hasOwn(fieldsV1?.["f:metadata"]?.[`f:${field}`] ?? {}, `f:${name}`);
  return Object.fromEntries(
    Object.entries(metadata[field] ?? {}).filter(([name]) => {
      if (name === ANNOTATION.lastApplied) return false;
      const holders = entries.filter(holds(name));
      return holders.length === 0 || holders.some((entry) => !isDelivery(entry));
    }),
  );
}

/** A Job's controller made them at its creation, and the server takes no PUT without them. */
function withGeneratedSelector(object: KubeObject, live: KubeObject): KubeObject {
  const spec = object["spec"],
    was = live["spec"];
  if (
    !isMapping(spec) ||
    !isMapping(was) ||
    spec["manualSelector"] === true ||
    spec["selector"] !== undefined
  )
    return object;
  return {
    ...object,
    spec: { ...spec, selector: was["selector"], template: withLabels(spec["template"], was["template"]) },
  };
}

function withLabels(template: unknown, was: unknown): unknown {
  if (!isMapping(template) || !isMapping(was)) return template;
  const metadata = isMapping(template["metadata"]) ? template["metadata"] : {};
  const generated = isMapping(was["metadata"]) ? was["metadata"]["labels"] : undefined;
  if (!isMapping(generated)) return template;
  const labels = isMapping(metadata["labels"]) ? metadata["labels"] : {};
  const own = Object.entries(generated).filter(([name]) => /(?:^|\/)(?:controller-uid|job-name)$/.test(name));
  return { ...template, metadata: { ...metadata, labels: { ...Object.fromEntries(own), ...labels } } };
}
