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
  // By what they follow alone: where that is now may be a commit of others, which changes nothing here.
  const moved = names.filter((_, at) => git[at] !== undefined && git[at] !== held[at]);
  const says = [
    // The reason comes early: what is cut off for want of room is the rest.
    `held at ${held.map(shortRevision).join(", ")} by ${by.replace(/^user:/, "")}${reason === undefined ? "" : `: ${reason.replace(/[.\s]+$/, "")}`} (deployment ${deployment}, since ${since})`,
    ...(moved.length === 0
      ? []
      : [`What ${moved.join(" and ")} ${moved.length === 1 ? "has" : "have"} since then waits`]),
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
