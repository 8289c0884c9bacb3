/** Which commits an application stands at, for whoever asks who changed it. */
import { type Application, type RevisionHistory, sourcesOf } from "./application.ts";
import type { ChangeAbout, CommitAbout, CommitTold } from "./commit-about.ts";
import { revisionsIn } from "./hold.ts";

/** A deployment, as the daemon's history tells it. */
export interface ToldDeployment extends RevisionHistory {
  /** In the order of its sources, as all of these. */
  commits: readonly CommitAbout[];
  changed?: readonly ChangeAbout[];
}

/** That history, and what the application is compared with. */
export interface ToldHistory {
  revisions: readonly string[];
  now: readonly CommitAbout[];
  changed?: readonly ChangeAbout[];
  items: readonly ToldDeployment[];
}

export interface CommitLine {
  is: "change" | "deployed" | "tip";
  /** What it is: `last change`, `deployed`, or `main is at`. */
  lead: string;
  commit: string;
  /** Absent: it may be a commit of others, and who made it is of no interest here. */
  about?: CommitTold;
}

/**
 * The tip of a branch may be a commit of somebody else, which changed nothing here: so the commit that did is told, with
 * its author, and the tip beside it by its id alone. What was deployed stands between them where that is another one. Where
 * the change is not known, the commit of the last deployment and the tip are told as what they are.
 */
export function commitLines(app: Application, known: ToldHistory): CommitLine[] {
  const newest = newestOf(known.items);
  const sources = sourcesOf(app.spec);
  const atTip = (at: number): string =>
    app.status?.hold === undefined ? `${sources[at]?.targetRevision || "HEAD"} is at` : "held at";
  return known.now.flatMap((about, at): CommitLine[] => {
    const tip = known.revisions[at] ?? "";
    const change = known.changed?.[at];
    const deployed = newest === undefined ? undefined : changeOf(newest, at);
    if (change?.is === "commit")
      return [
        { is: "change", lead: "last change", commit: change.commit, about: change },
        ...(deployed === undefined || deployed.is === "tip" || deployed.commit === change.commit
          ? []
          : [{ is: "deployed" as const, lead: "deployed", commit: deployed.commit, about: deployed.about }]),
        ...(change.commit === tip || tip === ""
          ? []
          : [{ is: "tip" as const, lead: atTip(at), commit: tip }]),
      ];
    const isOther = deployed !== undefined && deployed.commit !== tip;
    return [
      ...(isOther
        ? [
            {
              is: "deployed" as const,
              lead: "last deployed at",
              commit: deployed.commit,
              about: deployed.about,
            },
          ]
        : []),
      ...(about.is === "commit" ? [{ is: "tip" as const, lead: atTip(at), commit: tip, about }] : []),
    ];
  });
}

/**
 * Of one source of a deployment the commit that changed it last, as of what was deployed: `change`. Where that is not
 * known, the commit that was deployed itself: `tip`. Undefined where neither is known, or there is none.
 */
export function changeOf(
  entry: ToldDeployment,
  at: number,
): { is: "change" | "tip"; commit: string; about: CommitTold } | undefined {
  const change = entry.changed?.[at];
  if (change?.is === "commit") return { is: "change", commit: change.commit, about: change };
  const about = entry.commits[at];
  return about?.is === "commit" ? { is: "tip", commit: revisionsIn(entry)[at] ?? "", about } : undefined;
}

/** What changed last as of one revision of the first source; undefined where the history does not speak of it. */
export function changeAt(known: ToldHistory, revision: string): ChangeAbout | undefined {
  if (known.revisions[0] === revision) return known.changed?.[0];
  return known.items.find((one) => revisionsIn(one)[0] === revision)?.changed?.[0];
}

function newestOf(items: readonly ToldDeployment[]): ToldDeployment | undefined {
  return items.reduce<ToldDeployment | undefined>(
    (best, entry) => (best === undefined || entry.id > best.id ? entry : best),
    undefined,
  );
}
