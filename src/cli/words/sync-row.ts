/** One object of a sync, for people. */
export interface SyncRow {
  key: string;
  /** `PreSync`, `wave 0`, `Sync hook`, `PostSync`, `SyncFail`, `PreDelete`, `PostDelete`. */
  lane: string;
  order: number;
  /** `Deployment/web`. */
  name: string;
  /** A word with a sign: Synced, Progressing, Degraded, Failed, Pruned, Going, PruneSkipped, NotAsked, Waiting; of a hook Running, Succeeded, Failed. */
  state: string;
  /** What was done to it: `configured`, `unchanged`, `pruned`, `waiting`; of a hook `running`, `completed`, `failed`. */
  done: string;
  /** What it waits for, or what went wrong. */
  detail: string;
}
