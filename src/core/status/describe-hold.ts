import { type AppKey, type ApplicationSpec, sourcesOf } from "../model/application.ts";
import { revisionsIn, type ShownHold } from "../model/hold.ts";
import { shortRevision } from "../model/short-revision.ts";

/** At what it is held, by whom, what waits meanwhile, and how it goes on. */
export function describeHold(
  key: AppKey,
  { at, deployment, by, since, reason, extras, until, git = [], trouble }: ShownHold,
  spec: ApplicationSpec,
): string {
  const held = revisionsIn(at);
  const names = sourcesOf(spec).map(({ targetRevision }) => targetRevision || "HEAD");
  const isBehind = git.some((commit, index) => commit !== held[index]);
  const says = [
    // The reason comes early: what is cut off for want of room is the rest.
    `held at ${held.map(shortRevision).join(", ")} by ${by.replace(/^user:/, "")}${reason === undefined ? "" : `: ${reason.replace(/[.\s]+$/, "")}`} (deployment ${deployment}, since ${since})`,
    ...(isBehind ? [`${git.map(shortRevision).join(", ")} of ${names.join(", ")} waits`] : []),
    ...(trouble === undefined ? [] : [`What Git has cannot be told: ${trouble}`]),
    ...(extras === "kept" && spec.syncPolicy?.automated?.prune === true
      ? ["Nothing is pruned meanwhile"]
      : []),
    until === "next-commit"
      ? `It goes on at the next commit that changes it, or by: holdfast app unhold ${key}`
      : `It goes on by: holdfast app unhold ${key}`,
  ];
  return says.join(". ");
}
