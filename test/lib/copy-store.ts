import type { Store } from "../../src/core/ports/store.ts";

/** As the disk would hold it now. */
export function copyStore(from: Store, to: Store): void {
  for (const app of from.applications()) to.putApplication(app);
  const states = from.states();
  to.putStates(states);
  for (const { key } of states) to.putRecords(key, from.records(key));
  for (const { id: _, ...run } of [...from.runs({ limit: 1_000 })].reverse()) to.startRun(run);
}
