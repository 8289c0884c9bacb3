/** An object of some application, as a search over all of them shows it. */
import type { AppKey } from "./application.ts";
import type { ObjectRef } from "./object-ref.ts";

export interface FoundResource extends ObjectRef {
  /**
   * `own`: Git wants it, or it bears the application's mark. `made`: others made it of such a one. `orphan`: it is in the
   * application's namespace, and no application's.
   */
  is: "own" | "made" | "orphan";
  application: AppKey;
  project: string;
  /** As the list of applications names it. */
  cluster: string;
  /** Of what is the application's own. */
  sync?: string;
  health?: string;
  images?: readonly string[];
  /** Of what others made: the application's own object that it comes of. */
  of?: { kind: string; name: string };
}
