/** Of an entry of the activity, what tells who paused automated sync. */
export interface PolicyEntry {
  at: string;
  actor: string;
  reason?: string;
  outcome?: { is: string };
  before?: unknown;
  after?: unknown;
}

/** The deed that paused it last. @param entries the newest first */
export function pausedBy(entries: readonly PolicyEntry[]): PolicyEntry | undefined {
  return entries.find(
    ({ before, after, outcome }) =>
      (outcome?.is ?? "done") === "done" && enabledIn(after) === false && enabledIn(before) !== false,
  );
}

function enabledIn(application: unknown): unknown {
  let at = application;
  for (const name of ["spec", "syncPolicy", "automated", "enabled"])
    at = typeof at === "object" && at !== null ? (at as Record<string, unknown>)[name] : undefined;
  return at;
}
