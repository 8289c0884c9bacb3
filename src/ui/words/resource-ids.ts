/** Objects of an application as addresses name them: `group/Kind/namespace/name`. */
import type { Application } from "../../core/model/application.ts";
import { tellingState } from "../../core/model/last-sync.ts";

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
const WORST = ["Degraded", "Progressing", "Unknown", "Suspended", "Healthy"];

const writesLogs = ({ group = "", kind }: Named): boolean => WRITE_LOGS.has(`${group}/${kind}`);

/**
 * What is open where it writes logs, else the hook at which the last run ended or is, else what is worst of the objects
 * that write some. What is not there writes none.
 */
export function withLogs({ status }: Application, open: string | undefined): string | undefined {
  const [group, kind = ""] = open?.split("/") ?? [];
  if (open !== undefined && writesLogs({ group: group ?? "", kind, name: "" })) return open;
  const { phase, syncResult } = tellingState(status) ?? {};
  const at = phase === "Running" ? "Running" : phase === "Succeeded" ? undefined : "Failed";
  const hook = syncResult?.resources.find(
    (one) => at !== undefined && one.hookType !== undefined && one.hookPhase === at && writesLogs(one),
  );
  if (hook !== undefined) return idOfResource(hook);
  const place = (one: { health?: { status: string } }): number => {
    const at = WORST.indexOf(one.health?.status ?? "Healthy");
    return at < 0 ? WORST.length : at;
  };
  const [worst] = (status?.resources ?? [])
    .filter((one) => writesLogs(one) && one.health?.status !== "Missing")
    .sort((a, b) => place(a) - place(b));
  return worst === undefined ? undefined : idOfResource(worst);
}
