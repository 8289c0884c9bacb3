/** What argocd says of an application in a word or a line. Source: argo-cd-behaviour 7.1. */
import { type Application, isAutomated, type Source, sourcesOf } from "../../../core/model/application.ts";

export function serverOf({ spec: { destination } }: Application): string {
  return destination.server || (destination.name ?? "");
}

/** Of lists. */
export function policyWord({ spec }: Application): string {
  if (!isAutomated(spec)) return "Manual";
  return spec.syncPolicy?.automated?.prune === true ? "Auto-Prune" : "Auto";
}

/** `Type(2),Other`, or `<none>`. */
export function conditionsWord({ status }: Application): string {
  const counts = new Map<string, number>();
  for (const { type } of status?.conditions ?? []) counts.set(type, (counts.get(type) ?? 0) + 1);
  const words = [...counts].map(([type, count]) => (count > 1 ? `${type}(${count})` : type));
  return words.length === 0 ? "<none>" : words.join(",");
}

export function firstSource({ spec }: Application): Source {
  return sourcesOf(spec)[0] ?? { repoURL: "" };
}

/** `Synced to main (9f2e1aa)`. */
export function syncLine(app: Application): string {
  const { status: word = "Unknown", revision = "" } = app.status?.sync ?? {};
  const link = { Synced: "to", OutOfSync: "from" }[word as string];
  if (link === undefined) return word;
  const target = firstSource(app).targetRevision || "HEAD";
  if ((app.spec.sources ?? []).length > 0) return word;
  const isCommit = /^[0-9a-f]{7,64}$/i.test(target);
  return `${word} ${link} ${target}${!isCommit && revision.length > 7 ? ` (${revision.slice(0, 7)})` : ""}`;
}

export function healthLine({ status }: Application): string {
  const { status: word = "Unknown", message } = status?.health ?? {};
  return message ? `${word} (${message})` : word;
}
