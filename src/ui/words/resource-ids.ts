/** Objects of an application as addresses name them: `group/Kind/namespace/name`. */
import type { Application } from "../../core/model/application.ts";

interface Named {
  group?: string;
  kind: string;
  namespace?: string;
  name: string;
}

export function idOfResource({ group = "", kind, namespace = "", name }: Named): string {
  return `${group}/${kind}/${namespace}/${name}`;
}

export function resourceIds({ status }: Application): string[] {
  return (status?.resources ?? []).map(idOfResource);
}

/** The one before or after it, round the ends; the first or the last where none is open. */
export function besideOf(
  ids: readonly string[],
  open: string | undefined,
  to: "next" | "previous",
): string | undefined {
  const at = open === undefined ? -1 : ids.indexOf(open);
  if (at < 0) return to === "next" ? ids[0] : ids.at(-1);
  return ids.at((at + (to === "next" ? 1 : -1)) % ids.length);
}

const WRITE_LOGS: ReadonlySet<string> = new Set([
  "/Pod",
  "apps/Deployment",
  "apps/ReplicaSet",
  "apps/StatefulSet",
  "apps/DaemonSet",
  "batch/Job",
]);
const WORST = ["Degraded", "Progressing", "Unknown", "Missing", "Suspended", "Healthy"];

/** What is open where it writes logs, else what is worst of those that do. */
export function withLogs({ status }: Application, open: string | undefined): string | undefined {
  const [group, kind] = open?.split("/") ?? [];
  if (open !== undefined && WRITE_LOGS.has(`${group}/${kind}`)) return open;
  const place = (one: { health?: { status: string } }): number => {
    const at = WORST.indexOf(one.health?.status ?? "Healthy");
    return at < 0 ? WORST.length : at;
  };
  const [worst] = (status?.resources ?? [])
    .filter(({ group = "", kind }) => WRITE_LOGS.has(`${group}/${kind}`))
    .sort((a, b) => place(a) - place(b));
  return worst === undefined ? undefined : idOfResource(worst);
}
