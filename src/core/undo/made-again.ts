import { defined } from "../../lib/defined.ts";
import { annotationList } from "../manifest/annotation-list.ts";
import { ANNOTATION } from "../model/application.ts";
import type { KeptObject } from "../model/kept-object.ts";
import type { KubeObject, ObjectMeta, OwnerReference } from "../model/kube-object.ts";
import { groupKind } from "../model/object-ref.ts";
import { ownedPart } from "./owned-part.ts";

/** A kept object as two manifests. */
export interface MadeAgain {
  /** What is applied as ours: the fields that were ours, or all where that is not known. */
  ours: KubeObject;
  /** The whole, what others had set included; undefined where nothing of others is to be given back. */
  whole: KubeObject | undefined;
}

/**
 * A kept object, ready to be made again. It is not in Git, so it bears `Prune=false`: the next automated sync would
 * delete it again. When Git has it, Git's apply takes the mark away, because it was ours.
 *
 * Finalizers come back where they were ours: those of controllers are put by whoever works with the object, and one
 * whose controller is gone would hold it for ever.
 *
 * @param owners its owner references whose owners are there still; others would have it collected at once
 */
export function madeAgain(
  { content, run }: Pick<KeptObject, "run"> & Required<Pick<KeptObject, "content">>,
  owners: readonly OwnerReference[],
): MadeAgain {
  const { object, owned } = content;
  const { finalizers: _, ...metadata } = object.metadata;
  const bare: KubeObject = { ...object, metadata };
  const part = owned === undefined ? bare : partOf(object, owned);
  const ours = marked(part, run, owners);
  const isFixed = FIXED.has(groupKind(object));
  return { ours, whole: owned === undefined || isFixed ? undefined : marked(bare, run, owners) };
}

/** Kinds whose content nobody may change once they are made. */
const FIXED: ReadonlySet<string> = new Set(["Pod", "batch/Job"]);

function partOf(object: KubeObject, owned: NonNullable<KeptObject["content"]>["owned"]): KubeObject {
  const part = ownedPart(owned ?? {}, object) as Partial<KubeObject>;
  const { name, namespace } = object.metadata;
  const metadata: ObjectMeta = {
    ...part.metadata,
    name,
    ...defined({ namespace }),
  };
  return { ...part, apiVersion: object.apiVersion, kind: object.kind, metadata };
}

function marked(object: KubeObject, run: number, owners: readonly OwnerReference[]): KubeObject {
  const { ownerReferences: _, ...metadata } = object.metadata;
  const options = annotationList(object, ANNOTATION.syncOptions).filter(
    (option) => !option.startsWith("Prune="),
  );
  return {
    ...object,
    metadata: {
      ...metadata,
      annotations: {
        ...metadata.annotations,
        [ANNOTATION.syncOptions]: [...options, "Prune=false"].join(","),
        [ANNOTATION.undone]: `run ${run}`,
      },
      ...(owners.length === 0 ? {} : { ownerReferences: [...owners] }),
    },
  };
}
