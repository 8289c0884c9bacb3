import type { AppKey, Application } from "../../core/model/application.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";

/** The Applications of a cluster, as its home sees them, for who keeps children among them. */
export interface StandingApplications {
  keys(): Iterable<AppKey>;
  /** `app`: undefined where it cannot be read as it is now; the same object for as long as nobody edits it. */
  get(key: AppKey): { object: KubeObject; app: Application | undefined } | undefined;
  /** Why nothing may be concluded from one that is missing, a sentence without a full stop; undefined: these are all. */
  incomplete(): string | undefined;
  /** Told in the same step of each one that is new, other than before, or let go of. @returns ends it */
  onEach(listener: (key: AppKey) => void): () => void;
  /** Told once of many changes, also of `incomplete`. @returns ends it */
  onChange(listener: () => void): () => void;
  /** What our own write of one was answered with. */
  wrote(object: KubeObject): void;
}
