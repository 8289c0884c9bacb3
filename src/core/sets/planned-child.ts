import type { AppKey, Application } from "../model/application.ts";
import type { Problem } from "../model/problem.ts";
import type { SetChild } from "../ports/sets-home.ts";

/** What a plan does with one application. */
export type PlannedChild =
  | { do: "create"; app: Application; from: string }
  /** `changed`: field paths. `app` has status, operation and all that the server writes as they were. */
  | { do: "update"; app: Application; before: SetChild; from: string; changed: string[] }
  | { do: "delete"; before: SetChild }
  | { do: "nothing"; key: AppKey; from: string }
  | { do: "held"; key: AppKey; wanted: "create" | "update" | "delete"; by: HeldBy; why: string };

/** `part`: the set could not be generated whole; `name`: somebody else's application has it; `unknown`: what is left alone in it is. */
export type HeldBy = "policy" | "budget" | "part" | "name" | "going" | "unknown";

/** What is planned of one that is wanted. */
export interface PlannedOf {
  step: PlannedChild;
  /** What is there of it, where that is the set's. */
  child?: SetChild;
  problem?: Problem;
}
