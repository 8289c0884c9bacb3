import { type Application, sourcesOf } from "../../core/model/application.ts";
import { revisionsIn } from "../../core/model/hold.ts";
import type { RenderAsk } from "../../core/ports/renderers.ts";
import type { ManagedApplication } from "../managed-application.ts";
import { revisionNamesOf } from "./tips.ts";

/**
 * Whether somebody answers for revisions that are only to be looked at: each is what the source follows, what was found
 * there last, or what was delivered once. Whoever may look names any other commit, a branch's too.
 * @param revisions by source; "" and absent are the source's own
 */
export function answeredFor(
  { target, status }: Pick<ManagedApplication, "target" | "status">,
  { spec }: Pick<Application, "spec">,
  revisions: readonly (string | undefined)[],
): NonNullable<RenderAsk["commits"]> {
  const sources = sourcesOf(spec);
  const found = target === undefined ? [] : [revisionNamesOf(target)];
  const delivered = [...found, ...(status?.history ?? []).map(revisionsIn)];
  const isAnswered = (revision = "", at: number): boolean =>
    revision === "" ||
    revision === (sources[at]?.targetRevision || "HEAD") ||
    delivered.some((names) => names[at] === revision);
  return revisions.every(isAnswered) ? "merged" : "not merged";
}
