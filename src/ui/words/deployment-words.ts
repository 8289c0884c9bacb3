/** What the page says of deployments, in the words of `holdfast app history`; a test holds that they are the same. */

import type { Application, RevisionHistory } from "../../core/model/application.ts";
import type { ChangeAbout, CommitAbout } from "../../core/model/commit-about.ts";
import { FARED_UNKNOWN, type Fared, type FaredDeployment, faredWords } from "../../core/model/fared.ts";
import { startedByWords } from "../../core/model/started-by.ts";
import { ago } from "../../lib/ago.ts";
import { defined } from "../../lib/defined.ts";
import { placeOf, shortOf } from "./app-words.ts";
import { yamlText } from "./yaml-text.ts";

export interface DeploymentLine {
  id: number;
  /** RFC 3339. */
  at: string;
  /** How long it took, such as `3 s`; "" where that is not known, or less than a second. */
  took: string;
  /** `9f2e1aa`, several joined. */
  revision: string;
  /** Whole, of each source. */
  commits: string[];
  by: string;
  /** What brought it about, and why where somebody said so. */
  cause: string;
  sources: string;
  /** Where each source lies, in their order. */
  places: string[];
  /** Which commit changed it last, by source, or else who made what was deployed; absent: not asked for yet. */
  about?: readonly (CommitAbout & { commit?: string })[];
  is: "held" | "current" | undefined;
  /** How it fared; absent: not known, or not asked for yet. */
  fared?: Fared;
}

/** What was deployed, the newest first. */
export function deploymentsOf({ spec, status }: Application): DeploymentLine[] {
  const entries = [...(status?.history ?? [])].sort((a, b) => b.id - a.id);
  const hold = status?.hold;
  const [newest] = entries;
  // Until the rollback to what is held has ended well, that is the deployment which was gone back to.
  const hasArrived =
    hold !== undefined && newest !== undefined && isSame(revisionsIn(newest), revisionsIn(hold.at));
  const heldId = hold === undefined ? undefined : hasArrived ? newest.id : hold.deployment;
  return entries.map((entry): DeploymentLine => {
    const own = entry.sources ?? (entry.source === undefined ? undefined : [entry.source]);
    const places = (own ?? spec.sources ?? (spec.source === undefined ? [] : [spec.source])).map(placeOf);
    return {
      id: entry.id,
      at: entry.deployedAt,
      took: tookOf(entry),
      revision: revisionsIn(entry).map(shortOf).join(", "),
      commits: revisionsIn(entry),
      by: startedByWords(entry.initiatedBy),
      cause: [entry.cause, entry.reason].filter((word) => word !== undefined).join(": "),
      sources: places.join(", "),
      places,
      is: entry.id === heldId ? "held" : entry.id === newest?.id ? "current" : undefined,
    };
  });
}

/** Each with who made its commits, and how it fared. @param known of the daemon's history, by the deployments' ids */
export function withCommits(
  lines: readonly DeploymentLine[],
  known: readonly {
    id: number;
    commits: readonly CommitAbout[];
    changed?: readonly ChangeAbout[];
    fared?: Fared;
  }[],
): DeploymentLine[] {
  const byId = new Map(known.map((one) => [one.id, one]));
  return lines.map((line) => {
    const { commits, changed, fared } = byId.get(line.id) ?? {};
    const about = commits?.map((one, at) => {
      const change = changed?.[at];
      return change?.is === "commit" ? change : one;
    });
    return { ...line, ...defined({ about, fared }) };
  });
}

/** The history that is shown, each with how it fared, as far as the daemon's answer knows of it. */
export function faredHistory(
  { status }: Application,
  known: readonly { id: number; fared?: Fared }[],
): FaredDeployment[] {
  const byId = new Map(known.map(({ id, fared }) => [id, fared]));
  return (status?.history ?? []).map((entry) => ({ ...entry, ...defined({ fared: byId.get(entry.id) }) }));
}

/** Subject of a commit in a choice: characters. */
const MOST_SUBJECT = 50;

/** One of several to choose from: `3 · 9f2e1aa · 2 h ago · Healthy · web: 1.29`. Where there is no room its end is cut. */
export function choiceWords(line: DeploymentLine, nowMs: number): string {
  const subject = line.about?.flatMap((one) => (one.is === "commit" ? [one.subject] : []))[0] ?? "";
  const parts = [
    String(line.id),
    line.revision,
    ago(line.at, nowMs),
    faredWords(line.fared) || (line.about === undefined ? "" : FARED_UNKNOWN),
    subject.length <= MOST_SUBJECT ? subject : `${subject.slice(0, MOST_SUBJECT - 1)}…`,
  ];
  return parts.filter((word) => word !== "").join(" · ");
}

/** `Ana Ruiz`, of `Ana Ruiz <ana@example.com>`. */
export function personOf(author: string): string {
  return author.replace(/\s*<[^>]*>$/, "") || author;
}

function revisionsIn({ revision, revisions }: Pick<RevisionHistory, "revision" | "revisions">): string[] {
  return revisions ?? (revision === undefined ? [] : [revision]);
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one, at) => one === b[at]);
}

function tookOf({ deployStartedAt, deployedAt }: RevisionHistory): string {
  const seconds = Math.round((Date.parse(deployedAt) - Date.parse(deployStartedAt ?? "")) / 1000);
  // Argo CD's times have no fractions.
  if (!(seconds > 0)) return "";
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

/** One object of a plan, as the API's `diff` has it. */
export interface PlannedObject {
  /** "" or absent: of no group, or the plan does not say. */
  group?: string;
  kind: string;
  namespace: string;
  name: string;
  change: "create" | "change" | "prune" | "none" | "unknown";
  /** Absent: not told. */
  wave?: number;
  fields: { path: string; live?: unknown; desired?: unknown; owner?: FieldOwner }[];
}

/** Who set a field, and when. */
export interface FieldOwner {
  manager: string;
  operation?: string;
  subresource?: string;
  /** RFC 3339. */
  time?: string;
}

/** As `holdfast app rollback` sums it up: `2 to update, 1 to prune, which is off`. */
export function planWords(
  items: readonly Pick<PlannedObject, "change">[],
  extras: "deleted" | "kept",
): string {
  const of = (change: PlannedObject["change"]): number =>
    items.filter((item) => item.change === change).length;
  const [prunes, unknown] = [of("prune"), of("unknown")];
  const parts = [
    ...(of("change") > 0 ? [`${of("change")} to update`] : []),
    ...(of("create") > 0 ? [`${of("create")} to create`] : []),
    ...(prunes === 0
      ? []
      : extras === "deleted"
        ? [`${prunes} to delete`]
        : [`${prunes} to prune, which is off`]),
    ...(unknown > 0 ? [`${unknown} cannot be compared`] : []),
  ];
  return parts.length === 0 ? "nothing differs" : parts.join(", ");
}

/** A value of a field for people: a text as it is, all else as YAML; undefined where there is nothing. */
export function valueWords(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  return typeof value === "string" ? value : yamlText(value);
}

/** `Deployment shop/web`. */
export function objectName({ kind, namespace, name }: Pick<PlannedObject, "kind" | "namespace" | "name">) {
  return `${kind} ${namespace === "" ? name : `${namespace}/${name}`}`;
}
