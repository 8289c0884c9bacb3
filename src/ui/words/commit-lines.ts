/** Which commits an application stands at, for whoever asks who changed it. */
import { type Application, sourcesOf } from "../../core/model/application.ts";
import type { CommitAbout } from "../../core/model/commit-about.ts";
import { type LastDeployed, lastDeployedOf } from "../../core/model/last-deployed.ts";

export interface CommitLine {
  /** "": what it is compared with was deployed last, too. */
  lead: string;
  commit: string;
  about: Extract<CommitAbout, { is: "commit" }>;
}

/**
 * The tip of a branch may be a commit of somebody else, which changed nothing here: then the commit that was deployed last
 * stands beside it, and each says which it is.
 */
export function commitLines(
  app: Application,
  known: { revisions: readonly string[]; now: readonly CommitAbout[]; items: readonly LastDeployed[] },
): CommitLine[] {
  const deployed = lastDeployedOf(known.items);
  const sources = sourcesOf(app.spec);
  const held = app.status?.hold !== undefined;
  return known.now.flatMap((about, at): CommitLine[] => {
    const commit = known.revisions[at] ?? "";
    const last = deployed[at];
    const isOther = last !== undefined && last.commit !== commit;
    const asked = sources[at]?.targetRevision || "HEAD";
    const tip = isOther ? (held ? "held at" : `${asked} is at`) : "";
    return [
      ...(isOther ? [{ lead: "last change deployed", ...last }] : []),
      ...(about.is === "commit" ? [{ lead: tip, commit, about }] : []),
    ];
  });
}
