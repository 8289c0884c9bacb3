/** Which commits an application stands at, for whoever asks who changed it. */
import { equalJson } from "../../lib/equal-json.ts";
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
  /** What Git has beyond `revisions`: it waits for a hold to end, or cannot be used. */
  ahead?: { revisions: readonly string[]; changed: readonly ChangeAbout[] };
  items: readonly ToldDeployment[];
}

export interface CommitLine {
  is: "ahead" | "change" | "deployed" | "tip";
  /** What it is: `last change`, `deployed`, or `main is at`. */
  lead: string;
  commit: string;
  about: CommitTold;
  /** Of a change, where the branch is, if that is another commit: one of others, by its id alone. */
  tip?: { lead: string; commit: string };
}

/**
 * The tip of a branch may be a commit of somebody else, which changed nothing here: so the commit that did is told, with
 * its author, and the tip beside it by its id alone. What was deployed follows where that is another one, and first of all
 * stands what Git has beyond that. Where the change is not known, the commit of the last deployment and the tip are told as
 * what they are.
 */
export function commitLines(app: Application, known: ToldHistory): CommitLine[] {
  const newest = newestOf(known.items);
  const sources = sourcesOf(app.spec);
  const isHeld = app.status?.hold !== undefined;
  // Of a hold that was set just now what was asked before tells what was left.
  if (isHeld && !isOfNow(app, known)) return [];
  const asked = (at: number): string => sources[at]?.targetRevision || "HEAD";
  const atTip = (at: number): string =>
    isHeld ? "held at" : known.ahead === undefined ? `${asked(at)} is at` : "compared last at";
  // Of one that was never compared, what Git has is all that there is to tell.
  const many = Math.max(known.now.length, known.ahead?.changed.length ?? 0);
  return Array.from({ length: many }, (_, at): CommitLine[] => {
    const about = known.now[at];
    const tip = known.revisions[at] ?? "";
    const change = known.changed?.[at];
    const deployed = newest === undefined ? undefined : changeOf(newest, at);
    const ahead = aheadOf(known, at, asked(at), isHeld ? "waits" : "newest change");
    const asDeployed = (lead: string): CommitLine[] =>
      deployed === undefined
        ? []
        : [{ is: "deployed", lead, commit: deployed.commit, about: deployed.about }];
    if (change?.is !== "commit")
      return [
        ...ahead,
        ...(deployed?.commit === tip ? [] : asDeployed("last deployed at")),
        ...(about?.is === "commit" ? [{ is: "tip" as const, lead: atTip(at), commit: tip, about }] : []),
      ];
    // What Git has beyond it says where the branch is.
    const isLast = ahead.length === 0 || isHeld;
    const hasTip = isLast && change.commit !== tip && tip !== "";
    return [
      ...ahead,
      {
        ...{ is: "change", lead: isLast ? "last change" : "the one before" },
        ...{ commit: change.commit, about: change },
        ...(hasTip ? { tip: { lead: atTip(at), commit: tip } } : {}),
      },
      ...(deployed?.is === "change" && deployed.commit !== change.commit ? asDeployed("deployed") : []),
    ];
  }).flat();
}

function isOfNow({ status }: Application, { revisions }: ToldHistory): boolean {
  const now = revisionsIn(status?.sync ?? {});
  return now.length === 0 || equalJson(now, revisions);
}

function aheadOf(known: ToldHistory, at: number, asked: string, lead: string): CommitLine[] {
  const change = known.ahead?.changed[at];
  const now = known.changed?.[at];
  // What came since changed nothing of it.
  if (change?.is !== "commit" || (now?.is === "commit" && now.commit === change.commit)) return [];
  const tip = known.ahead?.revisions[at] ?? "";
  return [
    {
      ...{ is: "ahead", lead, commit: change.commit, about: change },
      ...(tip === change.commit || tip === "" ? {} : { tip: { lead: `${asked} is at`, commit: tip } }),
    },
  ];
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
