import type { ManagedApplication } from "../managed-application.ts";

/** Whether anything of it may be in a cluster. */
export function mayHaveSomething({ memory, removal }: ManagedApplication): boolean {
  const { records, hooks, attempt } = memory;
  return (
    removal.progress !== undefined ||
    records.size > 0 ||
    (attempt !== undefined && hooks !== undefined && hooks.kinds.length > 0)
  );
}

/** Whether Git may want hooks around its deletion; where it was never found out, it is looked up. */
export function mayHaveHooks({ memory, spec }: ManagedApplication): boolean {
  if (spec.deleting?.hooks === "skipped") return false;
  return memory.hooks === undefined || memory.hooks.ofDeletion.length > 0;
}
