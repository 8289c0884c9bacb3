import type { KubeObject } from "./kube-object.ts";

interface Manifest {
  metadata: Pick<KubeObject["metadata"], "labels" | "annotations" | "finalizers">;
  spec?: unknown;
}

/** What was before and what is after, for the activity: of manifests what people write, not what servers keep in them. */
export function changed(
  before: Manifest | undefined,
  after: Manifest | undefined,
): { before?: unknown; after?: unknown } {
  return {
    ...(before === undefined ? {} : { before: writtenPart(before) }),
    ...(after === undefined ? {} : { after: writtenPart(after) }),
  };
}

function writtenPart({ metadata: { labels, annotations, finalizers }, spec }: Manifest): object {
  return { metadata: { labels, annotations, finalizers }, spec };
}
