import type { SyncWindow } from "../../core/model/sync-window.ts";

/** A window as the API tells of it. Times are RFC 3339. */
export interface ToldWindow {
  window: SyncWindow;
  is: "open" | "closed";
  /** Absent where it never does. */
  changesAt?: string;
}

export type ToldVerdict = { may: "sync"; until?: string } | { may: "not"; why: string; until?: string };

export interface ToldWindows {
  windows: ToldWindow[];
  manual: ToldVerdict;
  automated: ToldVerdict;
}

/** `Sync Denied until 2026-08-20T04:00:00Z`; the three first words are Argo CD's. */
export function verdictWords({ manual, automated }: Omit<ToldWindows, "windows">): string {
  const word =
    automated.may === "sync" ? "Sync Allowed" : manual.may === "sync" ? "Manual Allowed" : "Sync Denied";
  const end = automated.until === undefined ? "" : ` until ${automated.until}`;
  return `${word}${end}`;
}

/** `deny:0 22 * * *:8h`, as Argo CD lists the windows that are assigned, and its zone. */
export function windowInZone(window: SyncWindow): string {
  const { timeZone = "UTC" } = window;
  return `${windowWords(window)} ${timeZone}`;
}

/** What it does now: a deny window that is closed denies nothing. */
export function windowNow({ window: { kind }, is }: ToldWindow): string {
  if (kind === "allow") return is === "open" ? "open" : "closed";
  return is === "open" ? "denies now" : "denies nothing now";
}

/** `deny:0 22 * * *:8h`, as Argo CD lists the windows of a project. */
export function windowWords({ kind, schedule, duration }: SyncWindow): string {
  return `${kind}:${schedule}:${duration}`;
}

/** Which ones it is for, in the words of its selectors. */
export function selectorWords({ applications, namespaces, clusters, andOperator }: SyncWindow): string {
  const said = Object.entries({ applications, namespaces, clusters }).flatMap(([name, globs]) =>
    globs === undefined || globs.length === 0 ? [] : [`${name} ${globs.join(", ")}`],
  );
  return said.join(andOperator === true ? " and " : " or ");
}
