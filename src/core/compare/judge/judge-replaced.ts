import type { ObjectRecord } from "../../model/comparison.ts";
import type { DesiredObject } from "../../model/desired-object.ts";
import type { KubeObject } from "../../model/kube-object.ts";
import type { LiveObject } from "../../model/live-object.ts";
import type { IgnoredFields } from "../ignore/ignored-fields.ts";
import { leftToOthers } from "../ignore/left-to-others.ts";
import { wantedContent } from "./wanted-leaves.ts";

/**
 * An object that was written by PUT is judged by content: in every place that Git wants something in, it has what the
 * answer to that PUT had there. What others added beside it stays until the next PUT, and is no drift.
 *
 * @param live whole, at the manifest's apiVersion; with managedFields where fields are left to managers
 */
export function judgeReplaced(
  { object }: Pick<DesiredObject, "object">,
  live: Pick<LiveObject, "object">,
  record: ObjectRecord,
  ignored: IgnoredFields,
): { is: "same" } | { is: "changed" } {
  const now = replacedContent(object, live.object, ignored);
  return { is: record.applied?.own.valuesHash === now ? "same" : "changed" };
}

/** What is remembered of the answer to a PUT. */
export function replacedContent(desired: KubeObject, answer: KubeObject, ignored: IgnoredFields): string {
  return wantedContent(desired, answer, leftToOthers(desired, answer, ignored));
}
