/** Whose an object is and how it came to be there, as the API says it and the command line shows it. */
import type { AppKey } from "./application.ts";
import type { ObjectRef } from "./object-ref.ts";

export interface TraceAnswer {
  /** Several where no namespace or cluster was named, or where two applications have a part in it. */
  items: TracedObject[];
  /** Where there are none: why that may be, the nearest first. Sentences with a full stop. */
  reasons: string[];
}

export interface TracedObject {
  application: AppKey;
  project: string;
  /** As its destination names it. */
  cluster: string;
  /** From what was asked for up to the application's own object, by owner references; one where it is that itself. */
  chain: [ObjectRef, ...ObjectRef[]];
  /** Of the application's own object. */
  sync?: string;
  health?: string;
  /** Where Git writes the application's own object. Absent: Git does not want it (any more), or it was not rendered yet. */
  written?: WrittenAt;
  /** Commit or version that Git's side of it is at now; absent where that is not known. */
  revision?: string;
  /** The last run on record that wrote the application's own object. */
  run?: WritingRun;
}

export interface WrittenAt {
  repository: string;
  file: string;
  /** 1-based. */
  line: number;
}

/** Times are RFC 3339. */
export interface WritingRun {
  id: number;
  /** `manual`, `automated`, `self-heal`, `retry`, … */
  cause: string;
  phase: string;
  startedAt: string;
  finishedAt?: string;
  /** Who asked for it; absent: nobody did, its application is automated. */
  by?: string;
  /** What it delivered, of the object's source. */
  revision?: string;
  /** What it did to the object, for people. */
  did: string;
}
