/** What was deleted and can be made again, as the API says it and the command line and the page show it. */
import type { ObjectRef } from "./object-ref.ts";

export interface UndoAnswer {
  /** Newest first. */
  runs: DeletedRun[];
  /** That the objects are of; absent where nothing is kept. */
  run?: number;
  objects: UndoableObject[];
}

/** What one run deleted, of what is kept still. */
export interface DeletedRun {
  run: number;
  /** When it kept the last of them, and until when all of them are kept. RFC 3339. */
  at: string;
  until: string;
  objects: number;
  /** `an-earlier`: the application of this name that was deleted since. */
  application: "this" | "an-earlier";
  /** Why it ran, for whom and at which commits; absent where that is not on record any more. */
  sync?: { cause: string; initiatedBy?: { username?: string; automated?: boolean }; revisions: string[] };
}

/** One deleted object, and whether it can be made again now. */
export interface UndoableObject extends ObjectRef {
  id: number;
  version: string;
  can: "yes" | "no" | "is-there";
  /** Why not, or with which losses: a sentence without a capital and a full stop; "" where there is nothing to say. */
  why: string;
}
